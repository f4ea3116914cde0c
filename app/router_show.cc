// SPDX-License-Identifier: BSD-3-Clause
#include "app/router_commands.h"

namespace dstfwd {
namespace {

constexpr size_t kMaxRoutesShown = 1000;  // dumps are paged: a full table takes no turn for itself

template <typename Family>
void append_addresses(const Router& router, std::string& text) {
  for (const OwnAddress<Family>& own : router.family<Family>().addresses().all()) {
    text += to_text(own.prefix) + " " + to_text(own.link);
    text += own.automatic ? " automatic\n" : "\n";
  }
}

template <typename Family>
void append_route(const RouteInfo<Family>& route, std::string& text) {
  if (route.type != RouteType::kUnicast) text += std::string(name(route.type)) + " ";
  text += to_text(route.prefix);
  for (const Path<Family>& path : route.paths) {
    if (path.gateway != nullptr) text += " via " + to_text(path.gateway->address);
    text += " " + to_text(path.link);
    if (route.paths.size() > 1) text += " weight " + std::to_string(path.weight);
  }
  text += " " + std::string(name(route.origin));
  text += route.active ? "\n" : " inactive\n";
}

template <typename Family>
void append_routes(const Router& router, const Prefix<Family>& within, std::string& text) {
  const auto routes = router.family<Family>().routes(within, kMaxRoutesShown + 1);
  for (size_t i = 0; i < routes.size() && i < kMaxRoutesShown; ++i) append_route(routes[i], text);
  if (routes.size() > kMaxRoutesShown)
    text += "(more: show route PREFIX shows those within a prefix)\n";
}

template <typename Family>
void append_neighbours(const Router& router, std::string& text) {
  for (const NeighbourInfo<Family>& neighbour : router.family<Family>().neighbours()) {
    text += to_text(neighbour.address);
    text += neighbour.mac ? " lladdr " + to_text(*neighbour.mac) : " unresolved";
    text += " " + to_text(neighbour.link) + (neighbour.fixed ? " static" : " dynamic");
    text += " routes " + std::to_string(neighbour.paths) + " flows " +
            std::to_string(neighbour.flows) + "\n";
  }
}

std::string links_text(const Router& router) {
  std::string text;
  for (const auto& [ref, link] : router.links().all()) {
    text += to_text(ref) + " " + to_text(link.mac);
    text += " mtu " + std::to_string(router.links().mtu(ref));
    const bool gone = router.view().ports[to_u16(ref.port)].removed.load(std::memory_order_relaxed);
    text += router.links().is_up(ref) ? " up"
            : gone                    ? " removed"
            : link.enabled            ? " no carrier"
                                      : " down";
    text += link.advertises ? " ra on\n" : "\n";
  }
  return text;
}

}  // namespace

void add_router_show(CommandTable& commands, const RouterSource& router) {
  commands.add("show address", "the router's own addresses",
               [router](const CommandArguments&) -> Result<std::string> {
                 std::string text;
                 append_addresses<Ipv4>(router(), text);
                 append_addresses<Ipv6>(router(), text);
                 return text;
               });
  commands.add("show route", "the routes, of each family the first thousand",
               [router](const CommandArguments&) -> Result<std::string> {
                 std::string text;
                 append_routes<Ipv4>(router(), {}, text);
                 append_routes<Ipv6>(router(), {}, text);
                 return text;
               });
  commands.add("show route PREFIX", "the routes within a prefix",
               [router](const CommandArguments& args) -> Result<std::string> {
                 std::string text;
                 std::visit([&](const auto& p) { append_routes(router(), p.masked(), text); },
                            *argument<AnyPrefix>(args, "PREFIX"));
                 return text;
               });
  commands.add("show neigh", "neighbours and what goes by them",
               [router](const CommandArguments&) -> Result<std::string> {
                 std::string text;
                 append_neighbours<Ipv4>(router(), text);
                 append_neighbours<Ipv6>(router(), text);
                 return text;
               });
  commands.add(
      "show link", "ports and sub-interfaces",
      [router](const CommandArguments&) -> Result<std::string> { return links_text(router()); });
}

}  // namespace dstfwd
