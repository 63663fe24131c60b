// SPDX-License-Identifier: Apache-2.0
#include "consumers/feeder.hpp"

#include "base/log.hpp"
#include "persistence/record_envelope.hpp"

#include <reprise/detail/aggregate_type.hpp>

#include <utility>

namespace reprise::consumers {
namespace {

using persistence::stored_record;

constexpr std::size_t name_bytes_max = 200;
// A commit costs a sync, or a round trip; so it is not made for each event under load.
constexpr std::uint64_t events_per_commit_max = 10'000;
constexpr std::chrono::milliseconds committed_within{50};
constexpr checkpoint_limits passed_over{
    .events = events_per_commit_max, .passed = 1U << 20U, .within = std::chrono::seconds(1)};

result<void> check(const sink_options& options) {
  const auto wrong = [&](const std::string& why) {
    return error{errc::invalid_argument, "the sink " + options.name + " " + why};
  };
  if (options.name.empty() || options.name.size() > name_bytes_max) {
    return wrong("has a name of " + std::to_string(options.name.size()) +
                 " bytes, it must be 1 to " + std::to_string(name_bytes_max));
  }
  if (options.failing.first_delay.count() < 1 || options.failing.delay_max.count() < 1) {
    return wrong("waits less than 1 ms before it tries again");
  }
  if (options.failing.finally == failure_policy::then::park) {
    return wrong("cannot park: what it wrote before is not the node's to keep apart");
  }
  return {};
}

std::string saved_name(const std::string& name, std::uint32_t version) {
  return "sink." + name + "." + std::to_string(version);
}

// The event, or the sink's code, is at fault; all else may pass.
bool is_of_the_event(errc code) {
  return code == errc::handler_failed || code == errc::malformed || code == errc::too_large ||
         code == errc::invalid_argument;
}

// Whatever it throws is its own.
template <class F>
auto asked(const std::string& name, F&& what) -> decltype(what()) {
  decltype(what()) out = error{errc::handler_failed, "the sink " + name + " answered nothing"};
  const auto done = detail::contained(errc::handler_failed, "the sink " + name, [&] {
    try {
      out = what();
    } catch (const failed& e) {
      out = e.error();
    }
  });
  if (!done) return done.error();
  return out;
}

}  // namespace

feeder::feeder(const ports& around, sink_feed what)
    : ports_(around),
      options_(std::move(what.options)),
      to_(std::move(what.to)),
      saved_as_(saved_name(options_.name, options_.version)),
      rule_(passed_over),
      waits_(options_.failing.first_delay, options_.failing.delay_max, around.seed) {}

result<std::unique_ptr<feeder>> feeder::open(const ports& around, sink_feed what) {
  if (auto fine = check(what.options); !fine) return std::move(fine).error();
  if (!what.to) return error{errc::invalid_argument, "a feed without a sink"};
  std::unique_ptr<feeder> made(new feeder(around, std::move(what)));
  if (auto begun = made->begin(); !begun) return std::move(begun).error();
  return made;
}

result<void> feeder::begin() {
  const auto own = asked(options_.name, [&] { return to_->taken(); });
  if (!own) return own.error();
  keeps_cursors_ = own->has_value();
  std::optional<persistence::checkpoint> taken;
  if (keeps_cursors_) {
    taken = persistence::checkpoint{.choice = 0, .cursors = **own};
  } else {
    auto begins = beginning();
    if (!begins) return std::move(begins).error();
    taken = std::move(*begins);
  }
  auto behind = cursors_behind(ports_.log, taken, "the sink " + options_.name + " has come to");
  if (!behind) return std::move(behind).error();
  committed_ = std::move(*behind);
  rewind();
  // Where it began counts from here on, also when nothing is ever written.
  if (!keeps_cursors_) return ports_.saved.save(saved_as_, {.choice = 0, .cursors = committed_});
  return {};
}

// At its checkpoint; without one where the options say.
result<std::optional<persistence::checkpoint>> feeder::beginning() const {
  auto own = ports_.saved.load(saved_as_);
  if (!own || *own) return own;
  if (options_.continues != 0) {
    auto earlier = ports_.saved.load(saved_name(options_.name, options_.continues));
    if (earlier && !*earlier) {
      return error{errc::not_found, "the sink " + options_.name + " has no version " +
                                        std::to_string(options_.continues) + " to continue"};
    }
    return earlier;
  }
  if (options_.repeats) return own;
  const auto names = ports_.saved.names();
  if (!names) return names.error();
  const std::string prefix = "sink." + options_.name + ".";
  for (const std::string& name : *names) {
    if (!name.starts_with(prefix) || name.find('.', prefix.size()) != std::string::npos) continue;
    return error{errc::incompatible,
                 "version " + std::to_string(options_.version) + " of the sink " + options_.name +
                     " would write again what version " + name.substr(prefix.size()) +
                     " has written; say which one it continues, or that it repeats"};
  }
  return own;
}

// Back to what is committed.
void feeder::rewind() {
  persistence::record_filter wanted;
  for (const event_choice& c : options_.events) wanted.events.emplace_back(c.type, c.event);
  follower_.emplace(ports_.log, committed_, std::move(wanted));
  written_ = 0;
  written_since_.reset();
}

feeder::progress feeder::advance(const std::function<bool()>& interrupted) {
  if (stopped_) return {.is = state::stopped};
  if (retry_at_ && ports_.time.steady() < *retry_at_) {
    return {.is = state::retrying, .due = retry_at_};
  }
  retry_at_.reset();
  bool refused = false;
  const bool idle = interrupted();
  const result<follower::step> step =
      idle ? follower::step{} : follower_->advance([&](const stored_record& record) {
        if (interrupted() || commit_due()) return false;
        refused = !take(record);
        return !refused;
      });
  if (step) rule_.passed(step->passed, ports_.time.steady());
  if (refused && !stopped_ && !is_of_the_event(trouble_->code)) {
    fall_back();
    return try_later();
  }
  const bool at_a_halt = idle || refused || !step || step->at_end || interrupted();
  const bool saves = rule_.due(ports_.time.steady());
  if ((written_ > 0 && (at_a_halt || commit_due())) || saves) {
    if (auto done = commit(); !done) return fail(std::move(done).error());
  }
  if (!step) return fail(step.error());
  if (stopped_) {
    base::log(base::log_level::error, "stopped: " + trouble_->message);
    return {.is = state::stopped};
  }
  if (refused) return try_later();
  if (!failing_ && at_a_halt && !idle) {
    trouble_.reset();
    attempts_ = 0;
  }
  return {.is = idle || step->at_end ? state::waiting : state::more, .due = rule_.due_at()};
}

// False: it is not written, and tried again unless that was the end.
bool feeder::take(const stored_record& record) {
  if (record.kind != persistence::record_kind::event) return true;
  const result<void> done = write(record);
  const partition_cursor place{record.partition, record.at};
  if (done) {
    if (written_++ == 0) written_since_ = ports_.time.steady();
    if (failing_ == place) {
      failing_.reset();
      trouble_.reset();
      attempts_ = 0;
    }
    return true;
  }
  if (failing_ != place) attempts_ = 0;
  failing_ = place;
  ++attempts_;
  trouble_ = done.error();
  trouble_->message = "the sink " + options_.name + " at position " +
                      std::to_string(record.at.value) + " of partition " +
                      std::to_string(record.partition.value) + ": " + trouble_->message;
  trouble_->number = record.at.value;
  using then = failure_policy::then;
  const failure_policy& policy = options_.failing;
  const bool again = policy.finally == then::keep_trying || attempts_ <= policy.retries ||
                     !is_of_the_event(done.error().code);
  if (again) return false;
  if (policy.finally == then::skip) {
    ++skipped_;
    base::log(base::log_level::warning, "passed by: " + trouble_->message);
    failing_.reset();
    attempts_ = 0;
    return true;
  }
  stopped_ = true;
  return false;
}

result<void> feeder::write(const stored_record& record) {
  persistence::describe(record, meta_);
  return asked(options_.name, [&] {
    return to_->write({.key = meta_.id, .meta = meta_, .payload = record.payload});
  });
}

bool feeder::commit_due() const {
  return written_ >= events_per_commit_max ||
         (written_since_ && ports_.time.steady() - *written_since_ >= committed_within);
}

result<void> feeder::commit() {
  const std::vector<partition_cursor>& cursors = follower_->cursors();
  if (written_ > 0 || keeps_cursors_) {
    auto done = asked(options_.name, [&] { return to_->commit(cursors); });
    if (!done) return done;
  }
  if (!keeps_cursors_) {
    // What comes again after this fails comes under the same keys.
    auto saved = ports_.saved.save(saved_as_, {.choice = 0, .cursors = cursors});
    if (!saved) return saved;
  }
  committed_ = cursors;
  written_ = 0;
  written_since_.reset();
  rule_.saved();
  return {};
}

// Something that is nobody's event: what was not committed is written again, later.
feeder::progress feeder::fail(error why) {
  ++attempts_;
  trouble_ = std::move(why);
  trouble_->message = "the sink " + options_.name + ": " + trouble_->message;
  failing_.reset();
  fall_back();
  return try_later();
}

void feeder::fall_back() {
  [[maybe_unused]] const auto undone = asked(options_.name, [&]() -> result<void> {
    to_->undo();
    return {};
  });
  rewind();
}

feeder::progress feeder::try_later() {
  if (attempts_ == 1) base::log(base::log_level::warning, "tried again: " + trouble_->message);
  retry_at_ = ports_.time.steady() + waits_.before(attempts_);
  return {.is = state::retrying, .due = retry_at_};
}

void feeder::resume() {
  stopped_ = false;
  retry_at_.reset();
  failing_.reset();
  trouble_.reset();
  attempts_ = 0;
}

void feeder::finish() {
  if (written_ == 0 && !rule_.unsaved()) return;
  if (auto done = commit(); !done) trouble_ = std::move(done).error();
}

}  // namespace reprise::consumers
