// SPDX-License-Identifier: BSD-3-Clause
// usage: torture_test [--seconds N] [--seed N] [--threads N]
// Runs for N seconds (5), half of them inline. The seed is printed; given again, it replays the
// threads' operations.
#include "tests/gc/torture/torture.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string_view>

namespace dstgc::torture {
namespace {

double g_seconds = 5;
uint64_t g_seed = 0;
uint16_t g_threads = 3;

void torture(Mode mode) {
  Torture torture({g_seed, mode, g_threads, g_seconds / 2, 0});
  const Result result = torture.run();
  std::printf(
      "seed %lu: %lu operations, %lu entries, %lu spilled, %lu refused, %lu ports drained\n",
      g_seed, result.operations, result.stats.created, result.stats.spilled, result.stats.refused,
      result.ports_drained);
  EXPECT_EQ(result.wrong, "");
  EXPECT_GT(result.stats.created, 0U);
}

TEST(Torture, ACollectorOnItsOwnThreadLosesAndBreaksNothing) {
  torture(Mode::kService);
}

TEST(Torture, ACollectorThatTheProducersRunLosesAndBreaksNothing) {
  torture(Mode::kInline);
}

TEST(Torture, ASeedReplaysTheOperations) {
  const auto digest = [](uint64_t seed) {
    return Torture({seed, Mode::kService, 2, 0, 20000}).run().digest;
  };
  EXPECT_EQ(digest(g_seed), digest(g_seed));
  EXPECT_NE(digest(g_seed), digest(g_seed + 1));
}

// False: no such argument.
bool take_arguments(int argc, char** argv) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    char* end = nullptr;
    const double value = std::strtod(argv[i + 1], &end);
    if (*end != '\0' || value < 0) return false;
    if (name == "--seconds")
      g_seconds = value;
    else if (name == "--seed")
      g_seed = std::strtoull(argv[i + 1], nullptr, 10);
    else if (name == "--threads" && value >= 1 && value <= 100)
      g_threads = static_cast<uint16_t>(value);
    else
      return false;
  }
  return argc % 2 == 1;
}

}  // namespace
}  // namespace dstgc::torture

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  dstgc::torture::g_seed = std::random_device{}();
  if (!dstgc::torture::take_arguments(argc, argv)) {
    std::fprintf(stderr, "usage: torture_test [--seconds N] [--seed N] [--threads 1..100]\n");
    return 2;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  std::printf("torture: --seed %lu --threads %u\n", dstgc::torture::g_seed,
              dstgc::torture::g_threads);
  return RUN_ALL_TESTS();
}
