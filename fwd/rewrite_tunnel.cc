// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/rewrite_tunnel.h"

#include "fwd/mbuf_chain.h"

namespace dstfwd {
namespace {

// Every link of the family takes packets of that size.
template <typename Family>
constexpr uint32_t kLeastMtu = std::is_same_v<Family, Ipv4> ? 68 : 1280;

enum class Cut : uint8_t { kNothing, kInner, kOuter };

// One packet on its way into a tunnel.
struct Passage {
  const Tunnel& tunnel;
  Adjacency out;  // where outer packets go
  unsigned l3_offset;
  uint32_t mtu;  // of the tunnel
};

// Puts link and outer header in front. False: no headroom; the packet is as it was.
template <typename Inner, typename Outer>
bool wrap(rte_mbuf* m, const Passage& passage, OuterDst& outer) noexcept {
  const auto* ip = rte_pktmbuf_mtod_offset(m, const typename Inner::Header*, passage.l3_offset);
  const InnerPacket inner = inner_packet(*ip, m->pkt_len - passage.l3_offset);
  const unsigned l2_bytes = link_header_bytes(passage.out);
  uint8_t* front =
      resize_front(m, passage.l3_offset, l2_bytes + unsigned{sizeof(typename Outer::Header)});
  if (front == nullptr) return false;
  write_link_header(front, passage.out, Outer::kEtherType);
  write_outer(*reinterpret_cast<typename Outer::Header*>(front + l2_bytes), passage.tunnel, inner,
              outer.next_id());
  return true;
}

// The inner packet in fragments, each with its outer header.
template <typename Inner, typename Outer>
void send_fragments(rte_mbuf* m, const Passage& passage, const RewriteContext& context) noexcept {
  std::array<rte_mbuf*, kMaxFragments> pieces;
  const unsigned count =
      fragment_ipv4(m, static_cast<uint16_t>(passage.l3_offset), static_cast<uint16_t>(passage.mtu),
                    context.fragments, pieces);
  if (count == 0) return context.disposal->end(m, Verdict::kDropNoMemory);
  unsigned wrapped = 0;
  while (wrapped < count && wrap<Inner, Outer>(pieces[wrapped], passage, *context.outer)) ++wrapped;
  if (wrapped == count) {
    return context.tx->send_fragments(to_u16(passage.out.port), {pieces.data(), count});
  }
  rte_pktmbuf_free_bulk(pieces.data() + 1, count - 1);
  context.disposal->end(pieces[0], Verdict::kDropNoMemory);
}

// The outer packet in fragments.
template <typename Outer>
void send_outer_fragments(rte_mbuf* m, const Passage& passage,
                          const RewriteContext& context) noexcept {
  std::array<rte_mbuf*, kMaxFragments> pieces;
  const uint16_t l2_bytes = link_header_bytes(passage.out);
  unsigned count = 0;
  if constexpr (std::is_same_v<Outer, Ipv4>) {
    count = fragment_ipv4(m, l2_bytes, passage.out.mtu, context.fragments, pieces);
  } else {
    count = fragment_ipv6(m, l2_bytes, passage.out.mtu, context.outer->next_fragment_id(),
                          context.fragments, pieces);
  }
  if (count == 0) return context.disposal->end(m, Verdict::kDropNoMemory);
  context.tx->send_fragments(to_u16(passage.out.port), {pieces.data(), count});
}

template <typename Inner, typename Outer>
void send(rte_mbuf* m, const Passage& passage, Cut cut, const RewriteContext& context) noexcept {
  context.outer->count_packet();
  if constexpr (std::is_same_v<Inner, Ipv4>) {
    if (cut == Cut::kInner) return send_fragments<Inner, Outer>(m, passage, context);
  }
  if (!wrap<Inner, Outer>(m, passage, *context.outer)) {
    context.disposal->end(m, Verdict::kDropNoMemory);
  } else if (cut == Cut::kOuter) {
    send_outer_fragments<Outer>(m, passage, context);
  } else {
    context.tx->push(to_u16(passage.out.port), m);
  }
}

template <typename Inner, typename Outer>
void enter(const Batch<Inner>& batch, size_t i, const Adjacency& hop,
           const RewriteContext& context) noexcept {
  constexpr uint32_t kOuterBytes = sizeof(typename Outer::Header);
  rte_mbuf* m = batch.packets[i];
  const L3Span span = batch.spans[i];
  const Tunnel& tunnel = context.outer->tunnel(hop.object);
  const NextHopIndex way =
      context.outer->template way<Inner>(tunnel, batch.entries[i], span.length() + kOuterBytes);
  const Passage passage = [&] {
    Passage p{tunnel, (*context.view->next_hops)[way].read(), span.offset(), 0};
    p.mtu = p.out.mtu - std::min<uint32_t>(p.out.mtu, kOuterBytes);
    return p;
  }();
  if (passage.out.kind != HopKind::kAdjacency && passage.out.kind != HopKind::kGlean) {
    return context.disposal->end(m, Verdict::kDropTunnel, batch.hops[i]);
  }
  auto& ip = *rte_pktmbuf_mtod_offset(m, typename Inner::Header*, span.offset());
  const bool can_cut = context.fragments.headers != nullptr;
  const uint32_t takes = std::max(passage.mtu, kLeastMtu<Inner>);
  Cut cut = Cut::kNothing;
  if (span.length() > takes) cut = Cut::kInner;
  if (span.length() <= takes && span.length() > passage.mtu) cut = Cut::kOuter;
  if ((cut == Cut::kInner && !(can_cut && may_be_fragmented(ip))) ||
      (cut == Cut::kOuter && !can_cut)) {
    return context.disposal->end(m, Verdict::kDropMtu, batch.hops[i], static_cast<uint16_t>(takes));
  }
  if (passage.out.kind == HopKind::kGlean || !passage.out.resolved) {
    return context.disposal->hold(m, way, batch.entries[i], hop.object);
  }
  decrement_hops(ip);
  if (span.records()) record(ip, hop, *context.view);
  send<Inner, Outer>(m, passage, cut, context);
}

}  // namespace

template <typename Inner>
void rewrite_into_tunnel(const Batch<Inner>& batch, size_t i, const Adjacency& hop,
                         const RewriteContext& context) noexcept {
  if (context.outer == nullptr) {
    context.disposal->end(batch.packets[i], Verdict::kDropTunnel, batch.hops[i]);
  } else if (outer_is_ipv6(context.outer->tunnel(hop.object).mode)) {
    enter<Inner, Ipv6>(batch, i, hop, context);
  } else {
    enter<Inner, Ipv4>(batch, i, hop, context);
  }
}

template void rewrite_into_tunnel(const Batch<Ipv4>&, size_t, const Adjacency&,
                                  const RewriteContext&) noexcept;
template void rewrite_into_tunnel(const Batch<Ipv6>&, size_t, const Adjacency&,
                                  const RewriteContext&) noexcept;

}  // namespace dstfwd
