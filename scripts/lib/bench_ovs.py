# SPDX-License-Identifier: BSD-3-Clause
"""The router against Open vSwitch with DPDK (Debian's openvswitch-switch-dpdk) on the same vdevs."""


def compare_ovs(bench, figures, rounds):
    del bench, figures, rounds
    print("Open vSwitch: not measured")
