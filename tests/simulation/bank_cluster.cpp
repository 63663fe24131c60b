// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/bank_cluster.hpp"

#include "tests/simulation/observed.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace reprise::simulated {
namespace {

constexpr milliseconds look_every{25};
constexpr milliseconds settles_within{60'000};
constexpr const char* newcomer = "newcomer";

}  // namespace

bank_cluster::bank_cluster(std::uint64_t seed, const campaign_options& options)
    : options_(options),
      world_(seed),
      past_(options.partitions),
      plan_(make_plan()),
      fleet_(world_, plan_, names(), options.clocks_apart),
      customers_(world_, fleet_.nodes(), past_),
      inspector_(world_, fleet_.nodes(), customers_) {
  past_.watch(bank::account_api::type);
  past_.watch(bank::transfer_api::type);
  for (const auto& n : fleet_.nodes()) disks_.try_emplace(n->name(), *n);
}

cluster_plan bank_cluster::make_plan() {
  cluster_plan plan{.partitions = options_.partitions, .acknowledged = options_.acknowledged};
  for (std::uint64_t i = 1; i <= options_.nodes; ++i) {
    plan.founders.push_back("n" + std::to_string(i));
  }
  const auto first_chosen =
      static_cast<std::ptrdiff_t>(options_.nodes - options_.with_chosen_copies);
  plan.with_chosen_copies = {plan.founders.begin() + first_chosen, plan.founders.end()};
  plan.host = [this](const std::string& on, detail::node_core& core) { host(on, core); };
  plan.committed = [this](const std::string& node) { past_.look_at(fleet_.named(node)); };
  plan.gone = [this](const std::string& node) { disks_.at(node).node_is_gone(); };
  return plan;
}

std::vector<std::string> bank_cluster::names() const {
  std::vector<std::string> all = plan_.founders;
  if (options_.joins) all.emplace_back(newcomer);
  return all;
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
  if (!fleet_.named(on).has_all_copies()) return;
  must(core.project(detail::describe_projection<bank::summary>()), "the projection");
}

// A handler runs there: in which term does it lead?
void bank_cluster::observe(const std::string& on, const command_id& command,
                           const aggregate_key& whose) {
  node& n = fleet_.named(on);
  if (n.clients() == nullptr) return;
  const auto status = nlohmann::json::parse(n.clients()->status_json());
  const std::uint32_t home = n.log().partition_of(whose).value;
  past_.handled(on, command, status["replicas"][home]["term"].get<std::uint64_t>());
}

campaign_result bank_cluster::run() {
  for (const auto& n : fleet_.nodes()) n->start();
  look();
  customers_.begin(options_.customers);
  if (options_.inspected) inspector_.begin();
  const milliseconds end = world_.now() + options_.lasts;
  while (world_.now() < end) {
    world_.run_for(world_.up_to(milliseconds(600)));
    if (!fleet_.go_wrong({})) give_order();
  }
  settle();
  result_.clients = customers_.counted();
  result_.inspections = inspector_.counted();
  for (const auto& log : past_.chosen()) result_.records += log.size();
  result_.transfers = books_of(past_).transfers.size();
  result_.terms = past_.terms();
  result_.wrong = fleet_.counted();
  result_.frames = fleet_.links().frames();
  for (const auto& [name, disk] : disks_) result_.commits_lost += disk.commits_lost();
  result_.digest = past_.digest();
  return result_;
}

// A lead is moved; or the newcomer is added, drained, or removed.
void bank_cluster::give_order() {
  using kind = cluster::node_order::kind;
  if (!options_.joins || world_.one_in(2)) return fleet_.move_lead();
  ++result_.orders;
  kind what = world_.one_in(3) ? kind::drain : kind::add;
  if (removing_ || world_.one_in(4)) what = kind::remove;
  removing_ = what == kind::remove;
  fleet_.tell_any({.what = what, .node = address_of(newcomer)});
}

bool bank_cluster::has_joined() {
  if (fleet_.named(newcomer).clients() == nullptr) return false;
  const auto status = nlohmann::json::parse(fleet_.named(newcomer).clients()->status_json());
  return status["takes_part"].get<bool>();
}

// As all founders say: nobody counts it among the nodes, or is about to. What it says itself may be
// older than that it was added, and a node that has been added must not come with another store.
bool bank_cluster::is_out() {
  return std::ranges::all_of(plan_.founders, [&](const std::string& each) {
    if (fleet_.named(each).clients() == nullptr) return false;
    const auto status = nlohmann::json::parse(fleet_.named(each).clients()->status_json());
    const auto is_named = [](const auto& one) { return one["name"] == newcomer; };
    return std::ranges::none_of(status["nodes"], is_named) &&
           std::ranges::none_of(status["invited"], is_named);
  });
}

// With nothing of what it was.
void bank_cluster::come_anew() {
  node& n = fleet_.named(newcomer);
  n.crash();
  n.lose_disk();
  disks_.at(newcomer).forget();
  n.start();
}

// What was ordered of it before is carried out first.
void bank_cluster::let_newcomer_in() {
  using kind = cluster::node_order::kind;
  if (!options_.joins) return;
  for (int i = 0; removing_ && !is_out() && i < 100; ++i) {
    fleet_.tell_any({.what = kind::remove, .node = address_of(newcomer)});
    world_.run_for(milliseconds(300));
  }
  if (std::exchange(removing_, false)) come_anew();
  for (int i = 0; !has_joined() && i < 100; ++i) {
    // An earlier order to remove it may have come late.
    if (i % 30 == 29 && is_out()) come_anew();
    fleet_.tell_any({.what = kind::add, .node = address_of(newcomer)});
    world_.run_for(milliseconds(300));
  }
}

void bank_cluster::look() {
  fleet_.check_started();
  if (removing_ && world_.one_in(20) && is_out()) {
    ++result_.removals;
    removing_ = false;
    come_anew();
  }
  for (const auto& n : fleet_.nodes()) {
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
  customers_.finish();
  inspector_.finish();
  fleet_.mend();
  // So that all of them end with a copy of everything.
  let_newcomer_in();
  const auto all_over = [&] {
    if (customers_.under_way() > 0) return false;
    for (const auto& n : fleet_.nodes()) past_.look_at(*n);
    if (!std::ranges::all_of(fleet_.nodes(),
                             [&](const auto& n) { return past_.agrees_with(*n); })) {
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
  for (const auto& n : fleet_.nodes()) past_.look_at(*n);
  for (const auto& n : fleet_.nodes()) check_projection(*n, true);
  for (const auto& n : fleet_.nodes()) {
    for (std::uint32_t i = 0; i < options_.partitions; ++i) result_.copies_less += !holds(*n, {i});
  }
  customers_.check_kept();
  check_transfers(past_);
}

campaign_result run_campaign(std::uint64_t seed, const campaign_options& options) {
  bank_cluster bank(seed, options);
  return bank.run();
}

}  // namespace reprise::simulated
