// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "app/gen/trial.h"

namespace dstfwd::gen {

// A trial of a search.
struct SearchTrial {
  double rate_pps = 0;
  bool passed = false;
  // The generator or its port could not send at this rate: what failed is not the router.
  bool not_offered = false;
  TrialResult result;
};

// Whether the router passed: no more loss than max_loss, and the rate was offered.
SearchTrial judge_trial(double rate_pps, TrialResult result, double max_loss);

// For people, several lines; and one line of a period.
std::string to_text(const TrialResult& result);
std::string to_text(const TrialPeriod& period, double period_s);
std::string to_text(const SearchTrial& trial);

// One JSON object: docs/generator.md says what its keys mean. trials: empty without a search, else
// found_pps says what it found.
std::string to_json(const TrialResult& result, const std::vector<SearchTrial>& trials,
                    double found_pps);

}  // namespace dstfwd::gen
