/* SPDX-License-Identifier: Apache-2.0
 *
 * libraft, seen from C++: its own header is not valid C++. One shim is one replica of one partition.
 * It is libraft's storage, network and state machine at once, and does none of it: it turns what
 * libraft asks for into calls of raft_shim_calls, and keeps the fences round the defects of the core
 * (each says which one it is for).
 *
 * Invariants
 *  * Callbacks of libraft fire once each, in order, and never from within one of its methods.
 *  * What its assertions would have checked is checked here: Debian builds it without them.
 * Threading: one thread per shim. No thread, no I/O, no clock of its own.
 */
#ifndef REPRISE_CLUSTER_RAFT_SHIM_H
#define REPRISE_CLUSTER_RAFT_SHIM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct raft_shim raft_shim;

/* The values are libraft's. */
enum raft_shim_kind { RAFT_SHIM_RECORDS = 1, RAFT_SHIM_BARRIER = 2, RAFT_SHIM_MEMBERSHIP = 3 };
enum raft_shim_state { RAFT_SHIM_FOLLOWER = 1, RAFT_SHIM_CANDIDATE = 2, RAFT_SHIM_LEADER = 3 };
enum raft_shim_role { RAFT_SHIM_LEARNER = 0, RAFT_SHIM_VOTER = 1, RAFT_SHIM_SPARE = 2 };
enum raft_shim_message_type {
  RAFT_SHIM_APPEND = 1,
  RAFT_SHIM_APPEND_RESULT = 2,
  RAFT_SHIM_VOTE_REQUEST = 3,
  RAFT_SHIM_VOTE_RESULT = 4,
  RAFT_SHIM_INSTALL = 5,
  RAFT_SHIM_TIMEOUT_NOW = 6
};
enum { RAFT_SHIM_MEMBERS_MAX = 64 };

typedef struct raft_shim_member {
  uint64_t id;
  int role;
} raft_shim_member;

typedef struct raft_shim_members {
  raft_shim_member member[RAFT_SHIM_MEMBERS_MAX];
  unsigned count;
} raft_shim_members;

/* Only an entry of records has bytes; only one of membership has members. */
typedef struct raft_shim_entry {
  uint64_t term;
  int kind;
  const void* bytes;
  size_t size;
  const raft_shim_members* members;
} raft_shim_entry;

/* One message of the protocol; which fields count depends on the type. */
typedef struct raft_shim_message {
  int type;
  unsigned char version;
  /* Whom it goes to, or comes from. */
  uint64_t peer;
  uint64_t term;
  /* append */
  uint64_t previous_index;
  uint64_t previous_term;
  uint64_t leader_commit;
  const raft_shim_entry* entries;
  unsigned entry_count;
  /* append_result, vote_request, timeout_now */
  uint64_t rejected;
  uint64_t last_index;
  uint64_t last_term;
  /* vote_request, vote_result */
  uint64_t candidate;
  int disrupts_leader;
  int pre_vote;
  int granted;
  unsigned short features;
  unsigned short capacity;
  /* install; last_index and last_term say up to where */
  uint64_t membership_index;
  const raft_shim_members* members;
} raft_shim_message;

/* What stands on disk. The memory stays the caller's. */
typedef struct raft_shim_recovered {
  uint64_t term;
  uint64_t vote;
  /* Known to be committed; 0 where nothing is. */
  uint64_t committed_index;
  uint64_t committed_term;
  uint64_t membership_index;
  const raft_shim_members* members;
  /* Entries from first_index on; first_index is at most committed_index + 1. */
  uint64_t first_index;
  const raft_shim_entry* entries;
  size_t entry_count;
} raft_shim_recovered;

/* What the shim asks for. None of these may call a raft_shim_ function but raft_shim_entry_at and
 * the queries. */
typedef struct raft_shim_calls {
  /* Both together, in the order of the writes. */
  void (*save_state)(void* context, uint64_t term, uint64_t vote);
  /* Entries from this index on are no longer part of the log. */
  void (*cut)(void* context, uint64_t index);
  /* Bytes of entries stay valid until raft_shim_written(). Read them with raft_shim_entry_at(). */
  void (*append)(void* context, uint64_t first_index, const void* entries, unsigned count);
  /* Must copy what it needs of the message. */
  void (*send)(void* context, const raft_shim_message* message);
  /* The log must be made to end with (index, term); then raft_shim_filled(). */
  void (*fill)(void* context, uint64_t index, uint64_t term);
  /* The log up to `index` may leave memory: how many entries before it stay; 0 for "not now". */
  unsigned (*kept_entries)(void* context, uint64_t index);
  /* A request with this number came to its end; `committed` is 0 where that is not known. */
  void (*settled)(void* context, uint64_t request, int committed);
  uint64_t (*now_ms)(void* context);
} raft_shim_calls;

typedef struct raft_shim_options {
  uint64_t self;
  unsigned seed;
  unsigned election_timeout_ms;
  unsigned heartbeat_ms;
  unsigned install_timeout_ms;
  unsigned inflight_entries;
  int pre_vote;
} raft_shim_options;

/* `calls` and `context` must outlive the shim. NULL when the library at hand is too old. */
raft_shim* raft_shim_start(const raft_shim_options* options, const raft_shim_recovered* recovered,
                           const raft_shim_calls* calls, void* context);
/* The writer must have let go of all entries. Settles what is pending as not known. */
void raft_shim_close(raft_shim* shim);

/* Inputs. Each must be followed by raft_shim_end_turn(), outside of any of them. */
void raft_shim_tick(raft_shim* shim);
void raft_shim_receive(raft_shim* shim, const raft_shim_message* message);
/* The connection to that replica has ended. If it led, this one stands for election so many
 * milliseconds later, unless somebody who leads is heard first, and votes for others at once. */
void raft_shim_lost(raft_shim* shim, uint64_t id, unsigned wait_ms);
/* The oldest append that was not confirmed yet is durable, as is all that was asked for before. */
void raft_shim_written(raft_shim* shim);
void raft_shim_filled(raft_shim* shim);
void raft_shim_end_turn(raft_shim* shim);
/* Lets the core forget entries once it can, by asking kept_entries(). */
void raft_shim_wish_to_forget(raft_shim* shim, int wish);

/* Memory for raft_shim_propose(). Never NULL: without memory the process ends. */
void* raft_shim_allocate(size_t size);
void raft_shim_free(void* allocated);
/* These return 0, or one of libraft's codes and have changed nothing. `bytes` come from
 * raft_shim_allocate(), their size is a multiple of 8; they are the core's when 0 is returned. */
int raft_shim_propose(raft_shim* shim, void* bytes, size_t size, uint64_t request);
int raft_shim_barrier(raft_shim* shim, uint64_t request);
int raft_shim_add(raft_shim* shim, uint64_t id, uint64_t request);
int raft_shim_assign(raft_shim* shim, uint64_t id, int role, uint64_t request);
int raft_shim_remove(raft_shim* shim, uint64_t id, uint64_t request);
int raft_shim_transfer(raft_shim* shim, uint64_t id, uint64_t request);
const char* raft_shim_reason(int code);

/* `scratch` holds the members of an entry of membership. */
void raft_shim_entry_at(const void* entries, unsigned at, raft_shim_entry* out,
                        raft_shim_members* scratch);
int raft_shim_state_of(const raft_shim* shim);
uint64_t raft_shim_term(const raft_shim* shim);
uint64_t raft_shim_leader(const raft_shim* shim);
uint64_t raft_shim_applied(const raft_shim* shim);
/* What the core believes; it must not be less than what was applied. */
uint64_t raft_shim_committed(const raft_shim* shim);
uint64_t raft_shim_last_index(const raft_shim* shim);
/* Entries above this one are in memory. */
uint64_t raft_shim_forgotten(const raft_shim* shim);
uint64_t raft_shim_transferee(const raft_shim* shim);
/* A leader's view: up to where a follower's log is known to be the leader's; 0 for a stranger. */
uint64_t raft_shim_match(const raft_shim* shim, uint64_t id);
void raft_shim_membership(const raft_shim* shim, raft_shim_members* out, uint64_t* committed_index);

#ifdef __cplusplus
}
#endif

#endif
