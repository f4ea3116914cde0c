// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/vlan_set.h"

#include <gtest/gtest.h>

namespace dstfwd {
namespace {

TEST(VlanSet, HasWhatWasAddedAndNothingElse) {
  VlanSet set;
  for (const uint16_t id : {1, 63, 64, 100, 4094}) set.add(id);
  unsigned count = 0;
  for (uint16_t id = 0; id < 4096; ++id) count += set.has(id) ? 1 : 0;
  EXPECT_EQ(count, 5U);
  EXPECT_TRUE(set.has(63));
  EXPECT_TRUE(set.has(64));
  EXPECT_TRUE(set.has(4094));
}

TEST(VlanSet, RemovingOneLeavesItsNeighbours) {
  VlanSet set;
  for (uint16_t id = 64; id < 128; ++id) set.add(id);
  set.remove(100);
  set.remove(100);  // again: nothing more
  for (uint16_t id = 64; id < 128; ++id) EXPECT_EQ(set.has(id), id != 100) << id;
}

}  // namespace
}  // namespace dstfwd
