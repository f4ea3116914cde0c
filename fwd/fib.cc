// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/fib.h"

#include <rte_pause.h>

namespace dstfwd {

template <typename Family>
Result<std::unique_ptr<Fib<Family>>> Fib<Family>::create(const FibConfig& config) {
  auto first = FibTable<Family>::create(config);
  if (!first) return first.error();
  auto second = FibTable<Family>::create(config);
  if (!second) return second.error();
  return std::unique_ptr<Fib>(new Fib(std::move(*first), std::move(*second)));
}

template <typename Family>
Status Fib<Family>::stage(std::span<const Change> changes, std::vector<size_t>& failed) {
  Status result = Ok{};
  // A full table is loaded into room for all of it; whether that succeeds shows below.
  if (changes.size() > idle_->routes()) {
    (void)idle_->reserve(idle_->routes() + static_cast<uint32_t>(changes.size()));
  }
  for (size_t i = 0; i < changes.size(); ++i) {
    Status applied = idle_->apply(changes[i]);
    if (applied) {
      staged_.push_back(changes[i]);
    } else {
      if (result) result = applied;
      failed.push_back(i);
    }
  }
  return result;
}

template <typename Family>
void Fib<Family>::publish() noexcept {
  FibTable<Family>* const next = idle_;
  idle_ = active_.load(std::memory_order_relaxed);
  active_.store(next, std::memory_order_release);  // (A)
  behind_.swap(staged_);
}

template <typename Family>
Status Fib<Family>::settle() {
  if (behind_.size() > idle_->routes()) {
    (void)idle_->reserve(active_.load(std::memory_order_relaxed)->routes());
  }
  for (size_t i = 0; i < behind_.size(); ++i) {
    if (Status applied = idle_->apply(behind_[i]); !applied) {
      behind_.erase(behind_.begin(), behind_.begin() + static_cast<ptrdiff_t>(i));
      return applied;
    }
  }
  behind_ = {};
  return Ok{};
}

template <typename Family>
Status Fib<Family>::commit(std::span<const Change> changes, const ReaderGrace& grace) {
  if (Status before = settle(); !before) return before;
  std::vector<size_t> failed;
  Status staged = stage(changes, failed);
  publish();
  const auto token = grace.start();
  while (!grace.passed(token)) rte_pause();
  Status settled = settle();
  return staged ? settled : staged;
}

template class Fib<Ipv4>;
template class Fib<Ipv6>;

}  // namespace dstfwd
