// SPDX-License-Identifier: BSD-3-Clause
// What most sources include and what takes a compiler longest, parsed once: half of a source's
// compile time is what it includes. Each includes what it needs all the same; this is only quicker
// (-Db_pch=false builds without). Nothing of this project: a change of it would compile everything
// anew.
#include <rte_config.h>  // first: DPDK's flags would include it before a precompiled header

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_fib.h>
#include <rte_fib6.h>
#include <rte_mbuf.h>
#include <rte_rcu_qsbr.h>
#include <rte_ring.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <vector>
