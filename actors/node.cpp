// SPDX-License-Identifier: Apache-2.0
#include "actors/node.hpp"

#include "actors/ask.hpp"
#include "actors/consumer_lag.hpp"
#include "base/checksum.hpp"
#include "consumers/follower.hpp"
#include "consumers/logged_group.hpp"
#include "messages/schema_bundle.hpp"
#include "sagas/orders.hpp"

#include <cstring>
#include <latch>
#include <set>
#include <string>
#include <utility>

namespace reprise::actors {
namespace {

// A hung disk must not make one partition's inbox take all of the node's bound.
constexpr std::uint32_t commands_waiting_max = 65'536;
// Long enough for the partition to say that the command was not handled; that is the better answer.
constexpr std::chrono::milliseconds grace{250};

std::uint64_t bytes_of(const detail::outgoing_command& command) {
  return sizeof(command_message) + command.payload.size() + command.to.id.size();
}

}  // namespace

local_node::local_node(node_options options, std::unique_ptr<base::clock> time,
                       std::unique_ptr<reprise::metrics> measured, node_storage storage,
                       std::array<std::byte, 16> id_seed, std::unique_ptr<node_drive> drive)
    : time_(std::move(time)),
      measured_(std::move(measured)),
      drive_(std::move(drive)),
      options_(std::move(options)),
      traces_(make_tracer()),
      storage_(std::move(storage)),
      instruments_(*measured_),
      retention_(*storage_.events, *storage_.snapshots, *time_, *measured_),
      admission_(options_.waiting_bytes_max),
      id_seed_(id_seed),
      timer_(drive_->alarms(*time_)),
      blocking_(drive_->jobs(options_.recoveries_max)),
      runtime_(drive_->actors(options_.workers)),
      consumers_(*storage_.events, storage_.open_consumers,
                 drive_->consumers(options_.consumers_max)),
      subscriptions_(*storage_.events, *time_, consumers_),
      projections_(*storage_.events, *storage_.schemas, *time_, *measured_, consumers_,
                   base::checksum64(id_seed_)),
      sinks_(*storage_.events, *time_, *measured_, consumers_, base::checksum64(id_seed_, 2)),
      groups_(*storage_.events, *time_, consumers_, base::checksum64(id_seed_, 3)),
      calls_(*time_, *measured_, traces_ ? &*traces_ : nullptr, *drive_),
      sagas_(*storage_.events, *time_, *measured_, consumers_, outlets(),
             base::checksum64(id_seed_, 1)) {
  const std::uint32_t count = storage_.events->partitions();
  const partition_limits limits{
      .active_max = std::max<std::uint64_t>(options_.active_max / count, 1),
      .payload_bytes_max = options_.payload_bytes_max,
      .recovery_limit = options_.recovery_limit};
  const partition_actor::ports around{.events = *storage_.events,
                                      .snapshots = *storage_.snapshots,
                                      .time = *time_,
                                      .runtime = *runtime_,
                                      .blocking = *blocking_,
                                      .timer = *timer_,
                                      .measured = instruments_,
                                      .retention = retention_,
                                      .snapshots_failed = measured_->count("snapshots.failed"),
                                      .seals = storage_.seals.get()};
  for (std::uint32_t i = 0; i < count; ++i) {
    partitions_.push_back(
        std::make_unique<partition_actor>(partition_id{i}, around, limits, commands_waiting_max));
  }
}

result<void> local_node::join_cluster() {
  retention_.keep_all();
  check_ = std::make_unique<asked_check>(*storage_.survey, *time_);
  auto member = cluster_member::start(
      options_.cluster,
      {.journal = *storage_.replicas,
       .store = {.events = *storage_.events,
                 .snapshots = *storage_.snapshots,
                 .schemas = *storage_.schemas,
                 .survey = *storage_.survey,
                 .check = *check_,
                 .rows =
                     [this] {
                       const consumer_stores* const kept = consumers_.opened_stores();
                       return kept == nullptr ? nullptr : kept->rows.get();
                     }},
       .partitions = partitions_,
       .time = *time_,
       .blocking = *blocking_,
       .drive = *drive_,
       .admitted = admission_,
       .measured = instruments_,
       .change =
           [this](const consumers::projection_order& what) { return projections_.carry_out(what); },
       .ask = [this](detail::outgoing_command command) { return ask(std::move(command)); }},
      base::checksum64(id_seed_, 2));
  if (!member) return std::move(member).error();
  cluster_ = std::move(*member);
  groups_.share_with_others(
      {.host = [this](const detail::aggregate_type& type) { return host(type); },
       .leads = [this](partition_id partition) { return cluster_->leads(partition); },
       .ledgers = {.partitions = storage_.events->partitions(),
                   .ask =
                       [this](detail::outgoing_command command) { return ask(std::move(command)); },
                   .home_of =
                       [this](const aggregate_key& aggregate) {
                         return storage_.events->partition_of(aggregate);
                       },
                   .last_of =
                       [this](const aggregate_key& aggregate) {
                         const auto head = storage_.events->head(aggregate);
                         return head ? head->last : sequence{};
                       }}});
  // What people order of a group comes to who leads, also where no worker is.
  answer_for(detail::describe<consumers::logged_group>());
  return cluster_->serve_clients();
}

std::optional<tracer> local_node::make_tracer() {
  if (!options_.spans_to) return {};
  return std::optional<tracer>(std::in_place, *options_.spans_to, *time_,
                               [this](aggregate_type_id type, std::uint32_t command) {
                                 return command_name(type, command);
                               });
}

result<void> local_node::host(const detail::aggregate_type& type) {
  const auto personal = check_schema(type);
  if (!personal) return personal.error();
  detail::aggregate_type known = type;
  known.holds_personal_data = *personal;
  answer_for(known);
  return {};
}

void local_node::answer_for(const detail::aggregate_type& type) {
  types_.with([&](auto& types) { types.emplace(type.id.value, type); });
  for (const auto& partition : partitions_) partition->host(type);
  if (cluster_) {
    cluster_->handle({.type = type.id,
                      .name = std::string(type.name),
                      .bundle = {type.schema.begin(), type.schema.end()}});
  }
}

saga_outlets local_node::outlets() {
  return {.ask = [this](detail::outgoing_command command) { return ask(std::move(command)); },
          .ask_here =
              [this](detail::outgoing_command command) { return ask(std::move(command), true); },
          .leads_in = [this](partition_id partition) -> std::uint64_t {
            return cluster_ ? cluster_->leads_in(partition) : 1;
          },
          .hold_call = [this](const std::string& name) { return calls_.hold(name); },
          .call =
              [this](const sagas::outgoing_call& what,
                     std::function<void(result<detail::raw_answer>)> then) {
                calls_.call(what, std::move(then));
              }};
}

result<void> local_node::host(detail::saga_type type) {
  auto code = sagas::make_saga_code(
      std::move(type),
      {.hosts =
           [this](aggregate_type_id wanted) {
             return types_.with([&](const auto& types) { return types.contains(wanted.value); });
           },
       .log_ends = [this] { return log_ends(); }});
  if (!code) return std::move(code).error();
  if (result<void> done = host(sagas::as_aggregate(*code)); !done) return done;
  // Keys of instances are found in all logs, so who has not all brings no events.
  return sagas_.start(*code, has_all_logs());
}

std::vector<position> local_node::log_ends() const {
  if (!cluster_) return consumers::committed_ends(*storage_.events);
  std::vector<position> ends;
  for (std::uint32_t i = 0; i < storage_.events->partitions(); ++i) {
    ends.push_back(cluster_->known_end({i}));
  }
  return ends;
}

result<std::vector<std::string>> local_node::not_hosted() const {
  const auto stored = storage_.schemas->all();
  if (!stored) return stored.error();
  std::set<std::string> names;
  types_.with([&](const auto& types) {
    for (const persistence::stored_schema& schema : *stored) {
      if (!types.contains(schema.type.value)) names.insert(schema.name);
    }
  });
  return std::vector<std::string>(names.begin(), names.end());
}

void local_node::handle_calls(std::string name, call_handler handler, call_limits limits) {
  calls_.set(name, std::move(handler), limits);
}

std::string local_node::command_name(aggregate_type_id type, std::uint32_t command) const {
  return types_.with([&](const auto& types) {
    std::string out;
    const auto found = types.find(type.value);
    if (found == types.end()) return out;
    out += found->second.name;
    out += '.';
    if (found->second.command_name != nullptr) out += found->second.command_name(command);
    return out;
  });
}

std::shared_ptr<detail::pending_ask> local_node::order(const aggregate_key& saga,
                                                       const saga_order& what) {
  return ask(sagas::command_of(saga, what));
}

result<saga_status> local_node::look_at(const aggregate_key& saga) {
  const auto pending = ask(sagas::look_at(saga));
  const result<detail::raw_answer>& answer = pending->wait();
  if (!answer) return answer.error();
  return sagas::status_in(answer->reply);
}

void local_node::passivate_after(aggregate_type_id type, std::chrono::milliseconds idle) {
  for (const auto& partition : partitions_) {
    partition->adjust({.type = type, .passivate_after = idle, .active_max = {}});
  }
}

void local_node::active_max(std::uint64_t count) {
  const std::uint64_t each = std::max<std::uint64_t>(count / partitions_.size(), 1);
  for (const auto& partition : partitions_) partition->adjust({.active_max = each});
}

result<bool> local_node::check_schema(const detail::aggregate_type& type) {
  auto mine = messages::schema_bundle::open(type.schema);
  if (!mine) return mine.error();
  const bool personal = mine->has_personal_fields();
  if (personal && !storage_.seals) {
    return error{errc::invalid_argument,
                 "a node of a cluster cannot host " + std::string(type.name) +
                     ": it has personal fields, and their keys have no copies on other nodes"};
  }
  if (auto kept = keep_schema(type, *mine); !kept) return std::move(kept).error();
  if (personal) storage_.seals->learn(std::move(*mine));
  return personal;
}

result<void> local_node::keep_schema(const detail::aggregate_type& type,
                                     const messages::schema_bundle& mine) {
  const auto stored = storage_.schemas->all();
  if (!stored) return stored.error();
  for (const persistence::stored_schema& schema : *stored) {
    if (schema.type != type.id) continue;
    if (std::ranges::equal(schema.bundle, type.schema)) return {};
    const auto older = messages::schema_bundle::open(schema.bundle);
    if (!older) return older.error();
    if (result<void> readable = mine.accepts(*older); !readable) return readable;
  }
  return storage_.schemas->save({.type = type.id,
                                 .name = std::string(type.name),
                                 .bundle = {type.schema.begin(), type.schema.end()}});
}

result<void> local_node::forget(std::span<const std::string> subjects) {
  if (!storage_.seals) {
    return error{errc::not_found, "a node of a cluster seals nothing, so it cannot forget"};
  }
  persistence::subject_keys& keys = storage_.seals->keys();
  if (const auto destroyed = keys.forget(subjects); !destroyed) return destroyed.error();
  // Shared: the last one to count may still do so when this goes on.
  const auto renewed =
      std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(partitions_.size()));
  for (const auto& partition : partitions_) {
    partition->renew([renewed] { renewed->count_down(); });
  }
  renewed->wait();
  // What was decided or saved meanwhile may have rested on a state of before; its keys are newer.
  const auto late = keys.forget(subjects);
  return late ? result<void>{} : late.error();
}

result<std::uint64_t> local_node::rotate_keys() {
  if (!storage_.seals) {
    return error{errc::not_found, "a node of a cluster seals nothing, so it has no keys"};
  }
  return storage_.seals->keys().rotate();
}

result<void> local_node::check(const detail::outgoing_command& command) const {
  if (command.to.id.empty() || command.to.id.size() > 1024) {
    return error{errc::invalid_argument, "an aggregate id has 1 to 1024 bytes, this one has " +
                                             std::to_string(command.to.id.size())};
  }
  if (command.to.tenant.size() > 255) {
    return error{errc::invalid_argument, "a tenant has at most 255 bytes, this one has " +
                                             std::to_string(command.to.tenant.size())};
  }
  for (const auto& [name, value] : command.how.headers) {
    if (name.starts_with(detail::reserved_header_prefix)) {
      return error{errc::invalid_argument, "the header " + name + " has a name that is reserved"};
    }
  }
  if (command.payload.size() > options_.payload_bytes_max) {
    return error{errc::too_large, "the command takes " + std::to_string(command.payload.size()) +
                                      " bytes, the limit is " +
                                      std::to_string(options_.payload_bytes_max)};
  }
  return {};
}

std::shared_ptr<detail::pending_ask> local_node::ask(detail::outgoing_command out, bool here) {
  // A one-way command needs nobody to wait; its failures are counted by the partition.
  auto pending = out.one_way ? nullptr : std::make_shared<actors::ask>(*timer_);
  const auto refuse = [&](error why) {
    if (pending) {
      pending->complete(std::move(why));
    } else {
      instruments_.one_way_failed.add();
    }
    return pending;
  };
  if (result<void> fine = check(out); !fine) return refuse(std::move(fine).error());
  admission::share share = admission_.admit(bytes_of(out));
  if (!share) {
    instruments_.overloaded.add();
    return refuse({errc::overloaded, "commands waiting in this node take more than " +
                                         std::to_string(options_.waiting_bytes_max) + " bytes"});
  }
  command_message command = message_of(std::move(out), fresh_command_id(), time_->steady(),
                                       traces_ ? &*traces_ : nullptr);
  command.caller = pending;
  command.share = std::move(share);
  if (pending) timer_->schedule(pending, command.deadline + grace);
  const partition_id home = storage_.events->partition_of(command.to);
  if (cluster_ && !here) {
    cluster_->route(home, std::move(command));
    return pending;
  }
  if (const result<void> taken = partitions_[home.value]->offer(command); !taken) {
    return refuse(taken.error());
  }
  return pending;
}

command_id local_node::fresh_command_id() {
  std::array<std::byte, 24> text{};
  const std::uint64_t n = ids_given_.fetch_add(1, std::memory_order_relaxed);
  std::memcpy(text.data(), id_seed_.data(), 16);
  std::memcpy(text.data() + 16, &n, 8);
  return {base::checksum128(text)};
}

result<detail::past_state> local_node::at_sequence(const aggregate_key& aggregate, sequence at) {
  return past(aggregate, {.sequence = at, .time = {}});
}

result<detail::past_state> local_node::at_time(const aggregate_key& aggregate, timestamp at) {
  return past(aggregate, {.sequence = {}, .time = at});
}

result<detail::past_state> local_node::past(const aggregate_key& aggregate,
                                            const restore_bounds& until) {
  const detail::aggregate_type* type =
      types_.with([&](const auto& types) -> const detail::aggregate_type* {
        const auto found = types.find(aggregate.type.value);
        return found == types.end() ? nullptr : &found->second;
      });
  if (type == nullptr) {
    return error{errc::not_hosted, "no aggregate type with this id is hosted here"};
  }
  if (cluster_) {
    const auto held = cluster_->check_held(storage_.events->partition_of(aggregate));
    if (!held) return held.error();
  }
  auto found = restore({*storage_.events, *storage_.snapshots, *time_}, *type, aggregate, until);
  if (!found) return std::move(found).error();
  return detail::past_state{std::move(found->instance), found->last, found->time};
}

result<void> local_node::check_reads_all(const std::string& who) const {
  if (has_all_logs()) return {};
  return error{errc::invalid_argument,
               who +
                   " reads all partitions, and this node has copies of those only in which it "
                   "votes; it belongs on a node that has copies of all"};
}

result<std::shared_ptr<detail::running_subscription>> local_node::subscribe(
    subscription_options options, subscriber whom) {
  if (auto fine = check_reads_all("a subscription"); !fine) return std::move(fine).error();
  return subscriptions_.start(std::move(options), std::move(whom));
}

result<std::shared_ptr<detail::live_projection>> local_node::project(
    const detail::projection_type& type) {
  if (auto fine = check_reads_all("a projection"); !fine) return std::move(fine).error();
  return projections_.start(type);
}

result<detail::row_view> local_node::rows(const std::string& projection, std::uint32_t version,
                                          std::span<const receipt> after,
                                          std::chrono::milliseconds timeout) {
  const auto found = projections_.find(projection, version);
  if (!found) return found.error();
  auto rows = (*found)->rows(after, timeout);
  if (rows) {
    rows->age = age_of(rows->cursors, *storage_.events, *time_, [this](partition_id partition) {
      return cluster_ ? cluster_->age(partition) : std::chrono::milliseconds(0);
    });
  }
  return rows;
}

std::vector<projection_status> local_node::projections() const {
  return projections_.all();
}

result<void> local_node::drop_projection(const std::string& name, std::uint32_t version) {
  return projections_.drop(name, version);
}

void local_node::close() {
  std::call_once(closed_, [this] {
    // First, since subscribers may be waiting for answers.
    subscriptions_.stop();
    groups_.stop();
    projections_.stop();
    sinks_.stop();
    sagas_.stop();
    calls_.stop();
    consumers_.stop();
    if (cluster_) cluster_->stop();
    if (check_) check_->stop();
    for (const auto& partition : partitions_) partition->stop();
    // Answers appends under way; those answers are mail, which the actors handle before they end.
    storage_.events->close();
    blocking_->stop();
    runtime_->stop();
    for (const auto& partition : partitions_) partition->refuse_rest();
    timer_->stop();
  });
}

}  // namespace reprise::actors

namespace reprise {

node::node(const node_options& options) {
  auto opened = detail::open_node(options);
  if (!opened) throw failed(std::move(opened).error());
  core_ = std::move(*opened);
}

result<node> node::open(const node_options& options) {
  auto opened = detail::open_node(options);
  if (!opened) return std::move(opened).error();
  return node(std::move(*opened));
}

node::~node() {
  close();
}

void node::close() {
  if (core_) core_->close();
}

}  // namespace reprise
