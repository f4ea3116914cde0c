// SPDX-License-Identifier: BSD-3-Clause
// One command's syntax, written as its usage line, and lines matched against it.
//
//   route add DESTINATION via GATEWAY [port PORT] [weight WEIGHT]
//
// Words in lower case stand for themselves, words in capitals for a value of the kind that they
// name, [ ] is optional, { } may be repeated (once at least), a|b is one of these words.
// A pattern is read from left to right without going back: what follows [ or { must begin with a
// word of its own. Control thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fwd/address_text.h"

namespace dstfwd {

using AnyAddress = std::variant<Ipv4Address, Ipv6Address>;
using AnyPrefix = std::variant<Prefix<Ipv4>, Prefix<Ipv6>>;
struct DefaultRoute {};  // `default`: the family is the next hop's

using CommandValue =
    std::variant<DefaultRoute, AnyPrefix, AnyAddress, MacAddress, uint32_t, std::string>;

// A value and the place in the pattern that it was given for ("GATEWAY"). A word of a choice a|b
// has the choice as its place.
struct CommandArgument {
  std::string_view place;
  CommandValue value;
};
using CommandArguments = std::vector<CommandArgument>;

// The first argument for that place; nullptr: not given, or not a T.
template <typename T>
const T* argument(const CommandArguments& arguments, std::string_view place) {
  for (const CommandArgument& a : arguments) {
    if (a.place == place) return std::get_if<T>(&a.value);
  }
  return nullptr;
}

class CommandPattern {
 public:
  // pattern: trusted, a literal of the program; it outlives this.
  explicit CommandPattern(std::string_view pattern);

  // How far a line agrees with the pattern.
  struct Match {
    bool complete = false;
    size_t words = 0;                   // that agreed
    std::vector<std::string> expected;  // what could have come instead of words[words]
    std::string mistake;                // a value of the right place but not of its kind
    CommandArguments arguments;
  };
  Match match(const std::vector<std::string_view>& words) const;
  std::string_view text() const noexcept { return text_; }

 private:
  enum class Kind : uint8_t { kWord, kChoice, kValue, kOptional, kRepeated };
  struct Node {
    Kind kind;
    std::string_view text;
    std::vector<Node> inside;
  };
  static std::vector<Node> read(std::string_view& rest);
  static bool walk(const std::vector<Node>& nodes, const std::vector<std::string_view>& words,
                   Match& match);
  static bool step(const Node& node, const std::vector<std::string_view>& words, Match& match);
  static bool begins(const Node& node, std::string_view word);

  std::string_view text_;
  std::vector<Node> nodes_;
};

// A line's words; a word that begins with # begins a comment.
std::vector<std::string_view> split_words(std::string_view line);

}  // namespace dstfwd
