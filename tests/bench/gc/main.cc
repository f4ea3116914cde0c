// SPDX-License-Identifier: BSD-3-Clause
// The collector's benchmarks (scripts/bench gc). EAL is for rte_rcu_qsbr_dq alone.
#include <benchmark/benchmark.h>
#include <rte_eal.h>
#include <unistd.h>

#include <string>
#include <vector>

int main(int argc, char** argv) {
  std::string prefix = "gcbench" + std::to_string(getpid());
  std::vector<std::string> words{"gc_bench",
                                 "--no-huge",
                                 "-m",
                                 "64",
                                 "--no-pci",
                                 "--no-shconf",
                                 "--no-telemetry",
                                 "--log-level",
                                 "lib.eal:error",
                                 "--lcores",
                                 "0@0",
                                 "--file-prefix",
                                 prefix};
  std::vector<char*> eal;
  for (std::string& word : words) eal.push_back(word.data());
  if (rte_eal_init(static_cast<int>(eal.size()), eal.data()) < 0) return 1;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  rte_eal_cleanup();
  return 0;
}
