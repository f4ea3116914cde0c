// SPDX-License-Identifier: BSD-3-Clause
#include "app/command_pattern.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace dstfwd {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\v\f";

std::string quoted(std::string_view word) {
  return '"' + std::string(word) + '"';
}

template <typename Any, template <typename> typename Parse>
std::optional<CommandValue> of_a_family(std::string_view word) {
  if (const auto ipv4 = Parse<Ipv4>{}(word)) return Any{*ipv4};
  if (const auto ipv6 = Parse<Ipv6>{}(word)) return Any{*ipv6};
  return std::nullopt;
}
template <typename Family>
struct ParseAddress {
  auto operator()(std::string_view word) const { return parse_address<Family>(word); }
};
template <typename Family>
struct ParsePrefix {
  auto operator()(std::string_view word) const { return parse_prefix<Family>(word); }
};

std::optional<CommandValue> prefix_value(std::string_view word) {
  return of_a_family<AnyPrefix, ParsePrefix>(word);
}
std::optional<CommandValue> destination_value(std::string_view word) {
  if (word == "default") return DefaultRoute{};
  return prefix_value(word);
}
std::optional<CommandValue> address_value(std::string_view word) {
  return of_a_family<AnyAddress, ParseAddress>(word);
}
std::optional<CommandValue> mac_value(std::string_view word) {
  if (const auto mac = parse_mac(word)) return *mac;
  return std::nullopt;
}
template <uint32_t kMin, uint32_t kMax>
std::optional<CommandValue> number_value(std::string_view word) {
  const auto number = parse_number(word, kMax);
  if (!number || *number < kMin) return std::nullopt;
  return *number;
}
std::optional<CommandValue> text_value(std::string_view word) {
  return std::string(word);
}

// What a place may be filled with, by its name.
struct ValueKind {
  std::string_view place;
  std::optional<CommandValue> (*parse)(std::string_view word);
  std::string_view meaning;
};
constexpr std::array<ValueKind, 17> kValueKinds = {{
    {"PREFIX", prefix_value, "an address and its prefix length, as 192.0.2.1/24"},
    {"DESTINATION", destination_value, "a prefix as 198.18.0.0/15, or default"},
    {"ADDRESS", address_value, "an IPv4 or IPv6 address"},
    {"GATEWAY", address_value, "an IPv4 or IPv6 address"},
    {"LOCAL", address_value, "an IPv4 or IPv6 address"},
    {"REMOTE", address_value, "an IPv4 or IPv6 address"},
    {"MAC", mac_value, "a MAC address as 02:00:00:00:01:02"},
    {"PORT", number_value<0, 65534>, "a port number"},
    {"VLAN", number_value<1, 4094>, "a VLAN identifier from 1 to 4094"},
    {"MTU", number_value<68, 65535>, "an MTU from 68 to 65535 bytes"},
    {"WEIGHT", number_value<1, 256>, "a weight from 1 to 256"},
    {"TTL", number_value<1, 255>, "a TTL from 1 to 255"},
    {"NUMBER", number_value<0, 0xffffffffU>, "a number"},
    {"LCORE", number_value<0, 1023>, "an lcore's number"},
    {"MS", number_value<1, 60000>, "milliseconds from 1 to 60000"},
    {"FILE", text_value, "a file's path"},
    {"WORD", text_value, "a word"},
}};

const ValueKind& kind_of(std::string_view place) {
  const auto* kind = std::ranges::find(kValueKinds, place, &ValueKind::place);
  return kind != kValueKinds.end() ? *kind : kValueKinds.back();
}

bool is_choice_of(std::string_view choice, std::string_view word) {
  while (!choice.empty()) {
    const size_t end = std::min(choice.find('|'), choice.size());
    if (choice.substr(0, end) == word) return true;
    choice.remove_prefix(std::min(end + 1, choice.size()));
  }
  return false;
}

}  // namespace

std::vector<std::string_view> split_words(std::string_view line) {
  std::vector<std::string_view> words;
  for (;;) {
    const size_t begin = line.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos || line[begin] == '#') return words;
    line.remove_prefix(begin);
    const size_t end = std::min(line.find_first_of(kBlanks), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

CommandPattern::CommandPattern(std::string_view pattern) : text_(pattern), nodes_(read(pattern)) {}

std::vector<CommandPattern::Node> CommandPattern::read(std::string_view& rest) {
  std::vector<Node> nodes;
  for (;;) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    if (rest.empty()) return nodes;
    const char first = rest.front();
    if (first == ']' || first == '}') {
      rest.remove_prefix(1);
      return nodes;
    }
    if (first == '[' || first == '{') {
      rest.remove_prefix(1);
      nodes.push_back({first == '[' ? Kind::kOptional : Kind::kRepeated, {}, read(rest)});
      continue;
    }
    const std::string_view word = rest.substr(0, std::min(rest.find_first_of(" ]}"), rest.size()));
    rest.remove_prefix(word.size());
    const Kind kind = std::isupper(static_cast<unsigned char>(first)) != 0 ? Kind::kValue
                      : word.find('|') != std::string_view::npos           ? Kind::kChoice
                                                                           : Kind::kWord;
    nodes.push_back({kind, word, {}});
  }
}

bool CommandPattern::begins(const Node& node, std::string_view word) {
  switch (node.kind) {
    case Kind::kWord:
      return node.text == word;
    case Kind::kChoice:
      return is_choice_of(node.text, word);
    case Kind::kValue:
      return true;
    case Kind::kOptional:
    case Kind::kRepeated:
      return begins(node.inside.front(), word);
  }
  return false;
}

bool CommandPattern::step(const Node& node, const std::vector<std::string_view>& words,
                          Match& match) {
  const bool more = match.words < words.size();
  const std::string_view word = more ? words[match.words] : std::string_view{};
  if (node.kind == Kind::kOptional || node.kind == Kind::kRepeated) {
    bool some = node.kind == Kind::kOptional;
    while (match.words < words.size() && begins(node.inside.front(), words[match.words])) {
      if (!walk(node.inside, words, match)) return false;
      if (node.kind == Kind::kOptional) return true;
      some = true;
    }
    match.expected.emplace_back(node.inside.front().text);
    return some;
  }
  if (!more || !begins(node, word)) {
    match.expected.emplace_back(node.text);
    return false;
  }
  if (node.kind == Kind::kValue) {
    const ValueKind& kind = kind_of(node.text);
    std::optional<CommandValue> value = kind.parse(word);
    if (!value) {
      match.mistake = quoted(word) + " is not " + std::string(kind.meaning);
      return false;
    }
    match.arguments.push_back({node.text, std::move(*value)});
  } else if (node.kind == Kind::kChoice) {
    match.arguments.push_back({node.text, std::string(word)});
  }
  ++match.words;
  match.expected.clear();
  return true;
}

bool CommandPattern::walk(const std::vector<Node>& nodes,
                          const std::vector<std::string_view>& words, Match& match) {
  return std::ranges::all_of(nodes, [&](const Node& node) { return step(node, words, match); });
}

CommandPattern::Match CommandPattern::match(const std::vector<std::string_view>& words) const {
  Match match;
  match.complete = walk(nodes_, words, match) && match.words == words.size();
  return match;
}

}  // namespace dstfwd
