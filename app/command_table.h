// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/command_pattern.h"

namespace dstfwd {

// The one command language of command files, the prompt and the control socket
// (docs/commands.md): patterns, and what each does. Parts of the program add theirs. Control
// thread.
class CommandTable {
 public:
  // What the command answers, for people; often nothing.
  using Handler = std::function<Result<std::string>(const CommandArguments&)>;

  // pattern: see command_pattern.h; a literal. summary: one line for `help`.
  void add(std::string_view pattern, std::string_view summary, Handler handler);

  // Does the line say something that the language knows? An empty line and a comment do.
  Status check(std::string_view line) const;
  Result<std::string> execute(std::string_view line) const;
  // `help`: all commands, or those that begin with `word`.
  std::string help(std::string_view word = {}) const;
  // What the last word of the line may become, or, after a blank, the next word.
  std::vector<std::string> completions(std::string_view line) const;

 private:
  struct Command {
    CommandPattern pattern;
    std::string_view summary;
    Handler handler;
  };
  struct Found {
    const Command* command = nullptr;  // nullptr: an empty line
    CommandArguments arguments;
  };
  Result<Found> find(std::string_view line) const;

  std::vector<Command> commands_;
};

}  // namespace dstfwd
