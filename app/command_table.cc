// SPDX-License-Identifier: BSD-3-Clause
#include "app/command_table.h"

#include <algorithm>

namespace dstfwd {
namespace {

// "up, down or mtu"
std::string one_of(std::vector<std::string> words) {
  std::ranges::sort(words);
  words.erase(std::unique(words.begin(), words.end()), words.end());
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i != 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

// All patterns' words that could have stood at the furthest place that any of them reached.
struct Furthest {
  size_t words = 0;
  std::vector<std::string> expected;
  std::string mistake;

  void add(CommandPattern::Match&& match) {
    if (match.words < words) return;
    if (match.words > words) {
      words = match.words;
      expected.clear();
      mistake.clear();
    }
    if (!match.mistake.empty()) mistake = std::move(match.mistake);
    std::ranges::move(match.expected, std::back_inserter(expected));
  }
};

}  // namespace

void CommandTable::add(std::string_view pattern, std::string_view summary, Handler handler) {
  commands_.push_back({CommandPattern(pattern), summary, std::move(handler)});
}

Result<CommandTable::Found> CommandTable::find(std::string_view line) const {
  const std::vector<std::string_view> words = split_words(line);
  if (words.empty()) return Found{};
  Furthest furthest;
  for (const Command& command : commands_) {
    CommandPattern::Match match = command.pattern.match(words);
    if (match.complete) return Found{&command, std::move(match.arguments)};
    furthest.add(std::move(match));
  }
  if (!furthest.mistake.empty()) return Error{furthest.mistake};
  const std::string expected =
      furthest.expected.empty() ? "" : ": expected " + one_of(std::move(furthest.expected));
  if (furthest.words == words.size()) return Error{"the command ends too early" + expected};
  const std::string word = '"' + std::string(words[furthest.words]) + '"';
  if (furthest.words == 0) return Error{"unknown command " + word + " (try help)"};
  return Error{word + (expected.empty() ? " is one word too many" : expected)};
}

Status CommandTable::check(std::string_view line) const {
  const Result<Found> found = find(line);
  if (!found) return found.error();
  return Ok{};
}

Result<std::string> CommandTable::execute(std::string_view line) const {
  const Result<Found> found = find(line);
  if (!found) return found.error();
  const Found& it = *found;
  return it.command != nullptr ? it.command->handler(it.arguments) : std::string();
}

std::string CommandTable::help(std::string_view word) const {
  size_t widest = 0;
  for (const Command& command : commands_)
    widest = std::max(widest, std::min<size_t>(command.pattern.text().size(), 44));
  std::string text;
  for (const Command& command : commands_) {
    const std::string_view pattern = command.pattern.text();
    if (!pattern.starts_with(word)) continue;
    text += pattern;
    text += pattern.size() > widest ? "\n" + std::string(widest, ' ')
                                    : std::string(widest - pattern.size(), ' ');
    text += "  " + std::string(command.summary) + "\n";
  }
  return text;
}

std::vector<std::string> CommandTable::completions(std::string_view line) const {
  std::vector<std::string_view> words = split_words(line);
  std::string_view begun;
  if (!words.empty() && !line.empty() && line.back() != ' ' && line.back() != '\t') {
    begun = words.back();
    words.pop_back();
  }
  std::vector<std::string> found;
  for (const Command& command : commands_) {
    CommandPattern::Match match = command.pattern.match(words);
    if (match.words != words.size()) continue;
    for (const std::string& expected : match.expected) {
      for (std::string_view rest = expected; !rest.empty();) {  // the words of a choice
        const std::string_view word = rest.substr(0, rest.find('|'));
        if (word.starts_with(begun) && (begun.empty() || word != begun)) found.emplace_back(word);
        rest.remove_prefix(std::min(word.size() + 1, rest.size()));
      }
    }
  }
  std::ranges::sort(found);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace dstfwd
