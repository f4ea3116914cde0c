// SPDX-License-Identifier: BSD-3-Clause
#include "tests/fwd/packets.h"

namespace dstfwd::test {
namespace {

template <typename T>
T pick(std::mt19937& random, std::initializer_list<T> from) {
  return *(from.begin() + random() % from.size());
}

Octets random_bytes(std::mt19937& random, size_t size) {
  Octets bytes(size);
  for (uint8_t& b : bytes) b = static_cast<uint8_t>(random());
  return bytes;
}

Octets random_ipv4(std::mt19937& random) {
  Packet4 p;
  const bool odd = random() % 4 == 0;
  if (odd) {
    p.src = pick<uint32_t>(random, {0x7f000001, 0, 0x00010203, 0xe0000001, 0xffffffff, 0xf0000001,
                                    0xa9fe0101, 0xa9fd0101, 0x7effffff, 0x80000000, 0xdfffffff});
  }
  if (random() % 4 == 0) {
    p.dst = pick<uint32_t>(random, {0x7f000001, 0, 0x01000000, 0xe0000005, 0xffffffff, 0xfffffffe,
                                    0xa9fe0101, 0xefffffff, 0xdfffffff, 0xf0000000, 0x0a000001});
  }
  p.protocol = pick<uint8_t>(random, {6, 17, 17, 1, 33, 47, 50, 132, 136, 255});
  p.ttl = pick<uint8_t>(random, {0, 1, 2, 64, 64, 64, 255});
  p.fragment = pick<unsigned>(random, {0, 0, 0, 0x4000, 0x2000, 0x2001, 0x1fff, 1, 0x8000});
  p.payload = random() % 60;
  p.sport = static_cast<uint16_t>(random()), p.dport = static_cast<uint16_t>(random());
  if (random() % 5 == 0) {
    p.options = pick<Octets>(random, {{1, 1, 1, 0},
                                      {7, 7, 4, 0, 0, 0, 0, 0},
                                      {0x83, 7, 4, 198, 18, 0, 1, 0},
                                      {0x94, 4, 0, 0},
                                      {0x94, 0, 0, 0},
                                      {0x44, 0x28, 5, 0}});
  }
  Octets ip = ipv4(p);
  if (random() % 8 == 0) ip.resize(20 + random() % 12);  // cut in what the key is made of
  return ip;
}

// An extension header of `kind`, mostly well formed, that `next` follows.
Octets random_extension(std::mt19937& random, uint8_t kind, uint8_t next) {
  if (kind == 44) {
    const unsigned offset = pick<unsigned>(random, {0, 1, 0x0008, 0x0009, 0xfff8, 6});
    return {next, 0, static_cast<uint8_t>(offset >> 8U), static_cast<uint8_t>(offset), 0, 0, 0, 7};
  }
  const size_t units = random() % 3;
  Octets header(kind == 51 ? (units + 4) * 4 : (units + 1) * 8);
  header[0] = next;
  header[1] = static_cast<uint8_t>(kind == 51 ? units + 2 : units);
  if (kind == 0 || kind == 60) header[2] = 1, header[3] = static_cast<uint8_t>(header.size() - 4);
  if (random() % 12 == 0) header[1] = static_cast<uint8_t>(random());
  return header;
}

Octets random_ipv6(std::mt19937& random) {
  Packet6 p;
  if (random() % 4 == 0) {
    p.src = pick<Ipv6Address>(random, {{},
                                       {{0xff, 2}},
                                       {{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 1}},
                                       {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}});
  }
  if (random() % 4 == 0) {
    p.dst =
        pick<Ipv6Address>(random, {{},
                                   {{0xff, 2}},
                                   {{0xff, 5}},
                                   {{0xff, 1}},
                                   {{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 1}},
                                   {{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe, 0, 0, 1}},
                                   {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}});
  }
  p.hop_limit = pick<uint8_t>(random, {0, 1, 2, 64, 64, 255});
  p.next = pick<uint8_t>(random, {6, 17, 58, 59, 132, 50});
  if (p.next == 58) p.body[0] = pick<uint8_t>(random, {128, 132, 133, 135, 137, 138});
  if (random() % 6 == 0) p.body.resize(random() % 8);
  const unsigned extensions = random() % 3 == 0 ? random() % 11 : 0;
  for (unsigned i = 0; i < extensions; ++i) {
    const auto kind = pick<uint8_t>(random, {0, 43, 44, 51, 60, 60});
    Octets header = random_extension(random, kind, p.next);
    append(header, p.body);
    p.body = header;
    p.next = kind;
  }
  return ipv6(p);
}

MacAddress random_mac(std::mt19937& random) {
  if (random() % 6 != 0) return kOwnMac;
  return pick<MacAddress>(random, {kPeerMac,
                                   {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
                                   {{0x33, 0x33, 0, 0, 0, 1}},
                                   {{0x01, 0, 0x5e, 0, 0, 5}}});
}

}  // namespace

void append(Octets& to, const Octets& what) {
  for (uint8_t byte : what) to.push_back(byte);  // insert() gives GCC 12 false warnings
}

unsigned checksum_of(const Octets& at, size_t from, size_t size) {
  unsigned long sum = 0;
  for (size_t i = 0; i < size; ++i) sum += i % 2 == 0 ? at[from + i] * 256UL : at[from + i];
  while (sum > 0xffff) sum = sum / 65536 + sum % 65536;
  return static_cast<unsigned>(0xffff - sum);
}

Octets ipv4(const Packet4& p) {
  Octets ip(20);
  append(ip, p.options);
  const size_t header = ip.size();
  ip.resize(header + 8 + p.payload);
  ip[0] = static_cast<uint8_t>(0x40 + header / 4);
  ip[1] = p.tos;
  put16(ip, 2, static_cast<unsigned>(ip.size()));
  put16(ip, 4, p.id);
  put16(ip, 6, p.fragment);
  ip[8] = p.ttl;
  ip[9] = p.protocol;
  put16(ip, 12, p.src >> 16U), put16(ip, 14, p.src & 0xffffU);
  put16(ip, 16, p.dst >> 16U), put16(ip, 18, p.dst & 0xffffU);
  put16(ip, header, p.sport), put16(ip, header + 2, p.dport);
  put16(ip, header + 4, static_cast<unsigned>(8 + p.payload));
  put16(ip, 10, checksum_of(ip, 0, header));
  return ip;
}

void fix4(Octets& ip, size_t at) {
  put16(ip, at + 10, 0);
  put16(ip, at + 10, checksum_of(ip, at, (ip[at] & 15U) * 4));
}

Octets ipv6(const Packet6& p) {
  Octets ip(8);
  ip[0] = 0x60;
  put16(ip, 4, static_cast<unsigned>(p.body.size()));
  ip[6] = p.next;
  ip[7] = p.hop_limit;
  for (uint8_t byte : p.src.bytes) ip.push_back(byte);
  for (uint8_t byte : p.dst.bytes) ip.push_back(byte);
  append(ip, p.body);
  return ip;
}

Octets ethernet(unsigned type, const Octets& payload, MacAddress dst, MacAddress src) {
  Octets frame;
  for (uint8_t byte : dst.bytes) frame.push_back(byte);
  for (uint8_t byte : src.bytes) frame.push_back(byte);
  frame.push_back(static_cast<uint8_t>(type >> 8U));
  frame.push_back(static_cast<uint8_t>(type));
  append(frame, payload);
  return frame;
}

Octets tagged(const Octets& frame, unsigned tci, unsigned type) {
  Octets out(frame.begin(), frame.begin() + 12);
  out.push_back(static_cast<uint8_t>(type >> 8U)), out.push_back(static_cast<uint8_t>(type));
  out.push_back(static_cast<uint8_t>(tci >> 8U)), out.push_back(static_cast<uint8_t>(tci));
  out.insert(out.end(), frame.begin() + 12, frame.end());
  return out;
}

Octets random_frame(std::mt19937& random) {
  const bool four = random() % 2 == 0;
  unsigned type = four ? 0x0800U : 0x86ddU;
  if (random() % 10 == 0) {
    type = pick<unsigned>(random, {0x0806, 0x88cc, 38, 0x05dc, 0x8847, 0x86dd, 0x0800, 0x8100});
  }
  Octets frame =
      ethernet(type, four ? random_ipv4(random) : random_ipv6(random), random_mac(random));
  const unsigned tag = random() % 12;
  if (tag == 0) frame = tagged(frame, pick<unsigned>(random, {0, 5U << 13U, 100, 4095}));
  if (tag == 1) frame = tagged(frame, 7, 0x88a8);
  if (random() % 3 == 0) append(frame, random_bytes(random, random() % 20));  // padding
  const unsigned broken = random() % 4 == 0 ? random() % 4 : 0;
  for (unsigned i = 0; i < broken; ++i) {
    const size_t range = std::min<size_t>(frame.size(), 70);
    frame[random() % range] = random() % 2 == 0 ? static_cast<uint8_t>(random()) : uint8_t{0};
  }
  // Most changes to an IPv4 header are to be seen by more than its checksum.
  if (broken != 0 && type == 0x0800 && random() % 4 != 0 && frame.size() >= 34 &&
      frame.size() >= 14 + (frame[14] & 15U) * 4 && (frame[14] & 15U) >= 5) {
    fix4(frame, 14);
  }
  if (random() % 10 == 0) frame.resize(random() % (frame.size() + 1));
  return frame;
}

}  // namespace dstfwd::test
