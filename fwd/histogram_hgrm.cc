// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/histogram_hgrm.h"

#include <cmath>
#include <cstdio>

namespace dstfwd {
namespace {

using Scale = HistogramScale;
constexpr unsigned kTicksPerHalfDistance = 5;

template <typename... Values>
void append(std::string& text, const char* format, Values... values) {
  char line[128];
  const int n = std::snprintf(line, sizeof line, format, values...);
  text.append(line, static_cast<size_t>(n));
}

// Five steps to 50 %, five more to 75 % and so on: each half of the distance to 100 % alike.
double next_percentile(double percentile) {
  const double halvings = std::floor(std::log2(100.0 / (100.0 - percentile))) + 1;
  return percentile + 100.0 / (kTicksPerHalfDistance * std::exp2(halvings));
}

void append_rows(std::string& text, const HistogramSnapshot& snapshot, double ns_per_unit) {
  uint64_t seen = 0;
  double percentile = 0;
  for (size_t i = 0; i < Scale::kCounts && seen < snapshot.count(); ++i) {
    if (snapshot.count_at(i) == 0) continue;
    seen += snapshot.count_at(i);
    const double value = static_cast<double>(Scale::highest(i)) / ns_per_unit;
    const double reached =
        100.0 * static_cast<double>(seen) / static_cast<double>(snapshot.count());
    const bool last = seen == snapshot.count();
    while (percentile <= reached) {
      append(text, "%12.3f %2.12f %10llu %14.2f\n", value, percentile / 100.0,
             static_cast<unsigned long long>(seen), 1.0 / (1.0 - percentile / 100.0));
      percentile = next_percentile(percentile);
      if (last) break;
    }
    // Without the last column, which would be infinite.
    if (last)
      append(text, "%12.3f %2.12f %10llu\n", value, 1.0, static_cast<unsigned long long>(seen));
  }
}

}  // namespace

std::string to_hgrm(const HistogramSnapshot& snapshot, double ns_per_unit) {
  std::string text = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n";
  append_rows(text, snapshot, ns_per_unit);
  const uint64_t max = snapshot.max() < Scale::kHighest_ns
                           ? Scale::highest(Scale::index_of(snapshot.max()))
                           : snapshot.max();
  append(text, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", snapshot.mean() / ns_per_unit,
         snapshot.standard_deviation() / ns_per_unit);
  append(text, "#[Max     = %12.3f, Total count    = %12llu]\n",
         (snapshot.count() == 0 ? 0.0 : static_cast<double>(max)) / ns_per_unit,
         static_cast<unsigned long long>(snapshot.count()));
  append(text, "#[Buckets = %12u, SubBuckets     = %12u]\n", Scale::kBuckets, Scale::kSubBuckets);
  return text;
}

}  // namespace dstfwd
