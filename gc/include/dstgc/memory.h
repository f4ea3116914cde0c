// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "dstgc/result.h"

namespace dstgc {

// An anonymous mapping, zeroed and touched, on one NUMA node, with the largest pages to be had:
// 2 MB hugetlb pages, else transparent huge pages, else 4 KB. It is not DMA memory and needs no
// EAL. Any thread; moved, never copied.
class Memory {
 public:
  // bytes: at least 1, rounded up to whole pages. numa_node: -1 is wherever the kernel likes.
  // Errors: no such node, or no memory; the message says how much was asked for.
  static Result<Memory> map(size_t bytes, int numa_node);

  // Whether the machine has the node; -1, too, as map takes it.
  static bool has_node(int numa_node) noexcept;

  Memory() noexcept = default;
  Memory(Memory&& other) noexcept;
  Memory& operator=(Memory&& other) noexcept;
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory();

  void* data() const noexcept { return data_; }
  size_t size() const noexcept { return size_; }
  size_t page_bytes() const noexcept { return page_bytes_; }

  // The nodes that up to `samples` of its pages, evenly spread, are on: {node, pages} by node.
  std::map<int, size_t> nodes(size_t samples = 64) const;
  // The node that the page at this offset is on, as the kernel says (move_pages(2)); -1: unknown.
  int node_of_page(size_t offset) const noexcept;

 private:
  void* data_ = nullptr;
  size_t size_ = 0;
  size_t page_bytes_ = 0;
};

// A part of something that works in memory of its own, with a name for people.
struct MemoryPlace {
  std::string name;
  const Memory* memory;
};

}  // namespace dstgc
