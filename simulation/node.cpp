// SPDX-License-Identifier: Apache-2.0
#include "simulation/node.hpp"

#include "base/checksum.hpp"
#include "cluster/log_entry.hpp"

#include <algorithm>
#include <cstring>
#include <span>

namespace reprise::simulated {
namespace {

constexpr std::uint64_t log_bytes = std::uint64_t{64} << 20U;
constexpr std::uint64_t small_log_bytes = std::uint64_t{1} << 20U;

// The clock of one life. The dead wait for nobody, so theirs runs on whenever it is looked at.
class clock_of_life final : public base::clock {
 public:
  clock_of_life(const computer_clock& on, std::shared_ptr<life> of)
      : on_(on), life_(std::move(of)) {}
  [[nodiscard]] timestamp now() const override { return on_.now(); }
  [[nodiscard]] instant steady() const override {
    if (life_->ended()) past_ += milliseconds(100);
    return on_.steady() + past_;
  }

 private:
  const computer_clock& on_;
  const std::shared_ptr<life> life_;
  mutable milliseconds past_{0};
};

}  // namespace

cluster_node address_of(const std::string& node) {
  const auto name = std::as_bytes(std::span(node));
  return {.name = node,
          .host = "127.0.0.1",
          .port = static_cast<std::uint16_t>(1024 + base::checksum64(name) % 60'000)};
}

actors::node_storage node::open_storage(metrics& measured, const base::clock& time) {
  auto writer = std::make_unique<simulated_writer>(computer_, life_);
  writer_ = writer.get();
  auto log = persistence::replicated_journal::open(
      {.directory = folder_,
       .partitions = plan_.partitions,
       .limits = {.entry_bytes_usual = cluster::entry_bytes_usual},
       .map_size_bytes = computer_.small_disk ? small_log_bytes : log_bytes,
       .checkpoint_records = 200,
       .acknowledged = plan_.acknowledged},
      measured, time, std::move(writer));
  if (!log) throw broken(name() + " does not open: " + to_string(log.error()));
  log_ = log->get();
  log_->watch(*this);
  std::unique_ptr<persistence::schema_store> schemas = (*log)->schemas();
  return {.seals = nullptr,
          .events = std::move(*log),
          .replicas = log_,
          .snapshots = std::make_unique<mortal_snapshots>(beside_->snapshots, life_),
          .schemas = std::move(schemas),
          .survey = std::make_unique<no_survey>(),
          .open_consumers = [this]() -> result<actors::consumer_stores> {
            return actors::consumer_stores{
                std::make_unique<mortal_checkpoints>(beside_->checkpoints, life_),
                std::make_unique<mortal_rows>(beside_->rows, life_)};
          }};
}

void node::start() {
  ++lives_;
  told_ = false;
  life_ = std::make_shared<life>(computer_.around);
  node_options options{.data = folder_.string(), .workers = 1};
  options.cluster = {.self = name(), .insecure = true};
  options.cluster.copies = has_all_copies() ? node_copies::all : node_copies::chosen;
  options.cluster.client_port = address_of(name()).port;
  for (const std::string& each : plan_.founders) options.cluster.nodes.push_back(address_of(each));
  options.cluster.join = std::ranges::find(plan_.founders, name()) == plan_.founders.end();
  if (options.cluster.join) options.cluster.nodes.push_back(address_of(name()));
  auto measured = std::make_unique<metrics>();
  auto time = std::make_unique<clock_of_life>(computer_.clock, life_);
  actors::node_storage storage = open_storage(*measured, *time);
  std::array<std::byte, 16> seed{};
  const std::uint64_t drawn = computer_.around.seed();
  std::memcpy(seed.data(), &drawn, sizeof drawn);
  core_ = std::make_unique<actors::local_node>(
      options, std::move(time), std::move(measured), std::move(storage), seed,
      std::make_unique<simulated_drive>(
          computer_, life_, network_,
          [this](cluster::client_requests* requests) { clients_ = requests; }));
  if (const auto joined = core_->join_cluster(); !joined) {
    throw broken(name() + " does not take part: " + to_string(joined.error()));
  }
  writer_->begun();
  plan_.host(name(), *core_);
}

// A listener may only make a note of it.
void node::committed_moved(partition_id /*partition*/) {
  if (std::exchange(told_, true)) return;
  // Whoever looks at it sees it also while it stands still.
  computer_.around.after(milliseconds(0), [this, in = life_] {
    if (in->ended()) return;
    told_ = false;
    plan_.committed(name());
  });
}

void node::crash() {
  if (!is_up() || closing_) return;
  life_->end();
  core_.reset();
  clients_ = nullptr;
  plan_.gone(name());
}

void node::stop() {
  if (!is_up() || closing_) return;
  // Time passes meanwhile, and somebody may find something wrong in it.
  closing_ = true;
  try {
    core_->close();
  } catch (...) {
    closing_ = false;
    throw;
  }
  closing_ = false;
  crash();
}

void node::lose_disk() {
  std::filesystem::remove_all(folder_);
  beside_ = std::make_unique<side_stores>();
}

void node::stand_still(milliseconds time) {
  if (is_up()) life_->stand_still(time);
}

}  // namespace reprise::simulated
