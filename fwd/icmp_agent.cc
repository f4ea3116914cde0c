// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/icmp_agent.h"

#include <rte_random.h>

#include "fwd/address_scope.h"
#include "fwd/day_time.h"
#include "fwd/encapsulation.h"
#include "fwd/icmp.h"
#include "fwd/icmp6.h"

namespace dstfwd {
namespace {

template <typename Family>
using IcmpOf = std::conditional_t<std::is_same_v<Family, Ipv4>, Icmp4, Icmp6>;

LocalAnswer answer_local(std::span<uint8_t> out, Bytes packet, const Ipv4Address& src,
                         const LocalContext& context) noexcept {
  return answer_local4(out, packet, src, context);
}
LocalAnswer answer_local(std::span<uint8_t> out, Bytes packet, const Ipv6Address& src,
                         const LocalContext& context) noexcept {
  return answer_local6(out, packet, src, context);
}

constexpr uint32_t kMinBurst = 50;

}  // namespace

IcmpAgent::IcmpAgent(const SlowRouting& routing, NeighbourResolver<Ipv4>& resolver4,
                     NeighbourResolver<Ipv6>& resolver6, uint32_t errors_per_s, uint64_t tsc_hz,
                     uint64_t now_tsc)
    : routing_(routing),
      resolver4_(resolver4),
      resolver6_(resolver6),
      bucket_(errors_per_s, std::max(kMinBurst, errors_per_s / 20), tsc_hz, now_tsc),
      now_tsc_(now_tsc),
      ip_id_(static_cast<uint16_t>(rte_rand())),
      out_(65536 + sizeof(Ipv6Header)),
      wrapped_(out_.size() + sizeof(Ipv6Header)) {}

template <>
NeighbourResolver<Ipv4>& IcmpAgent::resolver<Ipv4>() noexcept {
  return resolver4_;
}
template <>
NeighbourResolver<Ipv6>& IcmpAgent::resolver<Ipv6>() noexcept {
  return resolver6_;
}

// RFC 4443 2.2 (a), RFC 1812 4.3.2.4: the address that was spoken to if it is one of ours, else one
// of the interface by which the packet came.
template <typename Family>
std::optional<typename Family::Address> IcmpAgent::source_for(
    const LinkRef& arrival, const typename Family::Address& dst,
    const typename Family::Address& peer) const {
  const FamilyRouting<Family>& routing = routing_;
  if (routing.is_local(dst)) return dst;
  return routing.source_on(arrival, peer);
}

template <typename Family>
bool IcmpAgent::send(const LinkRef& arrival, const typename Family::Address& dst, Bytes packet) {
  using Way = typename FamilyRouting<Family>::Way;
  const FamilyRouting<Family>& routing = routing_;
  const bool local_scope = std::is_same_v<Family, Ipv6> && is_link_local(dst);
  if (local_scope && !routing.is_on_link(arrival, dst)) return false;
  const auto way = local_scope ? std::optional(Way{arrival, dst}) : routing.way_to(dst);
  if (!way) {
    const Tunnel* const tunnel = routing.tunnel_to(dst);
    return tunnel != nullptr && send_into<Family>(*tunnel, packet);
  }
  resolver<Family>().send(*way, packet, now_ms_);
  return true;
}

template <typename Inner>
bool IcmpAgent::send_into(const Tunnel& tunnel, Bytes packet) {
  return outer_is_ipv6(tunnel.mode) ? wrap_and_send<Inner, Ipv6>(tunnel, packet)
                                    : wrap_and_send<Inner, Ipv4>(tunnel, packet);
}

template <typename Inner, typename Outer>
bool IcmpAgent::wrap_and_send(const Tunnel& tunnel, Bytes packet) {
  constexpr size_t kMost = 65535;
  typename Inner::Header ip;
  typename Outer::Header outer;
  const size_t size = sizeof(outer) + packet.size();
  if (!read_at(packet, 0, ip) || size > kMost) return false;
  const FamilyRouting<Outer>& routing = routing_;
  const auto way = routing.way_to(tunnel.remote.as<Outer>());
  if (!way) return false;
  InnerPacket inner = inner_packet(ip, static_cast<uint32_t>(packet.size()));
  inner.dont_fragment = false;  // it is we who know the first link's MTU
  write_outer(outer, tunnel, inner, ++ip_id_);
  std::memcpy(wrapped_.data(), &outer, sizeof(outer));
  std::ranges::copy(packet, wrapped_.begin() + sizeof(outer));
  resolver<Outer>().send(*way, Bytes(wrapped_).first(size), now_ms_);
  return true;
}

template <typename Family>
void IcmpAgent::report(const LinkRef& arrival, Bytes packet, const IcmpReport& report,
                       bool link_group) {
  using Icmp = IcmpOf<Family>;
  const FamilyRouting<Family>& routing = routing_;
  typename Family::Header ip;
  const bool allowed = Icmp::may_report(packet, report, link_group) && read_at(packet, 0, ip) &&
                       !routing.is_directed_broadcast(ip.src) &&
                       !routing.is_directed_broadcast(ip.dst) && !routing.is_local(ip.src) &&
                       routing.ownership(arrival, ip.src) == Ownership::kNone;
  const auto src = allowed ? source_for<Family>(arrival, ip.dst, ip.src) : std::nullopt;
  if (!src) {
    ++stats_.errors_suppressed;
    return;
  }
  if (!bucket_.take(now_tsc_)) {
    ++stats_.errors_limited;
    return;
  }
  const size_t size = Icmp::build_error(out_, packet, *src, report, ++ip_id_);
  if (size != 0 && send<Family>(arrival, ip.src, std::span(out_).first(size))) {
    ++stats_.errors_sent;
  } else {
    ++stats_.errors_suppressed;
  }
}

template <typename Family>
void IcmpAgent::answer(const LinkRef& arrival, Bytes packet, bool link_group) {
  typename Family::Header ip;
  if (!read_at(packet, 0, ip) || !is_unicast(ip.src)) return;
  if (is_multicast(ip.dst) && !IcmpOf<Family>::is_echo_request(packet)) return;
  const FamilyRouting<Family>& family = routing_;
  if (family.is_directed_broadcast(ip.dst)) return;  // RFC 1122 3.2.2.6
  const auto src = source_for<Family>(arrival, ip.dst, ip.src);
  if (!src) return;
  const auto is_own = [](const void* routing, Ipv4Address address) {
    return static_cast<const FamilyRouting<Ipv4>*>(routing)->is_local(address);
  };
  const FamilyRouting<Ipv4>* own = &routing_;
  const LocalAnswer answer =
      answer_local(out_, packet, *src, {++ip_id_, ms_since_midnight(), is_own, own});
  if (answer.kind == LocalAnswer::Kind::kReport) {
    report<Family>(arrival, packet, answer.report, link_group);
  } else if (answer.kind == LocalAnswer::Kind::kPacket &&
             send<Family>(arrival, ip.src, std::span(out_).first(answer.bytes))) {
    ++stats_.answers_sent;
  }
}

template void IcmpAgent::report<Ipv4>(const LinkRef&, Bytes, const IcmpReport&, bool);
template void IcmpAgent::report<Ipv6>(const LinkRef&, Bytes, const IcmpReport&, bool);
template void IcmpAgent::answer<Ipv4>(const LinkRef&, Bytes, bool);
template void IcmpAgent::answer<Ipv6>(const LinkRef&, Bytes, bool);

}  // namespace dstfwd
