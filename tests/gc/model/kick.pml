/* SPDX-License-Identifier: BSD-3-Clause
 * Two threads that publish work for the walk and kick; a collector that otherwise sleeps out its
 * back-off. A kick that comes while an earlier one is obeyed must not be lost.
 * Broken on purpose:
 *   -DCLEAR_LATE    the kick is taken back after the walk, not before
 *   -DKICK_FIRST    the work is published after the kick
 */
#define KICKERS 2

byte work = 0, served = 0;
bit kicked = 0;

proctype Kicker() {
#ifdef KICK_FIRST
  kicked = 1;
  atomic { work++ }
#else
  atomic { work++ }
  kicked = 1
#endif
}

active proctype Collector() {
  byte seen;
end:                                               /* asleep, for 120 s */
  do
  :: kicked ->
#ifndef CLEAR_LATE
    kicked = 0;
#endif
    seen = work;                                   /* the walk */
    served = seen;
#ifdef CLEAR_LATE
    kicked = 0;
#endif
  od
}

/* When nothing moves any more, all was served without the timer. */
active proctype Monitor() {
  atomic { run Kicker(); run Kicker() }
  timeout -> assert(served == KICKERS)
}
