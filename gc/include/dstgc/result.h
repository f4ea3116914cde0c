// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace dstgc {

// Why a set-up call failed: one line for a person, which names what was wrong and where.
struct Error {
  std::string message;
};

// A value or an Error. Set-up code returns it; nothing in the library throws, prints or exits.
// (std::expected is C++23.) Any thread; not shared between threads.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  explicit operator bool() const noexcept { return state_.index() == 0; }
  // Precondition of the next three: *this holds a value.
  T& operator*() noexcept { return *std::get_if<0>(&state_); }
  const T& operator*() const noexcept { return *std::get_if<0>(&state_); }
  T* operator->() noexcept { return std::get_if<0>(&state_); }
  // Precondition: *this holds an error.
  const Error& error() const noexcept { return *std::get_if<1>(&state_); }

 private:
  std::variant<T, Error> state_;
};

// Success without a value.
struct Ok {};
using Status = Result<Ok>;

}  // namespace dstgc
