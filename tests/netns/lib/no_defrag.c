// SPDX-License-Identifier: BSD-3-Clause
// For LD_PRELOAD. net_af_packet asks the kernel to put IPv4 fragments together before it hands them
// over (PACKET_FANOUT_FLAG_DEFRAG), which is good for a host and hides from a router what it is to
// be judged by.
#define _GNU_SOURCE
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int setsockopt(int fd, int level, int name, const void* value, socklen_t size) {
  int fanout;
  if (level == SOL_PACKET && name == PACKET_FANOUT && size == sizeof(fanout)) {
    fanout = *(const int*)value & ~(PACKET_FANOUT_FLAG_DEFRAG << 16);
    value = &fanout;
  }
  return (int)syscall(SYS_setsockopt, fd, level, name, value, size);
}
