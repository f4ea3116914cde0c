// SPDX-License-Identifier: BSD-3-Clause
// Bounded reading and writing of wire structures, for the slow path. Nothing here can go past the
// end of a buffer: a read that would fails, a write that would is left out and remembered.
#pragma once

#include <cstring>
#include <span>
#include <type_traits>

#include "fwd/types.h"

namespace dstfwd {

using Bytes = std::span<const uint8_t>;

// Copies a structure from `offset` of `data`. False: it does not fit, and `out` is unchanged.
template <typename T>
bool read_at(Bytes data, size_t offset, T& out) noexcept {
  static_assert(std::is_trivially_copyable_v<T>);
  if (offset > data.size() || data.size() - offset < sizeof(T)) return false;
  std::memcpy(&out, data.data() + offset, sizeof(T));
  return true;
}

// Appends to a buffer of fixed size. One thread.
class WireWriter {
 public:
  explicit WireWriter(std::span<uint8_t> out) noexcept : out_(out) {}

  template <typename T>
  void put(const T& value) noexcept {
    static_assert(std::is_trivially_copyable_v<T>);
    append({reinterpret_cast<const uint8_t*>(&value), sizeof(T)});
  }
  void append(Bytes data) noexcept {
    ok_ = ok_ && data.size() <= out_.size() - size_;
    if (!ok_ || data.empty()) return;
    std::memcpy(out_.data() + size_, data.data(), data.size());
    size_ += data.size();
  }
  // Overwrites what was written at `offset`, as a checksum is filled in. Precondition: it was.
  template <typename T>
  void patch(size_t offset, const T& value) noexcept {
    if (ok_) std::memcpy(out_.data() + offset, &value, sizeof(T));
  }

  // What was written from `offset` on; empty after a failure.
  Bytes written(size_t offset = 0) const noexcept {
    return ok_ ? Bytes{out_.data() + offset, size_ - offset} : Bytes{};
  }
  bool ok() const noexcept { return ok_; }
  // Bytes written, 0 after a failure: what the builders return.
  size_t size() const noexcept { return ok_ ? size_ : 0; }
  size_t room() const noexcept { return out_.size() - size_; }

 private:
  std::span<uint8_t> out_;
  size_t size_ = 0;
  bool ok_ = true;
};

}  // namespace dstfwd
