// SPDX-License-Identifier: BSD-3-Clause
// Programs that are compared take turns, so that a machine that is slower for a while is so for all
// of them: before each of its turns a program sends itself SIGSTOP, which stops all of its threads,
// and who started it (scripts/lib/turns.py) sends SIGCONT when it is its turn.
#pragma once

#include <sys/prctl.h>

#include <csignal>

namespace dstfwd::bench {

// A stopped program must not outlive who would continue it.
inline void die_with_parent() noexcept {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
}
// Returns when it is this program's turn.
inline void await_turn() noexcept {
  raise(SIGSTOP);
}

}  // namespace dstfwd::bench
