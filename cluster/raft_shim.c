/* SPDX-License-Identifier: Apache-2.0
 *
 * Life cycle, requests and queries of the shim.
 */
#include "cluster/raft_shim_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void raft_shim_broken(const char* condition, const char* why) {
  fprintf(stderr, "raft_shim: %s does not hold: %s\n", condition, why);
  abort();
}

void* raft_shim_allocate(size_t size) {
  void* allocated = raft_malloc(size == 0 ? 1 : size);
  RAFT_SHIM_ASSERT(allocated != NULL, "out of memory");
  return allocated;
}

void raft_shim_free(void* allocated) { raft_free(allocated); }

void raft_shim_copy_members(const struct raft_configuration* from, raft_shim_members* to) {
  RAFT_SHIM_ASSERT(from->n <= RAFT_SHIM_MEMBERS_MAX, "no more members than may be added");
  memset(to, 0, sizeof *to);
  to->count = from->n;
  for (unsigned i = 0; i < from->n; ++i) {
    to->member[i].id = from->servers[i].id;
    to->member[i].role = from->servers[i].role;
  }
}

/* The core wants an address for each; ours are known by their ids only. */
static void address_of(uint64_t id, char address[24]) {
  snprintf(address, 24, "%llu", (unsigned long long)id);
}

void raft_shim_make_configuration(const raft_shim_members* from, struct raft_configuration* to) {
  raft_configuration_init(to);
  for (unsigned i = 0; i < from->count; ++i) {
    char address[24];
    address_of(from->member[i].id, address);
    RAFT_SHIM_ASSERT(
        raft_configuration_add(to, from->member[i].id, address, from->member[i].role) == 0,
        "members were checked");
  }
}

raft_shim* raft_shim_start(const raft_shim_options* options, const raft_shim_recovered* recovered,
                           const raft_shim_calls* calls, void* context) {
  /* The header may be newer than the library that is linked. */
  if (raft_version_number() < 2201) return NULL;
  raft_shim* shim = raft_shim_allocate(sizeof *shim);
  memset(shim, 0, sizeof *shim);
  shim->calls = calls;
  shim->context = context;
  shim->recovered = recovered;
  shim->seed = options->seed;
  raft_shim_io_init(shim);
  char address[24];
  address_of(options->self, address);
  struct raft* raft = &shim->raft;
  RAFT_SHIM_ASSERT(raft_init(raft, &shim->io, &shim->fsm, options->self, address) == 0,
                   "out of memory");
  raft_set_election_timeout(raft, options->election_timeout_ms);
  raft_set_heartbeat_timeout(raft, options->heartbeat_ms);
  raft_set_install_snapshot_timeout(raft, options->install_timeout_ms);
  raft_set_max_inflight_entries(raft, options->inflight_entries);
  raft_set_pre_vote(raft, options->pre_vote);
  raft_set_capacity_threshold(raft, 0);
  raft_shim_wish_to_forget(shim, 0);
  /* Zero would say "install" to io_snapshot_put. */
  raft_set_snapshot_trailing(raft, 1);
  RAFT_SHIM_ASSERT(raft_start(raft) == 0, "nothing of ours fails while it starts");
  shim->recovered = NULL;
  return shim;
}

static void on_closed(struct raft* raft) { (void)raft; }

void raft_shim_close(raft_shim* shim) {
  raft_close(&shim->raft, on_closed);
  while (shim->first_append != NULL) raft_shim_append_done(shim, RAFT_CANCELED);
  raft_shim_fire(shim, RAFT_CANCELED);
  if (shim->put != NULL) raft_shim_put_done(shim, RAFT_CANCELED);
  shim->closed(&shim->io);
  raft_shim_free(shim);
}

void raft_shim_fire(raft_shim* shim, int status) {
  for (;;) {
    struct raft_shim_sent* sent = shim->first_sent;
    if (sent != NULL) {
      shim->first_sent = sent->next;
      if (shim->first_sent == NULL) shim->last_sent = &shim->first_sent;
      sent->callback(sent->request, status);
      raft_shim_free(sent);
    } else if (shim->put != NULL && !shim->installing) {
      raft_shim_put_done(shim, status);
    } else {
      return;
    }
  }
}

void raft_shim_end_turn(raft_shim* shim) {
  raft_shim_fire(shim, 0);
  LegacyFireCompletedRequests(&shim->raft);
}

void raft_shim_written(raft_shim* shim) {
  RAFT_SHIM_ASSERT(shim->first_append != NULL, "only what was appended is written");
  raft_shim_append_done(shim, 0);
}

void raft_shim_filled(raft_shim* shim) {
  RAFT_SHIM_ASSERT(shim->put != NULL && shim->installing, "only what was asked for is filled");
  RAFT_SHIM_ASSERT(shim->first_append == NULL, "a log is filled behind all writes before it");
  raft_shim_put_done(shim, 0);
}

void raft_shim_wish_to_forget(raft_shim* shim, int wish) {
  raft_set_snapshot_threshold(&shim->raft, wish ? 1 : 1U << 30);
}

/* A request on its way; the number is the caller's. */
struct request {
  union {
    struct raft_apply apply;
    struct raft_barrier barrier;
    struct raft_change change;
    struct raft_transfer transfer;
  } of;
  raft_shim* shim;
  uint64_t number;
};

static struct request* new_request(raft_shim* shim, uint64_t number) {
  struct request* request = raft_shim_allocate(sizeof *request);
  memset(request, 0, sizeof *request);
  request->shim = shim;
  request->number = number;
  return request;
}

/* The union stands first, so the address of any of its members is that of the request. */
static void settle(void* of, int status) {
  struct request* request = of;
  request->shim->calls->settled(request->shim->context, request->number, status == 0);
  raft_shim_free(request);
}

static void on_apply(struct raft_apply* apply, int status, void* result) {
  (void)result;
  settle(apply, status);
}
static void on_barrier(struct raft_barrier* barrier, int status) { settle(barrier, status); }
static void on_change(struct raft_change* change, int status) { settle(change, status); }
static void on_transfer(struct raft_transfer* transfer) { settle(transfer, 0); }

static int kept_if_taken(struct request* request, int code) {
  if (code != 0) raft_shim_free(request);
  return code;
}

int raft_shim_propose(raft_shim* shim, void* bytes, size_t size, uint64_t number) {
  RAFT_SHIM_ASSERT(size > 0 && size % 8 == 0, "entries are padded");
  struct request* request = new_request(shim, number);
  const struct raft_buffer buffer = {.base = bytes, .len = size};
  return kept_if_taken(request, raft_apply(&shim->raft, &request->of.apply, &buffer, 1, on_apply));
}

int raft_shim_barrier(raft_shim* shim, uint64_t number) {
  struct request* request = new_request(shim, number);
  return kept_if_taken(request, raft_barrier(&shim->raft, &request->of.barrier, on_barrier));
}

/* What the core checks only after it has registered or encoded something, which it then leaks or
 * leaves behind to be used after it is gone. */
static int change_refused(const raft_shim* shim) {
  const struct raft* raft = &shim->raft;
  if (raft->state != RAFT_LEADER || raft->leader_state.transferee != 0) return RAFT_NOTLEADER;
  if (raft->legacy.change != NULL || raft->configuration_uncommitted_index != 0 ||
      raft->leader_state.promotee_id != 0) {
    return RAFT_CANTCHANGE;
  }
  return 0;
}

int raft_shim_add(raft_shim* shim, uint64_t id, uint64_t number) {
  const int refused = change_refused(shim);
  if (refused != 0) return refused;
  if (shim->raft.configuration.n >= RAFT_SHIM_MEMBERS_MAX) return RAFT_TOOMANY;
  struct request* request = new_request(shim, number);
  char address[24];
  address_of(id, address);
  return kept_if_taken(request, raft_add(&shim->raft, &request->of.change, id, address, on_change));
}

int raft_shim_assign(raft_shim* shim, uint64_t id, int role, uint64_t number) {
  const int refused = change_refused(shim);
  if (refused != 0) return refused;
  struct request* request = new_request(shim, number);
  const int code = raft_assign(&shim->raft, &request->of.change, id, role, on_change);
  /* When it fails late, it stays registered. */
  if (code != 0 && shim->raft.legacy.change == &request->of.change) {
    shim->raft.legacy.change = NULL;
  }
  return kept_if_taken(request, code);
}

int raft_shim_remove(raft_shim* shim, uint64_t id, uint64_t number) {
  const int refused = change_refused(shim);
  if (refused != 0) return refused;
  struct request* request = new_request(shim, number);
  return kept_if_taken(request, raft_remove(&shim->raft, &request->of.change, id, on_change));
}

int raft_shim_transfer(raft_shim* shim, uint64_t id, uint64_t number) {
  /* A second one would overwrite the first, which would never be answered. */
  if (shim->raft.transfer != NULL) return RAFT_BUSY;
  struct request* request = new_request(shim, number);
  return kept_if_taken(request,
                       raft_transfer(&shim->raft, &request->of.transfer, id, on_transfer));
}

const char* raft_shim_reason(int code) { return raft_strerror(code); }

int raft_shim_state_of(const raft_shim* shim) { return shim->raft.state; }
uint64_t raft_shim_term(const raft_shim* shim) { return shim->raft.current_term; }

uint64_t raft_shim_leader(const raft_shim* shim) {
  raft_id id = 0;
  const char* address = NULL;
  raft_leader((struct raft*)&shim->raft, &id, &address);
  return id;
}

uint64_t raft_shim_applied(const raft_shim* shim) { return shim->raft.last_applied; }
uint64_t raft_shim_committed(const raft_shim* shim) { return shim->raft.commit_index; }

uint64_t raft_shim_last_index(const raft_shim* shim) {
  return raft_last_index((struct raft*)&shim->raft);
}

uint64_t raft_shim_forgotten(const raft_shim* shim) { return shim->raft.trail.offset; }

uint64_t raft_shim_transferee(const raft_shim* shim) {
  return shim->raft.state == RAFT_LEADER ? shim->raft.leader_state.transferee : 0;
}

uint64_t raft_shim_match(const raft_shim* shim, uint64_t id) {
  raft_index match = 0;
  if (shim->raft.state != RAFT_LEADER) return 0;
  return raft_match_index(&shim->raft, id, &match) == 0 ? match : 0;
}

void raft_shim_membership(const raft_shim* shim, raft_shim_members* out,
                          uint64_t* committed_index) {
  raft_shim_copy_members(&shim->raft.configuration_committed, out);
  *committed_index = shim->raft.configuration_committed_index;
}
