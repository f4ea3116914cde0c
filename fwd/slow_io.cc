// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/slow_io.h"

#include <rte_random.h>

#include <algorithm>

#include "fwd/headers.h"

namespace dstfwd {
namespace {

// Appends to a chain, taking more mbufs where one has no room. False: no mbufs.
bool append(rte_mbuf* head, rte_mempool* pool, Bytes data) noexcept {
  while (!data.empty()) {
    const uint16_t room = rte_pktmbuf_tailroom(rte_pktmbuf_lastseg(head));
    if (room == 0) {
      rte_mbuf* more = rte_pktmbuf_alloc(pool);
      if (more == nullptr) return false;
      more->data_off = 0;
      if (rte_pktmbuf_tailroom(more) == 0 || rte_pktmbuf_chain(head, more) != 0) {
        rte_pktmbuf_free(more);
        return false;
      }
      continue;
    }
    const auto n = static_cast<uint16_t>(std::min<size_t>(room, data.size()));
    std::memcpy(rte_pktmbuf_append(head, n), data.data(), n);
    data = data.subspan(n);
  }
  return true;
}

template <typename T>
Bytes as_bytes(const T& value) noexcept {
  return {reinterpret_cast<const uint8_t*>(&value), sizeof(value)};
}

}  // namespace

SlowIo::SlowIo(SlowIoConfig config)
    : config_(std::move(config)), fragment_id_(static_cast<uint32_t>(rte_rand())) {}

unsigned SlowIo::take(uint16_t lcore, std::span<rte_mbuf*> out) noexcept {
  return rte_ring_sc_dequeue_burst(config_.rings[lcore].punts, reinterpret_cast<void**>(out.data()),
                                   static_cast<unsigned>(out.size()), nullptr);
}

rte_mbuf* SlowIo::frame(const LinkRef& link, const MacAddress& src, const MacAddress& dst,
                        uint16_t ether_type, Bytes packet) noexcept {
  rte_mbuf* m = rte_pktmbuf_alloc(config_.pool);
  if (m == nullptr) return nullptr;
  const Be16 type = Be16::from_host(ether_type);
  const EthHeader eth{dst, src, link.vlan == 0 ? type : Be16::from_host(kEtherTypeVlan)};
  bool fits = append(m, config_.pool, as_bytes(eth));
  if (link.vlan != 0) {
    fits = fits && append(m, config_.pool, as_bytes(VlanHeader{Be16::from_host(link.vlan), type}));
  }
  if (fits && append(m, config_.pool, packet)) return m;
  rte_pktmbuf_free(m);
  return nullptr;
}

bool SlowIo::inject(rte_mbuf* frame, const LinkRef& link) noexcept {
  frame->port = to_u16(link.port);
  info(frame) = PuntInfo{.kind = PuntKind::kOriginated};
  // Any lcore can send on any port; one port's frames keep their order.
  const size_t lcore = to_u16(link.port) % config_.rings.size();
  if (rte_ring_sp_enqueue(config_.rings[lcore].injects, frame) == 0) return true;
  rte_pktmbuf_free(frame);
  counters_.originated_dropped.add(1);
  return false;
}

bool SlowIo::send(const LinkRef& link, const MacAddress& src, const MacAddress& dst,
                  uint16_t ether_type, Bytes packet, uint16_t mtu) noexcept {
  rte_mbuf* whole = frame(link, src, dst, ether_type, packet);
  if (whole == nullptr) {
    counters_.originated_dropped.add(1);
    return false;
  }
  if (packet.size() <= mtu) return inject(whole, link);
  const auto l2_bytes =
      static_cast<uint16_t>(sizeof(EthHeader) + (link.vlan == 0 ? 0 : sizeof(VlanHeader)));
  std::array<rte_mbuf*, kMaxFragments> pieces;
  const unsigned count =
      ether_type == kEtherTypeIpv4
          ? fragment_ipv4(whole, l2_bytes, mtu, config_.fragments, pieces)
          : fragment_ipv6(whole, l2_bytes, mtu, ++fragment_id_, config_.fragments, pieces);
  if (count == 0) {
    rte_pktmbuf_free(whole);
    counters_.originated_dropped.add(1);
  }
  bool sent = count != 0;
  for (unsigned i = 0; i < count; ++i) sent = inject(pieces[i], link) && sent;
  return sent;
}

void SlowIo::resume(const HeldPacket& held) noexcept {
  PuntInfo& punt = info(held.packet);
  if (punt.entry != kNoEntry) config_.release_entry(held.lcore, punt.entry);
  punt.entry = kNoEntry;
  punt.kind = PuntKind::kHeld;
  if (rte_ring_sp_enqueue(config_.rings[held.lcore].injects, held.packet) == 0) return;
  drop_held(held, Verdict::kDropHoldFull);
}

void SlowIo::drain_injects() noexcept {
  for (uint16_t lcore = 0; lcore < lcores(); ++lcore) {
    void* packet = nullptr;
    while (rte_ring_sc_dequeue(config_.rings[lcore].injects, &packet) == 0) {
      auto* m = static_cast<rte_mbuf*>(packet);
      if (info(m).kind == PuntKind::kHeld) {
        drop_held({m, lcore}, Verdict::kDropNoNeighbour);
      } else {
        counters_.originated_dropped.add(1);
        rte_pktmbuf_free(m);
      }
    }
  }
}

void SlowIo::drop_held(const HeldPacket& held, Verdict reason) noexcept {
  const PuntInfo& punt = info(held.packet);
  if (punt.entry != kNoEntry) config_.release_entry(held.lcore, punt.entry);
  counters_.unheld.add(1);
  counters_.verdict(reason).add(1);
  rte_pktmbuf_free(held.packet);
}

}  // namespace dstfwd
