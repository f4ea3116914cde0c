// SPDX-License-Identifier: BSD-3-Clause
// EAL for tests: no hugepages, no devices, nothing shared. Include it in the one file of a test
// program that needs mbufs or rings.
#pragma once

#include <gtest/gtest.h>
#include <rte_eal.h>
#include <rte_mbuf.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

namespace dstfwd::test {

class EalEnvironment : public ::testing::Environment {
 public:
  void SetUp() override {
    static std::string prefix = "dstfwd-test-" + std::to_string(getpid());
    std::vector<std::string> words = {
        "test",        "--no-huge",      "-m",          "512",         "--no-pci",
        "--no-shconf", "--no-telemetry", "--log-level", "lib.*:error", "--file-prefix",
        prefix,        "--lcores",       "0@0"};
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    ASSERT_GE(rte_eal_init(static_cast<int>(argv.size()), argv.data()), 0);
  }
  void TearDown() override { rte_eal_cleanup(); }
};

inline const auto* const kEalEnvironment =
    ::testing::AddGlobalTestEnvironment(new EalEnvironment);  // gtest owns it

// The bytes of a packet, all its segments.
inline std::vector<uint8_t> bytes_of(const rte_mbuf* packet) {
  std::vector<uint8_t> bytes;
  for (const rte_mbuf* s = packet; s != nullptr; s = s->next) {
    const auto* begin = rte_pktmbuf_mtod(s, const uint8_t*);
    bytes.insert(bytes.end(), begin, begin + s->data_len);
  }
  return bytes;
}

// A packet with these bytes, in segments of at most `segment_bytes`. nullptr: no mbufs.
inline rte_mbuf* make_packet(rte_mempool* pool, const std::vector<uint8_t>& bytes,
                             size_t segment_bytes = 65535) {
  rte_mbuf* head = nullptr;
  for (size_t at = 0; at < bytes.size() || head == nullptr;) {
    rte_mbuf* segment = rte_pktmbuf_alloc(pool);
    if (segment == nullptr) {
      rte_pktmbuf_free(head);
      return nullptr;
    }
    const size_t n =
        std::min({segment_bytes, bytes.size() - at, size_t{rte_pktmbuf_tailroom(segment)}});
    char* to = rte_pktmbuf_append(segment, static_cast<uint16_t>(n));
    if (n > 0) std::memcpy(to, bytes.data() + at, n);
    at += n;
    if (head == nullptr) {
      head = segment;
    } else {
      rte_pktmbuf_chain(head, segment);
    }
  }
  return head;
}

}  // namespace dstfwd::test
