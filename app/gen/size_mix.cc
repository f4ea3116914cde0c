// SPDX-License-Identifier: BSD-3-Clause
#include "app/gen/size_mix.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>
#include <string>

namespace dstfwd::gen {
namespace {

std::optional<uint32_t> parse_u32(std::string_view text) {
  uint32_t value = 0;
  const char* end = text.data() + text.size();
  const auto [ptr, ec] = std::from_chars(text.data(), end, value);
  return ec == std::errc{} && ptr == end ? std::optional(value) : std::nullopt;
}

}  // namespace

Result<SizeMix> SizeMix::parse(std::string_view text) {
  if (text == "imix") text = "64:7,594:4,1518:1";
  std::vector<Share> shares;
  uint64_t total = 0;
  std::string_view rest = text;
  for (bool more = true; more;) {
    const std::string_view word = rest.substr(0, rest.find(','));
    more = word.size() < rest.size();  // a comma follows
    rest.remove_prefix(word.size() + (more ? 1 : 0));
    const size_t colon = word.find(':');
    const auto bytes = parse_u32(word.substr(0, colon));
    const auto weight =
        colon == std::string_view::npos ? std::optional(1U) : parse_u32(word.substr(colon + 1));
    if (!bytes || *bytes < kMin || *bytes > kMax || !weight || *weight == 0)
      return Error{'"' + std::string(word) + "\" is not a size from " + std::to_string(kMin) +
                   " to " + std::to_string(kMax) + " bytes, or SIZE:WEIGHT"};
    shares.push_back({static_cast<uint16_t>(*bytes), *weight});
    total += *weight;
  }
  if (total > kMaxWeight)
    return Error{"the weights add up to " + std::to_string(total) + ", " +
                 std::to_string(kMaxWeight) + " at most"};
  return SizeMix(shares);
}

SizeMix::SizeMix(const std::vector<Share>& shares) {
  uint32_t total = 0;
  for (const Share& share : shares) total += share.weight;
  // Smooth weighted round robin (as nginx's upstream balancer): every share is spread evenly.
  std::vector<int64_t> credit(shares.size(), 0);
  for (uint32_t i = 0; i < total; ++i) {
    for (size_t s = 0; s < shares.size(); ++s) credit[s] += shares[s].weight;
    const auto best = std::max_element(credit.begin(), credit.end()) - credit.begin();
    credit[static_cast<size_t>(best)] -= total;
    pattern_.push_back(shares[static_cast<size_t>(best)].bytes);
  }
  largest_ = *std::max_element(pattern_.begin(), pattern_.end());
  mean_ =
      std::accumulate(pattern_.begin(), pattern_.end(), 0.0) / static_cast<double>(pattern_.size());
}

}  // namespace dstfwd::gen
