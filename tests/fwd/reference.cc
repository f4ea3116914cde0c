// SPDX-License-Identifier: BSD-3-Clause
#include "tests/fwd/reference.h"

#include "fwd/ipv4_options.h"
#include "fwd/ipv6_options.h"

namespace dstfwd::test {
namespace {

Octets slice(const Octets& from, size_t begin, size_t end) {
  return {from.begin() + static_cast<long>(begin), from.begin() + static_cast<long>(end)};
}
Judged end(Verdict v) {
  Judged j;
  j.verdict = v;
  return j;
}
bool carries_ports(unsigned protocol) {
  return protocol == 6 || protocol == 17 || protocol == 33 || protocol == 132 || protocol == 136;
}
void take_ports(Judged& j, const Octets& packet, size_t at) {
  if (!carries_ports(j.protocol)) return;
  if (at + 4 > packet.size()) {
    j.kind = 2;
    return;
  }
  j.sport = get16(packet, at);
  j.dport = get16(packet, at + 2);
}

Judged judge4(const Octets& rest, bool group) {
  if (rest.size() < 20) return end(Verdict::kDropFrameTooShort);
  if (rest[0] / 16 != 4) return end(Verdict::kDropIpVersion);
  const size_t header = rest[0] % 16 * 4U;
  if (header < 20 || header > rest.size()) return end(Verdict::kDropIpHeaderLength);
  const size_t total = get16(rest, 2);
  if (total < header || total > rest.size()) return end(Verdict::kDropIpLength);
  // 0xffff is zero to one's complement; checksum_of gives ~sum.
  if (checksum_of(rest, 0, header) != 0) return end(Verdict::kDropIpChecksum);
  const unsigned s = rest[12];
  const unsigned d = rest[16];
  if (s == 0 || s == 127 || s >= 224) return end(Verdict::kDropMartianSource);
  const bool broadcast = d == 255 && rest[17] == 255 && rest[18] == 255 && rest[19] == 255;
  if ((d >= 224 && d <= 239) || broadcast) return end(Verdict::kDropMulticast);
  if (d == 0 || d == 127 || d >= 240) return end(Verdict::kDropMartianDestination);
  const Octets ip = slice(rest, 0, header);
  if (header > 20 && check_ipv4_options(ip).outcome != Ipv4OptionsCheck::Outcome::kFine) {
    return end(Verdict::kDropIpOptions);
  }
  Judged j;
  j.version = 4;
  j.length = total;
  const bool link_local = (s == 169 && rest[13] == 254) || (d == 169 && rest[17] == 254);
  if (group) {
    j.unless_local = Verdict::kDropLinkBroadcast;
  } else if (link_local) {
    j.unless_local = Verdict::kDropLinkLocal;
  } else if (rest[8] < 2) {
    j.unless_local = Verdict::kDropTtlExpired;
  }
  j.protocol = rest[9];
  const unsigned fragment = get16(rest, 6);
  if ((fragment & 0x3fffU) != 0) {
    j.kind = 1;
  } else {
    take_ports(j, slice(rest, 0, total), header);
  }
  return j;
}

// Where the walk over IPv6 headers ends.
struct Walk {
  int kind = 2;
  unsigned protocol = 59;
  size_t at = 40;
};
Walk walk6(const Octets& packet) {
  Walk w;
  w.protocol = packet[6];
  int steps = 0;
  while (w.protocol == 0 || w.protocol == 43 || w.protocol == 44 || w.protocol == 51 ||
         w.protocol == 60) {
    if (steps++ == 8 || w.at + 4 > packet.size()) return w;
    size_t size = 8 + packet[w.at + 1] * 8U;
    if (w.protocol == 44) size = 8;
    if (w.protocol == 51) size = 8 + packet[w.at + 1] * 4U;
    if (w.at + size > packet.size()) return w;
    const bool is_fragment = w.protocol == 44 && (get16(packet, w.at + 2) & ~6U) != 0;
    w.protocol = packet[w.at];
    w.at += size;
    if (is_fragment) {
      w.kind = 1;
      return w;
    }
  }
  w.kind = 0;
  return w;
}

bool starts(const Octets& packet, size_t at, std::initializer_list<uint8_t> with) {
  return std::equal(with.begin(), with.end(), packet.begin() + static_cast<long>(at));
}
bool all_zero(const Octets& packet, size_t from, size_t to) {
  for (size_t i = from; i < to; ++i) {
    if (packet[i] != 0) return false;
  }
  return true;
}
bool is_one(const Octets& packet, size_t at) {
  return all_zero(packet, at, at + 15) && packet[at + 15] == 1;
}
bool is_fe80(const Octets& packet, size_t at) {
  return packet[at] == 0xfe && packet[at + 1] >= 0x80 && packet[at + 1] <= 0xbf;
}

Judged judge6(const Octets& rest, bool group, MacAddress own) {
  if (rest.size() < 40) return end(Verdict::kDropFrameTooShort);
  if (rest[0] / 16 != 6) return end(Verdict::kDropIpVersion);
  const size_t length = 40 + get16(rest, 4);
  if (length > rest.size()) return end(Verdict::kDropIpLength);
  const Octets packet = slice(rest, 0, length);
  if (packet[6] == 0) {
    if (length < 48 || 40 + 8 + packet[41] * 8U > length) return end(Verdict::kDropIpLength);
    const auto options = check_ipv6_options(packet, 40);
    if (options.outcome != Ipv6OptionsCheck::Outcome::kFine) return end(Verdict::kDropIpOptions);
  }
  const Walk walk = walk6(packet);
  if (packet[24] == 0xff) {
    if (walk.protocol == 58 && packet[25] % 16 <= 2) return end(Verdict::kConsumeNd);
    const bool martian = packet[8] == 0xff || all_zero(packet, 8, 24) || is_one(packet, 8);
    return end(martian ? Verdict::kDropMartianSource : Verdict::kDropMulticast);
  }
  if (packet[8] == 0xff || is_one(packet, 8)) return end(Verdict::kDropMartianSource);
  if (all_zero(packet, 24, 40) || is_one(packet, 24)) return end(Verdict::kDropMartianDestination);
  Judged j;
  j.version = 6;
  j.length = length;
  j.discovery = walk.protocol == 58 && walk.kind == 0 && walk.at < length &&
                packet[walk.at] >= 133 && packet[walk.at] <= 137;
  const auto& m = own.bytes;
  if (starts(packet, 24,
             {0xfe, 0x80, 0, 0, 0, 0, 0, 0, static_cast<uint8_t>(m[0] ^ 2U), m[1], m[2], 0xff, 0xfe,
              m[3], m[4], m[5]})) {
    return end(j.discovery ? Verdict::kConsumeNd : Verdict::kConsumeLocal);
  }
  if (all_zero(packet, 8, 24)) {
    j.unless_local = Verdict::kDropMartianSource;
  } else if (group) {
    j.unless_local = Verdict::kDropLinkBroadcast;
  } else if (is_fe80(packet, 24) || (is_fe80(packet, 8) && packet[7] > 1)) {
    j.unless_local = Verdict::kDropLinkLocal;
  } else if (packet[7] < 2) {
    j.unless_local = Verdict::kDropTtlExpired;
  }
  j.kind = walk.kind;
  j.protocol = walk.protocol;
  if (j.kind == 0) take_ports(j, packet, walk.at);
  return j;
}

}  // namespace

Judged judge(const Octets& frame, MacAddress own, bool promiscuous) {
  if (frame.size() < 14) return end(Verdict::kDropFrameTooShort);
  const bool group = frame[0] % 2 == 1;
  if (!group && !promiscuous && !std::equal(own.bytes.begin(), own.bytes.end(), frame.begin())) {
    return end(Verdict::kDropForeignMac);
  }
  unsigned type = get16(frame, 12);
  size_t l3 = 14;
  if (type == 0x8100) {
    if (frame.size() < 18) return end(Verdict::kDropFrameTooShort);
    if (get16(frame, 14) % 4096 != 0) return end(Verdict::kDropUnknownVlan);
    type = get16(frame, 16);
    l3 = 18;
  }
  if (type == 0x0806) return end(Verdict::kConsumeArp);
  if (type != 0x0800 && type != 0x86dd) return end(Verdict::kDropNotRouted);
  const Octets rest = slice(frame, l3, frame.size());
  Judged j = type == 0x0800 ? judge4(rest, group) : judge6(rest, group, own);
  j.l3 = l3;
  return j;
}

Octets forwarded(const Octets& frame, const Judged& judged, MacAddress dst, MacAddress src,
                 unsigned vlan) {
  Octets packet = slice(frame, judged.l3, judged.l3 + judged.length);
  if (judged.version == 4) {
    --packet[8];
    fix4(packet);
  } else {
    --packet[7];
  }
  const Octets out = ethernet(judged.version == 4 ? 0x0800U : 0x86ddU, packet, dst, src);
  return vlan == 0 ? out : tagged(out, vlan);
}

bool same_frame(const Octets& a, const Octets& b) {
  if (a == b) return true;
  if (a.size() != b.size() || a.size() < 34) return false;
  const size_t l3 = get16(a, 12) == 0x8100 ? 18 : 14;
  if (get16(a, l3 - 2) != 0x0800) return false;
  const auto zero = [&](const Octets& f) {
    return get16(f, l3 + 10) == 0 || get16(f, l3 + 10) == 0xffff;
  };
  Octets x = a;
  Octets y = b;
  put16(x, l3 + 10, 0);
  put16(y, l3 + 10, 0);
  return zero(a) && zero(b) && x == y;
}

}  // namespace dstfwd::test
