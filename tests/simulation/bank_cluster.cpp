// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/bank_cluster.hpp"

#include "cluster/node_query.hpp"
#include "tests/simulation/observed.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <stdlib.h>

namespace reprise::simulation {
namespace {

constexpr milliseconds look_every{25};
constexpr milliseconds settles_within{60'000};
constexpr const char* newcomer = "newcomer";

// In memory where that can be had: what a simulated crash loses is not what the system holds back.
std::filesystem::path make_folder() {
  const std::filesystem::path memory = "/dev/shm";
  const std::filesystem::path where =
      std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
  std::string name = (where / "reprise-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  return name;
}

}  // namespace

bank_cluster::bank_cluster(std::uint64_t seed, const campaign_options& options)
    : options_(options),
      world_(seed),
      folder_(make_folder()),
      network_(world_),
      past_(options.partitions),
      customers_(world_, nodes_, past_) {
  plan_.partitions = options.partitions;
  plan_.acknowledged = options.acknowledged;
  for (std::uint64_t i = 1; i <= options.nodes; ++i) {
    plan_.founders.push_back("n" + std::to_string(i));
  }
  const auto first_chosen = static_cast<std::ptrdiff_t>(options.nodes - options.with_chosen_copies);
  plan_.with_chosen_copies = {plan_.founders.begin() + first_chosen, plan_.founders.end()};
  plan_.host = [this](const std::string& on, detail::node_core& core) { host(on, core); };
  plan_.committed = [this](const std::string& node) { past_.look_at(named(node)); };
  past_.watch(bank::account_api::type);
  past_.watch(bank::transfer_api::type);
  std::vector<std::string> names = plan_.founders;
  if (options.joins) names.emplace_back(newcomer);
  for (const std::string& name : names) {
    computers_.push_back(std::make_unique<computer>(
        world_, name, some_offset(), static_cast<std::int64_t>(990 + world_.below(21))));
    nodes_.push_back(std::make_unique<node>(*computers_.back(), network_, plan_, folder_ / name));
  }
}

bank_cluster::~bank_cluster() {
  nodes_.clear();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void bank_cluster::host(const std::string& on, detail::node_core& core) {
  const auto must = [&](const auto& done, const std::string& what) {
    if (!done) throw broken(on + " does not host " + what + ": " + to_string(done.error()));
  };
  const auto told = [this, on](const command_id& command, const aggregate_key& whose) {
    observe(on, command, whose);
  };
  must(core.host(observed(detail::describe<bank::account>(), told)), "accounts");
  must(core.host(observed(detail::describe<bank::transfer>(), told)), "transfers");
  must(core.host(detail::describe_saga<bank::move_money>()), "the saga");
  if (!named(on).has_all_copies()) return;
  must(core.project(detail::describe_projection<bank::summary>()), "the projection");
}

node& bank_cluster::named(const std::string& name) {
  return **std::ranges::find(nodes_, name, [](const auto& n) { return n->name(); });
}

// A handler runs there: in which term does it lead?
void bank_cluster::observe(const std::string& on, const command_id& command,
                           const aggregate_key& whose) {
  node& n = named(on);
  if (n.clients() == nullptr) return;
  const auto status = nlohmann::json::parse(n.clients()->status_json());
  const std::uint32_t home = n.log().partition_of(whose).value;
  past_.handled(on, command, status["replicas"][home]["term"].get<std::uint64_t>());
}

campaign_result bank_cluster::run() {
  for (const auto& n : nodes_) n->start();
  look();
  customers_.begin(options_.customers);
  const milliseconds end = world_.now() + options_.lasts;
  while (world_.now() < end) {
    world_.run_for(world_.up_to(milliseconds(600)));
    trouble();
  }
  settle();
  result_.clients = customers_.counted();
  for (const auto& log : past_.chosen()) result_.records += log.size();
  result_.transfers = books_of(past_).transfers.size();
  result_.terms = past_.terms();
  result_.frames = network_.frames();
  for (const auto& n : nodes_) result_.commits_lost += n->commits_lost();
  result_.digest = past_.digest();
  return result_;
}

void bank_cluster::trouble() {
  node& n = any();
  switch (world_.below(14)) {
    case 0:
    case 1:
    case 2:
      return go_down(n, false);
    case 3:
      return go_down(n, true);
    case 4:
    case 5:
      return cut_some();
    case 6:
      return network_.heal();
    case 7:
      ++result_.resets;
      return network_.reset(n.name(), any().name());
    case 8:
      ++result_.pauses;
      return n.stand_still(milliseconds(50) + world_.up_to(milliseconds(2000)));
    case 9:
      n.hardware().slow_disk = world_.one_in(2);
      return;
    case 10:
      ++result_.jumps;
      return n.hardware().clock.set(some_offset());
    case 11:
      return put_on_small_disk(n);
    default:
      return give_order();
  }
}

void bank_cluster::go_down(node& n, bool orderly) {
  if (!n.is_up()) return;
  if (orderly) {
    ++result_.stops;
    n.stop();
  } else {
    ++result_.crashes;
    n.crash();
  }
  come_up_later(n);
}

void bank_cluster::come_up_later(node& n) {
  world_.after(milliseconds(50) + world_.up_to(milliseconds(2500)), [&n] {
    if (!n.is_up()) n.start();
  });
}

// Of one node from some others, one way or both.
void bank_cluster::cut_some() {
  ++result_.cuts;
  const std::string& who = any().name();
  const bool ways[] = {world_.one_in(3), world_.one_in(3)};
  for (const std::string& other : plan_.founders) {
    if (other == who || world_.one_in(3)) continue;
    if (!ways[0]) network_.cut(who, other);
    if (!ways[1]) network_.cut(other, who);
  }
}

// In its next life the log may fill its disk; in the one after that there is room again.
void bank_cluster::put_on_small_disk(node& n) {
  ++result_.small_disks;
  n.hardware().small_disk = true;
  go_down(n, false);
  world_.after(milliseconds(4000) + world_.up_to(milliseconds(3000)), [this, &n] {
    if (std::exchange(n.hardware().small_disk, false)) go_down(n, false);
  });
}

// A lead is moved; or the newcomer is added, drained, or removed.
void bank_cluster::give_order() {
  using kind = cluster::node_order::kind;
  if (!options_.joins || world_.one_in(2)) {
    ++result_.moves;
    return tell_any({.what = kind::lead,
                     .node = {.name = any().name()},
                     .partition = {static_cast<std::uint32_t>(world_.below(options_.partitions))}});
  }
  ++result_.orders;
  kind what = world_.one_in(3) ? kind::drain : kind::add;
  if (removing_ || world_.one_in(4)) what = kind::remove;
  removing_ = what == kind::remove;
  tell_any({.what = what, .node = address_of(newcomer)});
}

void bank_cluster::tell_any(const cluster::node_order& order) {
  node& asked = any();
  if (asked.clients() == nullptr) return;
  asked.clients()->ask({.to = {cluster::node_itself, "", "node"},
                        .command = cluster::order_command,
                        .payload = encode(order)},
                       [](const result<detail::raw_answer>&) {});
}

bool bank_cluster::has_joined() {
  if (named(newcomer).clients() == nullptr) return false;
  const auto status = nlohmann::json::parse(named(newcomer).clients()->status_json());
  return status["takes_part"].get<bool>();
}

// As all founders say: nobody counts it among the nodes, or is about to. What it says itself may be
// older than that it was added, and a node that has been added must not come with another store.
bool bank_cluster::is_out() {
  return std::ranges::all_of(plan_.founders, [&](const std::string& each) {
    if (named(each).clients() == nullptr) return false;
    const auto status = nlohmann::json::parse(named(each).clients()->status_json());
    const auto is_named = [](const auto& one) { return one["name"] == newcomer; };
    return std::ranges::none_of(status["nodes"], is_named) &&
           std::ranges::none_of(status["invited"], is_named);
  });
}

// With nothing of what it was.
void bank_cluster::come_anew() {
  node& n = named(newcomer);
  n.crash();
  n.lose_disk();
  n.start();
}

// What was ordered of it before is carried out first.
void bank_cluster::let_newcomer_in() {
  using kind = cluster::node_order::kind;
  if (!options_.joins) return;
  for (int i = 0; removing_ && !is_out() && i < 100; ++i) {
    tell_any({.what = kind::remove, .node = address_of(newcomer)});
    world_.run_for(milliseconds(300));
  }
  if (std::exchange(removing_, false)) come_anew();
  for (int i = 0; !has_joined() && i < 100; ++i) {
    // An earlier order to remove it may have come late.
    if (i % 30 == 29 && is_out()) come_anew();
    tell_any({.what = kind::add, .node = address_of(newcomer)});
    world_.run_for(milliseconds(300));
  }
}

void bank_cluster::look() {
  if (removing_ && world_.one_in(20) && is_out()) {
    ++result_.removals;
    removing_ = false;
    come_anew();
  }
  for (const auto& n : nodes_) {
    if (!n->is_alive()) continue;
    past_.look_at(*n);
    if (world_.one_in(20)) check_projection(*n, false);
  }
  world_.after(look_every, [this] { look(); });
}

// Its rows are the fold of what is committed, up to where it says that they are.
void bank_cluster::check_projection(node& n, bool must_be_there) {
  if (!n.has_all_copies()) return;
  auto rows = n.core().rows("summary", 1, {}, milliseconds(0));
  if (!rows) {
    check(!must_be_there, n.name() + " has no rows: " + to_string(rows.error()));
    return;
  }
  past_.look_at(n);
  const bank_books books = books_of(past_, rows->cursors);
  std::map<std::string, std::pair<std::uint32_t, std::int64_t>> wanted;
  for (const auto& [name, account] : books.accounts) {
    ++wanted[account.owner].first;
    wanted[account.owner].second += account.cents;
  }
  const reprise::view<bank::summary> seen(std::move(*rows));
  seen->by_owner.each([&](const std::string& owner, const bank::owner_row& row) {
    check(wanted[owner] == std::pair(row.accounts, row.cents),
          n.name() + " has folded something else for " + owner);
    wanted.erase(owner);
  });
  check(wanted.empty(), n.name() + " has not folded all of its events");
}

// All is well again, and what was begun comes to its end.
void bank_cluster::settle() {
  network_.heal();
  customers_.finish();
  for (const auto& n : nodes_) {
    n->hardware().slow_disk = false;
    if (std::exchange(n->hardware().small_disk, false)) n->crash();
    if (!n->is_up()) n->start();
  }
  // So that all of them end with a copy of everything.
  let_newcomer_in();
  const auto all_over = [&] {
    if (customers_.under_way() > 0) return false;
    for (const auto& n : nodes_) past_.look_at(*n);
    if (!std::ranges::all_of(nodes_, [&](const auto& n) { return past_.agrees_with(*n); })) {
      return false;
    }
    const bank_books books = books_of(past_);
    return std::ranges::all_of(books.transfers,
                               [](const auto& each) { return each.second.is_over(); });
  };
  milliseconds waited{0};
  for (; waited < settles_within && !all_over(); waited += milliseconds(200)) {
    world_.run_for(milliseconds(200));
  }
  check(all_over(), "not all comes to its end, though nothing is in the way");
  world_.run_for(milliseconds(1500));
  for (const auto& n : nodes_) past_.look_at(*n);
  for (const auto& n : nodes_) check_projection(*n, true);
  for (const auto& n : nodes_) {
    for (std::uint32_t i = 0; i < options_.partitions; ++i) result_.copies_less += !n->holds({i});
  }
  customers_.check_kept();
  check_transfers(past_);
}

campaign_result run_campaign(std::uint64_t seed, const campaign_options& options) {
  bank_cluster bank(seed, options);
  return bank.run();
}

}  // namespace reprise::simulation
