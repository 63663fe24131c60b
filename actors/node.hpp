// SPDX-License-Identifier: Apache-2.0
//
// Assembly of one node: constructs the parts, connects them, stops them in order. Decides nothing.
//
// Threading: every method may be called from any thread.

#pragma once

#include "actors/asked_check.hpp"
#include "actors/call_handlers.hpp"
#include "actors/cluster_member.hpp"
#include "actors/command_message.hpp"
#include "actors/command_span.hpp"
#include "actors/consumer_host.hpp"
#include "actors/node_drive.hpp"
#include "actors/partition_actor.hpp"
#include "actors/projections.hpp"
#include "actors/saga_registry.hpp"
#include "actors/sinks.hpp"
#include "actors/storage.hpp"
#include "actors/subscriptions.hpp"
#include "actors/work_groups.hpp"
#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "messages/schema_bundle.hpp"

#include <reprise/metrics.hpp>
#include <reprise/node.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace reprise::actors {

class local_node final : public detail::node_core {
 public:
  /// `time` and `measured` come first because the storage, and a file of spans that the options
  /// own, use them until they are gone. `drive`: what runs it.
  local_node(node_options options, std::unique_ptr<base::clock> time,
             std::unique_ptr<reprise::metrics> measured, node_storage storage,
             std::array<std::byte, 16> id_seed, std::unique_ptr<node_drive> drive);
  ~local_node() override { close(); }

  /// Takes part in the cluster that its options name. Before anything is asked; once.
  result<void> join_cluster();

  result<void> host(const detail::aggregate_type& type) override;
  result<void> host(detail::saga_type type) override;
  [[nodiscard]] result<std::vector<std::string>> not_hosted() const override;
  [[nodiscard]] std::vector<saga_progress> sagas() const override { return sagas_.all(); }
  void handle_calls(std::string name, call_handler handler, call_limits limits) override;
  std::shared_ptr<detail::pending_ask> order(const aggregate_key& saga,
                                             const saga_order& what) override;
  result<saga_status> look_at(const aggregate_key& saga) override;
  result<void> forget(std::span<const std::string> subjects) override;
  result<std::uint64_t> rotate_keys() override;
  void passivate_after(aggregate_type_id type, std::chrono::milliseconds idle) override;
  void active_max(std::uint64_t count) override;
  std::shared_ptr<detail::pending_ask> ask(detail::outgoing_command command) override {
    return ask(std::move(command), false);
  }
  result<detail::past_state> at_sequence(const aggregate_key& aggregate, sequence at) override;
  result<detail::past_state> at_time(const aggregate_key& aggregate, timestamp at) override;
  result<std::shared_ptr<detail::running_subscription>> subscribe(subscription_options options,
                                                                  subscriber whom) override;
  result<std::shared_ptr<detail::live_projection>> project(
      const detail::projection_type& type) override;
  result<detail::row_view> rows(const std::string& projection, std::uint32_t version,
                                std::span<const receipt> after,
                                std::chrono::milliseconds timeout) override;
  [[nodiscard]] std::vector<projection_status> projections() const override;
  result<void> drop_projection(const std::string& name, std::uint32_t version) override;
  result<detail::joined> join(group_options options, std::uint32_t window,
                              group_worker worker) override {
    return groups_.join(std::move(options), window, std::move(worker));
  }
  [[nodiscard]] std::vector<group_status> groups() const override { return groups_.all(); }
  result<void> drop_group(const std::string& name) override { return groups_.drop(name); }
  result<std::shared_ptr<detail::live_feed>> feed(sink_feed what) override {
    if (auto fine = check_reads_all("a sink"); !fine) return std::move(fine).error();
    return sinks_.start(std::move(what));
  }
  [[nodiscard]] std::vector<projection_status> feeds() const override { return sinks_.all(); }
  void close() override;
  [[nodiscard]] const reprise::metrics& metrics() const override { return *measured_; }

 private:
  [[nodiscard]] command_id fresh_command_id();
  /// `here`: it is handled by this node, which leads its partition, or not at all.
  std::shared_ptr<detail::pending_ask> ask(detail::outgoing_command command, bool here);
  [[nodiscard]] saga_outlets outlets();
  [[nodiscard]] std::optional<tracer> make_tracer();
  [[nodiscard]] std::string command_name(aggregate_type_id type, std::uint32_t command) const;
  /// Takes commands for it.
  void answer_for(const detail::aggregate_type& type);
  /// Remembers its schema, unless that cannot read what is stored.
  result<void> keep_schema(const detail::aggregate_type& type, const messages::schema_bundle& mine);
  /// Whether the type holds personal data, which is sealed from then on.
  result<bool> check_schema(const detail::aggregate_type& type);
  result<void> check(const detail::outgoing_command& command) const;
  /// It has copies of all partitions.
  [[nodiscard]] bool has_all_logs() const {
    return !cluster_ || options_.cluster.copies == node_copies::all;
  }
  /// `invalid_argument` for who reads all logs, where this node has not all of them.
  [[nodiscard]] result<void> check_reads_all(const std::string& who) const;
  /// Up to where each partition is committed, by number, as far as this node knows.
  [[nodiscard]] std::vector<position> log_ends() const;
  result<detail::past_state> past(const aggregate_key& aggregate, const restore_bounds& until);

  const std::unique_ptr<base::clock> time_;
  const std::unique_ptr<reprise::metrics> measured_;
  const std::unique_ptr<node_drive> drive_;
  const node_options options_;
  const std::optional<tracer> traces_;
  const node_storage storage_;
  partition_metrics instruments_;
  event_retention retention_;
  admission admission_;
  const std::array<std::byte, 16> id_seed_;
  std::atomic<std::uint64_t> ids_given_{0};
  base::guarded<std::map<std::uint64_t, detail::aggregate_type>> types_;
  std::once_flag closed_;
  const std::unique_ptr<alarm_clock> timer_;
  const std::shared_ptr<job_runner> blocking_;
  const std::unique_ptr<actor_runtime> runtime_;
  std::vector<std::unique_ptr<partition_actor>> partitions_;
  consumer_host consumers_;
  subscriptions subscriptions_;
  actors::projections projections_;
  actors::sinks sinks_;
  work_groups groups_;
  call_handlers calls_;
  saga_registry sagas_;
  // Null on a node that stands alone.
  std::unique_ptr<asked_check> check_;
  std::unique_ptr<cluster_member> cluster_;
};

}  // namespace reprise::actors
