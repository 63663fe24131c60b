// SPDX-License-Identifier: Apache-2.0
#include "actors/ask.hpp"
#include "actors/remote_group.hpp"
#include "actors/remote_orders.hpp"
#include "actors/remote_rows.hpp"
#include "actors/remote_store.hpp"
#include "actors/timer_thread.hpp"
#include "base/clock.hpp"
#include "cluster/node_order.hpp"
#include "cluster/node_query.hpp"
#include "cluster/rpc/client_link.hpp"
#include "cluster/store_query.hpp"
#include "consumers/stored_groups.hpp"
#include "consumers/stored_projections.hpp"
#include "persistence/inspected_store.hpp"
#include "persistence/record_export.hpp"
#include "sagas/orders.hpp"
#include "sagas/stored_sagas.hpp"

#include <reprise/client.hpp>

#include <utility>

namespace reprise {

namespace {

// What is changed may be much; it is carried out once, however often it is asked for meanwhile.
constexpr std::chrono::minutes order_patience{2};

}  // namespace

class client::core final : public detail::asked_by_ref {
 public:
  core(std::unique_ptr<cluster::client_link> link, std::size_t nodes,
       actors::remote_store::freshness freshness)
      : nodes_(nodes), freshness_(freshness), link_(std::move(link)) {}

  std::shared_ptr<detail::pending_ask> ask(detail::outgoing_command command) override {
    auto pending = std::make_shared<actors::ask>(timer_);
    link_->ask(std::move(command), [pending](result<detail::raw_answer> outcome) {
      pending->complete(std::move(outcome));
    });
    return pending;
  }
  result<detail::past_state> at_sequence(const aggregate_key& /*aggregate*/,
                                         sequence /*at*/) override {
    return not_served();
  }
  result<detail::past_state> at_time(const aggregate_key& /*aggregate*/,
                                     timestamp /*at*/) override {
    return not_served();
  }

  [[nodiscard]] cluster::client_link& link() const { return *link_; }
  /// Waits; of a command that cannot be rejected.
  [[nodiscard]] result<bytes> reply_to(detail::outgoing_command command);
  [[nodiscard]] result<void> order(const cluster::node_order& what);
  [[nodiscard]] result<std::unique_ptr<actors::remote_store>> store();
  /// Those of one version of a projection.
  [[nodiscard]] result<std::unique_ptr<actors::remote_orders>> orders(const std::string& name,
                                                                      std::uint32_t version);

 private:
  static error not_served() {
    return {errc::not_hosted, "past states are served by nodes, not to clients"};
  }

  const std::size_t nodes_;
  const actors::remote_store::freshness freshness_;
  base::system_clock time_;
  // The link itself keeps deadlines; nothing is ever scheduled here.
  actors::timer_thread timer_{time_};
  // Last, so that nobody answers once the rest is gone.
  std::unique_ptr<cluster::client_link> link_;
};

result<client> client::open(const client_options& options) {
  cluster::client_link_options how{.commands_in_flight_max = options.in_flight_max};
  for (const cluster_node& node : options.nodes) {
    const bool named = !node.name.empty();
    how.nodes.push_back({named ? node.name : cluster::any_node_name, node.host, node.port});
  }
  const bool secure =
      !options.authority.empty() && !options.certificate.empty() && !options.key.empty();
  if (options.insecure == secure) {
    return error{errc::invalid_argument,
                 "client: either authority, certificate and key are given, or insecure"};
  }
  if (secure) how.tls = cluster::tls_files{options.authority, options.certificate, options.key};
  auto link = cluster::client_link::start(std::move(how));
  if (!link) return std::move(link).error();
  using freshness = actors::remote_store::freshness;
  return client(
      std::make_unique<core>(std::move(*link), options.nodes.size(),
                             options.stale_reads ? freshness::stale : freshness::current));
}

client::client(const client_options& options) {
  auto opened = open(options);
  if (!opened) throw failed(std::move(opened).error());
  *this = std::move(*opened);
}

client::client(std::unique_ptr<core> opened) : core_(std::move(opened)) {}
client::client(client&&) noexcept = default;
client& client::operator=(client&&) noexcept = default;
client::~client() = default;

detail::asked_by_ref& client::asked() const {
  return *core_;
}

result<history_page> client::history(const aggregate_key& aggregate, position after, sequence from,
                                     std::chrono::milliseconds timeout) const {
  const auto page = core_->reply_to({.to = {cluster::node_itself, "", "history"},
                                     .command = cluster::history_command,
                                     .payload = encode(cluster::history_query{
                                         .aggregate = aggregate, .after = after, .from = from}),
                                     .how = {.timeout = timeout}});
  if (!page) return page.error();
  return cluster::decode_history_page(*page);
}

result<bytes> client::core::reply_to(detail::outgoing_command command) {
  const auto pending = ask(std::move(command));
  const result<detail::raw_answer>& answer = pending->wait();
  if (!answer) return answer.error();
  return answer->reply;
}

result<std::unique_ptr<actors::remote_store>> client::core::store() {
  return actors::remote_store::open(
      [this](bytes query) {
        return reply_to({.to = {cluster::node_itself, "", "store"},
                         .command = cluster::store_command,
                         .payload = std::move(query)});
      },
      freshness_);
}

result<store_reader> client::store() const {
  auto opened = core_->store();
  if (!opened) return std::move(opened).error();
  return store_reader(std::make_unique<store_reader::opened>(std::move(*opened)));
}

result<export_summary> client::export_records(const export_sink& to, const export_options& what,
                                              const progress_listener& listener) const {
  const auto opened = core_->store();
  if (!opened) return opened.error();
  return persistence::export_log(**opened, to, what, listener);
}

result<export_summary> client::export_to_file(const std::filesystem::path& to,
                                              const export_options& what,
                                              const progress_listener& listener) const {
  return persistence::export_into(to, what.replace, [&](const export_sink& sink) {
    return export_records(sink, what, listener);
  });
}

result<saga_store> client::sagas() const {
  auto opened = core_->store();
  if (!opened) return std::move(opened).error();
  return saga_store(std::make_unique<saga_store::opened>(std::move(*opened)));
}

result<projection_store> client::projections() const {
  auto opened = core_->store();
  if (!opened) return std::move(opened).error();
  auto store = std::make_unique<projection_store::opened>();
  store->rows = std::make_unique<actors::remote_rows>(**opened);
  store->log = std::move(*opened);
  return projection_store(std::move(store));
}

result<std::unique_ptr<actors::remote_orders>> client::core::orders(const std::string& name,
                                                                    std::uint32_t version) {
  // Each node has rows of its own, and an order that is repeated must not reach another one.
  if (nodes_ != 1) {
    return error{errc::invalid_argument,
                 "what is ordered of a projection is for one node: this client has " +
                     std::to_string(nodes_)};
  }
  auto reads = store();
  if (!reads) return std::move(reads).error();
  return actors::remote_orders::open(
      [this](bytes order) {
        return reply_to({.to = {cluster::node_itself, "", "projection"},
                         .command = cluster::projection_command,
                         .payload = std::move(order),
                         .how = {.timeout = order_patience}});
      },
      std::move(*reads), name, version);
}

result<parked_orders> client::orders_to_projection(const std::string& name,
                                                   std::uint32_t version) const {
  auto orders = core_->orders(name, version);
  if (!orders) return std::move(orders).error();
  auto store = std::make_unique<parked_orders::opened>();
  store->version = std::move(*orders);
  return parked_orders(std::move(store));
}

result<void> client::drop_projection(const std::string& name, std::uint32_t version) const {
  return rebuild_projection(name, version, start_point::beginning());
}

result<void> client::rebuild_projection(const std::string& name, std::uint32_t version,
                                        const start_point& from) const {
  const auto orders = core_->orders(name, version);
  if (!orders) return orders.error();
  const auto done = (*orders)->carry_out(consumers::rebuild_order{from});
  return done ? result<void>() : done.error();
}

result<group_store> client::groups() const {
  auto opened = core_->store();
  if (!opened) return std::move(opened).error();
  auto store = std::make_unique<group_store::opened>();
  store->through_node = true;
  store->rows = std::make_unique<actors::remote_rows>(**opened);
  store->log = std::move(*opened);
  return group_store(std::move(store));
}

result<group_orders> client::orders_to_group(const std::string& name) const {
  auto opened = core_->store();
  if (!opened) return std::move(opened).error();
  // Rows that a node kept of it while it stood alone count no more.
  auto store = std::make_unique<group_store::opened>();
  store->through_node = true;
  store->log = std::move(*opened);
  const persistence::inspected_log& log = *store->log;
  group_store reads(std::move(store));
  if (const auto there = reads.parked(name); !there) return there.error();
  auto orders = std::make_unique<group_orders::opened>();
  orders->name = name;
  orders->decisions = std::make_unique<actors::remote_group>(
      [core = core_.get()](detail::outgoing_command command) {
        return core->ask(std::move(command));
      },
      std::move(reads), log, name);
  return group_orders(std::move(orders));
}

result<void> client::order(const left_saga_order& what) const {
  const aggregate_key saga{detail::saga_id(what.name), what.tenant, what.key};
  const auto pending = core_->ask(sagas::command_of(saga, what.order));
  const result<detail::raw_answer>& answer = pending->wait();
  if (!answer) return answer.error();
  if (answer->why) return error{errc::invalid_argument, answer->why->why};
  return {};
}

result<void> client::core::order(const cluster::node_order& what) {
  const auto done = reply_to({.to = {cluster::node_itself, "", "order"},
                              .command = cluster::order_command,
                              .payload = encode(what)});
  return done ? result<void>() : done.error();
}

result<void> client::add_node(const cluster_node& node) const {
  return core_->order({.what = cluster::node_order::kind::add, .node = node});
}

result<void> client::drain_node(const std::string& name) const {
  return core_->order({.what = cluster::node_order::kind::drain, .node = {.name = name}});
}

result<void> client::remove_node(const std::string& name) const {
  return core_->order({.what = cluster::node_order::kind::remove, .node = {.name = name}});
}

result<void> client::set_voters(std::uint32_t count) const {
  return core_->order({.what = cluster::node_order::kind::voters, .count = count});
}

result<void> client::move_lead(partition_id partition, const std::string& node) const {
  return core_->order(
      {.what = cluster::node_order::kind::lead, .node = {.name = node}, .partition = partition});
}

result<std::string> client::status(std::size_t node, std::chrono::milliseconds timeout) const {
  return core_->link().status(node, timeout);
}

}  // namespace reprise
