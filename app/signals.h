// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace dstfwd {

// SIGINT and SIGTERM ask for a clean stop; the second one kills. SIGPIPE is ignored: a write to a
// closed pipe fails where it is made. Main thread, before lcores start.
void catch_signals() noexcept;

// The number of the signal that asked for a stop, or 0. Any thread.
int caught_signal() noexcept;

}  // namespace dstfwd
