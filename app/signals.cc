// SPDX-License-Identifier: BSD-3-Clause
#include "app/signals.h"

#include <csignal>

#include <atomic>

namespace dstfwd {
namespace {

// The program's only global state.
std::atomic<int> g_signal{0};
static_assert(std::atomic<int>::is_always_lock_free);

}  // namespace

void catch_signals() noexcept {
  struct sigaction action {};
  action.sa_handler = [](int number) { g_signal.store(number, std::memory_order_relaxed); };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

int caught_signal() noexcept {
  return g_signal.load(std::memory_order_relaxed);
}

}  // namespace dstfwd
