/* SPDX-License-Identifier: Apache-2.0
 *
 * When a follower takes its leader for gone. The core knows one sign, that it has heard nothing
 * until its own election timer ran out, and until then refuses its vote to others. Here are two
 * more:
 *  - silence for the least of the election timeouts, which is what a vote may be refused for
 *    (Ongaro, "Consensus: bridging theory and practice", section 4.2.3);
 *  - the end of the connection, which comes at once when a process dies.
 * Both are no more than hints: a candidate asks first whether it would win (pre-vote), and whoever
 * hears the leader says no. It takes a majority that is mistaken to depose one that lives.
 */
#include "cluster/raft_shim_state.h"

/* So many ticks go by within the shortest timeout that there is. A process that was held up has one
 * behind it at most when it comes to what has arrived meanwhile. */
static const unsigned silent_ticks = 2;

static raft_time now_of(raft_shim* shim) { return shim->io.time(&shim->io); }

static void forget_leader(struct raft* raft) {
  raft_free(raft->follower_state.current_leader.address);
  raft->follower_state.current_leader.address = NULL;
  raft->follower_state.current_leader.id = 0;
}

void raft_shim_heard(raft_shim* shim, uint64_t term) {
  if (term < shim->raft.current_term) return;
  shim->heard_at = now_of(shim);
  shim->ticks_since_heard = 0;
  raft_shim_stand_down(shim);
}

void raft_shim_stand_down(raft_shim* shim) { shim->stands = 0; }

void raft_shim_forget_leader_if_silent(raft_shim* shim) {
  struct raft* raft = &shim->raft;
  if (raft->state != RAFT_FOLLOWER || raft->follower_state.current_leader.id == 0) return;
  if (shim->ticks_since_heard < silent_ticks) return;
  if (now_of(shim) - shim->heard_at >= raft->election_timeout) forget_leader(raft);
}

void raft_shim_lost(raft_shim* shim, uint64_t id, unsigned wait_ms) {
  struct raft* raft = &shim->raft;
  if (raft->state != RAFT_FOLLOWER || raft->follower_state.current_leader.id != id) return;
  forget_leader(raft);
  shim->stands = 1;
  shim->stands_at = now_of(shim) + wait_ms;
}

/* While its log is being written or filled the core would not stand, and begin its timer anew. */
static int is_to_stand(raft_shim* shim) {
  return shim->stands && now_of(shim) >= shim->stands_at && shim->raft.state == RAFT_FOLLOWER &&
         shim->first_append == NULL && !shim->raft.snapshot.installing;
}

void raft_shim_tick(raft_shim* shim) {
  struct raft* raft = &shim->raft;
  if (shim->ticks_since_heard < silent_ticks) ++shim->ticks_since_heard;
  if (is_to_stand(shim)) {
    raft_shim_stand_down(shim);
    /* Its timer has run out now. Times wrap round, as they do where the core adds them up. */
    raft->election_timer_start = now_of(shim) - raft->follower_state.randomized_election_timeout;
  }
  shim->tick(&shim->io);
}
