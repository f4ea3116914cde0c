// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_ethdev.h>

#include <string>
#include <utility>
#include <vector>

#include "app/mempool.h"
#include "app/port_plan.h"
#include "fwd/types.h"

namespace dstfwd {

struct PortConfig {
  PortQueues queues;
  uint32_t rxd;
  uint32_t txd;
  bool promiscuous;
  rte_mempool* pool;
  bool timestamps = false;  // have the device stamp packets, where it can
};

struct PortCounters {
  uint64_t rx = 0, tx = 0, rx_bytes = 0, tx_bytes = 0;
  uint64_t missed = 0;     // came, and no descriptor was free
  uint64_t no_mbuf = 0;    // came, and no mbuf was free
  uint64_t rx_errors = 0;  // came, and were broken
  uint64_t tx_errors = 0;  // given to the device, and not sent
};

// A configured and started Ethernet device. Stopped and closed at destruction: no lcore may poll it
// then. Control thread.
class Port {
 public:
  // The error is a line for the user that names port and device.
  static Result<Port> open(const PortConfig& config);

  Port(Port&& other) noexcept
      : id_(std::exchange(other.id_, kInvalidPort)), offloads_(other.offloads_) {}
  Port& operator=(Port&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(offloads_, other.offloads_);
    return *this;
  }
  ~Port();

  PortId id() const noexcept { return id_; }
  MacAddress mac() const noexcept;
  uint16_t mtu() const noexcept;
  // Has the device take frames for IP packets of so many bytes. polled: lcores poll it just now; a
  // device that must be stopped for it then keeps what it has. Returns a line for people where it
  // does, and nothing where it does not know MTUs. Control thread.
  std::string set_mtu(uint16_t mtu, bool polled) const;
  bool link_up() const noexcept;
  std::string device() const;
  // What the bus has; nullptr: unknown.
  rte_device* bus_device() const noexcept;
  PortCounters counters() const noexcept;
  // The device was told to check IPv4 header checksums.
  bool checks_ipv4() const noexcept { return (offloads_ & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM) != 0; }
  // ... and to stamp packets with the time at which they came.
  bool timestamps() const noexcept { return (offloads_ & RTE_ETH_RX_OFFLOAD_TIMESTAMP) != 0; }
  // The device must not be polled from now on.
  void stop() noexcept;

 private:
  Port(PortId id, uint64_t offloads) noexcept : id_(id), offloads_(offloads) {}
  PortId id_;
  uint64_t offloads_;  // RTE_ETH_RX_OFFLOAD_*
};

// Gives a device back to its bus (rte_dev_remove) unless a port of it is still there. Without one
// it does nothing. The error is a line for the user.
Status remove_device(rte_device* device);

// What rte_ethdev says of the ports there are.
std::vector<PortId> present_ports();
Result<PortOffer> query_port(PortId port);
int socket_of(PortId port) noexcept;  // SOCKET_ID_ANY when it has none

// Offloads: chosen once, from what the device offers.
struct Offloads {
  uint64_t rx;
  uint64_t tx;
  uint64_t rss;  // hash types; 0: none
};
// timestamps: wanted, though some drivers then leave their fastest receive path.
Offloads choose_offloads(const rte_eth_dev_info& info, const PortQueues& queues, uint16_t data_room,
                         bool timestamps) noexcept;

}  // namespace dstfwd
