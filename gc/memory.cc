// SPDX-License-Identifier: BSD-3-Clause
#include "dstgc/memory.h"

#include <numa.h>
#include <numaif.h>
#include <sys/mman.h>

#include <algorithm>
#include <utility>

namespace dstgc {
namespace {

constexpr size_t kSmallPage = 4096;
constexpr size_t kHugePage = size_t{2} << 20U;

size_t round_up(size_t bytes, size_t page) {
  return (bytes + page - 1) / page * page;
}

void* map_anonymous(size_t bytes, int flags) {
  void* at =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
  return at == MAP_FAILED ? nullptr : at;
}

void bind_to(void* at, size_t bytes, int node) {
  if (node >= 0 && numa_available() >= 0) numa_tonode_memory(at, bytes, node);
}

// Touches each page now, so that the datapath never faults.
void touch(void* at, size_t bytes) {
  volatile char* p = static_cast<char*>(at);
  for (size_t i = 0; i < bytes; i += kSmallPage) p[i] = 0;
}

}  // namespace

bool Memory::has_node(int numa_node) noexcept {
  return numa_node < 0 || (numa_available() >= 0 ? numa_node <= numa_max_node() : numa_node == 0);
}

Result<Memory> Memory::map(size_t bytes, int numa_node) {
  if (bytes == 0) return Error{"memory: 0 bytes were asked for"};
  if (!has_node(numa_node))
    return Error{"memory: there is no NUMA node " + std::to_string(numa_node)};
  Memory memory;
  if (bytes >= kHugePage) {
    memory.size_ = round_up(bytes, kHugePage);
    memory.page_bytes_ = kHugePage;
    memory.data_ = map_anonymous(memory.size_, MAP_HUGETLB);
  }
  if (memory.data_ == nullptr) {
    memory.page_bytes_ = kSmallPage;
    memory.size_ = round_up(bytes, bytes >= kHugePage ? kHugePage : kSmallPage);
    memory.data_ = map_anonymous(memory.size_, 0);
    if (memory.data_ == nullptr)
      return Error{"memory: the kernel gave no " + std::to_string(bytes) + " bytes"};
    if (bytes >= kHugePage) madvise(memory.data_, memory.size_, MADV_HUGEPAGE);
  }
  bind_to(memory.data_, memory.size_, numa_node);
  touch(memory.data_, memory.size_);
  return memory;
}

Memory::Memory(Memory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      page_bytes_(std::exchange(other.page_bytes_, 0)) {}

Memory& Memory::operator=(Memory&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(page_bytes_, other.page_bytes_);
  return *this;
}

Memory::~Memory() {
  if (data_ != nullptr) munmap(data_, size_);
}

std::map<int, size_t> Memory::nodes(size_t samples) const {
  std::map<int, size_t> found;
  const size_t pages = size_ / kSmallPage;
  const size_t step = std::max<size_t>(pages / std::max<size_t>(samples, 1), 1);
  for (size_t page = 0; page < pages; page += step) ++found[node_of_page(page * kSmallPage)];
  return found;
}

int Memory::node_of_page(size_t offset) const noexcept {
  if (offset >= size_) return -1;
  void* page = static_cast<char*>(data_) + offset / kSmallPage * kSmallPage;
  int node = -1;
  if (move_pages(0, 1, &page, nullptr, &node, 0) != 0) return -1;
  return node;
}

}  // namespace dstgc
