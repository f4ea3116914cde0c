// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>

#include "app/command_table.h"
#include "fwd/router.h"
#include "fwd/slow_path.h"

namespace dstfwd {

// Where a command finds the router when it runs: the table is made before EAL starts, so that a
// command file's syntax is checked before any device is touched.
using RouterSource = std::function<Router&()>;

// Who is told of a neighbour that `neigh` has set or deleted; may be empty.
using NeighbourChanged = std::function<void(const LinkRef&, const AnyAddress&)>;

// Who is told of a port's new MTU, to tell the device; answers what the person should know. May be
// empty.
using MtuChanged = std::function<std::string(PortId, uint16_t mtu)>;

// Adds the commands address, route, neigh, link and cache flush. They change the router's tables;
// the caller commits (Router::commit) after a line, or after all lines of a file. Control thread.
void add_router_commands(CommandTable& commands, const RouterSource& router,
                         const NeighbourChanged& changed = {}, const MtuChanged& mtu = {});

// Where show finds what the slow path knows of neighbours and our addresses; nullptr: --slow-path
// off. May be empty.
using SlowPathSource = std::function<const SlowPath*()>;

// Adds show address, show route [DESTINATION], show neigh and show link.
void add_router_show(CommandTable& commands, const RouterSource& router,
                     const SlowPathSource& slow = {});

}  // namespace dstfwd
