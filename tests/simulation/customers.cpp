// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/customers.hpp"

#include <algorithm>

namespace reprise::simulated {
namespace {

constexpr std::uint64_t accounts = 6;
constexpr std::int64_t cents_at_first = 1'000;
constexpr milliseconds patience{30'000};
constexpr milliseconds little_patience{400};

std::string account_name(std::uint64_t n) {
  return "account-" + std::to_string(n);
}

// Another try, there or elsewhere, may answer it.
bool may_pass(errc code) {
  return is_retryable(code) || code == errc::disk_full || code == errc::timed_out ||
         code == errc::commit_unknown || code == errc::expired || code == errc::stopped ||
         code == errc::not_hosted;
}

}  // namespace

template <class A, class Command>
customers::shared_errand customers::make(const std::string& to, const Command& command,
                                         const std::string& id) const {
  auto made = std::make_shared<errand>();
  made->what = {.to = {A::api::type, "", to}, .command = Command::tag};
  codec<Command>::encode(command, made->what.payload);
  made->what.how.id = derive_command_id(id);
  made->until = world_.now() + (world_.one_in(8) ? little_patience : patience);
  return made;
}

void customers::begin(std::uint64_t at_once) {
  for (std::uint64_t i = 0; i < accounts; ++i) {
    const std::string name = account_name(i);
    auto opens = make<bank::account>(
        name,
        bank::account_cmd::open{.owner = "owner-" + std::to_string(i / 2), .cents = cents_at_first},
        "open " + name);
    opens->until = world_.now() + patience;
    ++under_way_;
    attempt(opens);
  }
  for (std::uint64_t i = 0; i < at_once; ++i) {
    world_.after(world_.up_to(milliseconds(1000)), [this] { next(); });
  }
}

void customers::next() {
  if (closing_) return;
  ++under_way_;
  attempt(invent());
}

customers::shared_errand customers::invent() {
  const std::string number = std::to_string(++numbers_);
  const std::uint64_t from = world_.below(accounts);
  const std::uint64_t to = (from + 1 + world_.below(accounts - 1)) % accounts;
  switch (world_.below(6)) {
    case 0:
    case 1: {
      // One in eight goes to nobody.
      const std::string whom = world_.one_in(8) ? "nobody" : account_name(to);
      return make<bank::transfer>(
          "transfer-" + number,
          bank::transfer_cmd::request{.from = account_name(from),
                                      .to = whom,
                                      .cents = static_cast<std::int64_t>(1 + world_.below(600))},
          "request " + number);
    }
    case 2:
    case 3: {
      // One in ten is long, so that a small disk is full some day.
      const std::string name = "gift-" + number + std::string(world_.one_in(10) ? 20'000 : 0, '.');
      return make<bank::account>(account_name(from),
                                 bank::account_cmd::deposit{.transfer = name, .cents = 1},
                                 "gift " + number);
    }
    default: {
      auto read =
          make<bank::account>(account_name(from), bank::account_cmd::get{}, "read " + number);
      read->reads = true;
      read->what.how.linearizable = world_.one_in(2);
      read->floor = acknowledged_[read->what.to];
      return read;
    }
  }
}

void customers::attempt(const shared_errand& e) {
  if (e->over) return;
  if (world_.now() >= e->until) {
    ++tally_.given_up;
    return over(e);
  }
  node& whom = *nodes_[world_.below(nodes_.size())];
  if (whom.clients() == nullptr) {
    world_.after(world_.up_to(milliseconds(60)), [this, e] { attempt(e); });
    return;
  }
  ++tally_.attempts;
  const std::uint64_t mine = ++e->attempts;
  detail::outgoing_command what = e->what;
  what.how.timeout = milliseconds(300 + world_.below(2000));
  world_.after(what.how.timeout + milliseconds(500), [this, e, mine] {
    if (e->attempts == mine) attempt(e);
  });
  const std::uint64_t in_life = whom.lives();
  whom.clients()->ask(std::move(what),
                      [this, e, mine, in_life, &whom](const result<detail::raw_answer>& outcome) {
                        // A connection to the dead says nothing.
                        const bool hears = whom.is_alive() && whom.lives() == in_life;
                        if (hears && !e->over && e->attempts == mine) answered(e, outcome);
                      });
}

void customers::answered(const shared_errand& e, const result<detail::raw_answer>& outcome) {
  if (!outcome) {
    const errc code = outcome.error().code;
    check(may_pass(code), "an ask was answered " + to_string(outcome.error()));
    ++e->attempts;
    world_.after(world_.up_to(milliseconds(100)), [this, e] { attempt(e); });
    return;
  }
  // One of them has committed it in this very moment.
  for (const auto& n : nodes_) past_.look_at(*n);
  if (outcome->why) {
    ++tally_.rejected;
  } else {
    accepted(*e, *outcome);
  }
  over(e);
}

void customers::accepted(const errand& e, const detail::raw_answer& answer) {
  if (e.reads) {
    ++tally_.read;
    return check_read(e, answer);
  }
  ++tally_.accepted;
  past_.acknowledged(e.what.how.id, answer.at);
  told_.emplace(e.what.how.id, answer.at);
  sequence& known = acknowledged_[e.what.to];
  known = std::max(known, answer.at.sequence);
}

void customers::check_read(const errand& e, const detail::raw_answer& answer) const {
  const std::string& name = e.what.to.id;
  if (e.what.how.linearizable) {
    check(answer.at.sequence >= e.floor,
          "a read of " + name + " saw sequence " + std::to_string(answer.at.sequence.value) +
              " though " + std::to_string(e.floor.value) + " was acknowledged before");
  }
  const auto shown = codec<bank::account_state>::decode(answer.reply);
  check(shown.has_value(), "a reply cannot be read");
  const account_book there = account_at(past_, name, answer.at.sequence);
  check(there.last == answer.at.sequence, "a read of " + name + " shows what is not committed");
  check(there.cents == shown->cents, "a read of " + name + " shows another sum than its events");
}

void customers::over(const shared_errand& e) {
  e->over = true;
  --under_way_;
  if (e->what.to.type == bank::account_api::type &&
      e->what.command == bank::account_cmd::open::tag) {
    return;
  }
  world_.after(world_.up_to(milliseconds(200)), [this] { next(); });
}

acknowledged_ends customers::ends() const {
  acknowledged_ends all;
  for (const auto& [command, at] : told_) {
    position& end = all[at.partition];
    end = std::max(end, at.at);
  }
  return all;
}

void customers::check_kept() const {
  for (const auto& [command, at] : told_) past_.acknowledged(command, at);
}

}  // namespace reprise::simulated
