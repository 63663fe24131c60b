/* SPDX-License-Identifier: Apache-2.0
 *
 * raft_io and raft_fsm: what libraft believes to be its disk and its state machine.
 */
#include "cluster/raft_shim_state.h"

#include <stdlib.h>
#include <string.h>

static raft_shim* shim_of(struct raft_io* io) { return io->impl; }

static int io_init(struct raft_io* io, raft_id id, const char* address) {
  (void)io;
  (void)id;
  (void)address;
  return 0;
}

static void io_close(struct raft_io* io, raft_io_close_cb callback) {
  shim_of(io)->closed = callback;
}

static int io_bootstrap(struct raft_io* io, const struct raft_configuration* configuration) {
  (void)io;
  (void)configuration;
  return RAFT_CANTBOOTSTRAP; /* The first entry is written before a core is made. */
}

static int io_recover(struct raft_io* io, const struct raft_configuration* configuration) {
  (void)io;
  (void)configuration;
  return RAFT_INVALID;
}

/* The snapshot that libraft is given: its one buffer says up to where the log is it. */
static struct raft_snapshot* snapshot_of(const struct raft_shim_place* place) {
  struct raft_snapshot* snapshot = raft_shim_allocate(sizeof *snapshot);
  snapshot->index = place->index;
  snapshot->term = place->term;
  snapshot->configuration_index = place->membership_index;
  raft_shim_make_configuration(&place->members, &snapshot->configuration);
  snapshot->bufs = raft_shim_allocate(sizeof *snapshot->bufs);
  snapshot->bufs[0].base = raft_shim_allocate(sizeof(uint64_t));
  snapshot->bufs[0].len = sizeof(uint64_t);
  memcpy(snapshot->bufs[0].base, &place->index, sizeof(uint64_t));
  snapshot->n_bufs = 1;
  return snapshot;
}

static void load_entry(const raft_shim_entry* from, struct raft_entry* to) {
  to->term = from->term;
  to->type = (enum raft_entry_type)from->kind;
  if (from->kind == RAFT_SHIM_MEMBERSHIP) {
    struct raft_configuration configuration;
    raft_shim_make_configuration(from->members, &configuration);
    RAFT_SHIM_ASSERT(raft_configuration_encode(&configuration, &to->buf) == 0, "out of memory");
    raft_configuration_close(&configuration);
  } else {
    /* A barrier has eight bytes of nothing. */
    to->buf.len = from->kind == RAFT_SHIM_BARRIER ? sizeof(uint64_t) : from->size;
    to->buf.base = raft_shim_allocate(to->buf.len);
    if (from->kind == RAFT_SHIM_BARRIER) {
      memset(to->buf.base, 0, to->buf.len);
    } else {
      memcpy(to->buf.base, from->bytes, from->size);
    }
  }
  to->batch = to->buf.base;
}

static int io_load(struct raft_io* io, raft_term* term, raft_id* vote,
                   struct raft_snapshot** snapshot, raft_index* first, struct raft_entry** entries,
                   size_t* count) {
  raft_shim* shim = shim_of(io);
  const raft_shim_recovered* from = shim->recovered;
  const uint64_t committed = from->committed_index;
  const uint64_t end = from->first_index + from->entry_count;
  RAFT_SHIM_ASSERT(from->first_index >= 1 && from->first_index <= committed + 1 && end > committed,
                   "the recovered entries reach from what is committed to the end");
  *term = shim->term = from->term;
  *vote = shim->vote = from->vote;
  *first = from->first_index;
  *snapshot = NULL;
  if (committed > 0) {
    RAFT_SHIM_ASSERT(from->members != NULL && from->membership_index > 0,
                     "who the members are is known wherever something is committed");
    shim->kept = (struct raft_shim_place){.index = committed,
                                          .term = from->committed_term,
                                          .membership_index = from->membership_index,
                                          .members = *from->members};
    *snapshot = snapshot_of(&shim->kept);
  }
  *count = from->entry_count;
  *entries = NULL;
  if (from->entry_count > 0) {
    *entries = raft_shim_allocate(from->entry_count * sizeof **entries);
    for (size_t i = 0; i < from->entry_count; ++i) load_entry(&from->entries[i], &(*entries)[i]);
  }
  shim->next = end;
  return 0;
}

static int io_start(struct raft_io* io, unsigned heartbeat_ms, raft_io_tick_cb tick,
                    raft_io_recv_cb receive) {
  (void)heartbeat_ms;
  shim_of(io)->tick = tick;
  shim_of(io)->receive = receive;
  return 0;
}

static int io_set_term(struct raft_io* io, raft_term term) {
  raft_shim* shim = shim_of(io);
  RAFT_SHIM_ASSERT(term >= shim->term, "terms only grow");
  /* Granting a vote sets the same term once more; the vote must then stay. */
  if (term > shim->term) {
    shim->term = term;
    shim->vote = 0;
    raft_shim_stand_down(shim);
    shim->calls->save_state(shim->context, shim->term, shim->vote);
  }
  return 0;
}

static int io_set_vote(struct raft_io* io, raft_id id) {
  raft_shim* shim = shim_of(io);
  if (shim->vote != id) {
    RAFT_SHIM_ASSERT(shim->vote == 0, "one vote a term");
    shim->vote = id;
    raft_shim_stand_down(shim);
    shim->calls->save_state(shim->context, shim->term, shim->vote);
  }
  return 0;
}

/* Comes before every append, and is the only one that names its index. */
static int io_truncate(struct raft_io* io, raft_index index) {
  raft_shim* shim = shim_of(io);
  RAFT_SHIM_ASSERT(index >= 1 && index <= shim->next, "the core's two logs have not diverged");
  shim->announced = index;
  if (index < shim->next) {
    for (struct raft_shim_append* a = shim->first_append; a != NULL; a = a->next) {
      if (!a->truncated && a->first + a->count > index) {
        a->truncated = 1;
        ++shim->truncated_appends;
      }
    }
    shim->next = index;
    shim->calls->cut(shim->context, index);
  }
  return 0;
}

static int io_append(struct raft_io* io, struct raft_io_append* request,
                     const struct raft_entry entries[], unsigned count,
                     raft_io_append_cb callback) {
  raft_shim* shim = shim_of(io);
  RAFT_SHIM_ASSERT(count >= 1 && shim->announced == shim->next, "entries are appended in order");
  shim->announced = 0;
  struct raft_shim_append* a = raft_shim_allocate(sizeof *a);
  *a = (struct raft_shim_append){
      .request = request, .callback = callback, .first = shim->next, .count = count};
  *shim->last_append = a;
  shim->last_append = &a->next;
  shim->next += count;
  shim->calls->append(shim->context, a->first, entries, count);
  return 0;
}

void raft_shim_append_done(raft_shim* shim, int status) {
  struct raft_shim_append* a = shim->first_append;
  shim->first_append = a->next;
  if (shim->first_append == NULL) shim->last_append = &shim->first_append;
  if (a->truncated) --shim->truncated_appends;
  a->callback(a->request, status);
  raft_shim_free(a);
}

static int io_snapshot_put(struct raft_io* io, unsigned trailing,
                           struct raft_io_snapshot_put* request,
                           const struct raft_snapshot* snapshot, raft_io_snapshot_put_cb callback) {
  raft_shim* shim = shim_of(io);
  RAFT_SHIM_ASSERT(shim->put == NULL, "one put at a time");
  shim->put = request;
  shim->put_callback = callback;
  shim->installing = trailing == 0;
  shim->put_place.index = snapshot->index;
  shim->put_place.term = snapshot->term;
  shim->put_place.membership_index = snapshot->configuration_index;
  raft_shim_copy_members(&snapshot->configuration, &shim->put_place.members);
  /* Of its own snapshot there is nothing to write: the log never leaves the store. */
  if (shim->installing) shim->calls->fill(shim->context, snapshot->index, snapshot->term);
  return 0;
}

void raft_shim_put_done(raft_shim* shim, int status) {
  struct raft_io_snapshot_put* request = shim->put;
  if (status == 0) {
    shim->kept = shim->put_place;
    if (shim->installing) shim->next = shim->kept.index + 1;
  }
  shim->put = NULL;
  shim->installing = 0;
  shim->put_callback(request, status);
}

/* Answered within the call: a failure status would free what was never set. */
static int io_snapshot_get(struct raft_io* io, struct raft_io_snapshot_get* request,
                           raft_io_snapshot_get_cb callback) {
  RAFT_SHIM_ASSERT(shim_of(io)->kept.index > 0, "only what was put is asked for");
  callback(request, snapshot_of(&shim_of(io)->kept), 0);
  return 0;
}

static raft_time io_time(struct raft_io* io) {
  return shim_of(io)->calls->now_ms(shim_of(io)->context);
}

static int io_random(struct raft_io* io, int min, int max) {
  return min + (int)(shim_of(io)->seed % (unsigned)(max - min));
}

static int fsm_apply(struct raft_fsm* fsm, const struct raft_buffer* entry, void** result) {
  (void)fsm;
  (void)entry;
  *result = NULL; /* What is committed is read from the store, by position. */
  return 0;
}

static int fsm_snapshot(struct raft_fsm* fsm, struct raft_buffer** buffers, unsigned* count) {
  raft_shim* shim = fsm->data;
  const uint64_t index = raft_last_applied(&shim->raft);
  /* The core applies what it has not made durable here yet. A snapshot of it would promise to
   * others, and after a restart to itself, entries that a crash can still take. */
  if (shim->first_append != NULL && shim->first_append->first <= index) return RAFT_BUSY;
  /* The core lets its commit index go back for a moment; the snapshot would get that index and hold
   * more than it says. */
  if (shim->raft.commit_index != index) return RAFT_BUSY;
  const unsigned kept = shim->calls->kept_entries(shim->context, index);
  if (kept == 0) return RAFT_BUSY;
  raft_set_snapshot_trailing(&shim->raft, kept);
  *buffers = raft_shim_allocate(sizeof **buffers);
  (*buffers)[0].base = raft_shim_allocate(sizeof index);
  (*buffers)[0].len = sizeof index;
  memcpy((*buffers)[0].base, &index, sizeof index);
  *count = 1;
  return 0;
}

static int fsm_restore(struct raft_fsm* fsm, struct raft_buffer* buffer) {
  (void)fsm;
  raft_free(buffer->base);
  return 0;
}

void raft_shim_io_init(raft_shim* shim) {
  shim->last_append = &shim->first_append;
  shim->last_sent = &shim->first_sent;
  shim->io.version = 2;
  shim->io.capacity = 65535; /* The store itself says when it is full. */
  shim->io.impl = shim;
  shim->io.init = io_init;
  shim->io.close = io_close;
  shim->io.load = io_load;
  shim->io.start = io_start;
  shim->io.bootstrap = io_bootstrap;
  shim->io.recover = io_recover;
  shim->io.set_term = io_set_term;
  shim->io.set_vote = io_set_vote;
  shim->io.send = raft_shim_send;
  shim->io.append = io_append;
  shim->io.truncate = io_truncate;
  shim->io.snapshot_put = io_snapshot_put;
  shim->io.snapshot_get = io_snapshot_get;
  shim->io.time = io_time;
  shim->io.random = io_random;
  shim->fsm.version = 2;
  shim->fsm.data = shim;
  shim->fsm.apply = fsm_apply;
  shim->fsm.snapshot = fsm_snapshot;
  shim->fsm.restore = fsm_restore;
}
