// SPDX-License-Identifier: BSD-3-Clause
// The flow table's hash: keyed with a secret and not linear, so that who knows the code but not the
// secret cannot make collisions. (CRC and Toeplitz are linear: differences that collide under one
// key collide under all. So the NIC's RSS hash, which is Toeplitz, is not used as tag or bucket.)
//
// With AES-NI (VAES: four keys at once): four AES rounds with independent random round keys over
// each 16-byte block, chained as in CBC-MAC. Four rounds bound the probability of any differential
// by 2^-113 (Keliher and Sui, "Exact maximum expected differential and linear probability for
// two-round AES", 2007). Without: SipHash-2-4 (Aumasson and Bernstein, 2012), twice, with two keys.
//
// Threads: immutable after construction; any thread may call.
// Cost: half a nanosecond a FlowKey4 with VAES, a little more with AES-NI; docs/benchmarks.md.
#pragma once

#include <span>

#include "fwd/flow_key.h"

namespace dstfwd {

// Independent parts of a flow's hash.
struct alignas(16) FlowHash {
  uint32_t tag;        // its top bit is set
  uint32_t primary;    // chooses the first bucket
  uint32_t secondary;  // chooses the second bucket
  uint32_t spread;     // chooses among equal-cost next hops, and when the flow changes its place
  // What a slot of the flow table has of it: in the first bucket, and in the second.
  uint16_t slot_tag() const noexcept { return static_cast<uint16_t>(tag >> 16U); }
  uint16_t away_tag() const noexcept {
    return static_cast<uint16_t>((slot_tag() & (kAwayTag - 1U)) | kAwayTag);
  }
  static constexpr uint16_t kAwayTag = 1U << 14U;  // the least tag that there is
  // Of the groups, the one whose flows a bucket counts together: by bits that choose no bucket.
  static constexpr unsigned kGroups = 16;
  unsigned group() const noexcept { return secondary % kGroups; }
  friend bool operator==(const FlowHash&, const FlowHash&) noexcept = default;
};

// Set in all tags, so that a slot tells which of a flow's two buckets it is in (flow_table.h).
inline constexpr uint32_t kTagBit = 1U << 31U;

enum class HashKernel : uint8_t { kSipHash, kAes, kVaes };  // the last two compute the same

class KeyedHash {
 public:
  static constexpr size_t kSecretBytes = 80;  // five AES round keys; SipHash uses the first 32
  using Secret = std::array<uint8_t, kSecretBytes>;

  // With a secret from getrandom(2) and the CPU's best kernel.
  static Result<KeyedHash> random();
  // Precondition: supported(kernel).
  explicit KeyedHash(const Secret& secret, HashKernel kernel = best()) noexcept;

  static bool supported(HashKernel kernel) noexcept;
  static HashKernel best() noexcept;

  void hash(std::span<const FlowKey4> keys, FlowHash* out) const noexcept {
    kernel4_(secret_, keys.data(), keys.size(), out);
  }
  void hash(std::span<const FlowKey6> keys, FlowHash* out) const noexcept {
    kernel6_(secret_, keys.data(), keys.size(), out);
  }
  template <typename Key>
  FlowHash operator()(const Key& key) const noexcept {
    FlowHash one;
    hash(std::span<const Key>(&key, 1), &one);
    return one;
  }

 private:
  alignas(16) Secret secret_;
  void (*kernel4_)(const Secret&, const FlowKey4*, size_t, FlowHash*) noexcept;
  void (*kernel6_)(const Secret&, const FlowKey6*, size_t, FlowHash*) noexcept;
};

// SipHash-2-4 of `data` under a 128-bit key, for the fallback and its test.
uint64_t siphash24(std::span<const uint8_t, 16> key, std::span<const uint8_t> data) noexcept;

// flow_hash_aes.cc, compiled for AES-NI.
void hash_aes4(const KeyedHash::Secret& secret, const FlowKey4* keys, size_t n,
               FlowHash* out) noexcept;
void hash_aes6(const KeyedHash::Secret& secret, const FlowKey6* keys, size_t n,
               FlowHash* out) noexcept;

// flow_hash_vaes.cc, compiled for AVX-512 and VAES.
void hash_vaes4(const KeyedHash::Secret& secret, const FlowKey4* keys, size_t n,
                FlowHash* out) noexcept;

}  // namespace dstfwd
