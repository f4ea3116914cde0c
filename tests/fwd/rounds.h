// SPDX-License-Identifier: BSD-3-Clause
// How long tests of random input go on. ROUNDS_EVERY=N in the environment takes one round in N, as
// .ci/run does under AddressSanitizer, where each takes twenty times as long.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>

namespace dstfwd::test {

// Of `all` rounds, those to be done; at least one.
inline unsigned rounds(unsigned all) {
  const char* every = std::getenv("ROUNDS_EVERY");
  if (every == nullptr) return all;
  return std::max(1U, all / static_cast<unsigned>(std::stoul(every)));
}

}  // namespace dstfwd::test
