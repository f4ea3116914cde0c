// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/rewrite.h"

#include "fwd/mbuf_chain.h"

namespace dstfwd {
namespace {

constexpr unsigned kUntagged = sizeof(EthHeader);
constexpr unsigned kTagged = sizeof(EthHeader) + sizeof(VlanHeader);

// Where the packet cannot be forwarded as it is.
template <typename Family>
Verdict refuse(const rte_mbuf* m, unsigned l3_offset, const Adjacency& hop) noexcept {
  switch (hop.kind) {
    case HopKind::kNoRoute:
      return Verdict::kDropNoRoute;
    case HopKind::kLocal:
      return local_verdict<Family>(m, l3_offset);
    case HopKind::kBlackhole:
      return Verdict::kDropBlackhole;
    case HopKind::kUnreachable:
      return Verdict::kDropUnreachable;
    case HopKind::kGlean:
      return Verdict::kDropNoNeighbour;
    case HopKind::kAdjacency:
      return hop.resolved ? Verdict::kForward : Verdict::kDropNoNeighbour;
    case HopKind::kGroup:
    case HopKind::kTunnel:
      break;
  }
  return Verdict::kDropTunnel;
}

// The front as it must be, its room at hand. Null: no headroom for a tag.
uint8_t* put_front(rte_mbuf* m, unsigned l3_offset, const Adjacency& hop,
                   uint16_t ether_type) noexcept {
  const unsigned front_bytes = hop.vlan_tci == 0 ? kUntagged : kTagged;
  uint8_t* front = resize_front(m, l3_offset, front_bytes);
  if (front == nullptr) return nullptr;
  EthHeader eth{hop.dst, hop.src, Be16::from_host(ether_type)};
  if (hop.vlan_tci != 0) {
    const VlanHeader tag{Be16::from_host(hop.vlan_tci), Be16::from_host(ether_type)};
    std::memcpy(front + kUntagged, &tag, sizeof(tag));
    eth.ether_type = Be16::from_host(kEtherTypeVlan);
  }
  std::memcpy(front, &eth, sizeof(eth));
  return front + front_bytes;
}

template <typename Family>
[[gnu::noinline]] void rewrite_fully(rte_mbuf* m, L3Span span, const Adjacency& hop, TxBuffers& tx,
                                     Disposal& disposal) noexcept {
  Verdict verdict = refuse<Family>(m, span.offset(), hop);
  if (verdict == Verdict::kForward && span.length() > hop.mtu) verdict = Verdict::kDropMtu;
  uint8_t* ip = nullptr;
  if (verdict == Verdict::kForward) {
    ip = put_front(m, span.offset(), hop, Family::kEtherType);
    if (ip == nullptr) verdict = Verdict::kDropNoMemory;
  }
  if (verdict != Verdict::kForward) {
    disposal.end(m, verdict);
    return;
  }
  decrement_hops(*reinterpret_cast<typename Family::Header*>(ip));
  tx.push(to_u16(hop.port), m);
}

}  // namespace

template <typename Family>
void rewrite(Batch<Family>& batch, const NextHopTable& hops, TxBuffers& tx,
             Disposal& disposal) noexcept {
  constexpr uint64_t kTypeBits = uint64_t{Be16::from_host(Family::kEtherType).raw}
                                 << 48U;  // behind the source MAC
  TxRun run(tx);
  const size_t count = batch.count;
  for (size_t i = 0; i < count; ++i) {
    rte_mbuf* m = batch.packets[i];
    const NextHop& hop = hops[batch.hops[i]];
    const HopWords words = hop.words();
    // An L3Span right behind an untagged Ethernet header is its length and a constant.
    constexpr uint32_t kBehindHeader = L3Span(kUntagged, 0).word();
    if (words.is_plain() && batch.spans[i].word() - kBehindHeader <= words.mtu()) [[likely]] {
      auto* frame = rte_pktmbuf_mtod(m, uint8_t*);
      const uint64_t to = words.to();
      const uint64_t from = words.from_mac() | kTypeBits;
      // Eight bytes each: the second one's six begin where the first one's end.
      std::memcpy(frame, &to, sizeof(to));
      std::memcpy(frame + sizeof(MacAddress), &from, sizeof(from));
      decrement_hops(*reinterpret_cast<typename Family::Header*>(frame + kUntagged));
      run.push(words.port(), m);
    } else {
      run.end();
      rewrite_fully<Family>(m, batch.spans[i], hop.read(), tx, disposal);
    }
  }
  run.end();
  batch.count = 0;
}

template <typename Family>
Verdict verdict_aside(const rte_mbuf* m, unsigned l3_offset, Verdict unless_local,
                      HopKind answer) noexcept {
  if (answer == HopKind::kLocal) return local_verdict<Family>(m, l3_offset);
  // A packet that has no way to go did not expire on it.
  if (unless_local == Verdict::kDropTtlExpired) {
    if (answer == HopKind::kNoRoute) return Verdict::kDropNoRoute;
    if (answer == HopKind::kBlackhole) return Verdict::kDropBlackhole;
    if (answer == HopKind::kUnreachable) return Verdict::kDropUnreachable;
  }
  return unless_local;
}

template void rewrite(Batch<Ipv4>&, const NextHopTable&, TxBuffers&, Disposal&) noexcept;
template void rewrite(Batch<Ipv6>&, const NextHopTable&, TxBuffers&, Disposal&) noexcept;
template Verdict verdict_aside<Ipv4>(const rte_mbuf*, unsigned, Verdict, HopKind) noexcept;
template Verdict verdict_aside<Ipv6>(const rte_mbuf*, unsigned, Verdict, HopKind) noexcept;

}  // namespace dstfwd
