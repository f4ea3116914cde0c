// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/ipv4_options.h"

#include <gtest/gtest.h>

#include "tests/fwd/hex.h"

namespace dstfwd {
namespace {

using test::from_hex;
using test::slow_checksum;
using test::to_hex;
using Outcome = Ipv4OptionsCheck::Outcome;

// A header with `options`, padded with end-of-list to whole words, its checksum right.
std::vector<uint8_t> header_with(const std::string& options) {
  auto header = from_hex("450000641234000040110000c0000202c6120001" + options);
  header.resize((header.size() + 3) / 4 * 4);
  header[0] = static_cast<uint8_t>(0x40 | header.size() / 4);
  const uint16_t sum = slow_checksum(header);
  header[10] = static_cast<uint8_t>(sum >> 8U);
  header[11] = static_cast<uint8_t>(sum);
  return header;
}

Ipv4OptionsCheck check(const std::string& options) {
  return check_ipv4_options(header_with(options));
}

bool is_own(const void* context, Ipv4Address address) {
  return *static_cast<const Ipv4Address*>(context) == address;
}

// The options after recording 203.0.113.1 at 1000 ms since midnight.
std::string recorded(const std::string& options) {
  constexpr Ipv4Address kOwn{Be32::from_host(0xcb007101)};
  auto header = header_with(options);
  EXPECT_EQ(check_ipv4_options(header).outcome, Outcome::kFine);
  EXPECT_TRUE(check_ipv4_options(header).wants_record);
  record_ipv4_options(header, {kOwn, 1000, is_own, &kOwn});
  EXPECT_EQ(slow_checksum(header), 0);
  return to_hex(header).substr(40, options.size());
}

TEST(Ipv4Options, CommonOptionsAreFine) {
  for (const char* options :
       {"", "00000000", "01010101", "94040000" /* router alert */, "820b0000000000000000000000",
        "88040000" /* stream id */, "1e04abcd" /* unknown */, "00ffffff" /* behind the end */}) {
    EXPECT_EQ(check(options).outcome, Outcome::kFine) << options;
    EXPECT_FALSE(check(options).wants_record) << options;
  }
}

TEST(Ipv4Options, SourceRoutesAreTold) {
  EXPECT_EQ(check("830704c6120002").outcome, Outcome::kSourceRoute);
  EXPECT_EQ(check("890704c6120002").outcome, Outcome::kSourceRoute);
  EXPECT_EQ(check("830708c6120002").outcome, Outcome::kSourceRoute) << "also at its end";
}

TEST(Ipv4Options, TheWrongOctetIsNamed) {
  const struct {
    const char* options;
    uint8_t pointer;
  } cases[] = {
      {"1e000000", 20},                      // unknown, length 0
      {"1e010000", 20},                      // length 1
      {"1e050000", 20},                      // beyond the header
      {"0101011e", 23},                      // the length's octet is missing
      {"07020000", 21},                      // record route without a pointer
      {"07070300000000", 22},                // its pointer into itself
      {"07050400000000", 22},                // room for two bytes
      {"0707040000000007070400000000", 27},  // twice
      {"83020000", 21},                      // source route without a pointer
      {"83070300000000", 22},
      {"830704c6120002890704c6120002", 27},  // both source routes
      {"44030500", 21},                      // timestamp without flags
      {"44080400000000", 22 - 0},            // pointer 4
      {"94030000", 21},                      // router alert too short
      {"440809f000000000", 23},              // full, overflow 15
      {"4408050100000000", 22},              // address and time in four bytes
  };
  for (const auto& c : cases) {
    const Ipv4OptionsCheck result = check(c.options);
    EXPECT_EQ(result.outcome, Outcome::kMalformed) << c.options;
    EXPECT_EQ(result.pointer, c.pointer) << c.options;
  }
}

TEST(Ipv4Options, RecordRouteTakesOurAddressUntilFull) {
  EXPECT_EQ(recorded("070b040000000000000000"), "070b08cb00710100000000");
  EXPECT_EQ(recorded("070b08c000020100000000"), "070b0cc0000201cb007101");
  EXPECT_EQ(recorded("070b0cc0000201c0000202"), "070b0cc0000201c0000202");
}

TEST(Ipv4Options, TimestampsAreTakenUntilFullThenCounted) {
  EXPECT_EQ(recorded("440805000000000000"),
            "440809"
            "00"
            "000003e8"
            "00");
  EXPECT_EQ(recorded("440809000000000000"),
            "440809"
            "10"
            "0000000000");
  EXPECT_EQ(recorded("440c0501"
                     "0000000000000000"),
            "440c0d01"
            "cb007101"
            "000003e8");
}

TEST(Ipv4Options, APrespecifiedTimestampIsForItsAddressOnly) {
  EXPECT_EQ(recorded("440c0503"
                     "cb007101"
                     "00000000"),
            "440c0d03"
            "cb007101"
            "000003e8");
  EXPECT_EQ(recorded("440c0503"
                     "c0000209"
                     "00000000"),
            "440c0503"
            "c0000209"
            "00000000");
  EXPECT_EQ(recorded("440c0d03"
                     "c0000209"
                     "00000000"),
            "440c0d03"
            "c0000209"
            "00000000");
}

TEST(Ipv4Options, NoOptionsBytesMakeTheCheckOrTheRecordLeaveTheHeader) {
  constexpr Ipv4Address kOwn{Be32::from_host(0xcb007101)};
  uint32_t seed = 1;
  for (int i = 0; i < 200000; ++i) {
    std::vector<uint8_t> header(24 + (i % 10) * 4);  // exact size: ASan sees any step beyond
    for (uint8_t& b : header) b = static_cast<uint8_t>((seed = seed * 1664525 + 1013904223) >> 24);
    const uint8_t kinds[] = {0, 1, 7, 68, 131, 137, 148, 30};
    header[20] = kinds[i % 8];
    header[21] = static_cast<uint8_t>(header[21] % 16);
    header[22] = static_cast<uint8_t>(header[22] % 16);
    const Ipv4OptionsCheck result = check_ipv4_options(header);
    if (result.outcome == Outcome::kMalformed) {
      EXPECT_GE(result.pointer, 20);
      EXPECT_LT(result.pointer, header.size());
    }
    if (result.outcome == Outcome::kFine && result.wants_record) {
      record_ipv4_options(header, {kOwn, 1000, is_own, &kOwn});
      ASSERT_EQ(slow_checksum(header), 0);
    }
  }
}

}  // namespace
}  // namespace dstfwd
