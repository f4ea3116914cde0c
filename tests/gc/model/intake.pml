/* SPDX-License-Identifier: BSD-3-Clause
 * A producer, an intake ring of two, and the spill list for what it did not take. Entries are
 * retired in bursts, reclaimed by the collector, and given out and retired again, so that a link
 * read too late belongs to another list.
 * Broken on purpose:
 *   -DDROP_SPILL   what the full ring did not take is forgotten
 *   -DNEXT_LATE    the link to the next is read after the entry was handed over
 *   -DNO_MARK      a second retire of a spilled entry links it twice
 *   -DFLUSH_BLIND  the flush does not look whether the ring has room
 */
#define ENTRIES 4
#define END 15
#define ROUNDS 7

chan ring = [2] of { byte };
byte links[ENTRIES] = END;
bit spilled[ENTRIES];
bit is_free[ENTRIES];           /* the collector has reclaimed it */
byte retired = 0, reclaimed = 0, doubled = 0;
byte head = END, tail = END;
bit done = 0;

inline spill(e) {
#ifndef NO_MARK
  if
  :: spilled[e] -> doubled++
  :: else ->
#endif
    spilled[e] = 1;
    links[e] = END;
    if
    :: head == END -> head = e
    :: else -> links[tail] = e
    fi;
    tail = e;
#ifndef NO_MARK
  fi
#endif
}

inline flush() {
  do
#ifdef FLUSH_BLIND
  :: head != END ->
#else
  :: head != END && nfull(ring) ->
#endif
    entry = head;
    next = links[entry];
    spilled[entry] = 0;
    if
    :: nfull(ring) -> ring ! entry
    :: full(ring)                                  /* a burst enqueue that takes none */
    fi;
#ifdef NEXT_LATE
    atomic {                                       /* whoever had it meanwhile used its link */
      if :: is_free[entry] -> links[entry] = END :: else fi
    }
    next = links[entry];
#endif
    head = next
#ifdef FLUSH_BLIND
  :: head == END -> break
#else
  :: head == END || full(ring) -> break
#endif
  od
}

inline retire(e) {
  atomic { is_free[e] = 0; retired++ }
  flush();
  if
  :: head == END && nfull(ring) -> ring ! e
  :: else ->
#ifdef DROP_SPILL
    skip
#else
    spill(e)
#endif
  fi
}

proctype Producer() {
  byte round = 0, entry, next, e;
  bit twice = 0;
  do
  :: round < ENTRIES -> e = round; retire(e); round++
  :: round >= ENTRIES && round < ROUNDS ->         /* those that came back, in any order */
    if
    :: is_free[0] -> e = 0
    :: is_free[1] -> e = 1
    :: is_free[2] -> e = 2
    :: is_free[3] -> e = 3
    fi;
    retire(e);
    round++
  :: !twice && head != END ->                      /* a mistake of the caller's: retired twice */
    twice = 1;
    e = tail;
    retired++;
    spill(e)
  :: round == ROUNDS && head != END -> flush()
  :: round == ROUNDS && head == END -> break
  od;
  done = 1
}

proctype Collector() {
  byte e;
  do
  :: ring ? e ->
    atomic {
      assert(!is_free[e]);                         /* reclaimed once a retire */
      assert(!spilled[e]);                         /* and not while the producer has it */
      is_free[e] = 1;
      reclaimed++
    }
  :: done && empty(ring) -> break
  od;
  assert(reclaimed + doubled == retired)           /* nothing lost */
}

init {
  atomic { run Producer(); run Collector() }
}
