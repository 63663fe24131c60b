/* SPDX-License-Identifier: Apache-2.0
 *
 * What the sources of the shim share, and no one else sees.
 */
#ifndef REPRISE_CLUSTER_RAFT_SHIM_STATE_H
#define REPRISE_CLUSTER_RAFT_SHIM_STATE_H

#include "cluster/raft_shim.h"

#include <raft.h>

/* The fences read fields of struct raft, and older versions lose committed entries. */
_Static_assert(RAFT_VERSION_NUMBER >= 2201, "libraft 0.22.1 or later is needed");

/* Ends the process: a replica whose core has gone astray must not write on. */
_Noreturn void raft_shim_broken(const char* condition, const char* why);
#define RAFT_SHIM_ASSERT(condition, why) \
  ((condition) ? (void)0 : raft_shim_broken(#condition, why))

/* An append that is being written. */
struct raft_shim_append {
  struct raft_shim_append* next;
  struct raft_io_append* request;
  raft_io_append_cb callback;
  uint64_t first;
  unsigned count;
  int truncated;
};

/* A send whose callback waits for the end of the turn. */
struct raft_shim_sent {
  struct raft_shim_sent* next;
  struct raft_io_send* request;
  raft_io_send_cb callback;
};

/* What libraft calls a snapshot: a place in the log, and the members there. */
struct raft_shim_place {
  uint64_t index;
  uint64_t term;
  uint64_t membership_index;
  raft_shim_members members;
};

struct raft_shim {
  struct raft raft;
  struct raft_io io;
  struct raft_fsm fsm;
  const raft_shim_calls* calls;
  void* context;
  const raft_shim_recovered* recovered; /* only while it starts */
  unsigned seed;
  raft_io_tick_cb tick;
  raft_io_recv_cb receive;
  raft_io_close_cb closed;

  uint64_t term;
  uint64_t vote;
  uint64_t next;     /* index of the next entry to be written */
  raft_time heard_at; /* When somebody who leads was heard last. */
  unsigned ticks_since_heard;
  int stands;         /* For election, from then on, because the leader was lost. */
  raft_time stands_at;
  uint64_t announced; /* where truncate() said that the next append begins */

  struct raft_shim_append* first_append;
  struct raft_shim_append** last_append;
  unsigned truncated_appends;
  struct raft_shim_sent* first_sent;
  struct raft_shim_sent** last_sent;

  /* The put in flight, if any. It is an install where `installing`. */
  struct raft_io_snapshot_put* put;
  raft_io_snapshot_put_cb put_callback;
  struct raft_shim_place put_place;
  int installing;
  /* The last one that was put, or loaded. */
  struct raft_shim_place kept;
};

void raft_shim_copy_members(const struct raft_configuration* from, raft_shim_members* to);
void raft_shim_make_configuration(const raft_shim_members* from, struct raft_configuration* to);
/* For raft_io. */
int raft_shim_send(struct raft_io* io, struct raft_io_send* request,
                   const struct raft_message* message, raft_io_send_cb callback);
void raft_shim_io_init(raft_shim* shim);
/* Somebody leads in that term, or did when this was sent. */
void raft_shim_heard(raft_shim* shim, uint64_t term);
void raft_shim_forget_leader_if_silent(raft_shim* shim);
void raft_shim_stand_down(raft_shim* shim);
/* Fires callbacks of sends, and of the put unless it is an install. */
void raft_shim_fire(raft_shim* shim, int status);
void raft_shim_put_done(raft_shim* shim, int status);
void raft_shim_append_done(raft_shim* shim, int status);
/* From the archive; raft_uv calls it itself, and no header declares it. */
extern void LegacyFireCompletedRequests(struct raft* raft);

#endif
