// SPDX-License-Identifier: BSD-3-Clause
// main() of the tests that need mbufs: EAL without hugepages, NICs or shared files, and with two
// net_ring ports whose transmit queues lead to their own receive queues (port_rig.h).
#include <gtest/gtest.h>
#include <rte_eal.h>
#include <unistd.h>

#include <string>
#include <vector>

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  std::string prefix = "--file-prefix=dstfwd_test_" + std::to_string(getpid());
  std::vector<std::string> words = {
      argv[0],         "--no-huge", "--no-pci", "--no-shconf",      "--no-telemetry",
      "--log-level=3", "-m256",     "-l0",      "--vdev=net_ring0", "--vdev=net_ring1",
      prefix};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  if (rte_eal_init(static_cast<int>(arguments.size()), arguments.data()) < 0) return 1;
  const int failed = RUN_ALL_TESTS();
  rte_eal_cleanup();
  return failed;
}
