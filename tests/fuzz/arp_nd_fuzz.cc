// SPDX-License-Identifier: BSD-3-Clause
// ARP and neighbour discovery from anyone on the link. Input: an ARP body or an IPv6 packet, then
// two control bytes; checksums are put right for half of the packets, else few would be read.
#include <algorithm>
#include <cstring>

#include "fuzz.h"
#include "fwd/address_scope.h"
#include "fwd/arp.h"
#include "fwd/nd.h"

namespace dstfwd::fuzz {
namespace {

constexpr MacAddress kOwnMac{{2, 0, 0, 0, 0, 1}};

void check_arp(std::span<const uint8_t> body) {
  const auto message = parse_arp(body);
  if (!message) return;
  require(body.size() >= kArpBytes, "an ARP message has all its bytes");
  Exact out(kArpBytes);
  require(build_arp(out.span(), *message) == kArpBytes, "what was read can be written");
  const auto again = parse_arp(out.span());
  require(again && *again == *message, "what was written reads the same");
  if (message->operation != kArpRequest) return;
  const ArpMessage reply = arp_reply(kOwnMac, *message);
  require(reply.operation == kArpReply && reply.sender == message->target &&
              reply.target == message->sender && reply.target_mac == message->sender_mac,
          "a reply is about what was asked, to who asked");
}

void fix_checksum(std::span<uint8_t> packet) {
  if (packet.size() < 44) return;
  packet[42] = packet[43] = 0;
  const uint32_t sum = ~folded_sum(packet.subspan(40), pseudo_sum(packet)) & 0xffffU;
  packet[42] = static_cast<uint8_t>(sum >> 8U);
  packet[43] = static_cast<uint8_t>(sum);
}

void check_nd(std::span<const uint8_t> packet) {
  const auto message = parse_nd(packet);
  if (!message) return;
  require(packet[7] == 255, "it was sent on this link (RFC 4861 7.1.1)");
  require(packet[40] == message->type && packet[41] == 0, "type and code are as sent");
  require(message->src.bytes[0] != 0xff, "its source is one node");
  require(!message->link_layer || !message->link_layer->is_group(), "a MAC is one station's");
  // Only what asks for an address of ours is answered, and ours are unicast.
  if (message->type != kIcmp6NeighbourSolicit || !is_unicast(message->target)) return;
  Exact out(128);
  const size_t size = build_neighbour_advert(out.span(), *message, kOwnMac, true);
  require(size > 0 && size <= 128, "a solicitation can be answered");
  Exact answer(out.span().first(size));
  const auto advert = parse_nd(answer.span());
  require(advert && advert->type == kIcmp6NeighbourAdvert && advert->target == message->target,
          "the answer is a valid advertisement of the target");
  require(advert->solicited != message->is_dad_probe(), "solicited unless for DAD (7.2.4)");
}

}  // namespace
}  // namespace dstfwd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dstfwd::fuzz;
  if (size < 2) return 0;
  Exact input({data, size - 2});
  if ((data[size - 1] & 1U) != 0) fix_checksum(input.span());
  if ((data[size - 2] & 1U) != 0) {
    check_arp(input.span());
  } else {
    check_nd(input.span());
  }
  return 0;
}
