// SPDX-License-Identifier: BSD-3-Clause
// dstfwd-gen's own arguments, those after "--". Nothing here needs EAL.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "app/gen/flow_plan.h"
#include "app/gen/size_mix.h"

namespace dstfwd::gen {

struct GenOptions {
  // Ports
  uint16_t tx_port = 0;
  std::optional<uint16_t> rx_port;  // the last there is
  uint32_t rxd = 1024;
  uint32_t txd = 1024;
  // Frames
  std::optional<MacAddress> source_mac;  // the transmit port's
  MacAddress destination_mac{{0x02, 0, 0, 0, 0, 0x01}};
  std::optional<uint16_t> vlan;
  SizeMix sizes = *SizeMix::parse("64");
  uint16_t destination_port = 9;
  FlowPlanConfig flows{1,
                       0,
                       0,
                       {{Be32::from_host(0xc6120000)}, 65536},  // RFC 2544: 198.18.0.0/16
                       {{Be32::from_host(0xc6130000)}, 65536},
                       {{{0x20, 0x01, 0, 0x02, 0, 0, 0, 1}}, uint64_t{1} << 32U},  // RFC 5180
                       {{{0x20, 0x01, 0, 0x02, 0, 0, 0, 2}}, uint64_t{1} << 32U}};
  double new_flows_per_s = 0;
  // Load
  double rate_pps = 1e6;  // 0: as fast as possible
  double duration_s = 10;
  double wait_s = 0.5;  // from links up to the first frame
  double warmup_s = 0;
  double drain_s = 0.2;
  uint64_t frames = 0;  // 0: as the duration gives
  bool search = false;
  double search_precision = 0.01;  // of the rate
  double max_loss = 0;             // fraction
  std::string replay;
  double replay_speed = 1;   // 0: as fast as possible
  bool rewrite_mac = false;  // --dst-mac was given: replayed frames get it, too
  // Output
  double period_s = 1;
  std::string json;
  std::string hgrm;
  bool help = false;
  bool version = false;
};

// The error is one line without "dstfwd-gen: ". Not reentrant (getopt_long).
Result<GenOptions> parse_gen_options(std::span<char*> app_arguments);

std::string gen_usage();

}  // namespace dstfwd::gen
