// SPDX-License-Identifier: BSD-3-Clause
#include "app/stats.h"

namespace dstfwd {
namespace {

template <class Predicate>
uint64_t sum(const Stats& stats, Predicate predicate) noexcept {
  uint64_t total = 0;
  for (size_t i = 0; i < kVerdictCount; ++i)
    if (predicate(static_cast<Verdict>(i))) total += stats.verdicts[i];
  return total;
}

}  // namespace

std::string_view name(dstgc::Pressure pressure) noexcept {
  return pressure == dstgc::Pressure::kNone  ? "none"
         : pressure == dstgc::Pressure::kLow ? "low"
                                             : "emergency";
}

uint64_t Stats::consumed() const noexcept {
  return sum(*this, is_consumed);
}
uint64_t Stats::dropped() const noexcept {
  return sum(*this, is_drop);
}

std::vector<std::string> broken_invariants(const Stats& stats) {
  std::vector<std::string> broken;
  const auto text = [](uint64_t n) { return std::to_string(n); };
  if (stats.rx != stats.tx + stats.dropped() + stats.consumed() + stats.held)
    broken.push_back("packets unaccounted for: rx " + text(stats.rx) + ", tx " + text(stats.tx) +
                     ", drops " + text(stats.dropped()) + ", consumed " + text(stats.consumed()) +
                     ", held " + text(stats.held));
  if (stats.gc.created != stats.gc.reclaimed)
    broken.push_back("dst entries lost: created " + text(stats.gc.created) + ", reclaimed " +
                     text(stats.gc.reclaimed));
  if (stats.gc.double_retired != 0)
    broken.push_back("dst entries retired twice: " + text(stats.gc.double_retired));
  if (stats.mbufs_lost != 0) broken.push_back("mbufs lost: " + text(stats.mbufs_lost));
  return broken;
}

}  // namespace dstfwd
