// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/ipv4_options.h"

#include "fwd/checksum.h"
#include "fwd/headers.h"

namespace dstfwd {
namespace {

constexpr uint8_t kEndOfList = 0;
constexpr uint8_t kNoOperation = 1;
constexpr uint8_t kRecordRoute = 7;
constexpr uint8_t kTimestamp = 68;
constexpr uint8_t kLooseSourceRoute = 131;
constexpr uint8_t kStrictSourceRoute = 137;
constexpr uint8_t kRouterAlert = 148;

constexpr uint8_t kTimeOnly = 0;
constexpr uint8_t kAddressAndTime = 1;
constexpr uint8_t kPrespecified = 3;

// Offsets in an option: type, length, pointer (counted from 1), overflow and flags.
constexpr size_t kLength = 1;
constexpr size_t kPointer = 2;
constexpr size_t kFlags = 3;
constexpr size_t kFine = SIZE_MAX;  // no octet is wrong

bool is_source_route(uint8_t type) noexcept {
  return type == kLooseSourceRoute || type == kStrictSourceRoute;
}

// The wrong octet of a record or source route option, or kFine.
size_t check_route(Bytes option, bool source) noexcept {
  if (option.size() < 3) return kLength;
  if (option[kPointer] < 4) return kPointer;
  const bool full = option[kPointer] > option.size();
  if (!source && !full && option[kPointer] + 3U > option.size()) return kPointer;
  return kFine;
}

size_t check_timestamp(Bytes option) noexcept {
  if (option.size() < 4) return kLength;
  if (option[kPointer] < 5) return kPointer;
  const uint8_t flag = option[kFlags] & 0xfU;
  if (option[kPointer] > option.size()) {  // full: the overflow is counted, if it can be
    return flag != kPrespecified && option[kFlags] >> 4U == 15 ? kFlags : kFine;
  }
  const unsigned needs = flag == kTimeOnly ? 3 : 7;
  const bool known = flag == kTimeOnly || flag == kAddressAndTime || flag == kPrespecified;
  if (option[kPointer] + 3U > option.size()) return kPointer;
  return known && option[kPointer] + needs > option.size() ? kPointer : kFine;
}

size_t check_option(Bytes option) noexcept {
  if (is_source_route(option[0])) return check_route(option, true);
  if (option[0] == kRecordRoute) return check_route(option, false);
  if (option[0] == kTimestamp) return check_timestamp(option);
  return option[0] == kRouterAlert && option.size() < 4 ? kLength : kFine;
}

// At most one of each of these (RFC 1812 5.2.4.1).
unsigned single_bit(uint8_t type) noexcept {
  if (is_source_route(type)) return 1;
  if (type == kRecordRoute) return 2;
  return type == kTimestamp ? 4 : 0;
}

void put(std::span<uint8_t> option, Be32 value) noexcept {
  std::memcpy(option.data() + option[kPointer] - 1, &value, sizeof(value));
  option[kPointer] += sizeof(value);
}

void record_timestamp(std::span<uint8_t> option, const Ipv4Recorder& recorder) noexcept {
  const uint8_t flag = option[kFlags] & 0xfU;
  if (option[kPointer] > option.size()) {
    if (flag != kPrespecified) option[kFlags] += 0x10;
    return;
  }
  const Be32 now = Be32::from_host(recorder.ms_since_midnight);
  Ipv4Address there;
  switch (flag) {
    case kTimeOnly:
      put(option, now);
      break;
    case kAddressAndTime:
      put(option, recorder.own.value);
      put(option, now);
      break;
    case kPrespecified:
      if (!read_at(option, option[kPointer] - 1U, there)) break;
      if (!recorder.is_own(recorder.context, there)) break;
      option[kPointer] += sizeof(there);
      put(option, now);
      break;
    default:
      break;
  }
}

}  // namespace

Ipv4OptionsCheck check_ipv4_options(Bytes header) noexcept {
  Ipv4OptionsCheck result;
  const auto malformed = [&](size_t offset) {
    result.outcome = Ipv4OptionsCheck::Outcome::kMalformed;
    result.pointer = static_cast<uint8_t>(offset);
    return result;
  };
  unsigned seen = 0;
  size_t at = sizeof(Ipv4Header);
  while (at < header.size() && header[at] != kEndOfList) {
    if (header[at] == kNoOperation) {
      ++at;
      continue;
    }
    if (at + 2 > header.size()) return malformed(at);
    const size_t length = header[at + kLength];
    if (length < 2 || length > header.size() - at) return malformed(at);
    const unsigned single = single_bit(header[at]);
    const size_t wrong = check_option(header.subspan(at, length));
    if (wrong != kFine && (seen & single) == 0) return malformed(at + wrong);
    if ((seen & single) != 0) return malformed(at);
    seen |= single;
    at += length;
  }
  if ((seen & 1U) != 0) result.outcome = Ipv4OptionsCheck::Outcome::kSourceRoute;
  result.wants_record = (seen & 6U) != 0;
  return result;
}

namespace {

// Calls visit(option) for each option of a header that is fine, but for padding.
template <typename Byte, typename Visit>
void for_each_option(std::span<Byte> header, Visit&& visit) noexcept {
  size_t at = sizeof(Ipv4Header);
  while (at + 1 < header.size() && header[at] != kEndOfList) {
    if (header[at] == kNoOperation) {
      ++at;
      continue;
    }
    const std::span<Byte> option = header.subspan(at, header[at + kLength]);
    visit(option);
    at += option.size();
  }
}

}  // namespace

void record_ipv4_options(std::span<uint8_t> header, const Ipv4Recorder& recorder) noexcept {
  for_each_option(header, [&](std::span<uint8_t> option) {
    if (option[0] == kRecordRoute && option[kPointer] <= option.size()) {
      put(option, recorder.own.value);
    } else if (option[0] == kTimestamp) {
      record_timestamp(option, recorder);
    }
  });
  const Be16 zero;
  std::memcpy(header.data() + offsetof(Ipv4Header, checksum), &zero, sizeof(zero));
  const Be16 sum = internet_checksum(header);
  std::memcpy(header.data() + offsetof(Ipv4Header, checksum), &sum, sizeof(sum));
}

void record_ipv4_route(std::span<uint8_t> options, Ipv4Address own) noexcept {
  for (size_t at = 0; at + kPointer < options.size() && options[at] != kEndOfList;) {
    const std::span<uint8_t> option = options.subspan(at, options[at + kLength]);
    if (option[0] == kRecordRoute && option[kPointer] <= option.size()) put(option, own.value);
    at += option.size();
  }
}

size_t copy_echoed_options(std::span<uint8_t> out, Bytes header) noexcept {
  WireWriter writer(out);
  for_each_option(header, [&](Bytes option) {
    if (option[0] == kRecordRoute || option[0] == kTimestamp) writer.append(option);
  });
  while (writer.size() % 4 != 0) writer.put(kEndOfList);
  return writer.size();
}

}  // namespace dstfwd
