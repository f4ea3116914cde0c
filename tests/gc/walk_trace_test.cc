// SPDX-License-Identifier: BSD-3-Clause
#include "dstgc/walk_trace.h"

#include <gtest/gtest.h>

TEST(WalkTrace, HasExactlyThePublishedForm) {
  EXPECT_EQ(dstgc::format_trace({75469, 74109, 141, 150, 8092}),
            "dst_total: 75469 delayed: 74109 work_perf: 141 expires: 150 elapsed: 8092 us");
}
