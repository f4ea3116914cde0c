// SPDX-License-Identifier: BSD-3-Clause
#include "app/router_commands.h"

namespace dstfwd {
namespace {

using Args = CommandArguments;
using Answer = Result<std::string>;

constexpr std::string_view kSetVerb = "add|replace";
constexpr std::string_view kNoWayVerb = "blackhole|unreachable";
constexpr std::string_view kTunnelModes = "ipip|ipip6|ip6ip6|sit";

Answer silent(const Status& status) {
  if (!status) return status.error();
  return std::string();
}

LinkRef link_of(const Args& args) {
  LinkRef link;
  if (const auto* port = argument<uint32_t>(args, "PORT"))
    link.port = PortId{static_cast<uint16_t>(*port)};
  if (const auto* vlan = argument<uint32_t>(args, "VLAN")) link.vlan = static_cast<uint16_t>(*vlan);
  return link;
}

std::optional<LinkRef> some_link_of(const Args& args) {
  if (argument<uint32_t>(args, "PORT") == nullptr) return std::nullopt;
  return link_of(args);
}

bool is_word(const Args& args, std::string_view place, std::string_view word) {
  const auto* said = argument<std::string>(args, place);
  return said != nullptr && *said == word;
}

// The next hops of `{via GATEWAY [port PORT] ...}` or of `port PORT`, in one family.
template <typename Family>
Result<std::vector<HopSpec<Family>>> hops_of(const Args& args) {
  std::vector<HopSpec<Family>> hops;
  for (const auto& [place, value] : args) {
    if (place == "GATEWAY") {
      const auto& gateway = std::get<AnyAddress>(value);
      const auto* via = std::get_if<typename Family::Address>(&gateway);
      if (via == nullptr)
        return Error{std::visit([](const auto& a) { return to_text(a); }, gateway) +
                     " is not of the route's family"};
      hops.push_back({*via, std::nullopt, 1});
    } else if (place == "PORT") {
      if (hops.empty()) hops.emplace_back();
      hops.back().link = LinkRef{PortId{static_cast<uint16_t>(std::get<uint32_t>(value))}, 0};
    } else if (place == "VLAN" && !hops.empty() && hops.back().link) {
      hops.back().link->vlan = static_cast<uint16_t>(std::get<uint32_t>(value));
    } else if (place == "WEIGHT") {
      hops.back().weight = static_cast<uint16_t>(std::get<uint32_t>(value));
    }
  }
  return hops;
}

// One more end of a tunnel, and what is wrong with it.
Status set_end(Tunnel& tunnel, TunnelAddress& end, const AnyAddress& address) {
  const bool ipv6 = std::holds_alternative<Ipv6Address>(address);
  if (ipv6 != outer_is_ipv6(tunnel.mode)) {
    return Error{std::visit([](const auto& a) { return to_text(a); }, address) +
                 " is not of the family of " + std::string(name(tunnel.mode)) + "'s ends"};
  }
  end = std::visit([](const auto& a) { return TunnelAddress::of(a); }, address);
  return Ok{};
}

// The next hops of `{tunnel MODE local LOCAL remote REMOTE ...}`.
template <typename Family>
Result<std::vector<HopSpec<Family>>> tunnels_of(const Args& args) {
  std::vector<HopSpec<Family>> hops;
  for (const auto& [place, value] : args) {
    Status status = Ok{};
    if (place == kTunnelModes) {
      hops.emplace_back().tunnel.emplace().mode = *parse_tunnel_mode(std::get<std::string>(value));
    } else if (place == "LOCAL") {
      Tunnel& tunnel = *hops.back().tunnel;
      status = set_end(tunnel, tunnel.local, std::get<AnyAddress>(value));
    } else if (place == "REMOTE") {
      Tunnel& tunnel = *hops.back().tunnel;
      status = set_end(tunnel, tunnel.remote, std::get<AnyAddress>(value));
    } else if (place == "TTL") {
      hops.back().tunnel->ttl = static_cast<uint8_t>(std::get<uint32_t>(value));
    } else if (place == "WEIGHT") {
      hops.back().weight = static_cast<uint16_t>(std::get<uint32_t>(value));
    }
    if (!status) return status.error();
  }
  return hops;
}

enum class RouteVerb : uint8_t { kAdd, kReplace, kDel };

template <typename Family>
Status change_route(Router& router, const Prefix<Family>& prefix, RouteVerb verb,
                    const Args& args) {
  RouteSpec<Family> spec{prefix, RouteType::kUnicast, {}};
  if (is_word(args, kNoWayVerb, "blackhole")) spec.type = RouteType::kBlackhole;
  if (is_word(args, kNoWayVerb, "unreachable")) spec.type = RouteType::kUnreachable;
  const bool tunnelled = argument<std::string>(args, kTunnelModes) != nullptr;
  Result<std::vector<HopSpec<Family>>> hops =
      tunnelled ? tunnels_of<Family>(args) : hops_of<Family>(args);
  if (!hops) return hops.error();
  spec.hops = std::move(*hops);
  switch (verb) {
    case RouteVerb::kAdd:
      return router.route_add(spec);
    case RouteVerb::kReplace:
      return router.route_replace(spec);
    case RouteVerb::kDel:
      break;
  }
  return router.route_del(spec);
}

// `default` alone: the family that has such a route, if only one has.
Status delete_default(Router& router, const Args& args) {
  const auto has = [](const auto& family) {
    return !family.routes({}, 1).empty() && family.routes({}, 1).front().prefix.length == 0;
  };
  const bool ipv4 = has(router.family<Ipv4>());
  const bool ipv6 = has(router.family<Ipv6>());
  if (ipv4 && ipv6) return Error{"default: IPv4 and IPv6 have one: say 0.0.0.0/0 or ::/0, or via"};
  if (ipv6) return change_route(router, Prefix<Ipv6>{}, RouteVerb::kDel, args);
  return change_route(router, Prefix<Ipv4>{}, RouteVerb::kDel, args);
}

Status route(Router& router, RouteVerb verb, const Args& args) {
  if (const auto* prefix = argument<AnyPrefix>(args, "DESTINATION"))
    return std::visit([&](const auto& p) { return change_route(router, p, verb, args); }, *prefix);
  if (const auto* gateway = argument<AnyAddress>(args, "GATEWAY")) {
    return std::holds_alternative<Ipv4Address>(*gateway)
               ? change_route(router, Prefix<Ipv4>{}, verb, args)
               : change_route(router, Prefix<Ipv6>{}, verb, args);
  }
  if (const auto* mode = argument<std::string>(args, kTunnelModes)) {
    return inner_is_ipv6(*parse_tunnel_mode(*mode))
               ? change_route(router, Prefix<Ipv6>{}, verb, args)
               : change_route(router, Prefix<Ipv4>{}, verb, args);
  }
  if (verb == RouteVerb::kDel) return delete_default(router, args);
  return Error{"default: without a next hop say 0.0.0.0/0 or ::/0"};
}

void add_route_commands(CommandTable& commands, const RouterSource& router) {
  const auto set = [router](const Args& args) {
    const bool replace = is_word(args, kSetVerb, "replace");
    return silent(route(router(), replace ? RouteVerb::kReplace : RouteVerb::kAdd, args));
  };
  const auto del = [router](const Args& args) {
    return silent(route(router(), RouteVerb::kDel, args));
  };
  commands.add(
      "route add|replace DESTINATION {via GATEWAY [port PORT] [vlan VLAN] [weight WEIGHT]}",
      "a route by one next hop, or by several that share its flows", set);
  commands.add("route add|replace DESTINATION port PORT [vlan VLAN]",
               "a route to destinations that are on the link", set);
  commands.add(
      "route add|replace DESTINATION {tunnel ipip|ipip6|ip6ip6|sit local LOCAL remote REMOTE "
      "[ttl TTL] [weight WEIGHT]}",
      "a route into a tunnel, or into several that share its flows", set);
  commands.add("route add|replace blackhole|unreachable DESTINATION",
               "drop packets in silence, or tell the sender", set);
  commands.add("route del DESTINATION {via GATEWAY [port PORT] [vlan VLAN] [weight WEIGHT]}",
               "delete a route, if it has these next hops", del);
  commands.add(
      "route del DESTINATION {tunnel ipip|ipip6|ip6ip6|sit local LOCAL remote REMOTE [ttl TTL] "
      "[weight WEIGHT]}",
      "delete a route, if it leads into these tunnels", del);
  commands.add("route del DESTINATION", "delete a route", del);
  commands.add("route del blackhole|unreachable DESTINATION", "delete such a route", del);
}

void add_address_commands(CommandTable& commands, const RouterSource& router) {
  commands.add("address add PREFIX port PORT [vlan VLAN]", "an address of the router's own",
               [router](const Args& args) {
                 return silent(std::visit(
                     [&](const auto& p) { return router().address_add(p, link_of(args)); },
                     *argument<AnyPrefix>(args, "PREFIX")));
               });
  commands.add("address del PREFIX [port PORT] [vlan VLAN]", "delete an address",
               [router](const Args& args) {
                 return silent(std::visit(
                     [&](const auto& p) { return router().address_del(p, some_link_of(args)); },
                     *argument<AnyPrefix>(args, "PREFIX")));
               });
}

// The link of the one static neighbour with that address.
template <typename Family>
Result<LinkRef> neighbour_link(const Router& router, const typename Family::Address& address) {
  std::optional<LinkRef> found;
  for (const NeighbourInfo<Family>& neighbour : router.family<Family>().neighbours()) {
    if (neighbour.address != address || !neighbour.fixed) continue;
    if (found) return Error{to_text(address) + " is a neighbour on several links: say port"};
    found = neighbour.link;
  }
  if (!found) return Error{to_text(address) + " is no such neighbour"};
  return *found;
}

template <typename Family>
Status delete_neighbour(Router& router, const typename Family::Address& address, const Args& args,
                        const NeighbourChanged& changed) {
  std::optional<LinkRef> link = some_link_of(args);
  if (!link) {
    const Result<LinkRef> only = neighbour_link<Family>(router, address);
    if (!only) return only.error();
    link = *only;
  }
  Status done = router.neighbour_del<Family>(*link, address);
  if (done && changed) changed(*link, address);
  return done;
}

template <typename Family>
Status set_neighbour(Router& router, const typename Family::Address& address, const Args& args,
                     const NeighbourChanged& changed) {
  const MacAddress& mac = *argument<MacAddress>(args, "MAC");
  Status done = is_word(args, kSetVerb, "replace")
                    ? router.neighbour_replace<Family>(link_of(args), address, mac)
                    : router.neighbour_add<Family>(link_of(args), address, mac);
  if (done && changed) changed(link_of(args), address);
  return done;
}

void add_neighbour_commands(CommandTable& commands, const RouterSource& router,
                            const NeighbourChanged& changed) {
  commands.add(
      "neigh add|replace ADDRESS lladdr MAC port PORT [vlan VLAN]",
      "a neighbour's link-layer address, which is not resolved then",
      [router, changed](const Args& args) {
        const auto& address = *argument<AnyAddress>(args, "ADDRESS");
        if (const auto* ipv4 = std::get_if<Ipv4Address>(&address))
          return silent(set_neighbour<Ipv4>(router(), *ipv4, args, changed));
        return silent(set_neighbour<Ipv6>(router(), std::get<Ipv6Address>(address), args, changed));
      });
  commands.add("neigh del ADDRESS [lladdr MAC] [port PORT] [vlan VLAN]", "forget it",
               [router, changed](const Args& args) {
                 const auto& address = *argument<AnyAddress>(args, "ADDRESS");
                 if (const auto* ipv4 = std::get_if<Ipv4Address>(&address))
                   return silent(delete_neighbour<Ipv4>(router(), *ipv4, args, changed));
                 return silent(delete_neighbour<Ipv6>(router(), std::get<Ipv6Address>(address),
                                                      args, changed));
               });
}

Answer set_mtu(Router& router, const Args& args, const MtuChanged& changed) {
  const LinkRef link = link_of(args);
  const uint32_t mtu = *argument<uint32_t>(args, "MTU");
  if (Status done = router.link_set_mtu(link, mtu); !done) return done.error();
  return changed && link.vlan == 0 ? changed(link.port, static_cast<uint16_t>(mtu)) : std::string();
}

void add_link_commands(CommandTable& commands, const RouterSource& router, const MtuChanged& mtu) {
  commands.add("link set PORT [vlan VLAN] up|down",
               "routes over a link that is down are withdrawn, and come back",
               [router](const Args& args) {
                 return silent(router().link_set_up(link_of(args), is_word(args, "up|down", "up")));
               });
  commands.add("link set PORT [vlan VLAN] mtu MTU", "bytes of IP packet that the link takes",
               [router, mtu](const Args& args) { return set_mtu(router(), args, mtu); });
  commands.add(
      "link set PORT [vlan VLAN] ra on|off", "send router advertisements (RFC 4861)",
      [router](const Args& args) {
        return silent(router().link_set_advertises(link_of(args), is_word(args, "on|off", "on")));
      });
  commands.add("link add vlan VLAN port PORT", "an 802.1Q sub-interface",
               [router](const Args& a) { return silent(router().vlan_add(link_of(a))); });
  commands.add("link del vlan VLAN port PORT", "delete it, its addresses and its neighbours",
               [router](const Args& args) { return silent(router().vlan_del(link_of(args))); });
}

}  // namespace

void add_router_commands(CommandTable& commands, const RouterSource& router,
                         const NeighbourChanged& changed, const MtuChanged& mtu) {
  add_address_commands(commands, router);
  add_route_commands(commands, router);
  add_neighbour_commands(commands, router, changed);
  add_link_commands(commands, router, mtu);
  commands.add("cache flush", "invalidate all dst entries; no packet is lost",
               [router](const Args&) -> Answer {
                 router().cache_flush();
                 return std::string();
               });
}

}  // namespace dstfwd
