// SPDX-License-Identifier: Apache-2.0
#include "actors/restore.hpp"

#include "actors/command_window.hpp"

#include <algorithm>
#include <string>

namespace reprise::actors {
namespace {

using persistence::aggregate_head;
using persistence::snapshot;
using persistence::snapshot_bounds;
using persistence::stored_record;

std::string name_of(const detail::aggregate_type& type, const aggregate_key& key) {
  return std::string(type.name) + " " + key.id;
}

// The newest snapshot that this program can read, loaded into a fresh instance. Damaged ones and
// those of a newer program are passed over: they are derived data.
result<void> start_from_snapshot(const restore_sources& from, const detail::aggregate_type& type,
                                 const aggregate_key& key, const aggregate_head& head,
                                 const restore_bounds& until, restored& out) {
  snapshot_bounds bounds{.from = head.begins, .not_after = until.time};
  if (until.sequence) bounds.to = *until.sequence;
  while (true) {
    result<std::optional<snapshot>> found = from.snapshots.load(key, bounds);
    if (!found) return std::move(found).error();
    if (!*found) return {};
    snapshot& taken = **found;
    if (taken.at > head.last) {
      out.snapshot_above_head = true;
    } else if (taken.state_version <= type.settings.state_version) {
      auto instance = type.make();
      if (instance->load(taken.state)) {
        out.instance = std::move(instance);
        out.last = taken.at;
        out.at = taken.place;
        out.time = taken.time;
        out.snapshot_at = taken.at;
        out.commands = std::move(taken.commands);
        out.delivered = std::move(taken.delivered);
        return {};
      }
    }
    if (taken.at.value == 0) return {};
    bounds.to = {taken.at.value - 1};
  }
}

class replay {
 public:
  replay(const detail::aggregate_type& type, const aggregate_key& key, const restore_bounds& until,
         restored& out)
      : type_(type), key_(key), until_(until), out_(out) {
    window_.restore(out.commands, std::move(out.delivered), {});
  }

  bool visit(const stored_record& record) {
    // First of all: what is missing may have happened before any time.
    if (record.sequence != out_.last.next()) {
      failed_ = error{errc::history_gone,
                      name_of(type_, key_) + ": events " + std::to_string(out_.last.value + 1) +
                          " to " + std::to_string(record.sequence.value - 1) +
                          " are gone and no snapshot covers them",
                      record.sequence.value};
      return false;
    }
    if (until_.time && record.time > *until_.time) return false;
    if (const result<void> done = out_.instance->apply(record.event_type, record.payload); !done) {
      failed_ = error{errc::replay_failed, name_of(type_, key_) + " at sequence " +
                                               std::to_string(record.sequence.value) + ": " +
                                               done.error().message};
      return false;
    }
    out_.last = record.sequence;
    out_.at = record.at;
    out_.time = record.time;
    ++out_.replayed;
    if (record.command.empty()) return true;
    const persistence::remembered_command accepted{.id = record.command,
                                                   .hash = record.command_hash,
                                                   .last = record.sequence,
                                                   .at = record.at};
    if (const auto from = detail::delivery_in(record.headers)) {
      window_.remember(accepted, *from);
    } else {
      // Of one age, whatever their dates: only the count may drop any.
      window_.remember(accepted, {}, type_.settings);
    }
    return true;
  }

  result<void> finish() {
    if (failed_) return *failed_;
    out_.commands = window_.all();
    out_.delivered = window_.delivered();
    return {};
  }

 private:
  const detail::aggregate_type& type_;
  const aggregate_key& key_;
  const restore_bounds& until_;
  restored& out_;
  command_window window_;
  std::optional<error> failed_;
};

result<restored> restore_at(const restore_sources& from, const detail::aggregate_type& type,
                            const aggregate_key& key, const result<aggregate_head>& head,
                            const restore_bounds& until) {
  const base::clock::instant began = from.time.steady();
  if (!head) return head.error();
  if (head->is == aggregate_head::state::tombstoned) {
    return error{errc::tombstoned, name_of(type, key) + " was closed for ever"};
  }
  if (until.sequence && *until.sequence > head->last) {
    return error{errc::beyond_head,
                 name_of(type, key) + ": asked for sequence " +
                     std::to_string(until.sequence->value) + ", the last is " +
                     std::to_string(head->last.value),
                 head->last.value};
  }
  restored out;
  out.instance = type.make();
  if (head->is != aggregate_head::state::live) {
    out.last = head->last;
    out.at = head->at;
    out.took = std::chrono::duration_cast<std::chrono::microseconds>(from.time.steady() - began);
    return out;
  }
  out.empty = false;
  out.last = {head->begins.value - 1};
  if (until.sequence && *until.sequence < out.last) {
    return error{errc::history_gone,
                 name_of(type, key) + ": sequence " + std::to_string(until.sequence->value) +
                     " belongs to a life that was deleted",
                 head->begins.value};
  }
  if (const result<void> done = start_from_snapshot(from, type, key, *head, until, out); !done) {
    return done.error();
  }
  const persistence::aggregate_range rest{.from = out.last.next(),
                                          .to = until.sequence.value_or(head->last)};
  replay events(type, key, until, out);
  if (rest.from <= rest.to) {
    const auto page = from.events.read(
        key, rest, [&](const stored_record& record) { return events.visit(record); });
    if (!page) return page.error();
  }
  if (const result<void> done = events.finish(); !done) return done.error();
  out.took = std::chrono::duration_cast<std::chrono::microseconds>(from.time.steady() - began);
  return out;
}

}  // namespace

result<restored> restore(const restore_sources& from, const detail::aggregate_type& type,
                         const aggregate_key& key, const restore_bounds& until) {
  // Events may be hidden between a look at the snapshots and one at the events. Then a snapshot is
  // there now that was not there before.
  constexpr int attempts = 3;
  for (int attempt = 1;; ++attempt) {
    const result<aggregate_head> head = from.events.head(key);
    result<restored> done = restore_at(from, type, key, head, until);
    if (done || done.error().code != errc::history_gone || attempt == attempts) return done;
    const result<aggregate_head> now = from.events.head(key);
    if (!now || now->first_readable == head->first_readable) return done;
  }
}

}  // namespace reprise::actors
