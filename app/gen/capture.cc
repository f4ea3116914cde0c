// SPDX-License-Identifier: BSD-3-Clause
#include "app/gen/capture.h"

#include <pcap/pcap.h>

#include <algorithm>
#include <memory>

namespace dstfwd::gen {
namespace {

struct Closer {
  void operator()(pcap_t* file) const noexcept { pcap_close(file); }
};

constexpr uint32_t kMaxFrame = 65535;

Error bad(const std::string& path, const std::string& why) {
  return {path + ": " + why};
}

}  // namespace

Result<Capture> Capture::read(const std::string& path) {
  char why[PCAP_ERRBUF_SIZE] = "";
  const std::unique_ptr<pcap_t, Closer> file(
      pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, why));
  if (!file) return bad(path, why);
  if (pcap_datalink(file.get()) != DLT_EN10MB) {
    const char* type = pcap_datalink_val_to_name(pcap_datalink(file.get()));
    return bad(path, std::string("link type ") + (type != nullptr ? type : "unknown") +
                         ", only Ethernet can be replayed");
  }
  Capture capture;
  uint64_t first_ns = 0;
  uint64_t latest_ns = 0;
  pcap_pkthdr* head = nullptr;
  const u_char* data = nullptr;
  int code = 0;
  while ((code = pcap_next_ex(file.get(), &head, &data)) == 1) {
    if (head->caplen == 0 || head->caplen > kMaxFrame) continue;
    const uint64_t time_ns = static_cast<uint64_t>(head->ts.tv_sec) * 1'000'000'000 +
                             static_cast<uint64_t>(head->ts.tv_usec);
    if (capture.frames_.empty()) first_ns = time_ns;
    latest_ns = std::max({latest_ns, time_ns, first_ns});
    capture.frames_.push_back({capture.bytes_.size(), head->caplen, latest_ns - first_ns});
    capture.bytes_.insert(capture.bytes_.end(), data, data + head->caplen);
    capture.largest_ = std::max(capture.largest_, head->caplen);
    capture.cut_short_ += head->caplen < head->len ? 1 : 0;
  }
  if (code == PCAP_ERROR)
    return bad(path, "frame " + std::to_string(capture.frames_.size() + 1) + ": " +
                         pcap_geterr(file.get()));
  if (capture.frames_.empty()) return bad(path, "no frames");
  return capture;
}

}  // namespace dstfwd::gen
