# SPDX-License-Identifier: BSD-3-Clause
"""A sandbox for tests that need network namespaces.

enter() starts the program again under unshare(1) with network, mount and pid namespaces of its own
(and a user namespace when not root). Names of namespaces, interfaces and DPDK's runtime files can
then clash with nothing, and all of it, processes included, is gone when the program ends, however
it ends. Where that cannot be done the program says why and exits with 77, Meson's code for skipped.
"""

import os
import shutil
import subprocess
import sys

SKIPPED = 77
_MARK = "DSTFWD_SANDBOX"


def skip(reason):
    """Ends the program as skipped."""
    print(f"SKIP {os.path.basename(sys.argv[0])}: {reason}", flush=True)
    sys.exit(SKIPPED)


def need_tools(*names):
    """Skips unless all programs `names` are installed."""
    missing = [name for name in names if shutil.which(name, path=_path()) is None]
    if missing:
        skip("not installed: " + ", ".join(missing))


def _path():
    return os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"


def enter():
    """Returns inside the sandbox; outside of it, runs the program there and exits as it does."""
    os.environ["PATH"] = _path()
    if _MARK in os.environ:
        _prepare()
        return
    need_tools("unshare", "ip")
    command = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if os.geteuid() != 0:
        command[1:1] = ["--user", "--map-root-user"]
    probe = subprocess.run(command + ["sh", "-c", _PROBE], capture_output=True, text=True)
    if probe.returncode != 0:
        skip("cannot make network namespaces: " + (probe.stderr.strip() or "unshare failed"))
    env = dict(os.environ, **{_MARK: "in"})
    # CPUs are kept: a test that needs lcores pins them itself.
    sys.stdout.flush()
    sys.exit(subprocess.run(command + [sys.executable] + sys.argv, env=env).returncode)


# What every test needs from the sandbox, tried before it is entered.
_PROBE = """set -e
mount -t tmpfs dstfwd /run
mkdir /run/netns
ip netns add probe
ip link add probe0 type veth peer name probe1 netns probe
ip -n probe link set probe1 up
ip netns exec probe sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'
"""


def _prepare():
    del os.environ[_MARK]
    subprocess.run(["mount", "-t", "tmpfs", "dstfwd", "/run"], check=True)
    os.mkdir("/run/netns")
    with open("/proc/sys/net/ipv6/conf/all/disable_ipv6", "w", encoding="ascii") as f:
        f.write("1")
    with open("/proc/sys/net/ipv6/conf/default/disable_ipv6", "w", encoding="ascii") as f:
        f.write("1")
