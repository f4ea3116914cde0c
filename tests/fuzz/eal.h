// SPDX-License-Identifier: BSD-3-Clause
// EAL for fuzz targets that need mbufs: no hugepages, no devices, nothing shared.
#pragma once

#include <rte_eal.h>
#include <rte_mbuf.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "fuzz.h"

namespace dstfwd::fuzz {

// Once, from LLVMFuzzerInitialize. more: further EAL arguments.
inline void init_eal(const std::vector<std::string>& more = {}) {
  const std::string prefix = "--file-prefix=fuzz" + std::to_string(getpid());
  std::vector<std::string> words = {"fuzz",          "--no-huge", "-m",          "128",
                                    "--no-pci",      prefix,      "--no-shconf", "--no-telemetry",
                                    "--log-level=1", "-l",        "0",           "--no-hpet"};
  words.insert(words.end(), more.begin(), more.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  const int words_count = static_cast<int>(argv.size());
  argv.push_back(nullptr);
  require(rte_eal_init(words_count, argv.data()) >= 0, "EAL starts");
}

// A chain of mbufs with `data` in it, cut where `cuts` says (lengths of segments, in turn; 0: the
// rest in one). Null when the pool is empty.
inline rte_mbuf* make_packet(rte_mempool* pool, std::span<const uint8_t> data, size_t cut) {
  rte_mbuf* head = rte_pktmbuf_alloc(pool);
  if (head == nullptr) return nullptr;
  rte_mbuf* segment = head;
  for (;;) {
    const size_t room = rte_pktmbuf_tailroom(segment);
    const size_t part = std::min({data.size(), room, cut == 0 ? room : cut});
    if (part > 0) std::memcpy(rte_pktmbuf_mtod(segment, uint8_t*), data.data(), part);
    segment->data_len = static_cast<uint16_t>(part);
    head->pkt_len += static_cast<uint32_t>(part);
    data = data.subspan(part);
    if (data.empty()) return head;
    segment->next = rte_pktmbuf_alloc(pool);
    if (segment->next == nullptr) {
      rte_pktmbuf_free(head);
      return nullptr;
    }
    segment = segment->next;
    head->nb_segs++;
  }
}

// All bytes of a chain.
inline std::vector<uint8_t> bytes_of(const rte_mbuf* packet) {
  std::vector<uint8_t> all;
  for (; packet != nullptr; packet = packet->next) {
    const auto* data = rte_pktmbuf_mtod(packet, const uint8_t*);
    all.insert(all.end(), data, data + packet->data_len);
  }
  return all;
}

}  // namespace dstfwd::fuzz
