// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>

#include "app/command_table.h"
#include "fwd/router.h"

namespace dstfwd {

// Where a command finds the router when it runs: the table is made before EAL starts, so that a
// command file's syntax is checked before any device is touched.
using RouterSource = std::function<Router&()>;

// Who is told of a neighbour that `neigh` has set or deleted; may be empty.
using NeighbourChanged = std::function<void(const LinkRef&, const AnyAddress&)>;

// Adds the commands address, route, neigh, link and cache flush. They change the router's tables;
// the caller commits (Router::commit) after a line, or after all lines of a file. Control thread.
void add_router_commands(CommandTable& commands, const RouterSource& router,
                         const NeighbourChanged& changed = {});

// Adds show address, show route [DESTINATION], show neigh and show link.
void add_router_show(CommandTable& commands, const RouterSource& router);

}  // namespace dstfwd
