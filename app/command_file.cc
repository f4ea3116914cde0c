// SPDX-License-Identifier: BSD-3-Clause
#include "app/command_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace dstfwd {

Result<CommandFile> CommandFile::read(const std::string& path) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "re"), std::fclose);
  if (file == nullptr) return Error{path + ": " + std::strerror(errno)};
  std::string text;
  char some[65536];
  for (size_t n = 0; (n = std::fread(some, 1, sizeof(some), file.get())) != 0;)
    text.append(some, n);
  if (std::ferror(file.get()) != 0) return Error{path + ": " + std::strerror(errno)};
  return CommandFile(path, std::move(text));
}

Status CommandFile::for_each(const std::function<Status(std::string_view line)>& each) const {
  std::string_view rest = text_;
  for (size_t number = 1; !rest.empty(); ++number) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const Status done = each(line);
    if (!done) return Error{path_ + ":" + std::to_string(number) + ": " + done.error().message};
  }
  return Ok{};
}

}  // namespace dstfwd
