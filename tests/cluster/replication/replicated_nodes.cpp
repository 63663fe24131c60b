// SPDX-License-Identifier: Apache-2.0
#include "tests/cluster/replication/replicated_nodes.hpp"

#include <algorithm>
#include <stdexcept>
#include <stdlib.h>
#include <thread>

namespace reprise::cluster {
namespace {

constexpr std::chrono::milliseconds tick_every{20};
constexpr std::uint64_t numbers_max = 9;

template <class T>
T taken(result<T> from) {
  if (!from) throw std::runtime_error(to_string(from.error()));
  return std::move(*from);
}

}  // namespace

void answers::appended(std::span<persistence::append_answer> answered) {
  known_.with([&](auto& known) {
    for (persistence::append_answer& each : answered) known.emplace(each.tag, each.outcome);
  });
}

std::optional<result<persistence::append_receipt>> answers::of(std::uint64_t tag) const {
  return known_.with([&](const auto& known) {
    const auto found = known.find(tag);
    return found == known.end() ? std::nullopt : std::optional(found->second);
  });
}

// The network of one node.
class replicated_nodes::link final : public peer_transport {
 public:
  struct frame {
    std::uint64_t from = 0;
    frame_kind kind{};
    bytes body{};
  };

  link(replicated_nodes& all, std::uint64_t self) : all_(all), self_(self) {}

  bool send(replica_id to, frame_kind kind, bytes body) override;
  bool send_bulk(replica_id to, frame_kind kind, bytes body) override {
    return send(to, kind, std::move(body));
  }
  bool send_to(std::uint64_t node, frame_kind kind, bytes body);
  [[nodiscard]] bool is_connected(replica_id to) const override {
    return is_linked(all_.node_of(to));
  }
  [[nodiscard]] bool is_linked(std::uint64_t node) const { return linked_.contains(node); }
  void wake() override { woken_.store(true); }

  std::deque<frame> arrived_;
  std::set<std::uint64_t> linked_;
  std::atomic<bool> woken_{false};

 private:
  replicated_nodes& all_;
  const std::uint64_t self_;
};

struct replicated_nodes::node final : role_listener {
  node(replicated_nodes& all, std::uint64_t id) : network(all, id) {}
  ~node() override { journal->close(); }
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  void role_changed(partition_id /*partition*/, const replica_role& /*role*/) override {}
  void nodes_changed() override {}

  link network;
  metrics measured;
  std::unique_ptr<persistence::replicated_journal> journal;
  std::unique_ptr<replication> replicas;
};

bool replicated_nodes::link::send(replica_id to, frame_kind kind, bytes body) {
  const std::uint64_t node = all_.node_of(to);
  return is_linked(node) && send_to(node, kind, std::move(body));
}

bool replicated_nodes::link::send_to(std::uint64_t node, frame_kind kind, bytes body) {
  ++all_.sent_[kind];
  all_.nodes_.at(node)->network.arrived_.push_back({self_, kind, std::move(body)});
  return true;
}

replicated_nodes::replicated_nodes(const nodes_options& options) : options_(options) {
  std::string name = (std::filesystem::temp_directory_path() / "reprise-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  root_ = name;
}

replicated_nodes::~replicated_nodes() {
  nodes_.clear();
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

std::filesystem::path replicated_nodes::folder_of(std::uint64_t id) const {
  return root_ / ("n" + std::to_string(id));
}

result<void> replicated_nodes::start(std::uint64_t id) {
  return start(id, id > options_.count);
}

result<void> replicated_nodes::start_anew(std::uint64_t id) {
  return start(id, true);
}

result<void> replicated_nodes::start(std::uint64_t id, bool joins) {
  auto made = std::make_unique<node>(*this, id);
  auto journal =
      persistence::replicated_journal::open({.directory = folder_of(id),
                                             .partitions = options_.partitions,
                                             .limits = {.entry_bytes_usual = entry_bytes_usual},
                                             .map_size_bytes = std::uint64_t{1} << 30U},
                                            made->measured, clock_);
  if (!journal) return std::move(journal).error();
  made->journal = std::move(*journal);
  replication_options how{
      .self = node_named(id),
      .seed = id * 7919 + last_tag_,
      .copies = options_.with_chosen_copies.contains(id) ? node_copies::chosen : node_copies::all,
      .heartbeat = tick_every,
      .election_timeout = std::chrono::milliseconds(150),
      .kept_bytes = options_.kept_bytes,
      .balance_every_ticks = options_.balance_every_ticks};
  for (std::uint64_t i = 1; i <= options_.count && !joins; ++i) {
    how.founders.push_back(node_named(i));
  }
  auto replicas = replication::start(how, *made->journal, made->network, *made, clock_,
                                     [](const std::function<void()>& run) { run(); });
  if (!replicas) {
    made->journal->close();
    return std::move(replicas).error();
  }
  made->replicas = std::move(*replicas);
  nodes_.emplace(id, std::move(made));
  connect_all();
  return {};
}

void replicated_nodes::start_all() {
  for (std::uint64_t id = 1; id <= options_.count; ++id) {
    if (is_up(id)) continue;
    if (const auto started = start(id); !started) {
      throw std::runtime_error(to_string(started.error()));
    }
  }
}

void replicated_nodes::stop(std::uint64_t id) {
  nodes_.erase(id);
  connect_all();
}

void replicated_nodes::cut_off(std::uint64_t id) {
  cut_off_.insert(id);
  connect_all();
}

void replicated_nodes::heal(std::uint64_t id) {
  cut_off_.erase(id);
  connect_all();
}

bool replicated_nodes::reach(std::uint64_t one, std::uint64_t other) const {
  return one != other && is_up(one) && is_up(other) && !cut_off_.contains(one) &&
         !cut_off_.contains(other);
}

void replicated_nodes::connect_all() {
  for (auto& [id, n] : nodes_) {
    for (std::uint64_t other = 1; other <= numbers_max; ++other) {
      const bool was = n->network.is_linked(other);
      const bool now = reach(id, other);
      if (was == now) continue;
      if (now) {
        n->network.linked_.insert(other);
        n->network.send_to(other, frame_kind::introduction, n->replicas->introduction());
      } else {
        n->network.linked_.erase(other);
        std::erase_if(n->network.arrived_, [&](const auto& f) { return f.from == other; });
        n->replicas->disconnected(node_named(other).name);
      }
    }
  }
}

// Whether there was anything to do.
bool replicated_nodes::step() {
  bool busy = false;
  for (auto& [id, n] : nodes_) {
    if (n->network.woken_.exchange(false)) {
      n->replicas->woken();
      busy = true;
    }
    for (auto arrived = std::exchange(n->network.arrived_, {}); const link::frame& f : arrived) {
      const std::string name = node_named(f.from).name;
      if (f.kind == frame_kind::introduction) {
        n->replicas->introduced(name, f.body);
      } else if (const replica_id from = n->replicas->believed_as(name); from.value != 0) {
        n->replicas->received(from, f.kind, f.body);
      }
      busy = true;
    }
  }
  if (clock_.steady() >= next_tick_) {
    next_tick_ = clock_.steady() + tick_every;
    for (auto& [id, n] : nodes_) n->replicas->tick();
    busy = true;
  }
  return busy;
}

bool replicated_nodes::until(const std::function<bool()>& holds, std::chrono::seconds patience) {
  const auto end = clock_.steady() + patience;
  while (!holds()) {
    if (clock_.steady() > end) return false;
    if (!step()) std::this_thread::yield();
  }
  return true;
}

std::uint64_t replicated_nodes::leader(std::uint32_t partition) const {
  std::uint64_t best = 0;
  term latest{};
  for (const auto& [id, n] : nodes_) {
    // One that was deposed may not know it yet.
    const term leads = n->replicas->leads_in({partition});
    if (cut_off_.contains(id) || leads <= latest) continue;
    best = id;
    latest = leads;
  }
  return best;
}

std::uint64_t replicated_nodes::elect(std::uint32_t partition, const std::set<std::uint64_t>& but) {
  std::uint64_t found = 0;
  const bool elected = until([&] {
    found = leader(partition);
    return found != 0 && !but.contains(found);
  });
  if (!elected) throw std::runtime_error("nobody leads");
  return found;
}

persistence::replicated_journal& replicated_nodes::journal(std::uint64_t id) {
  return *nodes_.at(id)->journal;
}

replication& replicated_nodes::replicas(std::uint64_t id) {
  return *nodes_.at(id)->replicas;
}

aggregate_key replicated_nodes::key(const std::string& name, std::uint32_t partition) const {
  for (std::uint64_t i = 0;; ++i) {
    aggregate_key made{aggregate_type_id{1}, "", name + "-" + std::to_string(i)};
    if (persistence::partition_of(made, options_.partitions).value == partition) return made;
  }
}

std::uint64_t replicated_nodes::append(std::uint64_t at, const aggregate_key& to,
                                       std::size_t payload) {
  const std::uint64_t tag = ++last_tag_;
  persistence::append_request request{.aggregate = to,
                                      .command = derive_command_id(std::to_string(tag))};
  request.events = {{.type = 1, .payload = bytes(payload / 8 * 8)}};
  journal(at).append(std::move(request), answers_, tag);
  return tag;
}

bool replicated_nodes::append_and_wait(std::uint64_t at, const aggregate_key& to,
                                       std::size_t payload) {
  const std::uint64_t tag = append(at, to, payload);
  return until([&] { return answers_.of(tag).has_value(); }) && answers_.of(tag)->has_value();
}

std::vector<std::string> replicated_nodes::history(std::uint64_t at, std::uint32_t partition) {
  std::vector<std::string> all;
  const auto page =
      journal(at).scan({partition}, {}, [&](const persistence::stored_record& record) {
        all.push_back(std::to_string(record.at.value) + ":" + std::string(record.id) + "/" +
                      std::to_string(record.sequence.value));
        return true;
      });
  taken(page);
  return all;
}

bool replicated_nodes::agree(std::uint32_t partition) {
  return until([&] {
    std::set<std::uint64_t> ends;
    const std::set<std::uint64_t> all = holders(partition);
    for (const std::uint64_t id : all) ends.insert(journal(id).committed({partition}).value);
    if (ends.size() != 1) return false;
    std::set<std::vector<std::string>> histories;
    for (const std::uint64_t id : all) histories.insert(history(id, partition));
    return histories.size() == 1;
  });
}

std::set<std::uint64_t> replicated_nodes::holders(std::uint32_t partition) const {
  std::set<std::uint64_t> all;
  const std::uint64_t leads = leader(partition);
  if (leads == 0) return all;
  for (const member& m : nodes_.at(leads)->replicas->standing_of({partition}).members) {
    if (const std::uint64_t id = node_of(m.id); id != 0) all.insert(id);
  }
  return all;
}

void replicated_nodes::let_hold(std::uint64_t id, node_copies which) {
  if (which == node_copies::chosen) {
    options_.with_chosen_copies.insert(id);
  } else {
    options_.with_chosen_copies.erase(id);
  }
}

bool replicated_nodes::believes(std::uint64_t one, std::uint64_t other) {
  return replicas(one).believed_as(node_named(other).name).value != 0;
}

replica_id replicated_nodes::replica_of(std::uint64_t id) {
  return replicas(id).registry().self();
}

std::uint64_t replicated_nodes::node_of(replica_id replica) const {
  for (const auto& [id, n] : nodes_) {
    if (n->replicas && n->replicas->registry().self() == replica) return id;
  }
  return 0;
}

cluster_node replicated_nodes::node_named(std::uint64_t id) {
  return {.name = "n" + std::to_string(id),
          .host = "127.0.0.1",
          .port = static_cast<std::uint16_t>(7000 + id)};
}

}  // namespace reprise::cluster
