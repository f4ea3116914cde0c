// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/progress.h"

#include <array>

namespace dstfwd {

std::string_view name(Stage stage) noexcept {
  static constexpr std::array<std::string_view, static_cast<size_t>(Stage::kCount)> kNames = {
      "offline", "rx",      "classify",  "lookup", "resolve", "rewrite",
      "tx",      "quiesce", "slow path", "gc",     "debug"};
  return stage < Stage::kCount ? kNames[static_cast<size_t>(stage)] : "unknown";
}

}  // namespace dstfwd
