// SPDX-License-Identifier: BSD-3-Clause
// What this CPU can do. Any thread.
#pragma once

#include <rte_cpuflags.h>

namespace dstfwd {

inline bool cpu_has(rte_cpu_flag_t flag) noexcept {
  return rte_cpu_get_flag_enabled(flag) > 0;  // negative: not a flag of this architecture
}

}  // namespace dstfwd
