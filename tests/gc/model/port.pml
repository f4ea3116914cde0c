/* SPDX-License-Identifier: BSD-3-Clause
 * A port goes away: taken out of use, a grace period, a sweep over all entries, a grace period,
 * drained. A creator may have looked at the port before; a reader may use an entry that named it.
 * Broken on purpose:
 *   -DNO_FIRST_GRACE  the sweep does not wait for creators
 *   -DNO_LAST_GRACE   drained is said while a reader still uses the port
 */
bit usable = 1, live = 0, names = 0, drained = 0;
bit reads = 0;                  /* a reader sends by the port */
byte token = 1, creator = 0, reader = 0;

proctype Creator() {
  byte t = 0;
  creator = token;
  if
  :: usable -> atomic { names = 1; assert(!drained) } live = 1
  :: else
  fi;
  t = token;
  creator = t;
  creator = 0
}

proctype Reader() {
  byte t;
  reader = token;
  atomic { if :: live && names -> reads = 1; assert(!drained) :: else fi }
  atomic { if :: reads -> assert(!drained) :: else fi }
  reads = 0;
  t = token;
  reader = t;
  reader = 0
}

#define passed(t) ((creator == 0 || creator >= t) && (reader == 0 || reader >= t))

proctype Collector() {
  usable = 0;
#ifndef NO_FIRST_GRACE
  token++;
  passed(token);
#endif
  atomic { names = 0; live = 0 }                   /* the sweep */
#ifndef NO_LAST_GRACE
  token++;
  passed(token);
#endif
  drained = 1;
  assert(!names);
  assert(!reads)
}

init {
  atomic { run Creator(); run Reader(); run Collector() }
}
