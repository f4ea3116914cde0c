// SPDX-License-Identifier: BSD-3-Clause
#include "tests/fwd/fate.h"

#include "fwd/ipv4_options.h"

namespace dstfwd::test {
namespace {

// The frame with what a router at 0.0.0.0, and kToLocal4, writes into its options at midnight
// (ipv4_options_test.cc has what that is).
Octets recorded(Octets frame) {
  const size_t l3 = get16(frame, 12) == 0x8100 ? 18 : 14;
  if (get16(frame, l3 - 2) != 0x0800 || frame[l3] == 0x45) return frame;
  const auto is_own = [](const void*, Ipv4Address a) { return a.value.host() == kToLocal4; };
  record_ipv4_options({&frame[l3], (frame[l3] & 15U) * size_t{4}}, {{}, 0, is_own, nullptr});
  return frame;
}

}  // namespace

Fate fate_of(const Octets& frame) {
  const Judged j = judge(frame, kOwnMac);
  if (j.verdict != Verdict::kForward) return {j.verdict};
  const size_t dst = j.l3 + (j.version == 4 ? 16 : 24);
  const unsigned long d = get16(frame, dst) * 65536UL + get16(frame, dst + 2);
  const auto way = [&](MacAddress to, MacAddress from, uint16_t port, unsigned vlan = 0,
                       size_t mtu = 1500) -> Fate {
    if (j.unless_local != Verdict::kForward) return {j.unless_local};
    if (j.length > mtu) return {Verdict::kDropMtu};
    return {Verdict::kForward, port, recorded(forwarded(frame, j, to, from, vlan))};
  };
  const auto no_way = [&](Verdict v, bool before_ttl) -> Fate {
    if (j.unless_local == Verdict::kForward) return {v};
    return {before_ttl && j.unless_local == Verdict::kDropTtlExpired ? v : j.unless_local};
  };
  const Verdict local = j.discovery ? Verdict::kConsumeNd : Verdict::kConsumeLocal;
  if (j.version == 6) {
    if (d == 0x20010db8 && frame[dst + 4] / 16 == 1) return way(kMacA, kPortMac1, 1);
    if (d == 0x20010db8 && frame[dst + 4] / 16 == 2) return no_way(Verdict::kDropBlackhole, true);
    unsigned long rest = 0;
    for (size_t i = 4; i < 15; ++i) rest += frame[dst + i];
    if (d == 0x20010db8 && rest == 0 && frame[dst + 15] == 1) return {local};
    return no_way(Verdict::kDropNoRoute, true);
  }
  if (d == kToLocal4) return {local};
  if (d >> 16U == 0xc612) return way(kMacA, kPortMac1, 1);
  if (d >> 24U == 0x0a) return way(kMacB, kOwnMac, 0);
  if (d >> 8U == 0xc00002) return no_way(Verdict::kDropNoNeighbour, false);
  if (d >> 16U == 0xc613) return no_way(Verdict::kDropBlackhole, true);
  if (d >> 8U == 0xcb0071) return no_way(Verdict::kDropNoNeighbour, false);
  if (d >> 16U == 0xac10) return way(kMacA, kPortMac1, 1, 42);
  if (d >> 16U == 0xac11) return way(kMacA, kPortMac1, 1, 0, 100);
  return no_way(Verdict::kDropNoRoute, true);
}

}  // namespace dstfwd::test
