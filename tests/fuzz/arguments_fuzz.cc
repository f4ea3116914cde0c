// SPDX-License-Identifier: BSD-3-Clause
// dstfwd's arguments. Input: words, with space, tab, newline or zero between them.
#include <cmath>
#include <string>

#include "app/options.h"
#include "fuzz.h"

namespace dstfwd::fuzz {
namespace {

std::vector<std::string> words_of(std::span<const uint8_t> data) {
  std::vector<std::string> words;
  bool inside = false;
  for (const uint8_t c : data) {
    if (c == ' ' || c == '\t' || c == '\n' || c == 0) {
      inside = false;
      continue;
    }
    if (!inside) words.emplace_back();
    inside = true;
    words.back().push_back(static_cast<char>(c));
  }
  return words;
}

void check_ranges(const Options& o) {
  require(o.burst >= 1 && o.flows >= 1 && o.ipv6_flows() >= 1 && o.gc_budget >= 1,
          "counts that must not be zero are not");
  for (const double s : {o.duration_s, o.idle_timeout_s, o.flush_interval_s, o.gc_min_s, o.gc_inc_s,
                         o.gc_max_s, o.stats_period_s}) {
    require(std::isfinite(s) && s >= 0, "times are finite and not negative");
  }
  require(o.gc_min_s > 0 && o.gc_max_s >= o.gc_min_s, "the collector's times are in order");
}

}  // namespace
}  // namespace dstfwd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dstfwd;
  auto words = fuzz::words_of({data, size});
  std::vector<char*> argv;
  argv.reserve(words.size());
  for (std::string& word : words) argv.push_back(word.data());
  const auto options = parse_options(argv);
  if (options) {
    if (!(*options).help && !(*options).version) fuzz::check_ranges(*options);
  } else {
    const std::string& message = options.error().message;
    fuzz::require(!message.empty() && message.find('\n') == std::string::npos,
                  "a mistake gets one line");
  }
  return 0;
}
