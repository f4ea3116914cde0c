// SPDX-License-Identifier: BSD-3-Clause
#include "app/router_commands.h"

#include <algorithm>
#include <type_traits>

namespace dstfwd {
namespace {

constexpr size_t kMaxRoutesShown = 1000;  // dumps are paged: a full table takes no turn for itself

const SlowPath* slow_path_of(const SlowPathSource& source) {
  return source ? source() : nullptr;
}
template <typename Family>
const auto& guard_of(const SlowPath& slow) {
  if constexpr (std::is_same_v<Family, Ipv4>) {
    return slow.guard4();
  } else {
    return slow.guard6();
  }
}
template <typename Family>
std::vector<NeighbourView<Family>> learned_by(const SlowPath* slow) {
  if (slow == nullptr) return {};
  if constexpr (std::is_same_v<Family, Ipv4>) {
    return slow->neighbours4().view();
  } else {
    return slow->neighbours6().view();
  }
}

template <typename Family>
void append_addresses(const Router& router, const SlowPath* slow, std::string& text) {
  for (const OwnAddress<Family>& own : router.family<Family>().addresses().all()) {
    text += to_text(own.prefix) + " " + to_text(own.link);
    if (own.automatic) text += " automatic";
    const AddressPhase phase = slow == nullptr
                                   ? AddressPhase::kPreferred
                                   : guard_of<Family>(*slow).phase(own.link, own.prefix.address);
    if (phase == AddressPhase::kTentative) text += " tentative";
    if (phase == AddressPhase::kDuplicate) text += " duplicate";
    text += "\n";
  }
}

template <typename Family>
void append_route(const RouteInfo<Family>& route, std::string& text) {
  if (route.type != RouteType::kUnicast) text += std::string(name(route.type)) + " ";
  text += to_text(route.prefix);
  for (const Path<Family>& path : route.paths) {
    if (path.tunnel != nullptr) text += " " + to_text(path.tunnel->tunnel);
    if (path.gateway != nullptr) text += " via " + to_text(path.gateway->address);
    if (path.tunnel == nullptr) text += " " + to_text(path.link);
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

// Those that routes or commands name, with what flows by them; then those that are only known.
template <typename Family>
void append_neighbours(const Router& router, const SlowPath* slow, std::string& text) {
  std::vector<NeighbourView<Family>> learned = learned_by<Family>(slow);
  const auto held = [](const NeighbourView<Family>& view) {
    return view.held == 0 ? std::string() : " held " + std::to_string(view.held);
  };
  for (const NeighbourInfo<Family>& neighbour : router.family<Family>().neighbours()) {
    const auto view = std::ranges::find_if(learned, [&](const auto& v) {
      return v.link == neighbour.link && v.address == neighbour.address;
    });
    text += to_text(neighbour.address);
    text += neighbour.mac ? " lladdr " + to_text(*neighbour.mac) : " unresolved";
    text += " " + to_text(neighbour.link);
    if (neighbour.fixed) text += " static";
    if (view != learned.end()) {
      text += " " + std::string(name(view->phase)) + held(*view);
      learned.erase(view);
    }
    text += " routes " + std::to_string(neighbour.paths) + " flows " +
            std::to_string(neighbour.flows) + "\n";
  }
  for (const NeighbourView<Family>& view : learned) {
    text += to_text(view.address);
    text += is_usable(view.phase) ? " lladdr " + to_text(view.mac) : " unresolved";
    text += " " + to_text(view.link) + " " + std::string(name(view.phase)) + held(view) + "\n";
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

void add_router_show(CommandTable& commands, const RouterSource& router,
                     const SlowPathSource& slow) {
  commands.add("show address", "the router's own addresses",
               [router, slow](const CommandArguments&) -> Result<std::string> {
                 std::string text;
                 append_addresses<Ipv4>(router(), slow_path_of(slow), text);
                 append_addresses<Ipv6>(router(), slow_path_of(slow), text);
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
  commands.add("show neigh", "neighbours, their state, and what goes by them",
               [router, slow](const CommandArguments&) -> Result<std::string> {
                 std::string text;
                 append_neighbours<Ipv4>(router(), slow_path_of(slow), text);
                 append_neighbours<Ipv6>(router(), slow_path_of(slow), text);
                 return text;
               });
  commands.add(
      "show link", "ports and sub-interfaces",
      [router](const CommandArguments&) -> Result<std::string> { return links_text(router()); });
}

}  // namespace dstfwd
