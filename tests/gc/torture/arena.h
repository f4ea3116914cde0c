// SPDX-License-Identifier: BSD-3-Clause
// The entries that the torture test's threads share. Their words are plain, so that
// ThreadSanitizer sees a reader that meets a creator or a destroyer; a destroyed one is poisoned,
// for AddressSanitizer and for the checks.
#pragma once

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "dstgc/types.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, bytes)
#define ASAN_UNPOISON_MEMORY_REGION(at, bytes)
#endif

namespace dstgc::torture {

inline constexpr uint32_t kUnpublished = 0xffffffffU;

// Ends the run at once: with a broken collector nothing later means anything.
[[noreturn]] inline void fail(const char* what, EntryIndex entry) {
  std::fprintf(stderr, "torture: entry %u: %s\n", to_u32(entry), what);
  std::abort();
}

struct Body {
  static constexpr uint64_t kPoison = 0xdeaddeaddeaddead;
  uint64_t serial;
  uint64_t words[4];
  uint32_t slot;
  EntryIndex child;
  bool child_unlisted;
};

class Arena {
 public:
  explicit Arena(uint32_t entries)
      : entries_(entries),
        bodies_(std::make_unique<Body[]>(entries)),
        holders_(std::make_unique<std::atomic<uint32_t>[]>(entries)) {
    for (uint32_t i = 0; i < entries; ++i) poison(bodies_[i]);
  }
  ~Arena() { ASAN_UNPOISON_MEMORY_REGION(bodies_.get(), entries_ * sizeof(Body)); }

  // By whoever allocated it, before it is published.
  void fill(EntryIndex entry, uint64_t serial, uint32_t slot) {
    Body& body = bodies_[to_u32(entry)];
    ASAN_UNPOISON_MEMORY_REGION(&body, sizeof(Body));
    if (body.serial != Body::kPoison) fail("given out while it is in use", entry);
    body.serial = serial;
    for (uint64_t& word : body.words) word = serial * 31 + to_u32(entry);
    body.slot = slot;
    body.child = kNoEntry;
    body.child_unlisted = false;
  }
  // By a reader of its epoch, or a holder. Returns its serial number.
  uint64_t check(EntryIndex entry) const {
    const Body& body = bodies_[to_u32(entry)];
    const uint64_t serial = body.serial;
    if (serial == Body::kPoison) fail("reclaimed under a reader", entry);
    for (uint64_t word : body.words)
      if (word != serial * 31 + to_u32(entry)) fail("changed under a reader", entry);
    return serial;
  }
  Body& body(EntryIndex entry) { return bodies_[to_u32(entry)]; }
  void unfill(EntryIndex entry) { poison(bodies_[to_u32(entry)]); }
  // By the destroy hook.
  void destroy(EntryIndex entry) {
    if (holders_[to_u32(entry)].load(std::memory_order_relaxed) != 0)
      fail("destroyed while it is referenced", entry);
    check(entry);  // destroyed twice: poisoned already
    poison(bodies_[to_u32(entry)]);
  }

  // The test's own account of references: after acquire, before release.
  void held(EntryIndex entry) { holders_[to_u32(entry)].fetch_add(1, std::memory_order_relaxed); }
  void unheld(EntryIndex entry) { holders_[to_u32(entry)].fetch_sub(1, std::memory_order_relaxed); }

 private:
  static void poison(Body& body) {
    body.serial = Body::kPoison;
    for (uint64_t& word : body.words) word = Body::kPoison;
    ASAN_POISON_MEMORY_REGION(&body, sizeof(Body));
  }

  uint32_t entries_;
  std::unique_ptr<Body[]> bodies_;
  std::unique_ptr<std::atomic<uint32_t>[]> holders_;
};

}  // namespace dstgc::torture
