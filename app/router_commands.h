// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "app/command_table.h"
#include "fwd/router.h"

namespace dstfwd {

// Adds the commands address, route, neigh, link and cache flush. They change the router's tables;
// the caller commits (Router::commit) after a line, or after all lines of a file. Control thread;
// the router outlives the table.
void add_router_commands(CommandTable& commands, Router& router);

// Adds show address, show route [DESTINATION], show neigh and show link.
void add_router_show(CommandTable& commands, const Router& router);

}  // namespace dstfwd
