// SPDX-License-Identifier: Apache-2.0
//
// A node: the store of this process, the aggregates that it hosts, and the way to ask them.
//
//   reprise::node node{{.data = "./data"}};
//   node.host<trip>();
//   trip_state s = node.of<trip>("trip-42").ask(trip::cmd::get{}).get();
//
// Threading: every method may be called from any thread once the constructor has returned.

#pragma once

#include <reprise/aggregate.hpp>
#include <reprise/cluster.hpp>
#include <reprise/codec.hpp>
#include <reprise/detail/aggregate_type.hpp>
#include <reprise/detail/delivery.hpp>
#include <reprise/detail/projection_type.hpp>
#include <reprise/detail/reaction_type.hpp>
#include <reprise/detail/saga_type.hpp>
#include <reprise/durability.hpp>
#include <reprise/envelope.hpp>
#include <reprise/group.hpp>
#include <reprise/ids.hpp>
#include <reprise/metrics.hpp>
#include <reprise/projection.hpp>
#include <reprise/reaction.hpp>
#include <reprise/reply.hpp>
#include <reprise/result.hpp>
#include <reprise/saga.hpp>
#include <reprise/saga_ref.hpp>
#include <reprise/sink.hpp>
#include <reprise/subscription.hpp>
#include <reprise/trace.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reprise {

enum class log_lines : std::uint8_t { off, errors, warnings, infos, debug };

/// Settings of a node. Every bound is checked by open(), which names the one that does not hold.
struct node_options {
  /// Folder of the store, made if it is not there. Empty: everything is kept in memory only.
  std::string data{};
  /// Number of partitions, 1 to 1024, fixed when the store is made. 0: 64 for a new store, and
  /// whatever an existing one has.
  std::uint32_t partitions = 0;
  /// Worker threads of the actors; 0: as many as there are cores.
  std::uint32_t workers = 0;
  /// Threads that replay aggregates and write snapshots: so many recoveries run at once. 1 to 64.
  std::uint32_t recoveries_max = 2;
  /// Threads that call subscribers and fold projections: so many at once. 1 to 64.
  std::uint32_t consumers_max = 2;
  /// Aggregates held in memory by the whole node; beyond it the least recently used ones go first.
  std::uint64_t active_max = 1'000'000;
  /// Commands waiting in the whole node, in bytes; more are answered `overloaded`.
  std::uint64_t waiting_bytes_max = 64U << 20U;
  /// Largest encoded command or event, in bytes, up to 4 MiB less a header.
  std::uint64_t payload_bytes_max = 1U << 20U;
  /// Address space reserved for the log, in bytes: the size that the log can grow to. It costs
  /// nothing until used.
  std::uint64_t log_bytes_max = 256ULL << 30U;
  /// The same for rows of projections and for checkpoints.
  std::uint64_t rows_bytes_max = 64ULL << 30U;
  /// When commands are acknowledged; nothing that was acknowledged is lost with either.
  reprise::durability durability = reprise::durability::synced;
  /// An activation that takes longer is given up, and those waiting for it get `unavailable`.
  std::chrono::milliseconds recovery_limit{30'000};
  /// Lines on standard error.
  log_lines log = log_lines::off;
  /// Makes it a member of a cluster; it then needs `data`. See reprise/cluster.hpp.
  cluster_options cluster{};
  /// Spans of commands are appended to this file as OTLP/JSON, see docs/tracing.md; empty: none
  /// are. A file that would become larger gets the name `PATH.1` first, and what had that name
  /// goes; 64 KiB and more.
  std::string spans{};
  std::uint64_t spans_bytes_max = 64U << 20U;
  /// Is told of spans instead of a file.
  std::shared_ptr<span_sink> spans_to{};
};

/// How one command is asked.
struct ask_options {
  /// Empty: a fresh one. The same id makes a repeat safe, also from another process.
  command_id id{};
  /// After it the answer is `expired` (not handled) or `timed_out` (unknown).
  std::chrono::milliseconds timeout{10'000};
  /// Stored with every event of the decision. Names must not begin with `reprise-`.
  attributes headers{};
  /// Empty: the command starts a conversation of its own.
  correlation_id correlation{};
  /// In a cluster, it is handled only after a majority has confirmed who leads, so that its answer
  /// rests on everything that was acknowledged before it was asked. That takes a commit of its own,
  /// which all that wait share. Without it, what writes nothing may be answered from the state of a
  /// leader that was just deposed and does not know yet. A node alone needs no confirmation.
  bool linearizable = false;
};

/// A past state of an aggregate.
template <class A>
struct moment {
  A state{};
  reprise::sequence sequence{};
  timestamp time{};
};

namespace detail {

struct outgoing_command {
  aggregate_key to{};
  std::uint32_t command = 0;
  bytes payload{};
  ask_options how{};
  bool one_way = false;
  /// Set for what consumers of the log send.
  std::optional<delivery> from{};
  /// The event that it is sent for; becomes the causation of the events that it decides.
  event_id cause{};
};

struct past_state {
  std::unique_ptr<hosted> instance{};
  reprise::sequence sequence{};
  timestamp time{};
};

/// Whom a ref asks.
class asked_by_ref {
 public:
  virtual ~asked_by_ref() = default;
  virtual std::shared_ptr<pending_ask> ask(outgoing_command command) = 0;
  virtual result<past_state> at_sequence(const aggregate_key& aggregate, sequence at) = 0;
  virtual result<past_state> at_time(const aggregate_key& aggregate, timestamp at) = 0;
};

/// What a node is behind its templates.
class node_core : public saga_steering, public asked_by_ref {
 public:
  virtual result<void> host(const aggregate_type& type) = 0;
  virtual result<void> host(saga_type type) = 0;
  [[nodiscard]] virtual result<std::vector<std::string>> not_hosted() const = 0;
  [[nodiscard]] virtual std::vector<saga_progress> sagas() const = 0;
  virtual void handle_calls(std::string name, call_handler handler, call_limits limits) = 0;
  virtual result<void> forget(std::span<const std::string> subjects) = 0;
  virtual result<std::uint64_t> rotate_keys() = 0;
  virtual void passivate_after(aggregate_type_id type, std::chrono::milliseconds idle) = 0;
  virtual void active_max(std::uint64_t count) = 0;
  virtual result<std::shared_ptr<running_subscription>> subscribe(subscription_options options,
                                                                  subscriber whom) = 0;
  virtual result<std::shared_ptr<live_projection>> project(const projection_type& type) = 0;
  virtual result<row_view> rows(const std::string& projection, std::uint32_t version,
                                std::span<const receipt> after,
                                std::chrono::milliseconds timeout) = 0;
  [[nodiscard]] virtual std::vector<projection_status> projections() const = 0;
  virtual result<void> drop_projection(const std::string& name, std::uint32_t version) = 0;
  virtual result<joined> join(group_options options, std::uint32_t window, group_worker worker) = 0;
  [[nodiscard]] virtual std::vector<group_status> groups() const = 0;
  virtual result<void> drop_group(const std::string& name) = 0;
  virtual result<std::shared_ptr<live_feed>> feed(sink_feed what) = 0;
  [[nodiscard]] virtual std::vector<projection_status> feeds() const = 0;
  virtual void close() = 0;
  [[nodiscard]] virtual const reprise::metrics& metrics() const = 0;
};

result<std::unique_ptr<node_core>> open_node(const node_options& options);

/// Aggregates, sagas and reactions, as node::host().
template <class A>
result<void> host_on(node_core& where) {
  if constexpr (is_saga<A>) {
    return where.host(describe_saga<A>());
  } else if constexpr (is_reaction<A>) {
    return where.host(describe_reaction<A>());
  } else {
    return where.host(describe<A>());
  }
}

}  // namespace detail

/// One aggregate, wherever it lives. A value; it must not outlive its node, or its client.
template <class A>
class ref {
 public:
  ref(detail::asked_by_ref& node, aggregate_key key) : node_(&node), key_(std::move(key)) {}

  [[nodiscard]] const aggregate_key& key() const { return key_; }

  /// Sends one command. Never blocks and never throws; what went wrong is in the reply.
  template <class Command>
  requires std::same_as<typename Command::api, typename A::api> reply<reply_of<Command>> ask(
      const Command& command, ask_options how = {})
  const { return reply<reply_of<Command>>(node_->ask(outgoing(command, std::move(how), false))); }

  /// Sends one command and wants no answer. Failures are counted in `commands.one_way_failed`.
  template <class Command>
  requires std::same_as<typename Command::api, typename A::api>
  void tell(const Command& command, ask_options how = {}) const {
    node_->ask(outgoing(command, std::move(how), true));
  }

  /// The state after the event at `when`; sequence 0 is the state before all events. Blocks while
  /// it replays; the live aggregate does not notice. `beyond_head`, `history_gone`.
  [[nodiscard]] result<moment<A>> at(sequence when) const {
    return past(node_->at_sequence(key_, when));
  }
  [[nodiscard]] result<moment<A>> at(std::uint64_t when) const { return at(sequence{when}); }
  /// The state that held at a point in time.
  [[nodiscard]] result<moment<A>> at(timestamp when) const {
    return past(node_->at_time(key_, when));
  }

 private:
  template <class Command>
  detail::outgoing_command outgoing(const Command& command, ask_options how, bool one_way) const {
    detail::outgoing_command out{
        .to = key_, .command = Command::tag, .how = std::move(how), .one_way = one_way};
    codec<Command>::encode(command, out.payload);
    return out;
  }

  static result<moment<A>> past(result<detail::past_state> found) {
    if (!found) return std::move(found).error();
    // The state crosses the type erasure encoded: time travel is not a hot path.
    auto state = codec<typename A::api::state>::decode(found->instance->save());
    if (!state) return std::move(state).error();
    moment<A> out{.sequence = found->sequence, .time = found->time};
    static_cast<typename A::api::state&>(out.state) = std::move(*state);
    return out;
  }

  detail::asked_by_ref* node_;
  aggregate_key key_;
};

class node {
 public:
  /// Throws `failed` where open() returns an error.
  explicit node(const node_options& options);
  [[nodiscard]] static result<node> open(const node_options& options);

  node(node&&) noexcept = default;
  node& operator=(node&&) noexcept = default;
  /// Closes.
  ~node();

  /// Makes this node host aggregates of type A, or run sagas or the reaction of type A, see
  /// reprise/saga.hpp and reprise/reaction.hpp. The store remembers A's schema; one that cannot
  /// read what is stored is refused with `incompatible`, naming the field. Whom a saga or a
  /// reaction sends to must be hosted too. Throws `failed`.
  template <class A>
  void host() {
    if (result<void> done = try_host<A>(); !done) throw failed(std::move(done).error());
  }
  /// The same without exceptions.
  template <class A>
  [[nodiscard]] result<void> try_host() {
    return detail::host_on<A>(*core_);
  }

  /// Changes how long unused aggregates of type A stay in memory, from now on.
  template <class A>
  void passivate_after(std::chrono::milliseconds idle) {
    core_->passivate_after(A::api::type, idle);
  }
  /// Changes node_options::active_max; those beyond it leave memory at once.
  void active_max(std::uint64_t count) { core_->active_max(count); }

  /// Destroys all keys of these subjects, as `reprise forget` does: what `$Reprise.personal` marks
  /// as theirs reads as its defaults once this has returned, also in aggregates that are in memory,
  /// and in what was written while this ran. Give many at once, for each call has aggregates loaded
  /// anew. `not_found`, naming it, when one of them never had a key, and then nothing is destroyed;
  /// after `io_error` do it again. Not from within a handler or a subscriber. docs/personal.md.
  result<void> forget(const std::vector<std::string>& subjects) { return core_->forget(subjects); }
  result<void> forget(const std::string& subject) { return core_->forget({&subject, 1}); }
  /// What is new is sealed with new keys from now on. Returns the number of the new generation.
  result<std::uint64_t> rotate_keys() { return core_->rotate_keys(); }

  /// Names an aggregate; nothing happens until it is asked.
  template <class A>
  [[nodiscard]] ref<A> of(std::string id) const {
    return of<A>(std::string(), std::move(id));
  }
  /// Tenants keep equal ids apart.
  template <class A>
  [[nodiscard]] ref<A> of(std::string tenant, std::string id) const {
    return {*core_, {A::api::type, std::move(tenant), std::move(id)}};
  }

  /// Types, sagas too, that have written to this store and that this node does not host: commands
  /// for them are refused, their deadlines do not fall due. To be asked when all is hosted.
  [[nodiscard]] result<std::vector<std::string>> not_hosted() const { return core_->not_hosted(); }

  /// Names an instance of a saga.
  template <class S>
  [[nodiscard]] saga_ref<S> saga(std::string key) const {
    return saga<S>(std::string(), std::move(key));
  }
  template <class S>
  [[nodiscard]] saga_ref<S> saga(std::string tenant, std::string key) const {
    return {*core_, {detail::saga_id(S::options.name), std::move(tenant), std::move(key)}};
  }
  /// All that run here.
  [[nodiscard]] std::vector<saga_progress> sagas() const { return core_->sagas(); }
  /// Registers the function that call(name, ...) of a saga calls, or replaces it: one of
  /// `const outside_call&`, or of a key and a request.
  template <std::invocable<const outside_call&> F>
  void handle_calls(const std::string& name, F handler, call_limits limits = {}) {
    core_->handle_calls(name, std::move(handler), limits);
  }
  template <std::invocable<const command_id&, const bytes&> F>
  void handle_calls(const std::string& name, F handler, call_limits limits = {}) {
    core_->handle_calls(
        name,
        [handler = std::move(handler)](const outside_call& what) -> call_outcome {
          return handler(what.key, what.request);
        },
        limits);
  }

  /// Follows what is committed, see reprise/subscription.hpp. `invalid_argument`, `locked` when one
  /// of that name runs, `incompatible` when its checkpoint was saved with another choice,
  /// `beyond_head` when its checkpoint is ahead of the log. Throws `failed`.
  subscription subscribe(subscription_options options, subscriber whom) {
    auto started = try_subscribe(std::move(options), std::move(whom));
    if (!started) throw failed(std::move(started).error());
    return std::move(*started);
  }
  template <std::invocable<const received&> F>
  subscription subscribe(subscription_options options, F event) {
    return subscribe(std::move(options), subscriber{.event = std::move(event)});
  }
  /// The same without exceptions.
  [[nodiscard]] result<subscription> try_subscribe(subscription_options options, subscriber whom) {
    auto started = core_->subscribe(std::move(options), std::move(whom));
    if (!started) return std::move(started).error();
    return subscription(std::move(*started));
  }

  /// Takes part in a group, see reprise/group.hpp, with so many events at most that are not
  /// answered. The options are those of the first worker since the node was opened. A worker of
  /// `const assigned_event&` alone is done with an event when it returns. Throws `failed`.
  template <std::invocable<const assigned_event&, const task&> F>
  group_member join(const group_options& options, F worker, std::uint32_t window = 10) {
    return detail::taken(try_join(options, std::move(worker), window));
  }
  template <std::invocable<const assigned_event&> F>
  group_member join(const group_options& options, F worker, std::uint32_t window = 10) {
    return detail::taken(try_join(
        options,
        [worker = std::move(worker)](const assigned_event& event, const task& answer) {
          worker(event);
          answer.done();
        },
        window));
  }
  /// The same without exceptions: `invalid_argument` for the options, `beyond_head` when the log is
  /// shorter than what the group has come to.
  [[nodiscard]] result<group_member> try_join(group_options options, group_worker worker,
                                              std::uint32_t window = 10) {
    auto made = core_->join(std::move(options), window, std::move(worker));
    if (!made) return std::move(made).error();
    return group_member(std::move(*made));
  }
  /// All that have workers here.
  [[nodiscard]] std::vector<group_status> groups() const { return core_->groups(); }
  /// Forgets how far a group has come and what it has parked; one of the name begins anew. `locked`
  /// while it has workers.
  result<void> drop_group(const std::string& name) { return core_->drop_group(name); }

  /// Runs a projection, see reprise/projection.hpp; it goes on where its rows stand. Throws
  /// `failed`.
  template <class P>
  running_projection project() {
    return detail::taken(try_project<P>());
  }
  /// The same without exceptions: `locked` when this version runs, `beyond_head` when the log is
  /// shorter than what the rows hold, `invalid_argument` for its options, and what the store says.
  template <class P>
  [[nodiscard]] result<running_projection> try_project() {
    auto started = core_->project(detail::describe_projection<P>());
    if (!started) return std::move(started).error();
    return running_projection(std::move(*started));
  }

  /// The rows of a projection that runs here, once they are complete and hold what all of these
  /// receipts stand for; waits for that. Throws `failed`: `unavailable` when it takes too long, why
  /// it is stopped when it is, `not_found` when it does not run here.
  template <class P>
  [[nodiscard]] reprise::view<P> view(const std::vector<receipt>& after = {},
                                      std::chrono::milliseconds timeout = std::chrono::milliseconds{
                                          10'000}) const {
    return reprise::view<P>(detail::taken(
        core_->rows(std::string(P::options.name), P::options.version, after, timeout)));
  }
  /// The same without exceptions, and without the rows.
  template <class P>
  [[nodiscard]] result<void> await_view(
      const std::vector<receipt>& after = {},
      std::chrono::milliseconds timeout = std::chrono::milliseconds{10'000}) const {
    auto there = core_->rows(std::string(P::options.name), P::options.version, after, timeout);
    if (!there) return std::move(there).error();
    return {};
  }

  /// All that run here.
  [[nodiscard]] std::vector<projection_status> projections() const { return core_->projections(); }
  /// Stops one version of a projection if it runs, and forgets its rows; other versions keep
  /// theirs.
  result<void> drop_projection(const std::string& name, std::uint32_t version) {
    return core_->drop_projection(name, version);
  }

  /// Writes committed events to a sink, see reprise/sink.hpp and reprise/sqlite.hpp. Throws
  /// `failed`.
  running_feed feed(sink_feed what) { return detail::taken(try_feed(std::move(what))); }
  running_feed feed(sink_options options, std::shared_ptr<sink> to) {
    return feed({.options = std::move(options), .to = std::move(to)});
  }
  /// The same without exceptions: `locked` when this version of the name is fed, `beyond_head` when
  /// the log is shorter than what the sink has, `invalid_argument`, and what the sink says.
  [[nodiscard]] result<running_feed> try_feed(sink_feed what) {
    auto started = core_->feed(std::move(what));
    if (!started) return std::move(started).error();
    return running_feed(std::move(*started));
  }
  /// All that run here.
  [[nodiscard]] std::vector<projection_status> feeds() const { return core_->feeds(); }

  [[nodiscard]] const reprise::metrics& metrics() const { return core_->metrics(); }

  /// Refuses new commands with `stopped`, answers those under way, and closes the store.
  /// Waits for subscribers that are being called, so none of them may call it. Idempotent.
  void close();

 private:
  explicit node(std::unique_ptr<detail::node_core> core) : core_(std::move(core)) {}

  std::unique_ptr<detail::node_core> core_;
};

}  // namespace reprise
