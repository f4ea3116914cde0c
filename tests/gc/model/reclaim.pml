/* SPDX-License-Identifier: BSD-3-Clause
 * One entry's life, twice: publish, unlink, retire, grace period, busy, reclaim; then its index is
 * published anew. Readers look it up, race each other for its kill, and race the kill with acquire.
 * What stands for what: slot: the flow table's; dead, count: RefTable's word (one atomic word, so
 * what changes both is one step); token, seen: rte_rcu_qsbr's (DPDK's own, taken as it documents).
 * Broken on purpose, each of which the checker must find:
 *   -DNO_GRACE      reclaims without a grace period
 *   -DNO_COUNT      reclaims without a look at the references
 *   -DNO_DEAD_MARK  acquire does not see that the entry is dead
 *   -DBLIND_UNLINK  who unlinks does not learn whether it was first
 *   -DEARLY_TOKEN   the grace period begins before the entry is unlinked
 *   -DBUSY_FORGOTTEN what is busy is never looked at again
 */
#define READERS 2
#define BURSTS 2
#define LIVES 2

bit slot = 1;                /* 1: the entry can be found */
bit dead = 0;
byte count = 0;
bit freed = 0;
byte lives = 1, destroyed = 0;
byte token = 1;
byte seen[READERS];          /* 0: offline */
bit using[READERS];          /* it read the entry in this burst */
bit holds[READERS];
chan intake = [4] of { byte };  /* each carries the token of EARLY_TOKEN */
byte running = READERS;

inline release(r) {
  atomic {
    if
    :: holds[r] -> assert(!freed); holds[r] = 0; count--
    :: else
    fi
  }
}

proctype Reader(byte r) {
  byte burst = 0;
  byte report;
  byte early;
  seen[r] = token;
  do
  :: burst < BURSTS ->
    atomic { using[r] = slot }
    if
    :: using[r] ->
      atomic { assert(!freed) }
      if
      :: true                                      /* reads it, no more */
      :: !holds[r] ->                              /* acquire: increment if not dead */
#ifdef NO_DEAD_MARK
        skip;                                      /* looks at nothing, */
        using[r] = 0; seen[r] = token;             /* and the burst ends in between */
        atomic { count++; holds[r] = 1; assert(!freed) }
#else
        atomic {
          if
          :: !dead -> count++; holds[r] = 1
          :: else
          fi
        }
#endif
      :: true ->                                   /* kill */
        early = token;
#ifdef BLIND_UNLINK
        slot = 0; intake ! 0
#else
        if
        :: atomic { slot == 1 -> slot = 0 } ;
          intake ! early
        :: atomic { slot == 0 -> skip }
        fi
#endif
      fi;
      atomic { if :: using[r] -> assert(!freed) :: else fi }
    :: else
    fi;
    using[r] = 0;
    report = token;                                /* quiescent: load, then store */
    seen[r] = report;
    if
    :: release(r)
    :: true                                        /* keeps it over bursts */
    fi;
    burst++
  :: else -> break
  od;
  seen[r] = 0;
  release(r);
  atomic { running--; }
}

#define passed(r, t) (seen[r] == 0 || seen[r] >= t)

proctype Collector() {
  byte mine;
  byte early;
  do
  :: intake ? early ->
    dead = 1;
    atomic { token++; mine = token; }
#ifdef EARLY_TOKEN
    mine = early;
#endif
#ifndef NO_GRACE
    passed(0, mine);
    passed(1, mine);
#endif
#ifndef NO_COUNT
#ifdef BUSY_FORGOTTEN
    if
    :: count == 0
    :: count != 0 -> goto forgotten
    fi;
#else
    count == 0;                                    /* busy until then */
#endif
#endif
    atomic {
      assert(destroyed < lives);                   /* once a life */
      assert(!freed);
      assert(!using[0] && !using[1]);
      assert(!holds[0] && !holds[1]);
      freed = 1;
      destroyed++;
    }
    if
    :: lives < LIVES ->                            /* a free index is given out again */
      atomic { freed = 0; dead = 0; lives++ }
      slot = 1
    :: else
    fi
forgotten:
    skip
  :: running == 0 && empty(intake) -> break
  od;
  /* What was unlinked was reclaimed; what is left is live. */
  assert(destroyed + slot == lives)
}

init {
  atomic { run Reader(0); run Reader(1); run Collector() }
}
