// SPDX-License-Identifier: BSD-3-Clause
// The datapath from receive queue to transmit queue: parse, classify, lookup, resolve, rewrite.
// Input: records of a control byte, a length (two bytes, low first) and a frame of so many bytes.
// The control byte: its low six bits cut the frame into segments of so many bytes (0: one segment),
// 64: routes have changed, 128: the cache was flushed. Each frame must end as the reference says
// (tests/fwd/fate.h), byte by byte, and in one counter.
#include <algorithm>

#include "eal.h"
#include "tests/fwd/fate.h"
#include "tests/fwd/worker_rig.h"

namespace dstfwd::fuzz {
namespace {

constexpr size_t kMaxFrame = 1800;
constexpr int kMaxRecords = 32;

// What stays between inputs.
class Fixed {
 public:
  void frame(std::span<const uint8_t> data, uint8_t control) {
    if ((control & 64U) != 0) rig_.bump_routes();
    if ((control & 128U) != 0) rig_.bump_flush();
    const test::Octets bytes(data.begin(), data.end());
    const test::Fate fate = test::fate_of(bytes);
    const uint64_t before = ended(fate.verdict);
    rte_mbuf* m = make_packet(pool_.get(), data, control & 63U);
    require(m != nullptr && rte_eth_tx_burst(0, 0, &m, 1) == 1, "the port takes the frame");
    require(worker_->poll_once(now_tsc_ += test::kHz / 1000) == 1, "the worker receives it");
    require(ended(fate.verdict) == before + 1, "it ends as the reference says");
    check_sent(fate);
    check_balance();
  }
  // As it was before the input: nothing cached, all entries home.
  void settle() {
    rig_.bump_flush();
    rig_.cache.reclaim();
    require(rte_mempool_full(pool_.get()) == 1, "every mbuf is home");
  }

 private:
  const LcoreCounters& counters() const { return worker_->counters(); }
  uint64_t ended(Verdict v) const {
    return v == Verdict::kForward ? counters().tx.get() : counters().verdict(v).get();
  }
  void check_sent(const test::Fate& fate) {
    for (uint16_t port = 0; port < 2; ++port) {
      const bool here = fate.verdict == Verdict::kForward && port == fate.port;
      const auto sent = test::PortRig::take(port);
      require(sent.size() == (here ? 1U : 0U), "it leaves by the right port, once, or by none");
      for (rte_mbuf* m : sent) {
        const char* reason = nullptr;
        require(rte_mbuf_check(m, 1, &reason) == 0, "it is a sound mbuf");
        require(test::same_frame(test::bytes_of(m), fate.bytes), "it has the reference's bytes");
        rte_pktmbuf_free(m);
      }
    }
  }
  // Invariant 2 of docs/architecture.md.
  void check_balance() const {
    uint64_t ends = counters().tx.get();
    for (const Counter& c : counters().verdicts) ends += c.get();
    require(counters().rx.get() == ends, "each packet ends in one counter");
  }

  test::RouterRig rig_;
  test::MbufPool pool_{2047};
  test::PortRig ports_{pool_};
  std::unique_ptr<Worker> worker_ = std::make_unique<Worker>(test::worker_config(rig_));
  uint64_t now_tsc_ = 100 * test::kHz;
};

}  // namespace
}  // namespace dstfwd::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  dstfwd::fuzz::init_eal({"--vdev=net_ring0", "--vdev=net_ring1"});
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dstfwd::fuzz;
  static auto* const fixed = new Fixed;  // for ever, as EAL
  std::span<const uint8_t> rest(data, size);
  for (int records = 0; rest.size() >= 3 && records < kMaxRecords; ++records) {
    const uint8_t control = rest[0];
    const size_t length =
        std::min({size_t{rest[1]} | size_t{rest[2]} << 8U, rest.size() - 3, kMaxFrame});
    fixed->frame(rest.subspan(3, length), control);
    rest = rest.subspan(3 + length);
  }
  fixed->settle();
  return 0;
}
