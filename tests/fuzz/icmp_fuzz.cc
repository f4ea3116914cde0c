// SPDX-License-Identifier: BSD-3-Clause
// Errors and echo replies about any packet, of both families. Input: a packet, then control bytes.
#include <algorithm>
#include <cstring>

#include "fuzz.h"
#include "fwd/icmp.h"
#include "fwd/icmp6.h"

namespace dstfwd::fuzz {
namespace {

template <class Icmp>
struct Family;

template <>
struct Family<Icmp4> {
  static constexpr size_t kHeader = 20, kSource = 12, kDestination = 16, kAddress = 4;
  static void check_sums(std::span<const uint8_t> made) {
    require(folded_sum(made.first(kHeader)) == 0xffff, "the IPv4 header checksum is right");
    require(folded_sum(made.subspan(kHeader)) == 0xffff, "the ICMP checksum is right");
    require((made[2] << 8U | made[3]) == static_cast<int>(made.size()), "total length is right");
    require(made[9] == 1 && made[0] == 0x45, "it is ICMP in IPv4 without options");
  }
  static bool is_error(uint8_t type) { return type == 3 || type == 11 || type == 12; }
};

template <>
struct Family<Icmp6> {
  static constexpr size_t kHeader = 40, kSource = 8, kDestination = 24, kAddress = 16;
  static void check_sums(std::span<const uint8_t> made) {
    require(folded_sum(made.subspan(kHeader), pseudo_sum(made)) == 0xffff,
            "the ICMPv6 checksum is right");
    require((made[4] << 8U | made[5]) == static_cast<int>(made.size() - kHeader),
            "payload length is right");
    require(made[6] == 58 && made[0] >> 4U == 6, "it is ICMPv6 in IPv6");
  }
  static bool is_error(uint8_t type) { return type < 128; }
};

// What holds for every message about `packet`.
template <class Icmp>
void check_message(std::span<const uint8_t> made, std::span<const uint8_t> packet,
                   const typename Icmp::Address& src) {
  using F = Family<Icmp>;
  require(made.size() >= F::kHeader + 8, "a message has its headers");
  F::check_sums(made);
  require(std::memcmp(&made[F::kSource], &src, F::kAddress) == 0, "it comes from `src`");
  require(std::memcmp(&made[F::kDestination], &packet[F::kSource], F::kAddress) == 0,
          "it goes to the packet's source");
}

template <class Icmp>
void check_error(std::span<const uint8_t> packet, Control& control) {
  using F = Family<Icmp>;
  const auto cause =
      static_cast<IcmpCause>(control.up_to(static_cast<size_t>(IcmpCause::kBadOption)));
  const IcmpReport report{cause, control.dword()};
  const bool link_group = control.flag();
  if (!Icmp::may_report(packet, report, link_group)) return;
  Exact out(control.up_to(1600));
  const typename Icmp::Address src{};
  const size_t size = Icmp::build_error(out.span(), packet, src, report, 7);
  require(size <= out.span().size(), "a message fits its buffer");
  if (size == 0) return;
  require(size <= Icmp::kMaxErrorBytes, "an error is not longer than its family allows");
  const auto made = out.span().first(size);
  check_message<Icmp>(made, packet, src);
  require(F::is_error(made[F::kHeader]), "it is of an error's type");
  const auto quoted = made.subspan(F::kHeader + 8);
  require(
      quoted.size() <= packet.size() && std::equal(quoted.begin(), quoted.end(), packet.begin()),
      "it quotes the packet's beginning");
  Exact again(made);
  require(!Icmp::may_report(again.span(), report, false), "there is no error about an error");
}

template <class Icmp>
void check_echo(std::span<const uint8_t> packet, Control& control) {
  if (!Icmp::is_echo_request(packet)) return;
  Exact out(control.up_to(packet.size() + 8));
  const typename Icmp::Address src{};
  const size_t size = Icmp::build_echo_reply(out.span(), packet, src, 7);
  require(size <= out.span().size(), "a reply fits its buffer");
  if (size == 0) return;
  const auto made = out.span().first(size);
  check_message<Icmp>(made, packet, src);
  require(size <= packet.size(), "a reply is not longer than its request");
  Exact again(made);
  require(!Icmp::is_echo_request(again.span()), "a reply asks for no reply");
}

}  // namespace
}  // namespace dstfwd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dstfwd;
  fuzz::Control control({data, size});
  const bool is4 = control.flag();
  const bool echo = control.flag();
  const size_t tail = std::min<size_t>(size, 16);  // control bytes, read from the end
  fuzz::Exact packet({data, size - tail});
  if (is4) {
    echo ? fuzz::check_echo<Icmp4>(packet.span(), control)
         : fuzz::check_error<Icmp4>(packet.span(), control);
  } else {
    echo ? fuzz::check_echo<Icmp6>(packet.span(), control)
         : fuzz::check_error<Icmp6>(packet.span(), control);
  }
  return 0;
}
