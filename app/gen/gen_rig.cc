// SPDX-License-Identifier: BSD-3-Clause
#include "app/gen/gen_rig.h"

#include <rte_lcore.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>

#include "app/gen/sender.h"

namespace dstfwd::gen {
namespace {

// The transmit port first; one when it receives, too.
Result<std::vector<PortId>> choose_ports(const GenOptions& options) {
  const std::vector<PortId> present = present_ports();
  if (present.empty())
    return Error{"no ports: give EAL a device, such as --vdev net_ring0 or -a PCI-ADDRESS"};
  const auto choose = [&](uint16_t wanted, const char* option) -> Result<PortId> {
    const PortId port{wanted};
    if (std::find(present.begin(), present.end(), port) == present.end())
      return Error{std::string(option) + ": there is no port " + std::to_string(wanted)};
    return port;
  };
  const uint16_t last = to_u16(present.back());
  Result<PortId> tx = choose(options.tx_port, "--tx-port");
  if (!tx) return tx.error();
  Result<PortId> rx = choose(options.rx_port.value_or(last), "--rx-port");
  if (!rx) return rx.error();
  std::vector<PortId> ports{*tx};
  if (*rx != *tx) ports.push_back(*rx);
  return ports;
}

// So that what follows a payload is zeros, and never of another packet.
void clear_frames(rte_mempool* pool) {
  rte_mempool_obj_iter(
      pool,
      [](rte_mempool* /*pool*/, void* /*context*/, void* object, unsigned /*index*/) {
        const auto* m = static_cast<rte_mbuf*>(object);
        std::memset(m->buf_addr, 0, m->buf_len);
      },
      nullptr);
}

}  // namespace

Result<GenRig> GenRig::create(std::span<char*> eal_arguments, const GenOptions& options,
                              uint32_t largest_frame) {
  Result<Eal> eal = Eal::start(eal_arguments);
  if (!eal) return eal.error();
  Result<std::vector<PortId>> ports = choose_ports(options);
  if (!ports) return ports.error();
  const auto count = static_cast<uint32_t>(ports->size());
  const MempoolSize size = size_mempool(
      {options.rxd * count, options.txd * count, rte_lcore_count(), Sender<int>::kBurst});
  const uint32_t room =
      std::max<uint32_t>(RTE_MBUF_DEFAULT_BUF_SIZE, largest_frame + RTE_PKTMBUF_HEADROOM);
  Result<Mempool> pool =
      create_mempool("gen", size, static_cast<uint16_t>(room), socket_of(ports->front()));
  if (!pool) return pool.error();
  clear_frames(pool->get());

  GenRig rig(std::move(*eal), std::move(*pool));
  for (const PortId port : *ports) {
    Result<Port> opened =
        Port::open({{port, 1, 1}, options.rxd, options.txd, true, rig.pool_.get()});
    if (!opened) return opened.error();
    rig.ports_.push_back(std::move(*opened));
  }
  unsigned lcore = 0;
  RTE_LCORE_FOREACH_WORKER(lcore) rig.workers_.push_back(lcore);
  return rig;
}

TrialLinks GenRig::links() const noexcept {
  TrialLinks links;
  links.tx_port = to_u16(ports_.front().id());
  links.rx_port = to_u16(ports_.back().id());
  links.pool = pool_.get();
  if (workers_.size() == 1) links.rx_lcore = workers_[0];
  if (workers_.size() > 1) {
    links.tx_lcore = workers_[0];
    links.rx_lcore = workers_[1];
  }
  return links;
}

std::vector<std::string> GenRig::wait_links() const {
  std::vector<std::string> down;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(9);
  for (const Port& port : ports_) {
    while (!port.link_up() && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (!port.link_up())
      down.push_back("port " + std::to_string(to_u16(port.id())) + " (" + port.device() +
                     "): the link is down");
  }
  return down;
}

}  // namespace dstfwd::gen
