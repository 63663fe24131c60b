// SPDX-License-Identifier: Apache-2.0
//
// Partitions, sagas and all between them in one thread under one seed. What is on its way may be
// reordered, lost or doubled, commits may be held or lost, and everything may crash at any step:
//     saga_world world(seed);
//     world.host<order>(); world.host_saga<fulfilment>();
//     world.ask<order>("o1", order_cmd::place{...});
//     world.storm(1000);     // so many steps of chaos
//     world.settle();        // then calm, until nothing is left to do
//
// Threading: confined to the test.

#pragma once

#include "actors/command_span.hpp"
#include "actors/partition_core.hpp"
#include "actors/restore.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "persistence/memory_checkpoint_store.hpp"
#include "persistence/memory_journal.hpp"
#include "persistence/memory_row_store.hpp"
#include "persistence/memory_snapshot_store.hpp"
#include "sagas/call_gate.hpp"
#include "sagas/courier.hpp"
#include "sagas/hosted_saga.hpp"
#include "sagas/left_orders.hpp"

#include <reprise/detail/reaction_type.hpp>
#include <reprise/detail/saga_type.hpp>
#include <reprise/metrics.hpp>
#include <reprise/node.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reprise::sagas::testing {

class world_clock final : public base::clock {
 public:
  [[nodiscard]] timestamp now() const override {
    return timestamp(std::chrono::hours(480'000)) + passed_;
  }
  [[nodiscard]] instant steady() const override { return instant(std::chrono::hours(1)) + passed_; }
  void pass(std::chrono::nanoseconds t) {
    passed_ += std::chrono::ceil<std::chrono::microseconds>(t);
  }

 private:
  std::chrono::microseconds passed_{};
};

class saga_world : public persistence::commit_gate {
 public:
  explicit saga_world(std::uint64_t seed = 1, std::uint32_t partitions = 3);
  ~saga_world() override;

  template <class A>
  void host() {
    host(reprise::detail::describe<A>());
  }
  /// A saga or a reaction.
  template <class S>
  void host_saga() {
    host(described<S>());
  }
  /// From here on as a program without this saga, or with another class of its name.
  template <class S>
  void replace_saga() {
    code_.clear();
    host(described<S>());
    crash();
  }

  /// Asks in calm weather, and says what was heard: `accepted`, `rejected CODE` or the error's
  /// code.
  template <class A, class Command>
  std::string ask(std::string id, const Command& command, ask_options how = {}) {
    reprise::detail::outgoing_command out{
        .to = {A::api::type, {}, std::move(id)}, .command = Command::tag, .how = std::move(how)};
    codec<Command>::encode(command, out.payload);
    return asked(std::move(out));
  }
  template <class S>
  std::string steer(std::string key, const saga_order& what) {
    return steer({reprise::detail::saga_id(S::options.name), {}, std::move(key)}, what);
  }
  template <class S>
  saga_status status(std::string key) {
    return status(aggregate_key{reprise::detail::saga_id(S::options.name), {}, std::move(key)});
  }
  template <class S>
  typename S::state data(std::string key) {
    const saga_status seen = status<S>(std::move(key));
    if (seen.state.empty()) return {};
    return codec<typename S::state>::decode(seen.state).value();
  }
  template <class A>
  typename A::api::state state(const std::string& id) {
    return codec<typename A::api::state>::decode(saved({A::api::type, {}, id})).value();
  }

  /// Sends a command into the storm; nobody waits for its answer.
  template <class A, class Command>
  void tell(std::string id, const Command& command, std::string_view command_name) {
    reprise::detail::outgoing_command out{.to = {A::api::type, {}, std::move(id)},
                                          .command = Command::tag};
    codec<Command>::encode(command, out.payload);
    out.how.id = derive_command_id(command_name);
    letters_.push_back({.what = std::move(out)});
  }

  /// So many steps in which anything may happen.
  void storm(std::size_t steps);
  /// Everything goes on without faults until nothing is to be done before `within` has passed.
  void settle(std::chrono::milliseconds within = std::chrono::minutes(10));
  /// Whether what the log asks for is done here, or by another node.
  void lead(bool leads) { tenure_ = leads ? ++tenures_ : 0; }
  void pass(std::chrono::milliseconds t);
  /// What was in memory is gone: cores, couriers, what is on its way.
  void crash();
  /// Answers to what is sent to this id are lost until heal().
  void lose_answers_of(std::string id) { deaf_.insert(std::move(id)); }
  /// What is sent to this id does not arrive until heal().
  void cut_off(std::string id) { cut_.insert(std::move(id)); }
  /// Orders that somebody leaves while nobody runs the sagas; they run again at once.
  template <class S>
  void leave(const std::vector<std::pair<std::string, saga_order>>& orders) {
    leave(std::string(S::options.name), orders);
  }
  [[nodiscard]] std::size_t orders_left(const std::string& saga) const {
    return sagas::orders_left(rows_, saga).value().size();
  }
  void heal() {
    deaf_.clear();
    cut_.clear();
  }
  /// Rows and checkpoints; the log stays.
  void forget_what_is_derived();
  void handle_calls(std::function<call_outcome(const outgoing_call&)> handler,
                    std::optional<call_limits> limits = {}) {
    calls_ = std::move(handler);
    if (limits) gate_.emplace(*limits);
  }

  /// From here on tells of what commands do. It must outlive the world.
  void trace_to(span_sink& sink) {
    traces_.emplace(sink, time,
                    [](aggregate_type_id, std::uint32_t n) { return std::to_string(n); });
  }

  /// All events of one aggregate, as `visit(type, payload, record)`.
  template <class A, class F>
  void each_event(const std::string& id, F&& visit) const {
    [[maybe_unused]] const auto read =
        journal_->read({A::api::type, {}, id}, {}, [&](const persistence::stored_record& r) {
          visit(r);
          return true;
        });
  }
  template <class E>
  [[nodiscard]] std::uint64_t count(const std::string& id) const {
    std::uint64_t n = 0;
    const auto add = [&](const persistence::stored_record& r) {
      n += r.event_type == E::tag ? 1 : 0;
      return true;
    };
    [[maybe_unused]] const auto read = journal_->read({E::api::type, {}, id}, {}, add);
    return n;
  }
  [[nodiscard]] std::uint64_t metric(std::string_view name) const;
  [[nodiscard]] persistence::memory_journal& journal() { return *journal_; }
  [[nodiscard]] std::uint64_t crashes() const { return crashes_; }
  [[nodiscard]] const std::optional<error>& trouble() const;

  std::optional<persistence::commit_fate> next() override;

  world_clock time;
  /// Of those that couriers have sent.
  std::size_t most_letters_at_once = 0;

 private:
  struct life;
  struct seat;
  struct cell;
  class heard_answer;
  struct letter {
    reprise::detail::outgoing_command what{};
    // Nobody waits for it without one.
    std::shared_ptr<reprise::detail::pending_ask> caller{};
  };
  struct errand {
    seat* whose = nullptr;
    std::uint64_t token = 0;
    result<reprise::detail::raw_answer> outcome;
  };

  template <class S>
  static reprise::detail::saga_type described() {
    if constexpr (reprise::detail::is_reaction<S>) {
      return reprise::detail::describe_reaction<S>();
    } else {
      return reprise::detail::describe_saga<S>();
    }
  }
  void host(const reprise::detail::aggregate_type& type);
  void host(reprise::detail::saga_type type);
  void leave(const std::string& saga,
             const std::vector<std::pair<std::string, saga_order>>& orders);
  std::string asked(reprise::detail::outgoing_command out);
  std::string steer(const aggregate_key& saga, const saga_order& what);
  saga_status status(const aggregate_key& saga);
  bytes saved(const aggregate_key& key);
  result<reprise::detail::raw_answer> answer_of(reprise::detail::outgoing_command out);

  void begin_life();
  void seat_couriers(const std::shared_ptr<const saga_code>& code);
  void deliver(std::size_t which);
  bool work_off();
  bool advance_all();
  void random_step();
  [[nodiscard]] std::optional<base::clock::instant> next_due();

  base::random chance_;
  std::unique_ptr<persistence::memory_journal> journal_;
  persistence::memory_snapshot_store snapshots_;
  persistence::memory_checkpoint_store checkpoints_;
  persistence::memory_row_store rows_;
  reprise::metrics registry_;
  actors::partition_metrics measured_;
  std::vector<reprise::detail::aggregate_type> types_;
  std::vector<std::shared_ptr<const saga_code>> code_;
  std::optional<actors::tracer> traces_;
  std::set<std::string> deaf_;
  std::set<std::string> cut_;
  std::function<call_outcome(const outgoing_call&)> calls_;
  std::optional<call_gate> gate_;
  std::deque<letter> letters_;
  std::deque<errand> answers_;
  std::unique_ptr<life> life_;
  // Those of earlier lives: the journal may still answer them.
  std::vector<std::unique_ptr<life>> dead_;
  bool stormy_ = false;
  std::uint64_t tenures_ = 1;
  // 0: another one leads.
  std::uint64_t tenure_ = 1;
  std::optional<persistence::commit_fate> forced_;
  std::uint64_t fresh_ = 0;
  std::uint64_t crashes_ = 0;
};

}  // namespace reprise::sagas::testing
