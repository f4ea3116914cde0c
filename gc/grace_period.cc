// SPDX-License-Identifier: BSD-3-Clause
#include "dstgc/grace_period.h"

namespace dstgc {
namespace {
constexpr uint32_t kMaxReaders = 1024;
constexpr uint64_t kOffline = 0;  // what rte_rcu_qsbr_thread_offline writes
}  // namespace

Result<GracePeriod> GracePeriod::create(uint32_t readers, int numa_node) {
  if (readers == 0 || readers > kMaxReaders)
    return Error{"grace period: " + std::to_string(readers) + " readers are not from 1 to 1024"};
  Result<Memory> memory = Memory::map(rte_rcu_qsbr_get_memsize(readers), numa_node);
  if (!memory) return memory.error();
  GracePeriod grace(std::move(*memory), readers);
  if (rte_rcu_qsbr_init(grace.qsbr(), readers) != 0) return Error{"grace period: init failed"};
  for (uint32_t reader = 0; reader < readers; ++reader)
    rte_rcu_qsbr_thread_register(grace.qsbr(), reader);
  return grace;
}

std::optional<uint32_t> GracePeriod::laggard(Token token) const noexcept {
  for (uint32_t reader = 0; reader < readers_; ++reader) {
    const uint64_t seen = __atomic_load_n(&qsbr()->qsbr_cnt[reader].cnt, __ATOMIC_ACQUIRE);
    if (seen != kOffline && seen < token) return reader;
  }
  return std::nullopt;
}

}  // namespace dstgc
