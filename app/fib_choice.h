// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "app/eal.h"
#include "fwd/router.h"

namespace dstfwd {

// EAL memory that is left for what comes later: growth of tables, names, rings.
inline constexpr size_t kSpareMemory = 16U << 20U;

// Sets the kind of both FIBs: tables (one or two memory accesses a lookup) where EAL's memory has
// room for them, else trees, with a warning. IPv4 goes first.
void choose_fibs(const EalMemory& memory, RouterConfig& config, std::vector<std::string>& warnings);

}  // namespace dstfwd
