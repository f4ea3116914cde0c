// SPDX-License-Identifier: BSD-3-Clause
// The datapath's checks of any frame. Input: a frame, then control bytes: how the second copy is
// cut into mbuf segments, and the port's context. Whole and in pieces a frame must be judged alike.
#include <algorithm>
#include <cstring>

#include "eal.h"
#include "fwd/family.h"
#include "fwd/frame.h"
#include "fwd/ip_check.h"
#include "fwd/mbuf_chain.h"

namespace dstfwd::fuzz {
namespace {

rte_mempool* pool() {
  static rte_mempool* one = rte_pktmbuf_pool_create("frames", 8191, 0, 0, 2176, -1);
  return one;
}

// What the checks say of a frame, comparable.
struct Judgement {
  Verdict verdict = Verdict::kForward;
  Frame frame;
  uint32_t length = 0;
  Verdict unless_local = Verdict::kForward;
  std::vector<uint8_t> key;
  Verdict local = Verdict::kForward;
};

template <class Family>
void judge_ip(rte_mbuf* m, const LinkContext& link, Judgement& out) {
  Checked<Family> checked;
  out.verdict = check_ip(m, link, out.frame, checked);
  if (out.verdict != Verdict::kForward) return;
  out.length = checked.length;
  out.unless_local = checked.unless_local;
  out.key.resize(sizeof(checked.key));
  std::memcpy(out.key.data(), &checked.key, sizeof(checked.key));
  require(checked.length <= m->pkt_len - out.frame.l3_offset, "a packet is within its frame");
  require(sizeof(typename Family::Header) <= checked.length, "a packet has its header");
  const auto* ip = rte_pktmbuf_mtod_offset(m, const typename Family::Header*, out.frame.l3_offset);
  require(out.frame.l3_offset + sizeof(*ip) <= m->data_len, "its header is contiguous");
  require(checked.key.src == ip->src && checked.key.dst == ip->dst, "its key has its addresses");
  out.local = local_verdict<Family>(m, out.frame.l3_offset);
  require(is_consumed(out.local), "a local packet is consumed");
}

Judgement judge(rte_mbuf* m, const LinkContext& link) {
  Judgement out;
  out.verdict = parse_frame(m, link, out.frame);
  require(out.verdict == Verdict::kForward || is_drop(out.verdict) ||
              out.verdict == Verdict::kConsumeArp,
          "a frame goes on, is ARP or is dropped");
  if (out.verdict != Verdict::kForward) return out;
  if (out.frame.ether_type == kEtherTypeIpv4) judge_ip<Ipv4>(m, link, out);
  if (out.frame.ether_type == kEtherTypeIpv6) judge_ip<Ipv6>(m, link, out);
  return out;
}

void require_alike(const Judgement& a, const Judgement& b) {
  require(a.verdict == b.verdict, "whole and in pieces: the same verdict");
  if (a.verdict != Verdict::kForward) return;
  require(a.frame.ether_type == b.frame.ether_type && a.frame.l3_offset == b.frame.l3_offset &&
              a.frame.group == b.frame.group,
          "whole and in pieces: the same frame");
  require(a.length == b.length && a.unless_local == b.unless_local && a.key == b.key &&
              a.local == b.local,
          "whole and in pieces: the same packet");
}

void run(std::span<const uint8_t> frame, Control& control) {
  const size_t cut = control.byte() + 1U;
  LinkContext link;
  if (!frame.empty()) {
    std::copy_n(frame.begin(), std::min<size_t>(frame.size(), 6), link.own_mac.bytes.begin());
  }
  if (control.flag()) link.own_mac.bytes[5] ^= 1U;
  link.promiscuous = control.flag();
  const bool stripped = control.flag();
  const uint16_t tci = control.word();
  rte_mbuf* whole = make_packet(pool(), frame, 0);
  rte_mbuf* pieces = make_packet(pool(), frame, cut);
  for (rte_mbuf* m : {whole, pieces}) {
    require(m != nullptr, "the pool is large enough");
    if (stripped) {
      m->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
      m->vlan_tci = tci;
    }
  }
  const Judgement one = judge(whole, link);
  require_alike(one, judge(pieces, link));
  for (rte_mbuf* m : {whole, pieces}) {
    require(std::ranges::equal(bytes_of(m), frame), "the checks change no byte");
    if (one.verdict == Verdict::kForward && one.length > 0) {
      const uint32_t size = one.frame.l3_offset + one.length;
      trim(m, size);
      require(m->pkt_len == size && std::ranges::equal(bytes_of(m), frame.first(size)),
              "padding is cut, and nothing else");
    }
    rte_pktmbuf_free(m);
  }
  require(rte_mempool_full(pool()) == 1, "every mbuf is home");
}

}  // namespace
}  // namespace dstfwd::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  dstfwd::fuzz::init_eal();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dstfwd::fuzz;
  constexpr size_t kControl = 6;
  if (size < kControl) return 0;
  Control control({data, size});
  run({data, std::min<size_t>(size - kControl, 2000)}, control);
  return 0;
}
