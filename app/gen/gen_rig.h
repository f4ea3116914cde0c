// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "app/eal.h"
#include "app/gen/gen_options.h"
#include "app/gen/trial.h"
#include "app/port.h"

namespace dstfwd::gen {

// What trials run over: EAL, the pool, the two ports (or the one). Destroyed in that order,
// backwards.
class GenRig {
 public:
  // largest_frame: bytes, FCS and VLAN tag included. The error is a line for the user.
  static Result<GenRig> create(std::span<char*> eal_arguments, const GenOptions& options,
                               uint32_t largest_frame);

  TrialLinks links() const noexcept;
  MacAddress tx_mac() const noexcept { return ports_.front().mac(); }
  // Waits for links, 9 s at most as DPDK's samples do; a line for each that stays down.
  std::vector<std::string> wait_links() const;

 private:
  GenRig(Eal eal, Mempool pool) : eal_(std::move(eal)), pool_(std::move(pool)) {}
  Eal eal_;
  Mempool pool_;
  std::vector<Port> ports_;  // the transmit port first
  std::vector<unsigned> workers_;
};

}  // namespace dstfwd::gen
