// SPDX-License-Identifier: Apache-2.0
#include "simulation/client.hpp"

#include "cluster/rpc/command_attempts.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace reprise::simulated {
namespace {

constexpr milliseconds way_takes{2};

class awaited final : public detail::pending_ask {
 public:
  explicit awaited(world& in) : world_(in) {}

  void complete(result<detail::raw_answer> outcome) override {
    if (outcome_) return;
    outcome_ = std::move(outcome);
    if (then_) std::exchange(then_, nullptr)();
  }
  // Its deadline comes, so this ends.
  const result<detail::raw_answer>& wait() override {
    while (!outcome_) world_.run_for(milliseconds(1));
    return *outcome_;
  }
  void on_complete(std::function<void()> then) override {
    if (outcome_) return then();
    then_ = std::move(then);
  }
  const result<detail::raw_answer>& outcome() const override { return *outcome_; }

 private:
  world& world_;
  std::optional<result<detail::raw_answer>> outcome_;
  std::function<void()> then_;
};

}  // namespace

struct client::errand {
  detail::outgoing_command what{};
  milliseconds until{};
  std::shared_ptr<awaited> answer{};
  cluster::command_attempts known{};
  // The one that counts.
  std::uint64_t attempt = 0;
  bool is_over = false;
};

client::~client() {
  closing_ = true;
  while (!open_.empty()) {
    const shared_errand last = open_.back();
    over(last, last->known.at_stop());
  }
}

std::shared_ptr<detail::pending_ask> client::ask(detail::outgoing_command command) {
  const auto made = std::make_shared<errand>();
  made->what = std::move(command);
  if (made->what.how.id == command_id{}) made->what.how.id = fresh_id();
  // Whether somebody waits is no matter of the nodes.
  made->what.one_way = false;
  made->until = world_.now() + std::max(made->what.how.timeout, milliseconds(0));
  made->answer = std::make_shared<awaited>(world_);
  open_.push_back(made);
  if (closing_) {
    over(made, made->known.at_stop());
  } else {
    attempt(made);
  }
  return made->answer;
}

command_id client::fresh_id() {
  command_id id{};
  for (std::size_t i = 0; i < id.value.size(); i += sizeof(std::uint64_t)) {
    const std::uint64_t drawn = world_.seed();
    std::memcpy(id.value.data() + i, &drawn, sizeof drawn);
  }
  return id;
}

void client::attempt(const shared_errand& e) {
  if (e->is_over) return;
  if (world_.now() >= e->until) return over(e, e->known.at_deadline());
  node& whom = nodes_.any();
  if (whom.clients() == nullptr) {
    e->known.unreachable({errc::unavailable, whom.name() + " is down"});
    return attempt_again(e, milliseconds(60));
  }
  send(e, whom);
}

void client::send(const shared_errand& e, node& whom) {
  const std::uint64_t mine = ++e->attempt;
  const std::uint64_t in_life = whom.lives();
  e->known.sent();
  const milliseconds left = e->until - world_.now();
  detail::outgoing_command what = e->what;
  what.how.timeout = std::min(left, milliseconds(500) + world_.up_to(milliseconds(2000)));
  world_.after(what.how.timeout, [this, e, mine, &whom] {
    if (e->is_over || e->attempt != mine) return;
    ++e->attempt;
    e->known.lost({errc::unavailable, whom.name() + " has not answered"});
    attempt(e);
  });
  // A connection to the dead says nothing.
  const auto is_there = [&whom, in_life] { return whom.is_alive() && whom.lives() == in_life; };
  world_.after(world_.up_to(way_takes), [this, e, mine, &whom, is_there, what] {
    if (!is_there() || whom.clients() == nullptr) return;
    whom.clients()->ask(what, [this, e, mine, is_there](result<detail::raw_answer> outcome) {
      if (!is_there()) return;
      world_.after(world_.up_to(way_takes), [this, e, mine, outcome = std::move(outcome)] {
        if (!e->is_over && e->attempt == mine) answered(e, outcome);
      });
    });
  });
}

void client::attempt_again(const shared_errand& e, milliseconds within) {
  const milliseconds left = std::max(e->until - world_.now(), milliseconds(0));
  world_.after(std::min(left, world_.up_to(within)), [this, e] { attempt(e); });
}

void client::answered(const shared_errand& e, result<detail::raw_answer> outcome) {
  ++e->attempt;
  if (auto final = e->known.answered(std::move(outcome))) return over(e, *std::move(final));
  attempt_again(e, milliseconds(100));
}

void client::over(const shared_errand& e, result<detail::raw_answer> outcome) {
  e->is_over = true;
  std::erase(open_, e);
  e->answer->complete(std::move(outcome));
}

}  // namespace reprise::simulated
