// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <vector>

#include "fwd/hop_group.h"
#include "fwd/reader_grace.h"

namespace dstfwd {

// The groups that next hops of kind kGroup name by Adjacency::object. A group is made before the
// FIB that leads to it is published, and freed after a grace period, so that lcores read it without
// more ado. Control thread: all but operator[].
class HopGroupTable {
 public:
  static constexpr uint32_t kNone = 0xffffffffU;

  explicit HopGroupTable(uint32_t max_groups) : groups_(max_groups) {}

  const HopGroup& operator[](uint32_t group) const noexcept { return *groups_[group]; }
  HopGroup& at(uint32_t group) noexcept { return *groups_[group]; }

  // kNone: the table is full.
  uint32_t allocate();
  // No FIB that is published leads to it any more. grace: a token taken after that.
  void free(uint32_t group, ReaderGrace::Token grace) { dying_.push_back({group, grace}); }
  void reap(const ReaderGrace& grace);

  uint32_t in_use() const noexcept;

 private:
  struct Dying {
    uint32_t group;
    ReaderGrace::Token grace;
  };
  std::vector<std::unique_ptr<HopGroup>> groups_;  // never resized: lcores read it
  std::vector<Dying> dying_;
};

}  // namespace dstfwd
