// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/command_table.h"

namespace dstfwd {

// Command lines from standard input: with editing, history and completion on a terminal, plain from
// a pipe or a file. Control thread.
class LineSource {
 public:
  // The table outlives the source.
  static std::unique_ptr<LineSource> of_stdin(const CommandTable& commands);
  virtual ~LineSource() = default;

  // Waits at most timeout_ms for input, and appends the lines that are complete.
  virtual void read(int timeout_ms, std::vector<std::string>& lines) = 0;
  bool ended() const noexcept { return ended_; }

 protected:
  bool ended_ = false;
};

}  // namespace dstfwd
