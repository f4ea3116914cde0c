// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/table_fit.h"

#include <algorithm>

namespace dstfwd {
namespace {

// Buckets that so many flows fill to the good load, in whole blocks.
uint64_t buckets_for(double flows, const FlowTable& table) noexcept {
  const double buckets = flows / TableFit::kGoodLoad / FlowBucket::kSlots;
  const auto blocks = static_cast<uint64_t>(buckets / table.block()) + 1;
  return std::max<uint64_t>(blocks * table.block(), TableFit::kLeastBuckets);
}

}  // namespace

void TableFit::begin(FlowTable& table, uint64_t buckets, double duration_s,
                     uint64_t now_tsc) noexcept {
  table.region().begin(static_cast<uint32_t>(std::min<uint64_t>(buckets, table.buckets())));
  seen_tsc_ = now_tsc;
  tsc_of_all_ = duration_s * tsc_hz_;
  passed_tsc_ = 0;
  state_ = State::kMoving;
  is_calm_ = false;
  ++changes_;
}

void TableFit::grow_if_crowded(FlowTable& table, uint64_t now_tsc) noexcept {
  if (!table.region().take_crowded()) return;
  if (table.load() < kHighLoad) return;
  if (state_ != State::kStill) settle(table);
  begin(table, uint64_t{kGrowTimes} * table.region().now().buckets, 0, now_tsc);
}

bool TableFit::step(FlowTable& table, uint64_t now_tsc) noexcept {
  if (state_ != State::kMoving) grow_if_crowded(table, now_tsc);
  if (state_ == State::kStill || state_ == State::kSettling) return false;
  passed_tsc_ += std::min(static_cast<double>(now_tsc - seen_tsc_), kLongestStep_s * tsc_hz_);
  seen_tsc_ = now_tsc;
  const double share = passed_tsc_ < tsc_of_all_ ? passed_tsc_ / tsc_of_all_ : 1;
  table.region().advance(std::max(static_cast<uint32_t>(share * UINT32_MAX), 1U));
  if (passed_tsc_ < tsc_of_all_) return false;
  const bool has_rested = passed_tsc_ >= tsc_of_all_ + kRest_s * tsc_hz_;
  state_ = has_rested ? State::kSettling : State::kResting;
  return has_rested;
}

void TableFit::end_round(FlowTable& table, uint32_t live, bool calm, uint64_t now_tsc) noexcept {
  if (state_ != State::kStill) return;
  const uint64_t wanted = buckets_for(live, table);
  const bool fewer_do = calm && wanted <= table.region().now().buckets / 2;
  if (!fewer_do || !is_calm_) calm_since_tsc_ = now_tsc;
  is_calm_ = fewer_do;
  if (static_cast<double>(now_tsc - calm_since_tsc_) >= kCalm_s * tsc_hz_)
    begin(table, wanted, std::clamp(live / kShrinkPace_s, kLeastTime_s, kMostTime_s), now_tsc);
}

void TableFit::settle(FlowTable& table) noexcept {
  table.region().finish();
  state_ = State::kStill;
}

}  // namespace dstfwd
