/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages on their way out and in, and the fences that messages need.
 */
#include "cluster/raft_shim_state.h"

#include <stdio.h>
#include <string.h>

void raft_shim_entry_at(const void* entries, unsigned at, raft_shim_entry* out,
                        raft_shim_members* scratch) {
  const struct raft_entry* entry = (const struct raft_entry*)entries + at;
  *out = (raft_shim_entry){.term = entry->term, .kind = (int)entry->type};
  if (entry->type == RAFT_COMMAND) {
    out->bytes = entry->buf.base;
    out->size = entry->buf.len;
  } else if (entry->type == RAFT_CHANGE) {
    struct raft_configuration configuration;
    RAFT_SHIM_ASSERT(raft_configuration_decode(&entry->buf, &configuration) == 0,
                     "the core holds what was encoded here");
    raft_shim_copy_members(&configuration, scratch);
    raft_configuration_close(&configuration);
    out->members = scratch;
  }
  /* The eight bytes of a barrier are never set by the core, so they go nowhere. */
}

/* The entries of an append, with the members of those that have some. */
static void send_entries(raft_shim* shim, const struct raft_append_entries* from,
                         raft_shim_message* to) {
  raft_shim_entry* entries = raft_shim_allocate((from->n_entries + 1) * sizeof *entries);
  raft_shim_members* members = NULL;
  unsigned memberships = 0;
  for (unsigned i = 0; i < from->n_entries; ++i) {
    if (from->entries[i].type == RAFT_CHANGE) ++memberships;
  }
  members = raft_shim_allocate((memberships + 1) * sizeof *members);
  memberships = 0;
  for (unsigned i = 0; i < from->n_entries; ++i) {
    raft_shim_entry_at(from->entries, i, &entries[i], &members[memberships]);
    if (entries[i].members != NULL) ++memberships;
  }
  to->entries = entries;
  to->entry_count = from->n_entries;
  shim->calls->send(shim->context, to);
  raft_shim_free(entries);
  raft_shim_free(members);
}

static void fill_vote_result(const raft_shim* shim, const struct raft_request_vote_result* from,
                             raft_shim_message* to) {
  to->version = from->version;
  to->term = from->term;
  to->granted = from->vote_granted;
  to->pre_vote = from->pre_vote;
  to->features = from->features;
  to->capacity = from->capacity;
  /* A pre-vote is always answered with the candidate's own term. One that has the best log but an
   * old term is then refused and never learns the newer term, the others are refused for their
   * logs, and there is no leader for ever. */
  if (to->pre_vote && !to->granted && to->term < shim->raft.current_term) {
    to->term = shim->raft.current_term;
  }
}

int raft_shim_send(struct raft_io* io, struct raft_io_send* request,
                   const struct raft_message* message, raft_io_send_cb callback) {
  raft_shim* shim = io->impl;
  raft_shim_message to;
  memset(&to, 0, sizeof to);
  to.type = (int)message->type;
  to.peer = message->server_id;
  raft_shim_members members;
  switch (message->type) {
    case RAFT_APPEND_ENTRIES:
      to.version = message->append_entries.version;
      to.term = message->append_entries.term;
      to.previous_index = message->append_entries.prev_log_index;
      to.previous_term = message->append_entries.prev_log_term;
      to.leader_commit = message->append_entries.leader_commit;
      break;
    case RAFT_APPEND_ENTRIES_RESULT:
      to.version = message->append_entries_result.version;
      to.term = message->append_entries_result.term;
      to.rejected = message->append_entries_result.rejected;
      to.last_index = message->append_entries_result.last_log_index;
      to.features = message->append_entries_result.features;
      to.capacity = message->append_entries_result.capacity;
      /* A result for an old term has no last index, and what stands there was never set. */
      if (to.rejected > 0 && to.last_index >= to.rejected) to.last_index = to.rejected - 1;
      break;
    case RAFT_REQUEST_VOTE:
      to.version = message->request_vote.version;
      to.term = message->request_vote.term;
      to.candidate = message->request_vote.candidate_id;
      to.last_index = message->request_vote.last_log_index;
      to.last_term = message->request_vote.last_log_term;
      to.disrupts_leader = message->request_vote.disrupt_leader;
      to.pre_vote = message->request_vote.pre_vote;
      break;
    case RAFT_REQUEST_VOTE_RESULT:
      fill_vote_result(shim, &message->request_vote_result, &to);
      break;
    case RAFT_INSTALL_SNAPSHOT:
      to.version = message->install_snapshot.version;
      to.term = message->install_snapshot.term;
      to.last_index = message->install_snapshot.last_index;
      to.last_term = message->install_snapshot.last_term;
      to.membership_index = message->install_snapshot.conf_index;
      raft_shim_copy_members(&message->install_snapshot.conf, &members);
      to.members = &members;
      break;
    case RAFT_TIMEOUT_NOW:
      to.version = message->timeout_now.version;
      to.term = message->timeout_now.term;
      to.last_index = message->timeout_now.last_log_index;
      to.last_term = message->timeout_now.last_log_term;
      break;
  }
  if (message->type == RAFT_APPEND_ENTRIES) {
    send_entries(shim, &message->append_entries, &to);
  } else {
    shim->calls->send(shim->context, &to);
  }
  struct raft_shim_sent* sent = raft_shim_allocate(sizeof *sent);
  *sent = (struct raft_shim_sent){.request = request, .callback = callback};
  *shim->last_sent = sent;
  shim->last_sent = &sent->next;
  return 0;
}

static size_t size_in_memory(const raft_shim_entry* entry, struct raft_buffer* encoded) {
  encoded->base = NULL;
  encoded->len = entry->size;
  if (entry->kind == RAFT_SHIM_BARRIER) encoded->len = sizeof(uint64_t);
  if (entry->kind == RAFT_SHIM_MEMBERSHIP) {
    struct raft_configuration configuration;
    raft_shim_make_configuration(entry->members, &configuration);
    RAFT_SHIM_ASSERT(raft_configuration_encode(&configuration, encoded) == 0, "out of memory");
    raft_configuration_close(&configuration);
  }
  return encoded->len;
}

/* All in one allocation, as the core wants it; both become the core's. */
static struct raft_entry* received_entries(const raft_shim_entry* from, unsigned count) {
  struct raft_buffer* pieces = raft_shim_allocate(count * sizeof *pieces);
  size_t size = 0;
  for (unsigned i = 0; i < count; ++i) size += size_in_memory(&from[i], &pieces[i]);
  struct raft_entry* entries = raft_shim_allocate(count * sizeof *entries);
  char* batch = raft_shim_allocate(size);
  char* at = batch;
  for (unsigned i = 0; i < count; ++i) {
    if (pieces[i].base != NULL) {
      memcpy(at, pieces[i].base, pieces[i].len);
      raft_free(pieces[i].base);
    } else if (from[i].kind == RAFT_SHIM_BARRIER) {
      memset(at, 0, pieces[i].len);
    } else {
      memcpy(at, from[i].bytes, pieces[i].len);
    }
    entries[i] = (struct raft_entry){.term = from[i].term,
                                     .type = (enum raft_entry_type)from[i].kind,
                                     .buf = {.base = at, .len = pieces[i].len},
                                     .batch = batch};
    at += pieces[i].len;
  }
  raft_shim_free(pieces);
  return entries;
}

static void deliver(raft_shim* shim, uint64_t peer, struct raft_message* message) {
  char address[24];
  snprintf(address, sizeof address, "%llu", (unsigned long long)peer);
  message->server_id = peer;
  message->server_address = address;
  shim->receive(&shim->io, message);
}

static void deliver_append(raft_shim* shim, const raft_shim_message* from, uint64_t leader_commit) {
  struct raft_message to;
  memset(&to, 0, sizeof to);
  /* The core would set its commit index to the end of this message even if that goes back. */
  const uint64_t commit = shim->raft.commit_index;
  if (leader_commit > commit && from->previous_index + from->entry_count < commit) {
    leader_commit = commit;
  }
  to.type = RAFT_APPEND_ENTRIES;
  to.append_entries.version = from->version;
  to.append_entries.term = from->term;
  to.append_entries.prev_log_index = from->previous_index;
  to.append_entries.prev_log_term = from->previous_term;
  to.append_entries.leader_commit = leader_commit;
  to.append_entries.n_entries = from->entry_count;
  if (from->entry_count > 0) {
    to.append_entries.entries = received_entries(from->entries, from->entry_count);
  }
  deliver(shim, from->peer, &to);
}

/* The core forgets entries, or never had them after an install; then it would refuse an append that
 * begins before what it has, at or below what the leader knows it to have. The leader would take
 * its next entry for one that was sent, and this follower would never get another. But all that it
 * has forgotten is committed, so the leader has the same: begin where this log begins. */
static void begin_at_own_log(const raft_shim* shim, raft_shim_message* append) {
  const uint64_t own = shim->raft.trail.snapshot.index;
  if (append->previous_index >= shim->raft.trail.offset || own == 0) return;
  const uint64_t skipped = own - append->previous_index;
  const unsigned skip = skipped < append->entry_count ? (unsigned)skipped : append->entry_count;
  if (skip > 0) append->entries += skip;
  append->entry_count -= skip;
  append->previous_index = own;
  append->previous_term = shim->raft.trail.snapshot.term;
}

/* The core takes the index of the first entry that is new in a message for that of any membership
 * in it, and keeps but one membership that it does not know to be committed. Such a membership
 * would never count as committed here: snapshots would hold an older one, a tail that is cut would
 * bring an older one back, and this replica as a leader would refuse every change. So each
 * membership begins a message of its own. A second one was proposed by a leader for which the one
 * before was committed, so that one is. */
static void receive_append(raft_shim* shim, raft_shim_message append) {
  struct raft* raft = &shim->raft;
  if (append.term >= raft->current_term && !shim->installing) begin_at_own_log(shim, &append);
  /* If an entry is appended again while its first append, truncated meanwhile, is still being
   * written, the core's two logs diverge for good. The leader sends it again. */
  if (append.entry_count > 0 && shim->truncated_appends > 0) return;
  const raft_shim_entry* const entries = append.entries;
  const unsigned count = append.entry_count;
  unsigned begin = 0;
  for (;;) {
    unsigned end = begin + 1 < count ? begin + 1 : count;
    while (end < count && entries[end].kind != RAFT_SHIM_MEMBERSHIP) ++end;
    raft_shim_message part = append;
    part.entries = count == 0 ? NULL : entries + begin;
    part.entry_count = end - begin;
    const uint64_t first = append.previous_index + 1 + begin;
    part.previous_index = first - 1;
    if (begin > 0) part.previous_term = entries[begin - 1].term;
    const uint64_t open = raft->configuration_uncommitted_index;
    const int second = part.entry_count > 0 && entries[begin].kind == RAFT_SHIM_MEMBERSHIP &&
                       open > 0 && open < first;
    if (second && part.leader_commit < open) {
      raft_shim_message earlier = part;
      earlier.entry_count = 0;
      deliver_append(shim, &earlier, open);
      if (raft->configuration_uncommitted_index == open) return; /* It was refused. */
    }
    deliver_append(shim, &part, part.leader_commit);
    begin = end;
    if (begin >= count || shim->installing ||
        raft_last_index(raft) < first + part.entry_count - 1) {
      return;
    }
  }
}

static void receive_append_result(raft_shim* shim, const raft_shim_message* from) {
  struct raft* raft = &shim->raft;
  uint64_t last_index = from->last_index;
  raft_index match = 0;
  if (from->rejected > 0 && raft->state == RAFT_LEADER && from->term == raft->current_term &&
      raft_match_index(raft, from->peer, &match) == 0) {
    /* A late rejection. The core would send again from at or below what this follower has
     * confirmed, count the entries on their way below zero, and never send it an entry again. */
    if (from->rejected <= match) return;
    if (last_index < match) last_index = match;
  }
  struct raft_message to;
  memset(&to, 0, sizeof to);
  to.type = RAFT_APPEND_ENTRIES_RESULT;
  to.append_entries_result.version = from->version;
  to.append_entries_result.term = from->term;
  to.append_entries_result.rejected = from->rejected;
  to.append_entries_result.last_log_index = last_index;
  to.append_entries_result.features = from->features;
  to.append_entries_result.capacity = from->capacity;
  deliver(shim, from->peer, &to);
}

static void receive_install(raft_shim* shim, const raft_shim_message* from) {
  /* During a put of its own the core would follow a null pointer, during an install it leaks. The
   * leader repeats it. */
  if (shim->put != NULL) return;
  struct raft_message to;
  memset(&to, 0, sizeof to);
  to.type = RAFT_INSTALL_SNAPSHOT;
  to.install_snapshot.version = from->version;
  to.install_snapshot.term = from->term;
  to.install_snapshot.last_index = from->last_index;
  to.install_snapshot.last_term = from->last_term;
  to.install_snapshot.conf_index = from->membership_index;
  raft_shim_make_configuration(from->members, &to.install_snapshot.conf);
  to.install_snapshot.data.base = raft_shim_allocate(sizeof from->last_index);
  to.install_snapshot.data.len = sizeof from->last_index;
  memcpy(to.install_snapshot.data.base, &from->last_index, sizeof from->last_index);
  deliver(shim, from->peer, &to);
}

static void receive_election(raft_shim* shim, const raft_shim_message* from) {
  struct raft_message to;
  memset(&to, 0, sizeof to);
  to.type = (enum raft_message_type)from->type;
  switch (from->type) {
    case RAFT_SHIM_VOTE_REQUEST:
      to.request_vote.version = from->version;
      to.request_vote.term = from->term;
      to.request_vote.candidate_id = from->candidate;
      to.request_vote.last_log_index = from->last_index;
      to.request_vote.last_log_term = from->last_term;
      to.request_vote.disrupt_leader = from->disrupts_leader;
      to.request_vote.pre_vote = from->pre_vote;
      break;
    case RAFT_SHIM_VOTE_RESULT:
      to.request_vote_result.version = from->version;
      to.request_vote_result.term = from->term;
      to.request_vote_result.vote_granted = from->granted;
      to.request_vote_result.pre_vote = from->pre_vote;
      to.request_vote_result.features = from->features;
      to.request_vote_result.capacity = from->capacity;
      break;
    default:
      to.timeout_now.version = from->version;
      to.timeout_now.term = from->term;
      to.timeout_now.last_log_index = from->last_index;
      to.timeout_now.last_log_term = from->last_term;
  }
  deliver(shim, from->peer, &to);
}

static struct raft_server* own_entry(struct raft* raft) {
  for (unsigned i = 0; i < raft->configuration.n; ++i) {
    if (raft->configuration.servers[i].id == raft->id) return &raft->configuration.servers[i];
  }
  return NULL;
}

/* A learner that was made a voter may not know it yet, and the core has it refuse its vote. Those
 * who know count it: when one of the other voters is gone for good, they are no majority without
 * it, and there is no leader for ever. So it votes as if it knew. Only the candidate's members
 * count. */
static void receive_vote_request(raft_shim* shim, const raft_shim_message* from) {
  struct raft* raft = &shim->raft;
  struct raft_server* own = own_entry(raft);
  raft_shim_forget_leader_if_silent(shim);
  if (own == NULL || own->role == RAFT_VOTER || raft->state != RAFT_FOLLOWER) {
    receive_election(shim, from);
    return;
  }
  const int role = own->role;
  own->role = RAFT_VOTER;
  receive_election(shim, from);
  own_entry(raft)->role = role;
}

void raft_shim_receive(raft_shim* shim, const raft_shim_message* message) {
  switch (message->type) {
    case RAFT_SHIM_APPEND:
      raft_shim_heard(shim, message->term);
      receive_append(shim, *message);
      break;
    case RAFT_SHIM_APPEND_RESULT:
      receive_append_result(shim, message);
      break;
    case RAFT_SHIM_INSTALL:
      raft_shim_heard(shim, message->term);
      receive_install(shim, message);
      break;
    case RAFT_SHIM_VOTE_REQUEST:
      receive_vote_request(shim, message);
      break;
    case RAFT_SHIM_VOTE_RESULT:
    case RAFT_SHIM_TIMEOUT_NOW:
      receive_election(shim, message);
      break;
  }
}
