// SPDX-License-Identifier: BSD-3-Clause
#include "app/options.h"

#include <getopt.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "app/option_table.h"

namespace dstfwd {
namespace {

constexpr int kFirstLong = 256;  // getopt_long's value for row i is kFirstLong + i

struct GetoptTables {
  std::string letters = ":";  // a leading colon: ':' is returned for a missing value
  std::vector<option> longs;
};

GetoptTables getopt_tables() {
  GetoptTables tables;
  int value = kFirstLong;
  for (const OptionRow& row : option_table()) {
    const int takes = row.value != nullptr ? required_argument : no_argument;
    tables.longs.push_back({row.name, takes, nullptr, value++});
    if (row.letter == 0) continue;
    tables.letters += row.letter;
    if (row.value != nullptr) tables.letters += ':';
  }
  tables.longs.push_back({nullptr, 0, nullptr, 0});
  return tables;
}

const OptionRow* find_row(int code) {
  const auto rows = option_table();
  if (code >= kFirstLong) return &rows[static_cast<size_t>(code - kFirstLong)];
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [code](const OptionRow& r) { return r.letter == code; });
  return row == rows.end() ? nullptr : &*row;
}

// What getopt_long answered with '?', in our words. `word` is the argument it looked at.
Error unknown_option(std::string_view word) {
  if (optopt >= kFirstLong)
    return {std::string("--") + find_row(optopt)->name + ": takes no value, given " +
            std::string(word)};
  const bool is_long = word.starts_with("--");
  const std::string option =
      is_long ? std::string(word.substr(0, word.find('='))) : std::string("-") + char(optopt);
  const auto same_start = [&](const OptionRow& row) {
    return is_long && std::string_view(row.name).starts_with(std::string_view(option).substr(2));
  };
  if (std::ranges::count_if(option_table(), same_start) > 1)
    return {option + ": could be several options; write it in full"};
  return {option + ": no such option (dstfwd -- --help lists them)"};
}

Status check_together(const Options& options) {
  const auto text = [](double v) {
    std::string s = std::to_string(v);
    s.erase(s.find_last_not_of('0') + 1);
    if (s.back() == '.') s.pop_back();
    return s;
  };
  if (options.gc_min_s > options.gc_max_s)
    return Error{"--gc-min: " + text(options.gc_min_s) + " is above --gc-max " +
                 text(options.gc_max_s)};
  if (options.gc_lcore && options.gc_mode != GcMode::kService)
    return Error{"--gc-lcore: only --gc-mode service has an lcore for the collector, not " +
                 std::string(name(options.gc_mode))};
  return Ok{};
}

Status parse_one(int code, std::string_view word, Options& options) {
  if (code == '?') return unknown_option(word);
  const OptionRow* row = find_row(code == ':' ? optopt : code);
  if (code == ':')
    return Error{"--" + std::string(row->name) + ": needs a value (" + row->value + ")"};
  Status applied = apply(*row, optarg != nullptr ? optarg : "", options);
  if (!applied) return Error{"--" + std::string(row->name) + ": " + applied.error().message};
  return Ok{};
}

void append_wrapped(std::string& out, std::string_view text, size_t indent, size_t width) {
  size_t column = indent;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    if (column + word.size() > width - 1 && column > indent) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
    }
    out += word;
    column += word.size() + 1;
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (!text.empty()) out += ' ';
  }
  out += '\n';
}

}  // namespace

std::string_view name(GcMode mode) noexcept {
  switch (mode) {
    case GcMode::kService:
      return "service";
    case GcMode::kInline:
      return "inline";
    case GcMode::kLegacy:
      return "legacy";
    case GcMode::kOff:
      return "off";
  }
  return "unknown";
}

uint32_t Options::ipv6_flows() const noexcept {
  return flows6 ? *flows6 : std::max(1U, flows / 4);
}

SplitArguments split_arguments(std::span<char*> argv) noexcept {
  const auto dashes =
      std::ranges::find_if(argv, [](const char* word) { return std::string_view(word) == "--"; });
  const auto eal = static_cast<size_t>(dashes - argv.begin());
  return {argv.first(eal), argv.subspan(std::min(argv.size(), eal + 1))};
}

Result<Options> parse_options(std::span<char*> app_arguments) {
  const GetoptTables tables = getopt_tables();
  static char program[] = "dstfwd";
  std::vector<char*> argv{program};
  argv.insert(argv.end(), app_arguments.begin(), app_arguments.end());
  argv.push_back(nullptr);
  const int argc = static_cast<int>(argv.size() - 1);

  Options options;
  optind = 0;  // glibc: start afresh
  opterr = 0;  // we print
  while (true) {
    // The word that getopt looks at; within a cluster such as -ih optind stays.
    const int at = std::max(optind, 1);
    const int code = getopt_long(argc, argv.data(), ("+" + tables.letters).c_str(),
                                 tables.longs.data(), nullptr);
    if (code == -1) break;
    Status parsed = parse_one(code, at < argc ? argv[static_cast<size_t>(at)] : "", options);
    if (!parsed) return parsed.error();
  }
  if (optind < argc)
    return Error{'"' + std::string(argv[static_cast<size_t>(optind)]) +
                 "\": not an option (dstfwd -- --help lists them)"};
  Status checked = check_together(options);
  if (!checked) return checked.error();
  return options;
}

std::string usage() {
  constexpr size_t kIndent = 26;
  constexpr size_t kWidth = 100;
  std::string out = "usage: dstfwd EAL-ARGS -- ARGS\n";
  out += "dstfwd -h lists EAL-ARGS too. S is seconds, as 0.5, 500ms or 200us.\n";
  for (const OptionRow& row : option_table()) {
    if (row.heading != nullptr) out += std::string("\n") + row.heading + ":\n";
    std::string left = row.letter != 0 ? std::string("  -") + row.letter + ", --" : "      --";
    left += row.name;
    if (row.value != nullptr) left += std::string(" ") + row.value;
    left += std::string(left.size() < kIndent - 1 ? kIndent - left.size() : 1, ' ');
    out += left;
    const std::string facts = describe(row.field);
    append_wrapped(out, row.help + (facts.empty() ? facts : " (" + facts + ")"), kIndent, kWidth);
  }
  return out;
}

}  // namespace dstfwd
