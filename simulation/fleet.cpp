// SPDX-License-Identifier: Apache-2.0
#include "simulation/fleet.hpp"

#include "cluster/node_query.hpp"

#include <algorithm>
#include <stdlib.h>
#include <utility>

namespace reprise::simulated {
namespace {

// In memory where that can be had: what a simulated crash loses is not what the system holds back.
std::filesystem::path make_folder() {
  const std::filesystem::path memory = "/dev/shm";
  const std::filesystem::path where =
      std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
  std::string name = (where / "reprise-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw std::runtime_error("no temporary folder in " + where.string());
  }
  return name;
}

}  // namespace

fleet::fleet(world& in, const cluster_plan& plan, const std::vector<std::string>& names,
             milliseconds clocks_apart)
    : world_(in),
      plan_(plan),
      clocks_apart_(clocks_apart),
      folder_(make_folder()),
      network_(world_) {
  for (const std::string& name : names) {
    computers_.push_back(std::make_unique<computer>(
        world_, name, some_offset(), static_cast<std::int64_t>(990 + world_.below(21))));
    nodes_.push_back(std::make_unique<node>(*computers_.back(), network_, plan_, folder_ / name));
  }
}

fleet::~fleet() {
  nodes_.clear();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

node& fleet::named(const std::string& name) const {
  return **std::ranges::find(nodes_, name, [](const auto& n) { return n->name(); });
}

bool fleet::go_wrong(const troubles& may) {
  node& n = any();
  switch (world_.below(14)) {
    case 0:
    case 1:
    case 2:
      if (may.crashes) go_down(n, false);
      return true;
    case 3:
      if (may.stops) go_down(n, true);
      return true;
    case 4:
    case 5:
      if (may.cuts) cut_some();
      return true;
    case 6:
      if (may.cuts) network_.heal();
      return true;
    case 7:
      if (!may.cuts) return true;
      ++tally_.resets;
      network_.reset(n.name(), any().name());
      return true;
    case 8:
      if (!may.pauses) return true;
      ++tally_.pauses;
      n.stand_still(milliseconds(50) + world_.up_to(milliseconds(2000)));
      return true;
    case 9:
      n.hardware().slow_disk = world_.one_in(2) && may.slow_disks;
      return true;
    case 10:
      if (!may.clock_jumps) return true;
      ++tally_.jumps;
      n.hardware().clock.set(some_offset());
      return true;
    case 11:
      if (may.full_disks) put_on_small_disk(n);
      return true;
    default:
      return false;
  }
}

// And comes up some time later.
void fleet::go_down(node& n, bool orderly) {
  if (!n.is_up() || n.is_closing()) return;
  if (orderly) {
    ++tally_.stops;
    n.stop();
  } else {
    ++tally_.crashes;
    n.crash();
  }
  start_later(n);
}

// Unless it was started, and perhaps taken down, by somebody else in between.
void fleet::start_later(node& n) {
  world_.after(milliseconds(50) + world_.up_to(milliseconds(2500)), [this, &n, after = n.lives()] {
    if (n.lives() == after) start(n);
  });
}

void fleet::start(node& n) {
  if (n.is_up()) return;
  try {
    n.start();
  } catch (const broken& why) {
    not_started_ = why.what();
  }
}

// Of one node from some others, one way or both.
void fleet::cut_some() {
  ++tally_.cuts;
  const std::string& who = any().name();
  const bool ways[] = {world_.one_in(3), world_.one_in(3)};
  for (const std::string& other : plan_.founders) {
    if (other == who || world_.one_in(3)) continue;
    if (!ways[0]) network_.cut(who, other);
    if (!ways[1]) network_.cut(other, who);
  }
}

// In its next life the log may fill its disk; in the one after that there is room again.
void fleet::put_on_small_disk(node& n) {
  ++tally_.small_disks;
  n.hardware().small_disk = true;
  go_down(n, false);
  world_.after(milliseconds(4000) + world_.up_to(milliseconds(3000)), [this, &n] {
    if (std::exchange(n.hardware().small_disk, false)) go_down(n, false);
  });
}

void fleet::move_lead() {
  ++tally_.moves;
  tell_any({.what = cluster::node_order::kind::lead,
            .node = {.name = any().name()},
            .partition = {static_cast<std::uint32_t>(world_.below(plan_.partitions))}});
}

void fleet::tell_any(const cluster::node_order& order) const {
  node& asked = any();
  if (asked.clients() == nullptr) return;
  asked.clients()->ask({.to = {cluster::node_itself, "", "node"},
                        .command = cluster::order_command,
                        .payload = encode(order)},
                       [](const result<detail::raw_answer>&) {});
}

void fleet::mend() {
  network_.heal();
  for (const auto& n : nodes_) {
    n->hardware().slow_disk = false;
    if (std::exchange(n->hardware().small_disk, false)) n->crash();
    start(*n);
  }
}

}  // namespace reprise::simulated
