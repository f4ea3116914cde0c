// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/rewrite.h"

#include "fwd/mbuf_chain.h"
#include "fwd/rewrite_tunnel.h"

namespace dstfwd {
namespace {

constexpr unsigned kUntagged = sizeof(EthHeader);

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

// The front as it must be, its room at hand. Null: no headroom for a tag.
uint8_t* put_front(rte_mbuf* m, unsigned l3_offset, const Adjacency& hop,
                   uint16_t ether_type) noexcept {
  const unsigned front_bytes = link_header_bytes(hop);
  uint8_t* front = resize_front(m, l3_offset, front_bytes);
  if (front == nullptr) return nullptr;
  write_link_header(front, hop, ether_type);
  return front + front_bytes;
}

// Sends a frame that is larger than the way out takes, in pieces.
void send_in_pieces(rte_mbuf* m, const Adjacency& hop, const RewriteContext& context) noexcept {
  const uint16_t l2_bytes = link_header_bytes(hop);
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
  if (hop.kind == HopKind::kTunnel) return rewrite_into_tunnel(batch, i, hop, context);
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
  if (verdict == Verdict::kConsumeLocal && unwrap<Family>(m, span.offset(), context, verdict))
    return;
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
  constexpr Be16 kType = Be16::from_host(Family::kEtherType);
  const NextHopTable& hops = *context.view->next_hops;
  TxRun run(*context.tx);
  const size_t count = batch.count;
#pragma GCC unroll 2
  for (size_t i = 0; i < count; ++i) {
    rte_mbuf* m = batch.packets[i];
    const HopFront front = hops[batch.hops[i]].front();
    // An L3Span right behind an untagged Ethernet header is its length and a constant.
    constexpr uint32_t kBehindHeader = L3Span(kUntagged, 0).word();
    if (batch.spans[i].word() - kBehindHeader <= front.reach()) [[likely]] {
      auto* frame = rte_pktmbuf_mtod(m, uint8_t*);
      const uint64_t to = front.to();
      const uint64_t from = front.from();
      // Eight bytes each: the second one's six begin where the first one's end, and behind those
      // comes the type.
      std::memcpy(frame, &to, sizeof(to));
      std::memcpy(frame + sizeof(MacAddress), &from, sizeof(from));
      std::memcpy(frame + offsetof(EthHeader, ether_type), &kType, sizeof(kType));
      decrement_hops(*reinterpret_cast<typename Family::Header*>(frame + kUntagged));
      run.push(front.port(), m);
    } else {
      run.end();
      rewrite_fully(batch, i, context);
    }
  }
  run.end();
  batch.count = 0;
}

template <typename Family>
bool unwrap(rte_mbuf* m, unsigned l3_offset, const RewriteContext& context,
            Verdict& verdict) noexcept {
  if (context.unwrapped == nullptr) return false;
  verdict = decapsulate<Family>(m, l3_offset, context.view->tunnels->ends());
  if (verdict != Verdict::kForward) return false;
  context.unwrapped->add(m);
  return true;
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
template bool unwrap<Ipv4>(rte_mbuf*, unsigned, const RewriteContext&, Verdict&) noexcept;
template bool unwrap<Ipv6>(rte_mbuf*, unsigned, const RewriteContext&, Verdict&) noexcept;
template Verdict verdict_aside<Ipv4>(const rte_mbuf*, unsigned, Verdict, HopKind) noexcept;
template Verdict verdict_aside<Ipv6>(const rte_mbuf*, unsigned, Verdict, HopKind) noexcept;

}  // namespace dstfwd
