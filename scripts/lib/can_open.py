# SPDX-License-Identifier: BSD-3-Clause
"""usage: can_open.py CAPTURE    one line and exit status 2 when libpcap cannot open it."""

import ctypes
import sys

PCAP_ERRBUF_SIZE = 256


def main():
    path = sys.argv[1]
    try:
        with open(path, "rb"):  # libpcap's words for a missing file or a directory are less clear
            pass
    except OSError as error:
        print(f"{path}: {error.strerror}", file=sys.stderr)
        return 2
    pcap = ctypes.CDLL("libpcap.so.0.8")
    pcap.pcap_open_offline.restype = ctypes.c_void_p
    pcap.pcap_close.argtypes = [ctypes.c_void_p]
    words = ctypes.create_string_buffer(PCAP_ERRBUF_SIZE)
    opened = pcap.pcap_open_offline(path.encode(), words)
    if not opened:
        print(f"{path}: not a capture that libpcap can open: {words.value.decode(errors='replace')}",
              file=sys.stderr)
        return 2
    pcap.pcap_close(opened)
    return 0


if __name__ == "__main__":
    sys.exit(main())
