// SPDX-License-Identifier: BSD-3-Clause
// One row an option: the parser and --help both read it, so they cannot disagree.
#pragma once

#include <span>
#include <variant>

#include "app/options.h"

namespace dstfwd {

struct FlagField {
  bool Options::*field;
};
struct OnOffField {
  bool Options::*field;
  const char* on = "on";
  const char* off = "off";
};
struct CountField {
  uint32_t Options::*field;
  uint32_t min;
  uint32_t max;
};
struct OptionalCountField {
  std::optional<uint32_t> Options::*field;
  uint32_t min;
  uint32_t max;
};
// Seconds with a fraction, or a number of ms or us ("1.5", "1.5s", "500us"). When never is set, 0
// is allowed too and means never.
struct SecondsField {
  double Options::*field;
  double min;
  double max;
  bool never;
};
struct TextField {
  std::string Options::*field;
};
struct PortmaskField {
  std::optional<uint64_t> Options::*field;
};
struct LcoreNodesField {
  std::map<unsigned, int> Options::*field;
};
struct GcModeField {
  GcMode Options::*field;
};
using OptionField =
    std::variant<FlagField, OnOffField, CountField, OptionalCountField, SecondsField, TextField,
                 PortmaskField, LcoreNodesField, GcModeField>;

struct OptionRow {
  const char* name;
  char letter;        // 0: none
  const char* value;  // how --help names the value; nullptr: takes none
  const char* help;   // what it does; range and default are added from the field
  OptionField field;
  const char* heading = nullptr;  // a group begins here
};

std::span<const OptionRow> option_table() noexcept;

// Sets the row's field from its value. The error lacks the option's name.
Status apply(const OptionRow& row, std::string_view value, Options& options);

// "1 to 64; default 64"
std::string describe(const OptionField& field);

}  // namespace dstfwd
