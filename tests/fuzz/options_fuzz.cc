// SPDX-License-Identifier: BSD-3-Clause
// IPv4 and IPv6 options as anyone may send them. Input: a packet, then two control bytes: family,
// and where in an IPv6 packet the options header begins. IPv4 checksums are put right.
#include <algorithm>
#include <cstring>

#include "fuzz.h"
#include "fwd/ipv4_options.h"
#include "fwd/ipv6_options.h"

namespace dstfwd::fuzz {
namespace {

bool is_own(const void*, Ipv4Address address) {
  return address.value.raw % 3 == 0;
}

void check_recorded(std::span<uint8_t> header) {
  header[10] = header[11] = 0;
  const uint32_t sum = ~folded_sum(header) & 0xffffU;
  header[10] = static_cast<uint8_t>(sum >> 8U);
  header[11] = static_cast<uint8_t>(sum);
  const std::vector<uint8_t> before(header.begin(), header.end());
  const Ipv4Recorder recorder{Ipv4Address{Be32::from_host(0xc0000201)}, 12345678, is_own, nullptr};
  record_ipv4_options(header, recorder);
  require(folded_sum(header) == 0xffff, "the header checksum is right after recording");
  require(std::equal(before.begin(), before.begin() + 10, header.begin()) &&
              std::equal(before.begin() + 12, before.begin() + 20, header.begin() + 12),
          "recording changes nothing but options and checksum");
  const auto again = check_ipv4_options(header);
  if (again.outcome == Ipv4OptionsCheck::Outcome::kFine) return;
  // What may be wrong now is the next router's to refuse (RFC 791): an overflow that became 15, or
  // room that was left for a part of an entry.
  require(again.outcome == Ipv4OptionsCheck::Outcome::kMalformed, "no source route appears");
  const bool overflown = header[again.pointer] >> 4U == 15;
  const bool part_left = header[again.pointer] + 7U > header[again.pointer - 1U];
  require(overflown || part_left, "options are fine after recording, or full");
}

void check4(std::span<uint8_t> packet) {
  if (packet.size() < 20) return;
  const size_t length = size_t{packet[0] & 0xfU} * 4;
  if (length < 20 || length > packet.size()) return;  // as the checks before it guarantee
  Exact header(packet.first(length));
  const auto found = check_ipv4_options(header.span());
  if (found.outcome == Ipv4OptionsCheck::Outcome::kMalformed) {
    require(found.pointer >= 20 && found.pointer < length, "the pointer is at an option");
  }
  if (found.outcome == Ipv4OptionsCheck::Outcome::kFine) check_recorded(header.span());
}

void check6(std::span<uint8_t> packet, size_t offset) {
  if (packet.size() < 42 || offset < 40 || offset + 2 > packet.size()) return;
  if (offset + (packet[offset + 1] + size_t{1}) * 8 > packet.size()) return;  // whole headers only
  const auto found = check_ipv6_options(packet, offset);
  if (found.outcome == Ipv6OptionsCheck::Outcome::kReport) {
    require(found.report.value >= offset && found.report.value < packet.size(),
            "the pointer is at an option");
  }
}

}  // namespace
}  // namespace dstfwd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dstfwd::fuzz;
  if (size < 2) return 0;
  Exact packet({data, size - 2});
  if ((data[size - 1] & 1U) != 0) {
    check4(packet.span());
  } else {
    check6(packet.span(), 40U + data[size - 2]);
  }
  return 0;
}
