// SPDX-License-Identifier: BSD-3-Clause
#include "app/gen/gen_report.h"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace dstfwd::gen {
namespace {

using Json = nlohmann::ordered_json;

template <typename... Values>
std::string format(const char* pattern, Values... values) {
  char text[256];
  const int n = std::snprintf(text, sizeof text, pattern, values...);
  return {text, static_cast<size_t>(n)};
}

unsigned long long wide(uint64_t value) {
  return value;
}

double us(uint64_t ns) {
  return static_cast<double>(ns) / 1000;
}

struct Quantile {
  const char* name;
  double q;
};
constexpr Quantile kQuantiles[] = {{"p50", 0.5},    {"p90", 0.9},      {"p99", 0.99},
                                   {"p999", 0.999}, {"p9999", 0.9999}, {"p99999", 0.99999}};

Json latency_json(const HistogramSnapshot& latency) {
  Json json = {{"count", latency.count()}, {"min", latency.min()}};
  for (const Quantile& quantile : kQuantiles) json[quantile.name] = latency.quantile(quantile.q);
  json["max"] = latency.max();
  json["mean"] = latency.mean();
  return json;
}

Json trial_json(const TrialResult& result) {
  Json json = {{"asked_pps", result.asked_pps},   {"sent_pps", result.sent_pps()},
               {"seconds", result.seconds},       {"sent", result.sent},
               {"sent_bytes", result.sent_bytes}, {"unsent", result.unsent},
               {"received", result.received},     {"received_bytes", result.received_bytes},
               {"lost", result.lost()},           {"loss", result.loss()},
               {"foreign", result.foreign},       {"behind_ns_max", result.latest_ns},
               {"no_mbuf", result.no_mbuf}};
  if (!result.judged) return json;
  json["duplicates"] = result.order.duplicates;
  json["reordered"] = result.order.reordered;
  json["reordered_extent_max"] = result.order.max_extent;
  json["too_late"] = result.order.too_late;
  json["latency_ns"] = latency_json(result.latency);
  return json;
}

}  // namespace

SearchTrial judge_trial(double rate_pps, TrialResult result, double max_loss) {
  SearchTrial trial{rate_pps, false, result.unsent != 0, std::move(result)};
  trial.passed = !trial.not_offered && trial.result.loss() <= max_loss;
  return trial;
}

std::string to_text(const TrialResult& r) {
  std::string text = format("sent       %llu frames in %.2f s, %.3f Mpps\n", wide(r.sent),
                            r.seconds, r.sent_pps() / 1e6);
  if (r.unsent != 0)
    text +=
        format("unsent     %llu frames: the generator or its port was too slow\n", wide(r.unsent));
  text += format("received   %llu, lost %llu (%.4f %%)\n", wide(r.received), wide(r.lost()),
                 100 * r.loss());
  if (r.foreign != 0) text += format("foreign    %llu frames of others\n", wide(r.foreign));
  if (!r.judged) return text;
  text += format("order      %llu duplicates, %llu reordered (by %llu frames at most)\n",
                 wide(r.order.duplicates), wide(r.order.reordered), wide(r.order.max_extent));
  if (r.order.too_late != 0)
    text += format("too late   %llu frames came too late to be judged\n", wide(r.order.too_late));
  const HistogramSnapshot& l = r.latency;
  text += format("latency us min %.2f  p50 %.2f  p99 %.2f  p99.9 %.2f  p99.99 %.2f  max %.2f\n",
                 us(l.min()), us(l.quantile(0.5)), us(l.quantile(0.99)), us(l.quantile(0.999)),
                 us(l.quantile(0.9999)), us(l.max()));
  text += format(
      "schedule   frames were sent %.1f us late at most; latency counts from the intended time\n",
      us(r.latest_ns));
  return text;
}

std::string to_text(const TrialPeriod& p, double period_s) {
  return format(
      "%7.1f s  sent %.3f Mpps  received %.3f Mpps  latency us p50 %.2f  p99 %.2f  max %.2f\n",
      p.seconds, static_cast<double>(p.sent) / period_s / 1e6,
      static_cast<double>(p.received) / period_s / 1e6, us(p.latency.quantile(0.5)),
      us(p.latency.quantile(0.99)), us(p.latency.max()));
}

std::string to_text(const SearchTrial& t) {
  const char* verdict = t.passed ? "passed" : t.not_offered ? "not offered" : "failed";
  return format("%.3f Mpps: %s, lost %llu of %llu, unsent %llu, p99 %.2f us\n", t.rate_pps / 1e6,
                verdict, wide(t.result.lost()), wide(t.result.sent), wide(t.result.unsent),
                us(t.result.latency.quantile(0.99)));
}

std::string to_json(const TrialResult& result, const std::vector<SearchTrial>& trials,
                    double found_pps) {
  Json json = trial_json(result);
  if (!trials.empty()) {
    json["found_pps"] = found_pps;
    for (const SearchTrial& trial : trials) {
      Json entry = trial_json(trial.result);
      entry["passed"] = trial.passed;
      entry["not_offered"] = trial.not_offered;
      json["trials"].push_back(std::move(entry));
    }
  }
  return json.dump(2) + "\n";
}

}  // namespace dstfwd::gen
