// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/hop_group_table.h"

#include <algorithm>

namespace dstfwd {

uint32_t HopGroupTable::allocate() {
  const auto place = std::ranges::find_if(groups_, [](const auto& g) { return !g; });
  if (place == groups_.end()) return kNone;
  *place = std::make_unique<HopGroup>();
  return static_cast<uint32_t>(place - groups_.begin());
}

void HopGroupTable::reap(const ReaderGrace& grace) {
  std::erase_if(dying_, [&](const Dying& dying) {
    if (!grace.passed(dying.grace)) return false;
    groups_[dying.group].reset();
    return true;
  });
}

uint32_t HopGroupTable::in_use() const noexcept {
  const auto made = std::ranges::count_if(groups_, [](const auto& g) { return g != nullptr; });
  return static_cast<uint32_t>(made) - static_cast<uint32_t>(dying_.size());
}

}  // namespace dstfwd
