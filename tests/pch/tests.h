// SPDX-License-Identifier: BSD-3-Clause
// fwd/pch/common.h and GoogleTest, for tests.
#include "fwd/pch/common.h"

#include <gtest/gtest.h>
