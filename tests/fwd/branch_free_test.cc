// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/branch_free.h"

#include <gtest/gtest.h>

namespace dstfwd {
namespace {

TEST(BranchFreeTest, AMaskHasAllBitsOrNone) {
  EXPECT_EQ(mask_if(1), ~uint64_t{0});
  EXPECT_EQ(mask_if(0), 0U);
}

TEST(BranchFreeTest, SelectTakesTheFirstWhereTheMaskIsSet) {
  constexpr uint64_t kOne = 0x0123456789abcdefU;
  constexpr uint64_t kOther = 0xfedcba9876543210U;
  EXPECT_EQ(select(mask_if(1), kOne, kOther), kOne);
  EXPECT_EQ(select(mask_if(0), kOne, kOther), kOther);
}

}  // namespace
}  // namespace dstfwd
