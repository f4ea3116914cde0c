// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "fwd/types.h"

namespace dstfwd {

// A file of command lines, read whole. Control thread.
class CommandFile {
 public:
  // Error: "FILE: why it cannot be read".
  static Result<CommandFile> read(const std::string& path);

  // Gives each line to `each` until one is refused; its error becomes "FILE:LINE: what was wrong".
  Status for_each(const std::function<Status(std::string_view line)>& each) const;

 private:
  CommandFile(std::string path, std::string text)
      : path_(std::move(path)), text_(std::move(text)) {}

  std::string path_;
  std::string text_;
};

}  // namespace dstfwd
