// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/mld_agent.h"

#include <algorithm>

#include "fwd/address_scope.h"

namespace dstfwd {
namespace {

constexpr unsigned kRobustness = 2;         // RFC 3810 9.1
constexpr uint32_t kUnsolicited_ms = 1000;  // 9.11
constexpr size_t kMaxReport = 1280;         // fits every link

}  // namespace

std::set<Ipv6Address> MldAgent::groups_of(const LinkRef& link) const {
  std::set<Ipv6Address> groups;
  const FamilyRouting<Ipv6>& routing = routing_;
  routing.for_each_own([&](const LinkRef& where, const Ipv6Address& address, unsigned) {
    if (where == link) groups.insert(solicited_node(address));
  });
  if (!groups.empty()) groups.insert(kAllRouters);
  return groups;
}

bool MldAgent::receive(const LinkRef& link, Bytes packet, uint64_t now_ms) {
  const auto query = parse_mld_query(packet);
  if (!query) return false;
  const auto it = links_.find(link);
  if (it == links_.end()) return true;
  const bool concerned = is_unspecified(query->group) || it->second.groups.contains(query->group);
  if (concerned) {
    const uint64_t due = now_ms + random_.between(0, query->max_response_ms);
    it->second.answer_ms = std::min(it->second.answer_ms, due);
  }
  return true;
}

void MldAgent::send(const LinkRef& link, const std::set<Ipv6Address>& groups, MldRecord type) {
  const auto info = routing_.link(link);
  if (!info || groups.empty()) return;
  const std::vector<Ipv6Address> list(groups.begin(), groups.end());
  std::array<uint8_t, kMaxReport> bytes;
  const size_t size = build_mld_report(bytes, link_local_address(info->mac), type, list);
  io_.send(link, info->mac, multicast_mac(kMldRouters), kEtherTypeIpv6,
           std::span(bytes).first(size), info->mtu);
  ++reports_sent_;
}

void MldAgent::tick(uint64_t now_ms) {
  routing_.for_each_link([&](const LinkRef& link, const LinkInfo& info) {
    Listening& l = links_[link];
    auto groups = groups_of(link);
    if (info.up && (!l.up || groups != l.groups)) {
      std::set<Ipv6Address> left;
      std::set_difference(l.groups.begin(), l.groups.end(), groups.begin(), groups.end(),
                          std::inserter(left, left.end()));
      if (l.up) send(link, left, MldRecord::kToInclude);
      l.changes_due = kRobustness;
      l.change_ms = now_ms;
    }
    l.up = info.up;
    l.groups = std::move(groups);
    if (!info.up) return;
    if (l.changes_due > 0 && now_ms >= l.change_ms) {
      send(link, l.groups, MldRecord::kToExclude);
      --l.changes_due;
      l.change_ms = now_ms + random_.between(0, kUnsolicited_ms);
    }
    if (now_ms >= l.answer_ms) {
      send(link, l.groups, MldRecord::kIsExclude);
      l.answer_ms = UINT64_MAX;
    }
  });
}

}  // namespace dstfwd
