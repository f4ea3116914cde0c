// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/flow_hash.h"

#include <sys/random.h>

#include <cerrno>

#include "fwd/cpu_flags.h"

namespace dstfwd {
namespace {

uint64_t load64(const uint8_t* at) noexcept {
  uint64_t v;
  std::memcpy(&v, at, sizeof(v));
  return v;
}

class SipState {
 public:
  SipState(uint64_t k0, uint64_t k1) noexcept
      : v0_(k0 ^ 0x736f6d6570736575U),
        v1_(k1 ^ 0x646f72616e646f6dU),
        v2_(k0 ^ 0x6c7967656e657261U),
        v3_(k1 ^ 0x7465646279746573U) {}

  void absorb(uint64_t word) noexcept {
    v3_ ^= word;
    round();
    round();
    v0_ ^= word;
  }
  uint64_t finish() noexcept {
    v2_ ^= 0xffU;
    for (int i = 0; i < 4; ++i) round();
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
  void round() noexcept {
    v0_ += v1_, v1_ = std::rotl(v1_, 13) ^ v0_, v0_ = std::rotl(v0_, 32);
    v2_ += v3_, v3_ = std::rotl(v3_, 16) ^ v2_;
    v0_ += v3_, v3_ = std::rotl(v3_, 21) ^ v0_;
    v2_ += v1_, v1_ = std::rotl(v1_, 17) ^ v2_, v2_ = std::rotl(v2_, 32);
  }
  uint64_t v0_, v1_, v2_, v3_;
};

template <typename Key>
void hash_sip(const KeyedHash::Secret& secret, const Key* keys, size_t n, FlowHash* out) noexcept {
  const std::span<const uint8_t, KeyedHash::kSecretBytes> s(secret);
  for (size_t i = 0; i < n; ++i) {
    const std::span<const uint8_t> bytes(reinterpret_cast<const uint8_t*>(&keys[i]), sizeof(Key));
    const uint64_t a = siphash24(s.subspan<0, 16>(), bytes);
    const uint64_t b = siphash24(s.subspan<16, 16>(), bytes);
    out[i] = {static_cast<uint32_t>(a) | kTagBit, static_cast<uint32_t>(a >> 32U),
              static_cast<uint32_t>(b), static_cast<uint32_t>(b >> 32U)};
  }
}

}  // namespace

uint64_t siphash24(std::span<const uint8_t, 16> key, std::span<const uint8_t> data) noexcept {
  SipState state(load64(key.data()), load64(key.data() + 8));
  const size_t whole = data.size() & ~size_t{7};
  for (size_t at = 0; at < whole; at += 8) state.absorb(load64(data.data() + at));
  uint64_t last = uint64_t{data.size()} << 56U;
  for (size_t at = whole; at < data.size(); ++at) last |= uint64_t{data[at]} << (8 * (at - whole));
  state.absorb(last);
  return state.finish();
}

KeyedHash::KeyedHash(const Secret& secret, HashKernel kernel) noexcept
    : secret_(secret),
      kernel4_(kernel == HashKernel::kVaes  ? hash_vaes4
               : kernel == HashKernel::kAes ? hash_aes4
                                            : hash_sip<FlowKey4>),
      kernel6_(kernel == HashKernel::kSipHash ? hash_sip<FlowKey6> : hash_aes6) {}

Result<KeyedHash> KeyedHash::random() {
  Secret secret;
  // Up to 256 bytes come whole once the kernel's generator is seeded (getrandom(2)).
  if (getrandom(secret.data(), secret.size(), 0) != static_cast<ssize_t>(secret.size())) {
    return Error{std::string("no random secret for the flow hash: ") + std::strerror(errno)};
  }
  return KeyedHash(secret);
}

bool KeyedHash::supported(HashKernel kernel) noexcept {
  if (kernel == HashKernel::kSipHash) return true;
  return cpu_has(RTE_CPUFLAG_AES) && (kernel == HashKernel::kAes ||
                                      (cpu_has(RTE_CPUFLAG_AVX512F) && cpu_has(RTE_CPUFLAG_VAES)));
}

HashKernel KeyedHash::best() noexcept {
  for (HashKernel kernel : {HashKernel::kVaes, HashKernel::kAes}) {
    if (supported(kernel)) return kernel;
  }
  return HashKernel::kSipHash;
}

}  // namespace dstfwd
