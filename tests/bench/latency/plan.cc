// SPDX-License-Identifier: BSD-3-Clause
#include "tests/bench/latency/plan.h"

#include <charconv>

namespace dstfwd::bench {
namespace {

template <typename Number>
Status store(std::string_view text, Number min, Number max, Number& field) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || !(number >= min) ||
      !(number <= max))
    return Error{"\"" + std::string(text) + "\" is not a number from " + std::to_string(min) +
                 " to " + std::to_string(max)};
  field = number;
  return Ok{};
}

Status store_mode(std::string_view text, Plan& plan) {
  if (text == "floor") {
    plan.mode.reset();
    return Ok{};
  }
  for (auto mode : {GcMode::kOff, GcMode::kService, GcMode::kInline, GcMode::kLegacy}) {
    if (text != name(mode)) continue;
    plan.mode = mode;
    return Ok{};
  }
  return Error{"\"" + std::string(text) + "\" is not floor, off, service, inline or legacy"};
}

using Apply = Status (*)(std::string_view, Plan&);
struct Row {
  std::string_view key;
  Apply apply;
};
constexpr Row kRows[] = {
    {"mode", store_mode},
    {"dead",
     [](std::string_view v, Plan& p) { return store<uint32_t>(v, 1, 100'000'000, p.dead); }},
    {"held", [](std::string_view v, Plan& p) { return store(v, 0.0, 1.0, p.held); }},
    {"warmup", [](std::string_view v, Plan& p) { return store(v, 0.0, 60.0, p.warmup_s); }},
    {"seconds", [](std::string_view v, Plan& p) { return store(v, 0.01, 3600.0, p.window_s); }},
    {"laps", [](std::string_view v, Plan& p) { return store<uint32_t>(v, 1, 10'000, p.laps); }},
    {"rate",
     [](std::string_view v, Plan& p) { return store<uint32_t>(v, 1, 50'000'000, p.rate_pps); }},
    {"train", [](std::string_view v, Plan& p) { return store<uint32_t>(v, 1, 1024, p.train); }},
    {"flows", [](std::string_view v, Plan& p) { return store<uint32_t>(v, 1, 262'144, p.flows); }},
    {"new-flows", [](std::string_view v,
                     Plan& p) { return store<uint32_t>(v, 0, 1'000'000, p.new_flows_per_s); }},
    {"idle-timeout",
     [](std::string_view v, Plan& p) { return store(v, 0.01, 86400.0, p.idle_timeout_s); }},
    {"sample",
     [](std::string_view v, Plan& p) { return store<uint32_t>(v, 1, 1U << 20U, p.sample); }},
    {"verify",
     [](std::string_view v, Plan& p) -> Status {
       p.verify = v == "1";
       return Ok{};
     }},
    {"out",
     [](std::string_view v, Plan& p) -> Status {
       p.out = v;
       return Ok{};
     }},
};

}  // namespace

Result<Plan> parse_plan(std::span<char*> words) {
  Plan plan;
  for (const std::string_view word : words) {
    const size_t equals = word.find('=');
    const std::string_view key = word.substr(0, equals);
    const Row* row = std::begin(kRows);
    while (row != std::end(kRows) && row->key != key) ++row;
    if (equals == std::string_view::npos || row == std::end(kRows))
      return Error{"\"" + std::string(word) + "\" is not KEY=VALUE of a key that is known"};
    if (const Status stored = row->apply(word.substr(equals + 1), plan); !stored)
      return Error{std::string(key) + ": " + stored.error().message};
  }
  if (plan.out.empty()) return Error{"out=PREFIX is missing"};
  if (plan.new_flows_per_s > plan.rate_pps) return Error{"new-flows is more than the rate"};
  return plan;
}

}  // namespace dstfwd::bench
