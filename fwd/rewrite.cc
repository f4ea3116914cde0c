// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/rewrite.h"

#include "fwd/ipv4_options.h"
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
      return Verdict::kHold;
    case HopKind::kAdjacency:
      return hop.resolved ? Verdict::kForward : Verdict::kHold;
    case HopKind::kGroup:
    case HopKind::kTunnel:
      break;
  }
  return Verdict::kDropTunnel;
}

bool may_be_fragmented(const Ipv4Header& ip) noexcept {
  return (ip.fragment.host() & kIpv4DontFragment) == 0;
}
bool may_be_fragmented(const Ipv6Header&) noexcept {
  return false;  // RFC 8200 5
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

struct OwnAddresses {  // of IPv4, as the FIB has them
  const RouterView* view;
  static bool has(const void* self, Ipv4Address address) noexcept {
    const RouterView& view = *static_cast<const OwnAddresses*>(self)->view;
    return (*view.next_hops)[view.fib4->lookup(address)].kind() == HopKind::kLocal;
  }
};

void record(Ipv4Header& ip, const Adjacency& hop, const RouterView& view) noexcept {
  const OwnAddresses own{&view};
  const size_t length = (ip.version_ihl & 15U) * size_t{4};
  record_ipv4_options(
      {reinterpret_cast<uint8_t*>(&ip), length},
      {hop.own, view.ms_since_midnight.load(std::memory_order_relaxed), &OwnAddresses::has, &own});
}
void record(Ipv6Header&, const Adjacency&, const RouterView&) noexcept {}

// Sends a frame that is larger than the way out takes, in pieces.
void send_in_pieces(rte_mbuf* m, const Adjacency& hop, const RewriteContext& context) noexcept {
  const auto l2_bytes = static_cast<uint16_t>(hop.vlan_tci == 0 ? kUntagged : kTagged);
  std::array<rte_mbuf*, kMaxFragments> pieces;
  const unsigned count = fragment_ipv4(m, l2_bytes, hop.mtu, context.fragments, pieces);
  if (count == 0) {
    context.disposal->end(m, Verdict::kDropNoMemory);
  } else {
    context.tx->send_fragments(to_u16(hop.port), {pieces.data(), count});
  }
}

// What becomes of the packet, and whether it goes in pieces. It is as it came.
template <typename Family>
Verdict judge(const rte_mbuf* m, L3Span span, const Adjacency& hop, const RewriteContext& context,
              bool& pieces) noexcept {
  const Verdict verdict = refuse<Family>(m, span.offset(), hop);
  const bool leaves = verdict == Verdict::kForward || verdict == Verdict::kHold;
  if (!leaves || span.length() <= hop.mtu) return verdict;
  const auto& ip = *rte_pktmbuf_mtod_offset(m, const typename Family::Header*, span.offset());
  pieces = context.fragments.headers != nullptr && may_be_fragmented(ip);
  return pieces ? verdict : Verdict::kDropMtu;
}

template <typename Family>
[[gnu::noinline]] void rewrite_fully(const Batch<Family>& batch, size_t i,
                                     const RewriteContext& context) noexcept {
  rte_mbuf* m = batch.packets[i];
  const L3Span span = batch.spans[i];
  const Adjacency hop = (*context.view->next_hops)[batch.hops[i]].read();
  bool pieces = false;
  Verdict verdict = judge<Family>(m, span, hop, context, pieces);
  if (verdict == Verdict::kHold) {
    context.disposal->hold(m, batch.hops[i], batch.entries[i]);
    return;
  }
  uint8_t* bytes = nullptr;
  if (verdict == Verdict::kForward) {
    bytes = put_front(m, span.offset(), hop, Family::kEtherType);
    if (bytes == nullptr) verdict = Verdict::kDropNoMemory;
  }
  if (verdict != Verdict::kForward) {
    context.disposal->end(m, verdict, batch.hops[i]);
    return;
  }
  auto& ip = *reinterpret_cast<typename Family::Header*>(bytes);
  decrement_hops(ip);
  if (span.records()) record(ip, hop, *context.view);
  if (pieces) {
    send_in_pieces(m, hop, context);
  } else {
    context.tx->push(to_u16(hop.port), m);
  }
}

}  // namespace

template <typename Family>
void rewrite(Batch<Family>& batch, const RewriteContext& context) noexcept {
  constexpr uint64_t kTypeBits = uint64_t{Be16::from_host(Family::kEtherType).raw}
                                 << 48U;  // behind the source MAC
  const NextHopTable& hops = *context.view->next_hops;
  TxRun run(*context.tx);
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
      rewrite_fully(batch, i, context);
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

template void rewrite(Batch<Ipv4>&, const RewriteContext&) noexcept;
template void rewrite(Batch<Ipv6>&, const RewriteContext&) noexcept;
template Verdict verdict_aside<Ipv4>(const rte_mbuf*, unsigned, Verdict, HopKind) noexcept;
template Verdict verdict_aside<Ipv6>(const rte_mbuf*, unsigned, Verdict, HopKind) noexcept;

}  // namespace dstfwd
