// SPDX-License-Identifier: BSD-3-Clause
#include "tests/bench/latency/reading.h"

namespace dstfwd::bench {
namespace {

constexpr HistogramSnapshot Reading::*kHistograms[] = {&Reading::gap,       &Reading::residence,
                                                       &Reading::latency,   &Reading::slices,
                                                       &Reading::walk_gaps, &Reading::rest_gaps};
constexpr uint64_t Reading::*kCounts[] = {&Reading::offered,  &Reading::lost,   &Reading::sent,
                                          &Reading::hits,     &Reading::misses, &Reading::inserted,
                                          &Reading::bypassed, &Reading::polls,  &Reading::reclaimed,
                                          &Reading::retired,  &Reading::walked};

}  // namespace

Reading Reading::of(const Dataplane& dataplane, const Source& source) {
  const Worker& worker = dataplane.worker(0);
  const LcoreCounters& c = worker.counters();
  const dstgc::CollectorStats gc = dataplane.gc_stats();
  return {worker.meter().gaps().snapshot(),
          dataplane.residence(0)->residence().snapshot(),
          source.latency().snapshot(),
          worker.gc_slices().snapshot(),
          source.walk_gaps().snapshot(),
          source.rest_gaps().snapshot(),
          source.offered(),
          source.lost(),
          source.sent(),
          c.hits.get(),
          c.misses.get(),
          c.inserted.get(),
          c.bypassed.get(),
          c.polls.get(),
          gc.reclaimed,
          gc.retired,
          gc.walk_entries};
}

void Reading::subtract(const Reading& earlier) noexcept {
  for (const auto histogram : kHistograms) (this->*histogram).subtract(earlier.*histogram);
  for (const auto count : kCounts) this->*count -= earlier.*count;
}

void Reading::merge(const Reading& other) noexcept {
  for (const auto histogram : kHistograms) (this->*histogram).merge(other.*histogram);
  for (const auto count : kCounts) this->*count += other.*count;
}

}  // namespace dstfwd::bench
