// SPDX-License-Identifier: Apache-2.0
#include "examples/bank/business.hpp"

#include "examples/bank/bank.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <random>
#include <utility>

namespace bank {
namespace {

using reprise::result;

constexpr std::size_t in_flight_max = 256;
constexpr std::int64_t cents_at_first = 10'000;

std::string account_name(std::uint64_t n) {
  return "account-" + std::to_string(n);
}
std::string transfer_name(std::uint64_t n) {
  return "transfer-" + std::to_string(n);
}

// The same command each time that the business is run.
reprise::ask_options once(const std::string& what) {
  return {.id = reprise::derive_command_id(what), .timeout = std::chrono::seconds(60)};
}

result<void> accepted(const reprise::reply<reprise::receipt>& r) {
  auto outcome = r.result();
  if (!outcome) return std::move(outcome).error();
  if (!outcome->is_rejection()) return {};
  return reprise::error{reprise::errc::invalid_argument, outcome->why().code};
}

// Counts transfers that are over.
class watch {
 public:
  explicit watch(reprise::node& node)
      : subscription_(node.subscribe({.types = {transfer_api::type}},
                                     [this](const reprise::received& r) { note(r); })) {}

  void await(std::uint64_t transfers, const std::function<void(std::uint64_t)>& progress) {
    std::unique_lock hold(mutex_);
    while (over_ < transfers) {
      moved_.wait_for(hold, std::chrono::milliseconds(200));
      if (progress) progress(over_);
    }
  }
  void tell(closing& out) {
    const std::lock_guard hold(mutex_);
    out.done = done_;
    out.failed = failed_;
  }

 private:
  void note(const reprise::received& r) {
    const std::lock_guard hold(mutex_);
    if (r.is<transfer_ev::completed>()) {
      ++done_;
    } else if (const auto failed = r.as<transfer_ev::failed>()) {
      ++failed_[failed->why];
    } else {
      return;
    }
    ++over_;
    moved_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable moved_;
  std::uint64_t over_ = 0;
  std::uint64_t done_ = 0;
  std::map<std::string, std::uint64_t> failed_;
  reprise::subscription subscription_;
};

result<void> open_accounts(reprise::node& node, const business& what) {
  for (std::uint32_t i = 0; i < what.accounts; ++i) {
    const std::string name = account_name(i);
    // Each owner has a few.
    auto done = accepted(node.of<account>(name).ask(
        account_cmd::open{.owner = "owner-" + std::to_string(i / 4), .cents = cents_at_first},
        once(name)));
    if (!done) return done;
  }
  return {};
}

result<void> request_all(reprise::node& node, const business& what) {
  std::mt19937_64 chance(what.seed);
  std::deque<reprise::reply<reprise::receipt>> in_flight;
  for (std::uint64_t i = 0; i < what.transfers; ++i) {
    const std::uint64_t from = chance() % what.accounts;
    // One in fifty goes to nobody.
    const std::uint64_t to = chance() % 50 == 0
                                 ? what.accounts + 1
                                 : (from + 1 + chance() % (what.accounts - 1)) % what.accounts;
    const transfer_cmd::request command{.from = account_name(from),
                                        .to = account_name(to),
                                        .cents = static_cast<std::int64_t>(1 + chance() % 5'000)};
    const std::string name = transfer_name(i);
    in_flight.push_back(node.of<transfer>(name).ask(command, once(name)));
    if (in_flight.size() < in_flight_max) continue;
    if (auto done = accepted(in_flight.front()); !done) return done;
    in_flight.pop_front();
  }
  for (const auto& one : in_flight) {
    if (auto done = accepted(one); !done) return done;
  }
  return {};
}

result<std::int64_t> count_money(reprise::node& node, std::uint32_t accounts) {
  std::int64_t sum = 0;
  for (std::uint32_t i = 0; i < accounts; ++i) {
    auto seen = node.of<account>(account_name(i)).ask(account_cmd::get{}).result();
    if (!seen) return std::move(seen).error();
    sum += seen->value().cents;
  }
  return sum;
}

}  // namespace

result<void> open(reprise::node& node) {
  // First whom the saga sends to.
  if (auto done = node.try_host<account>(); !done) return done;
  if (auto done = node.try_host<transfer>(); !done) return done;
  return node.try_host<move_money>();
}

result<closing> run(reprise::node& node, const business& what) {
  if (what.accounts < 2) {
    return reprise::error{reprise::errc::invalid_argument, "a bank needs two accounts at least"};
  }
  closing out;
  const auto began = std::chrono::steady_clock::now();
  if (auto done = open_accounts(node, what); !done) return done.error();
  out.cents_before = cents_at_first * static_cast<std::int64_t>(what.accounts);
  watch transfers(node);
  if (auto done = request_all(node, what); !done) return done.error();
  transfers.await(what.transfers, what.progress);
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  transfers.tell(out);
  const auto after = count_money(node, what.accounts);
  if (!after) return after.error();
  out.cents_after = *after;
  return out;
}

result<std::vector<owner_line>> summarise(reprise::node& node, bool anew) {
  if (anew) {
    if (auto dropped = node.drop_projection("summary", 1); !dropped) return dropped.error();
  }
  auto running = node.try_project<summary>();
  if (!running) return running.error();
  // All that is there by now.
  constexpr std::chrono::minutes patience{10};
  if (auto there = node.await_view<summary>({}, patience); !there) return there.error();
  std::vector<owner_line> out;
  const auto seen = node.view<summary>();
  seen->by_owner.each([&](const std::string& owner, const owner_row& row) {
    out.push_back({.owner = owner, .accounts = row.accounts, .cents = row.cents});
  });
  if (auto dropped = running->status(); dropped.trouble) return *dropped.trouble;
  return out;
}

result<std::vector<history_line>> history(reprise::node& node, const std::string& name) {
  const auto who = node.of<account>(name);
  auto now = who.ask(account_cmd::get{}).result();
  if (!now) return std::move(now).error();
  const std::uint64_t last = now->at().sequence.value;
  if (last == 0) {
    return reprise::error{reprise::errc::not_found, "there is no account " + name};
  }
  std::vector<history_line> out;
  for (std::uint64_t i = 1; i <= last; ++i) {
    auto then = who.at(i);
    if (!then) return std::move(then).error();
    out.push_back({.sequence = i, .time = then->time, .cents = then->state.cents});
  }
  return out;
}

}  // namespace bank
