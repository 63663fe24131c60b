// SPDX-License-Identifier: Apache-2.0
//
// A whole node of a simulated cluster, through all of its lives. All of it is what runs in
// production, but for threads, sockets and clocks; its log is a real store in a folder.
//
// Threading: one thread.

#pragma once

#include "actors/node.hpp"
#include "persistence/replicated_journal.hpp"
#include "simulation/drive.hpp"
#include "simulation/mortal_stores.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace reprise::simulated {

/// What every node of a cluster is told.
struct cluster_plan {
  std::vector<std::string> founders{};
  /// Those have copies of the partitions only in which they vote.
  std::set<std::string> with_chosen_copies{};
  std::uint32_t partitions = 2;
  durability acknowledged = durability::synced;
  /// Hosts what there is to host, on a node that has just been opened.
  std::function<void(const std::string& node, detail::node_core& core)> host{};
  /// Told in the same moment that something was committed there.
  std::function<void(const std::string& node)> committed{};
  /// Told that a process is gone, before its next life: what its disk holds may change now.
  std::function<void(const std::string& node)> gone = [](const std::string&) {};
};

[[nodiscard]] cluster_node address_of(const std::string& node);

class node final : private persistence::commit_listener {
 public:
  node(computer& on, network& in, const cluster_plan& plan, std::filesystem::path folder)
      : computer_(on), network_(in), plan_(plan), folder_(std::move(folder)) {}
  ~node() override { crash(); }
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  [[nodiscard]] const std::string& name() const { return computer_.name; }
  [[nodiscard]] bool has_all_copies() const { return !plan_.with_chosen_copies.contains(name()); }
  [[nodiscard]] bool is_up() const { return core_ != nullptr; }
  [[nodiscard]] bool is_closing() const { return closing_; }
  /// Until then it does nothing.
  [[nodiscard]] milliseconds stands_still_until() const {
    return is_up() ? life_->stands_still_until() : milliseconds(0);
  }
  /// False also while it is taken to its grave.
  [[nodiscard]] bool is_alive() const { return is_up() && !life_->ended(); }
  /// Opens it on what the disk has. Throws `broken` when it does not open.
  void start();
  /// What was not written is lost.
  void crash();
  /// Hands over what it leads, and closes.
  void stop();
  void stand_still(milliseconds time);
  /// Its disk is empty from now on. While it is down.
  void lose_disk();

  /// How clients reach it; null when they do not.
  [[nodiscard]] cluster::client_requests* clients() const { return is_up() ? clients_ : nullptr; }
  // While it is up.
  [[nodiscard]] const persistence::replicated_journal& log() const { return *log_; }
  [[nodiscard]] persistence::replicated_journal& log() { return *log_; }
  [[nodiscard]] detail::node_core& core() { return *core_; }
  [[nodiscard]] computer& hardware() { return computer_; }
  /// Counts its lives.
  [[nodiscard]] std::uint64_t lives() const { return lives_; }
  [[nodiscard]] std::filesystem::path log_file() const { return folder_ / "journal" / "data.mdb"; }

 private:
  void committed_moved(partition_id partition) override;
  [[nodiscard]] actors::node_storage open_storage(metrics& measured, const base::clock& time);

  computer& computer_;
  network& network_;
  const cluster_plan& plan_;
  const std::filesystem::path folder_;
  std::unique_ptr<side_stores> beside_ = std::make_unique<side_stores>();
  std::uint64_t lives_ = 0;

  std::shared_ptr<life> life_;
  bool told_ = false;
  // Others run meanwhile.
  bool closing_ = false;
  simulated_writer* writer_ = nullptr;
  persistence::replicated_journal* log_ = nullptr;
  cluster::client_requests* clients_ = nullptr;
  std::unique_ptr<actors::local_node> core_;
};

}  // namespace reprise::simulated
