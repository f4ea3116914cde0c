// SPDX-License-Identifier: BSD-3-Clause
#include "dstgc/busy_set.h"

#include <numeric>

#if defined(__SSE2__) && !defined(__SANITIZE_THREAD__)
#include <emmintrin.h>
#endif

namespace dstgc {

#if defined(__SSE2__) && !defined(__SANITIZE_THREAD__)
// Sixteen counts a round. Lanes are aligned words, which x86 reads whole.
uint64_t idle_mask(const RefTable& refs, uint32_t first) noexcept {
  const auto* words = reinterpret_cast<const __m128i*>(refs.words() + first);
  const __m128i dead = _mm_set1_epi32(static_cast<int>(RefTable::kDead));
  uint64_t mask = 0;
  for (unsigned i = 0; i < 4; ++i, words += 4) {
    const __m128i a = _mm_cmpeq_epi32(_mm_loadu_si128(words), dead);
    const __m128i b = _mm_cmpeq_epi32(_mm_loadu_si128(words + 1), dead);
    const __m128i c = _mm_cmpeq_epi32(_mm_loadu_si128(words + 2), dead);
    const __m128i d = _mm_cmpeq_epi32(_mm_loadu_si128(words + 3), dead);
    const __m128i bytes = _mm_packs_epi16(_mm_packs_epi32(a, b), _mm_packs_epi32(c, d));
    mask |= static_cast<uint64_t>(static_cast<uint32_t>(_mm_movemask_epi8(bytes))) << (16 * i);
  }
  return mask;
}
#else
uint64_t idle_mask(const RefTable& refs, uint32_t first) noexcept {
  uint64_t mask = 0;
  for (unsigned i = 0; i < 64; ++i)
    mask |= static_cast<uint64_t>(refs.words()[first + i].load(std::memory_order_relaxed) ==
                                  RefTable::kDead)
            << i;
  return mask;
}
#endif

Result<BusySet> BusySet::create(uint32_t capacity, Stamp* stamps, int numa_node) {
  BusySet set;
  set.words_ = (capacity + 63) / 64;
  Result<Memory> memory = Memory::map(8UL * set.words_, numa_node);
  if (!memory) return memory.error();
  set.bitmap_memory_ = std::move(*memory);
  set.bitmap_ = static_cast<uint64_t*>(set.bitmap_memory_.data());
  set.stamps_ = stamps;
  const uint32_t blocks = (set.words_ + kBlockWords - 1) / kBlockWords;
  set.summary_.resize((blocks + 63) / 64);
  set.block_died_.resize(blocks);
  return set;
}

void BusySet::add(EntryIndex index, Stamp died) noexcept {
  const uint32_t i = to_u32(index);
  const uint32_t block = i / (64 * kBlockWords);
  uint64_t& summary = summary_[block / 64];
  const uint64_t block_bit = uint64_t{1} << (block % 64);
  const bool first = (summary & block_bit) == 0;
  // Earlier, in time that wraps.
  if (first || static_cast<int32_t>(died - block_died_[block]) < 0) block_died_[block] = died;
  summary |= block_bit;
  bitmap_[i / 64] |= uint64_t{1} << (i % 64);
  stamps_[i] = died;
  ++size_;
}

bool BusySet::remove(EntryIndex index) noexcept {
  uint64_t& word = bitmap_[to_u32(index) / 64];
  const uint64_t bit = uint64_t{1} << (to_u32(index) % 64);
  if ((word & bit) == 0) return false;
  word &= ~bit;
  --size_;
  return true;
}

// At a block's first word: moves on to the next block with busy entries. False: this is one.
bool BusySet::skip_empty_blocks() noexcept {
  const uint32_t block = cursor_ / kBlockWords;
  const uint32_t end = std::min(cursor_ + kBlockWords, words_);
  uint64_t& summary = summary_[block / 64];
  const uint64_t left = summary >> (block % 64);
  if ((left & 1) != 0) {
    const uint64_t any = std::accumulate(bitmap_ + cursor_, bitmap_ + end, uint64_t{0},
                                         [](uint64_t a, uint64_t b) { return a | b; });
    if (any != 0) return false;
    summary &= ~(uint64_t{1} << (block % 64));
    cursor_ = end;
    return true;
  }
  const uint32_t skip = left != 0 ? static_cast<uint32_t>(std::countr_zero(left)) : 64 - block % 64;
  cursor_ = std::min(cursor_ + skip * kBlockWords, words_);
  return true;
}

// Makes the block's bound exact; 0 when it is empty.
BusySet::Stamp BusySet::tighten(uint32_t block, Stamp now) noexcept {
  Stamp age = 0;
  const uint32_t end = std::min((block + 1) * kBlockWords, words_);
  for (uint32_t word = block * kBlockWords; word < end; ++word) {
    for (uint64_t bits = bitmap_[word]; bits != 0; bits &= bits - 1)
      age = std::max(age, now - stamps_[word * 64 + static_cast<uint32_t>(std::countr_zero(bits))]);
  }
  block_died_[block] = now - age;
  return age;
}

BusySet::Stamp BusySet::oldest_age(Stamp now) noexcept {
  Stamp shown = 0;
  for (int tries = 0; tries < 2; ++tries) {
    uint32_t oldest = 0;
    Stamp bound = 0;
    for (uint32_t block = 0; block < block_died_.size(); ++block) {
      if ((summary_[block / 64] >> (block % 64) & 1) == 0 || now - block_died_[block] <= bound)
        continue;
      bound = now - block_died_[block];
      oldest = block;
    }
    if (bound == 0) return 0;
    shown = tighten(oldest, now);
    if (shown == bound) return shown;
    shown = bound;
  }
  return shown;
}

}  // namespace dstgc
