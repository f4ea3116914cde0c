// SPDX-License-Identifier: BSD-3-Clause
#include "app/port.h"

#include <rte_dev.h>
#include <rte_errno.h>

#include <algorithm>

namespace dstfwd {
namespace {

// Allmulticast and promiscuous are refused by some devices that pass every frame anyway.
Error failed(PortId port, std::string_view what, int code) {
  std::string device(RTE_ETH_NAME_MAX_LEN, '\0');
  if (rte_eth_dev_get_name_by_port(to_u16(port), device.data()) != 0) device = "?";
  device.resize(std::min(device.size(), device.find('\0')));
  return {"port " + std::to_string(to_u16(port)) + " (" + device + "): " + std::string(what) +
          ": " + rte_strerror(-code)};
}

rte_eth_conf make_conf(const rte_eth_dev_info& info, const Offloads& offloads) {
  rte_eth_conf conf{};
  conf.rxmode.offloads = offloads.rx;
  conf.txmode.offloads = offloads.tx;
  if (offloads.rss != 0) {
    conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    conf.rx_adv_conf.rss_conf.rss_hf = offloads.rss;
  }
  conf.intr_conf.lsc = (*info.dev_flags & RTE_ETH_DEV_INTR_LSC) != 0 ? 1 : 0;
  return conf;
}

Status set_up_queues(const PortConfig& config, const rte_eth_dev_info& info,
                     const Offloads& offloads) {
  const PortId port = config.queues.port;
  const auto socket = static_cast<unsigned>(socket_of(port));
  auto rxd = static_cast<uint16_t>(config.rxd);
  auto txd = static_cast<uint16_t>(config.txd);
  int code = rte_eth_dev_adjust_nb_rx_tx_desc(to_u16(port), &rxd, &txd);
  if (code != 0) return failed(port, "descriptors", code);

  rte_eth_rxconf rx = info.default_rxconf;
  rx.offloads = offloads.rx;
  for (uint16_t queue = 0; queue < config.queues.rx_queues; ++queue) {
    code = rte_eth_rx_queue_setup(to_u16(port), queue, rxd, socket, &rx, config.pool);
    if (code != 0) return failed(port, "receive queue " + std::to_string(queue), code);
  }
  rte_eth_txconf tx = info.default_txconf;
  tx.offloads = offloads.tx;
  for (uint16_t queue = 0; queue < config.queues.tx_queues; ++queue) {
    code = rte_eth_tx_queue_setup(to_u16(port), queue, txd, socket, &tx);
    if (code != 0) return failed(port, "transmit queue " + std::to_string(queue), code);
  }
  return Ok{};
}

Status set_filters(PortId port, bool promiscuous) {
  const int all = rte_eth_allmulticast_enable(to_u16(port));
  if (all != 0 && all != -ENOTSUP) return failed(port, "allmulticast", all);
  const int mode = promiscuous ? rte_eth_promiscuous_enable(to_u16(port))
                               : rte_eth_promiscuous_disable(to_u16(port));
  if (mode != 0 && mode != -ENOTSUP) return failed(port, "promiscuous mode", mode);
  return Ok{};
}

}  // namespace

Result<Port> Port::open(const PortConfig& config) {
  const PortId id = config.queues.port;
  rte_eth_dev_info info{};
  int code = rte_eth_dev_info_get(to_u16(id), &info);
  if (code != 0) return failed(id, "device information", code);
  const Offloads offloads = choose_offloads(
      info, config.queues, rte_pktmbuf_data_room_size(config.pool), config.timestamps);
  const rte_eth_conf conf = make_conf(info, offloads);
  code = rte_eth_dev_configure(to_u16(id), config.queues.rx_queues, config.queues.tx_queues, &conf);
  if (code != 0) return failed(id, "configuration", code);
  Port port(id, offloads.rx);
  Status queues = set_up_queues(config, info, offloads);
  if (!queues) return queues.error();
  code = rte_eth_dev_start(to_u16(id));
  if (code != 0) return failed(id, "start", code);
  Status filters = set_filters(id, config.promiscuous);
  if (!filters) return filters.error();
  return port;
}

Port::~Port() {
  if (id_ == kInvalidPort) return;
  stop();
  rte_eth_dev_close(to_u16(id_));
}

void Port::stop() noexcept {
  rte_eth_dev_stop(to_u16(id_));
}

MacAddress Port::mac() const noexcept {
  rte_ether_addr address{};
  MacAddress mac;
  if (rte_eth_macaddr_get(to_u16(id_), &address) == 0)
    std::copy_n(address.addr_bytes, mac.bytes.size(), mac.bytes.begin());
  return mac;
}

uint16_t Port::mtu() const noexcept {
  uint16_t mtu = RTE_ETHER_MTU;
  rte_eth_dev_get_mtu(to_u16(id_), &mtu);
  return mtu;
}

std::string Port::set_mtu(uint16_t mtu, bool polled) const {
  int code = rte_eth_dev_set_mtu(to_u16(id_), mtu);
  if (code == -EBUSY && !polled && rte_eth_dev_stop(to_u16(id_)) == 0) {
    code = rte_eth_dev_set_mtu(to_u16(id_), mtu);
    const int started = rte_eth_dev_start(to_u16(id_));
    if (started != 0) return failed(id_, "start", started).message + "\n";
  }
  if (code == 0 || code == -ENOTSUP) return {};
  return failed(id_, "the device stays at MTU " + std::to_string(this->mtu()), code).message + "\n";
}

bool Port::link_up() const noexcept {
  rte_eth_link link{};
  return rte_eth_link_get_nowait(to_u16(id_), &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

std::string Port::device() const {
  char name[RTE_ETH_NAME_MAX_LEN] = "?";
  rte_eth_dev_get_name_by_port(to_u16(id_), name);
  return name;
}

rte_device* Port::bus_device() const noexcept {
  rte_eth_dev_info info{};
  return rte_eth_dev_info_get(to_u16(id_), &info) == 0 ? info.device : nullptr;
}

PortCounters Port::counters() const noexcept {
  rte_eth_stats stats{};
  if (rte_eth_stats_get(to_u16(id_), &stats) != 0) return {};
  return {stats.ipackets, stats.opackets,  stats.ibytes,  stats.obytes,
          stats.imissed,  stats.rx_nombuf, stats.ierrors, stats.oerrors};
}

Status remove_device(rte_device* device) {
  if (device == nullptr) return Ok{};
  for (const PortId other : present_ports()) {
    rte_eth_dev_info info{};
    if (rte_eth_dev_info_get(to_u16(other), &info) == 0 && info.device == device) return Ok{};
  }
  const std::string name = rte_dev_name(device);
  const int code = rte_dev_remove(device);
  // -ENODEV, -ENOENT: it went by itself with its last port, or was pulled out.
  if (code == 0 || code == -ENODEV || code == -ENOENT) return Ok{};
  return Error{"device " + name + " was not removed: " + rte_strerror(-code)};
}

std::vector<PortId> present_ports() {
  std::vector<PortId> ports;
  uint16_t port = 0;
  RTE_ETH_FOREACH_DEV(port) ports.push_back(PortId(port));
  return ports;
}

Result<PortOffer> query_port(PortId port) {
  rte_eth_dev_info info{};
  const int code = rte_eth_dev_info_get(to_u16(port), &info);
  if (code != 0) return failed(port, "device information", code);
  char name[RTE_ETH_NAME_MAX_LEN] = "?";
  rte_eth_dev_get_name_by_port(to_u16(port), name);
  return PortOffer{port, name, info.max_rx_queues, info.max_tx_queues};
}

int socket_of(PortId port) noexcept {
  const int socket = rte_eth_dev_socket_id(to_u16(port));
  return socket < 0 ? SOCKET_ID_ANY : socket;
}

Offloads choose_offloads(const rte_eth_dev_info& info, const PortQueues& queues, uint16_t data_room,
                         bool timestamps) noexcept {
  // No RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE: fragments and held packets are not the only reference.
  uint64_t rx = RTE_ETH_RX_OFFLOAD_RSS_HASH | RTE_ETH_RX_OFFLOAD_IPV4_CKSUM;
  if (info.max_rx_pktlen > uint32_t{data_room} - RTE_PKTMBUF_HEADROOM)
    rx |= RTE_ETH_RX_OFFLOAD_SCATTER;
  if (timestamps) rx |= RTE_ETH_RX_OFFLOAD_TIMESTAMP;
  uint64_t rss = 0;
  if (queues.rx_queues > 1)
    rss = info.flow_type_rss_offloads &
          (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP | RTE_ETH_RSS_SCTP);
  if (rss == 0) rx &= ~uint64_t{RTE_ETH_RX_OFFLOAD_RSS_HASH};
  return {rx & info.rx_offload_capa, RTE_ETH_TX_OFFLOAD_MULTI_SEGS & info.tx_offload_capa, rss};
}

}  // namespace dstfwd
