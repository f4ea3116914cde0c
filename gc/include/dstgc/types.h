// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>

namespace dstgc {

// The name of an entry in the arena: its position. Dense from 0 to capacity - 1.
enum class EntryIndex : uint32_t {};
inline constexpr EntryIndex kNoEntry{0xffffffffU};

constexpr uint32_t to_u32(EntryIndex index) noexcept {
  return static_cast<uint32_t>(index);
}

// A network port, as an entry names it. Ethernet device ids fit (RTE_MAX_ETHPORTS is far lower).
enum class PortIndex : uint8_t {};
inline constexpr PortIndex kNoPort{0xffU};

// One thread that may retire entries and report quiescent states. Dense from 0.
enum class ProducerId : uint16_t {};

// A class of entries with free indices of its own (dstfwd: IPv4, IPv6). Dense from 0.
enum class PoolId : uint8_t {};

// Lines that two cores write must not share; 64 on every CPU that DPDK runs on as x86.
inline constexpr size_t kCacheLine = 64;

}  // namespace dstgc
