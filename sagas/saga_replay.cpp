// SPDX-License-Identifier: Apache-2.0
#include "persistence/inspected_files.hpp"
#include "persistence/record_envelope.hpp"
#include "sagas/effect_text.hpp"
#include "sagas/message_codec.hpp"
#include "sagas/saga_fold.hpp"
#include "sagas/saga_instance.hpp"

#include <reprise/saga_replay.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>

namespace reprise {
namespace {

using persistence::stored_record;
using sagas::saga_instance;
using saga_ev = sagas::log::saga_ev;
using cmd = sagas::log::saga_cmd;
namespace slog = sagas::log;

constexpr std::uint64_t page_records = 1'024;

/// What a record says of one step: what it was about, and what was asked for.
struct step_taken {
  std::string handled{};
  std::vector<std::string> effects{};
  /// Empty where it failed.
  std::optional<bytes> data{};
};

/// One step of an instance, handled once more.
class repeated_step {
 public:
  /// All of it must outlive it.
  struct ports {
    const persistence::inspected_log& log;
    const detail::saga_type& type;
    const sagas::node_view& node;
    const sagas::effect_text& text;
  };

  repeated_step(const ports& around, const stored_record& record, slog::saga_state before)
      : ports_(around),
        aggregate_(persistence::aggregate_of(record)),
        context_(record.time, record.command, record.correlation, record.headers, aggregate_),
        before_(std::move(before)) {}
  repeated_step(const repeated_step&) = delete;
  repeated_step& operator=(const repeated_step&) = delete;

  /// False where none of the saga's code had a part in it.
  [[nodiscard]] bool repeat(const slog::saga_api::event& stored) {
    return std::visit([this](const auto& e) { return again(e); }, stored);
  }

  /// Why it could not be handled, for want of what was recorded.
  std::string gap{};
  step_taken recorded{};
  step_taken now{};

 private:
  bool again(const saga_ev::handled& e) {
    recorded.handled = "event " + ports_.text.event_name({e.type}, e.eventType) + " of ";
    recorded.handled += e.aggregate;
    note_recorded(e.change);
    if (e.wasParked) return release_first();
    const auto message = find_message({e.partition}, {e.position}, e.event);
    if (message) decide(cmd::handle{.message = *message});
    return true;
  }
  bool again(const saga_ev::answered& e) {
    recorded.handled = "the answer to " + e.step;
    note_recorded(e.change);
    const bool is_kept = e.hasContent || !e.change.done.empty();
    if (e.accepted && !is_kept && ports_.type.has_answered) {
      gap = "what " + e.step + " answered was not kept";
      return true;
    }
    decide(cmd::settle{.number = e.number,
                       .accepted = e.accepted,
                       .content = e.change.done.empty() ? e.content : e.change.done.back().reply,
                       .code = e.code,
                       .why = e.why});
    return true;
  }
  bool again(const saga_ev::stuck& e) {
    const slog::effect* const step = sagas::find_open(before_, e.number);
    recorded.handled = "the failure of " + (step == nullptr ? std::string("a step") : step->name);
    note_recorded(e.change);
    const std::size_t colon = std::min(e.why.find(": "), e.why.size());
    decide(cmd::settle{.number = e.number,
                       .accepted = false,
                       .code = e.why.substr(0, colon),
                       .why = e.why.substr(std::min(colon + 2, e.why.size())),
                       .attempts = e.attempts});
    return true;
  }
  bool again(const saga_ev::fell_due& e) {
    recorded.handled = "the deadline " + e.deadline;
    note_recorded(e.change);
    decide(cmd::fall_due{.number = e.number});
    return true;
  }
  bool again(const saga_ev::told& e) {
    recorded.handled = "the answer from outside, " + e.wait;
    note_recorded(e.change);
    decide(cmd::answer{.wait = e.wait, .payload = e.payload});
    return true;
  }
  bool again(const saga_ev::steered& e) {
    recorded.handled = "the order to " + e.what;
    note_recorded(e.change);
    if (e.what == "cancel") {
      decide(cmd::cancel{.reason = e.reason});
    } else if (e.what.starts_with("drop ") && !e.change.closed.empty()) {
      decide(cmd::drop_step{.number = e.change.closed.front(), .reason = e.reason});
    } else {
      return false;
    }
    return true;
  }
  // What failed then: whether it does now.
  bool again(const saga_ev::parked& e) {
    if (e.attempts == 0) return false;
    return fails_again(e.message, e.cause, [&] { decide(cmd::handle{.message = e.message}); });
  }
  bool again(const saga_ev::tried_again& e) {
    if (before_.parked.empty()) return false;
    const slog::message first = before_.parked.front().message;
    return fails_again(first, e.cause, [&] { release_first(); });
  }
  bool again(const saga_ev::postponed&) { return false; }
  bool again(const saga_ev::unparked&) { return false; }
  bool again(const saga_ev::edited&) { return false; }

  template <class F>
  bool fails_again(const slog::message& message, const std::string& cause, const F& decide_it) {
    // Where its keys could not be found out it belonged to nobody.
    const auto keys = ports_.type.keys(sagas::envelope_of(message), message.payload);
    if (!keys || std::ranges::none_of(*keys, [&](const auto& key) { return is_mine(key); })) {
      return false;
    }
    recorded.handled =
        "event " + ports_.text.event_name({message.type}, message.eventType) + " of ";
    recorded.handled += message.aggregate;
    recorded.effects.push_back("it failed: " + cause);
    decide_it();
    // What it fails with is no matter; and whatever it asks for now, it was not handled then.
    if (failed_) now.effects = recorded.effects;
    now.data.reset();
    return true;
  }

  [[nodiscard]] bool is_mine(const std::string& key) const {
    return key == aggregate_.id || std::ranges::find(before_.keys, key) != before_.keys.end();
  }

  // Only the first parked event, and none of those behind it.
  bool release_first() {
    if (before_.parked.empty()) {
      gap = "the parked event is not there";
      return true;
    }
    before_.parked.resize(1);
    before_.paused = false;
    decide(cmd::retry_parked{});
    return true;
  }

  std::optional<slog::message> find_message(partition_id partition, position at, const bytes& id) {
    std::optional<slog::message> out;
    const auto page = ports_.log.scan(
        partition, {.from = at, .limit = 1, .window = 1}, [&](const stored_record& r) {
          const bool starts = std::ranges::any_of(ports_.type.events, [&](const auto& e) {
            return e.starts && e.type == r.type && e.event_type == r.event_type;
          });
          // By a key that is not its own it starts nothing, and need not.
          const bool may = before_.phase != slog::phase::running && starts;
          if (r.at == at) out = sagas::message_of(r, may);
          return false;
        });
    if (page && out && out->id == id) return out;
    gap = page ? "the event is not in the log any more" : page.error().message;
    return {};
  }

  template <class Command>
  void decide(const Command& command) {
    saga_instance instance(ports_.type, ports_.node);
    instance.restore(before_);
    const auto decided = instance.decide(command, aggregate_.id, context_);
    if (!decided) {
      failed_ = decided.error().code != errc::incompatible;
      if (failed_) {
        now.effects.push_back("it failed: " + decided.error().message);
      } else {
        gap = decided.error().message;
      }
    } else if (decided->is_rejection()) {
      now.effects.push_back("it was refused: " + decided->why().why);
    } else if (decided->events().empty()) {
      now.effects.emplace_back("it was left alone");
    } else {
      take(decided->events().front());
    }
  }

  void take(const saga_instance::event& first) {
    std::visit(
        [this](const auto& e) {
          if constexpr (requires { e.change; }) {
            now.effects = ports_.text.lines_of(e.change, before_);
            now.data = e.change.state.empty() ? before_.state : e.change.state;
          } else if constexpr (requires { e.cause; }) {
            failed_ = true;
            now.effects.push_back("it failed: " + e.cause);
          } else {
            now.effects.emplace_back("it was left alone");
          }
        },
        first);
  }

  void note_recorded(const slog::change& change) {
    recorded.effects = ports_.text.lines_of(change, before_);
  }

  const ports ports_;
  const aggregate_key aggregate_;
  const context context_;
  slog::saga_state before_;
  bool failed_ = false;
};

/// How far an instance has been followed.
struct followed_instance {
  slog::saga_state recorded{};
  /// As this program's code has made it.
  bytes data{};
};

class replay_run {
 public:
  replay_run(const persistence::inspected_log& log, const detail::saga_type& type,
             const sagas::effect_text& text)
      : log_(log), type_(type), text_(text) {}

  [[nodiscard]] result<void> follow(partition_id partition) {
    const auto last = log_.committed(partition);
    if (!last) return last.error();
    persistence::record_filter mine;
    mine.types.push_back(type_.id);
    for (position from{1}; from <= *last;) {
      std::optional<error> wrong;
      const auto page = log_.scan(partition, {.from = from, .limit = page_records, .filter = mine},
                                  [&](const stored_record& r) {
                                    if (r.kind != persistence::record_kind::event) return true;
                                    if (auto taken = take(r); !taken)
                                      wrong = std::move(taken).error();
                                    return !wrong;
                                  });
      if (!page) return page.error();
      if (wrong) return std::move(*wrong);
      if (page->end) return {};
      from = page->next;
    }
    return {};
  }

  [[nodiscard]] testing::saga_replay finish() {
    out_.instances = instances_.size();
    const auto whose = [](const auto& one) { return std::tie(one.tenant, one.key); };
    std::ranges::stable_sort(out_.differences, {}, whose);
    std::ranges::stable_sort(out_.gaps, {}, whose);
    return std::move(out_);
  }

 private:
  [[nodiscard]] result<void> take(const stored_record& r) {
    const auto event = sagas::decode_event(r.event_type, r.payload);
    if (!event) {
      return error{errc::corrupt,
                   "the saga " + std::string(r.id) + " at sequence " +
                       std::to_string(r.sequence.value) + ": " + event.error().message,
                   r.at.value};
    }
    followed_instance& one = instances_[persistence::aggregate_of(r)];
    slog::saga_state before = one.recorded;
    before.state = one.data;
    sagas::fold(one.recorded, *event);
    repeated_step step({log_, type_, node_, text_}, r, std::move(before));
    if (!step.repeat(*event)) return {};
    if (!step.gap.empty()) {
      out_.gaps.push_back({std::string(r.tenant), std::string(r.id), r.sequence, step.gap});
      one.data = one.recorded.state;
      return {};
    }
    ++out_.steps;
    if (step.now.data) one.data = std::move(*step.now.data);
    if (step.recorded.effects != step.now.effects) {
      out_.differences.push_back({.tenant = std::string(r.tenant),
                                  .key = std::string(r.id),
                                  .at = r.sequence,
                                  .handled = std::move(step.recorded.handled),
                                  .recorded = std::move(step.recorded.effects),
                                  .now = std::move(step.now.effects)});
    }
    return {};
  }

  const persistence::inspected_log& log_;
  const detail::saga_type& type_;
  const sagas::effect_text& text_;
  // Nothing is sent, so that everything may be.
  const sagas::node_view node_{.hosts = [](aggregate_type_id) { return true; },
                               .log_ends = [] { return std::vector<position>(); }};
  std::map<aggregate_key, followed_instance> instances_;
  testing::saga_replay out_;
};

}  // namespace

result<testing::saga_replay> detail::replay_saga(const std::string& directory,
                                                 const saga_type& type) {
  const auto log = persistence::inspected_files::open(directory);
  if (!log) return log.error();
  const auto schemas = (*log)->schemas();
  if (!schemas) return schemas.error();
  if (std::ranges::find(*schemas, type.id, &persistence::stored_schema::type) == schemas->end()) {
    return error{errc::not_found, "there is no saga " + type.name + " in " + directory};
  }
  const sagas::effect_text text(*schemas);
  replay_run run(**log, type, text);
  for (std::uint32_t i = 0; i < (*log)->partitions(); ++i) {
    if (auto done = run.follow({i}); !done) return std::move(done).error();
  }
  return run.finish();
}

}  // namespace reprise
