// SPDX-License-Identifier: Apache-2.0
#include "consumers/delivery.hpp"

#include "base/log.hpp"
#include "consumers/start_position.hpp"
#include "persistence/record_envelope.hpp"

#include <reprise/detail/aggregate_type.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace reprise::consumers {
namespace {

using persistence::stored_record;

received::kind kind_of(persistence::record_kind kind) {
  switch (kind) {
    case persistence::record_kind::deletion:
      return received::kind::deletion;
    case persistence::record_kind::tombstone:
      return received::kind::tombstone;
    case persistence::record_kind::truncation:
      return received::kind::truncation;
    case persistence::record_kind::event:
      break;
  }
  return received::kind::event;
}

result<void> check(const subscription_options& options, const subscriber& whom,
                   std::uint32_t partitions) {
  const auto wrong = [](std::string why) { return error{errc::invalid_argument, std::move(why)}; };
  if (!whom.event) return wrong("a subscription needs somebody to show events to");
  if (options.checkpoint_every == 0) return wrong("checkpoint_every is 0, it must be at least 1");
  if (options.checkpoint_within.count() < 1) {
    return wrong("checkpoint_within is not positive, it must be at least 1 ms");
  }
  if (!options.name.empty()) {
    if (auto fine = persistence::check_checkpoint_name(options.name); !fine) return fine;
  }
  for (const partition_id p : options.partitions) {
    if (p.value >= partitions) return wrong("there is no partition " + std::to_string(p.value));
  }
  return {};
}

}  // namespace

delivery::delivery(const delivery_ports& ports, subscription_options options, subscriber whom)
    : ports_(ports),
      options_(std::move(options)),
      whom_(std::move(whom)),
      choice_(options_, ports.log),
      rule_({.events = options_.checkpoint_every, .within = options_.checkpoint_within}) {}

result<std::unique_ptr<delivery>> delivery::open(const delivery_ports& ports,
                                                 subscription_options options, subscriber whom) {
  if (auto fine = check(options, whom, ports.log.partitions()); !fine) {
    return std::move(fine).error();
  }
  std::unique_ptr<delivery> made(new delivery(ports, std::move(options), std::move(whom)));
  if (auto begun = made->begin(); !begun) return std::move(begun).error();
  return made;
}

result<void> delivery::begin() {
  auto from = starts();
  if (!from) return std::move(from).error();
  follower_.emplace(ports_.log, std::move(*from), choice_.filter());
  // What was chosen, and where it began, counts from here on, also when nothing is ever shown.
  return save();
}

// Where to begin in each partition: at the checkpoint, or where the options say.
result<std::vector<partition_cursor>> delivery::starts() const {
  std::optional<persistence::checkpoint> found;
  if (ports_.saved != nullptr && options_.saved != saved_checkpoint::replace) {
    auto loaded = ports_.saved->load(options_.name);
    if (!loaded) return std::move(loaded).error();
    found = std::move(*loaded);
  }
  if (found && options_.saved == saved_checkpoint::resume &&
      found->choice != choice_.fingerprint()) {
    return error{errc::incompatible,
                 "the checkpoint of " + options_.name +
                     " was saved with another choice of records; replace it, or resume with the "
                     "changed choice"};
  }
  std::vector<partition_cursor> all;
  for (const partition_id p : choice_.partitions()) {
    const partition_cursor* known = nullptr;
    if (found) {
      const auto it = std::ranges::find(found->cursors, p, &partition_cursor::partition);
      if (it != found->cursors.end()) known = &*it;
    }
    if (known != nullptr) {
      if (auto there =
              check_reached(ports_.log, *known, "the checkpoint of " + options_.name + " is at");
          !there) {
        return std::move(there).error();
      }
      all.push_back(*known);
      continue;
    }
    const auto through = start_in(ports_.log, p, options_.from);
    if (!through) return through.error();
    all.push_back({p, *through});
  }
  return all;
}

delivery::progress delivery::advance(const std::function<bool()>& interrupted) {
  if (ended_) return {.is = state::ended};
  // Who is paused looks at nothing; what it is done with is still saved in time.
  const bool idle = interrupted();
  const result<follower::step> step =
      idle ? follower::step{} : follower_->advance([&](const stored_record& record) {
        return show(record, interrupted);
      });
  if (!step) return drop(step.error(), follower_->current());
  if (stopped_) return drop(stopped_->why, stopped_->where);
  const auto now = ports_.time.steady();
  rule_.passed(step->passed - step->taken, now);
  if (rule_.due(now)) {
    if (auto saved = save(); !saved) return drop(std::move(saved).error(), follower_->current());
  }
  if (step->at_end && !interrupted() && follower_->take_caught_up() && whom_.caught_up) {
    if (auto done = detail::contained(errc::handler_failed, "caught_up", whom_.caught_up); !done) {
      return drop(std::move(done).error(), follower_->current());
    }
  }
  return {.is = idle || step->at_end ? state::waiting : state::more, .due = rule_.due_at()};
}

bool delivery::show(const stored_record& record, const std::function<bool()>& interrupted) {
  if (stopped_ || interrupted()) return false;
  const partition_cursor here{record.partition, record.at};
  // What the last call made due: the cursors count that record only now.
  if (rule_.due(ports_.time.steady())) {
    if (auto saved = save(); !saved) {
      stopped_ = {std::move(saved).error(), here};
      return false;
    }
  }
  const envelope meta = persistence::envelope_of(record);
  bool shown = false;
  const auto done = detail::contained(errc::handler_failed, "the subscriber", [&] {
    if (!choice_.shows(record, meta)) return;
    shown = true;
    whom_.event({.what = kind_of(record.kind), .meta = meta, .payload = record.payload});
  });
  if (!done) {
    stopped_ = {done.error(), here};
    return false;
  }
  const auto now = ports_.time.steady();
  if (shown) {
    rule_.handled(now);
  } else {
    rule_.passed(1, now);
  }
  if (choice_.ends_with(record)) {
    stopped_ = {error{errc::tombstoned, "the aggregate was closed for ever"}, here};
  }
  return true;
}

result<void> delivery::save() {
  if (ports_.saved != nullptr) {
    persistence::checkpoint taken{.choice = choice_.fingerprint()};
    for (const partition_cursor& c : follower_->cursors()) {
      // One that waits beyond the end is not progress: the options say where it begins.
      if (c.through <= ports_.log.committed(c.partition)) taken.cursors.push_back(c);
    }
    if (auto saved = ports_.saved->save(options_.name, taken); !saved) return saved;
  }
  rule_.saved();
  return {};
}

delivery::progress delivery::drop(error why, partition_cursor where) {
  finish();
  if (whom_.dropped) {
    const drop_notice notice{std::move(why), where};
    // It is over already; what a notice throws can change nothing.
    const auto told =
        detail::contained(errc::handler_failed, "dropped", [&] { whom_.dropped(notice); });
    if (!told) base::log(base::log_level::warning, told.error().message);
  }
  return {.is = state::ended};
}

void delivery::finish() {
  if (std::exchange(ended_, true) || !rule_.unsaved()) return;
  if (auto saved = save(); !saved) {
    base::log(base::log_level::warning, "the last checkpoint of " + options_.name +
                                            " was not saved: " + saved.error().message);
  }
}

}  // namespace reprise::consumers
