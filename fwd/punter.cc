// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/punter.h"

namespace dstfwd {
namespace {

struct Fate {
  bool punted = false;
  PuntKind kind = PuntKind::kError;
};

// What the control thread can do something with. Errors: those that RFC 1812, RFC 4443 or RFC 8200
// want reported.
constexpr std::array<Fate, kVerdictCount> kFates = [] {
  std::array<Fate, kVerdictCount> fates{};
  const auto set = [&](Verdict v, PuntKind kind) { fates[static_cast<size_t>(v)] = {true, kind}; };
  set(Verdict::kConsumeLocal, PuntKind::kLocal);
  set(Verdict::kConsumeArp, PuntKind::kArp);
  set(Verdict::kConsumeNd, PuntKind::kNd);
  set(Verdict::kHold, PuntKind::kHold);
  for (const Verdict v : {Verdict::kDropIpOptions, Verdict::kDropTtlExpired, Verdict::kDropNoRoute,
                          Verdict::kDropUnreachable, Verdict::kDropMtu, Verdict::kDropLinkLocal,
                          Verdict::kDropTunnel}) {
    set(v, PuntKind::kError);
  }
  return fates;
}();

}  // namespace

bool Punter::take(rte_mbuf* m, Verdict verdict, NextHopIndex hop, uint64_t now_tsc,
                  EntryIndex entry, uint16_t detail) noexcept {
  const Fate fate = kFates[static_cast<size_t>(verdict)];
  if (!fate.punted) return false;
  if (fate.kind == PuntKind::kError && !errors_.take(now_tsc)) {
    counters_->errors_limited.add(1);
    return false;
  }
  if (count_ == packets_.size()) {
    counters_->punt_full.add(1);
    return false;
  }
  field_.of(m) = {entry, hop, verdict, fate.kind, detail};
  packets_[count_++] = m;
  return true;
}

}  // namespace dstfwd
