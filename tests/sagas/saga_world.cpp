// SPDX-License-Identifier: Apache-2.0
#include "tests/sagas/saga_world.hpp"

#include "consumers/follower.hpp"
#include "sagas/message_codec.hpp"
#include "sagas/orders.hpp"
#include "sagas/outbox.hpp"
#include "sagas/router.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <variant>

namespace reprise::sagas::testing {

using persistence::commit_fate;
using reprise::detail::outgoing_command;
using reprise::detail::raw_answer;

// One partition with its mail.
struct saga_world::cell final : persistence::append_listener, actors::recoverer {
  cell(saga_world& world, partition_id id)
      : owner(world),
        core(id,
             {.events = *world.journal_,
              .answers = *this,
              .recoveries = *this,
              .time = world.time,
              .measured = world.measured_},
             {.active_max = 1'000'000,
              .payload_bytes_max = 1U << 20U,
              .recovery_limit = std::chrono::hours(1)}) {}

  void appended(std::span<persistence::append_answer> all) override {
    for (persistence::append_answer& one : all) appends.push_back(std::move(one));
  }
  void recover(actors::recovery_request request) override {
    recoveries.push_back(std::move(request));
  }
  void save(actors::snapshot_job job) override {
    static_cast<void>(owner.snapshots_.save(job.key, job.taken, job.keep));
  }
  bool work() {
    bool did = false;
    while (!appends.empty() || !recoveries.empty()) {
      did = true;
      if (!appends.empty()) {
        std::vector<persistence::append_answer> all(std::make_move_iterator(appends.begin()),
                                                    std::make_move_iterator(appends.end()));
        appends.clear();
        core.appended(all);
      }
      if (!recoveries.empty()) {
        const actors::recovery_request r = std::move(recoveries.front());
        recoveries.pop_front();
        core.recovered({r.ticket, actors::restore({*owner.journal_, owner.snapshots_, owner.time},
                                                  *r.type, r.key, r.until)});
      }
    }
    return did;
  }

  saga_world& owner;
  std::deque<persistence::append_answer> appends;
  std::deque<actors::recovery_request> recoveries;
  actors::partition_core core;
};

// A courier, and what leaves it.
struct saga_world::seat final : command_sender {
  explicit seat(saga_world& world) : owner(world) {}
  void send(std::uint64_t token, outgoing_command command) override;
  void send_here(std::uint64_t token, outgoing_command command) override {
    send(token, std::move(command));
  }
  std::uint64_t tenure(partition_id /*partition*/) const override { return owner.tenure_; }
  std::optional<call_wait> hold_call(const std::string&) override {
    if (!owner.gate_) return {};
    const auto held = owner.gate_->begin(owner.time.steady());
    if (!held) return {};
    return call_wait{.until = held->until, .why = held->is_trouble ? "it fails too often" : ""};
  }
  void call(std::uint64_t token, outgoing_call made) override {
    result<raw_answer> outcome = error{errc::not_hosted, "no function"};
    if (owner.calls_) {
      call_outcome said = owner.calls_(made);
      if (auto* failed = std::get_if<error>(&said)) {
        outcome = *failed;
      } else if (auto* why = std::get_if<rejection>(&said)) {
        outcome = raw_answer{.why = *why};
      } else {
        outcome = raw_answer{.reply = std::get<bytes>(said)};
      }
    }
    if (owner.gate_) owner.gate_->end(!outcome, owner.time.steady());
    owner.answers_.push_back({this, token, std::move(outcome)});
  }

  saga_world& owner;
  std::unique_ptr<courier> what;
  courier::progress last{};
};

struct saga_world::life {
  std::vector<std::unique_ptr<cell>> cells;
  std::vector<std::unique_ptr<seat>> seats;
};

class saga_world::heard_answer final : public reprise::detail::pending_ask {
 public:
  heard_answer(saga_world& world, seat* whose, std::uint64_t token, std::string target)
      : owner_(world), whose_(whose), token_(token), target_(std::move(target)) {}
  void complete(result<raw_answer> outcome) override {
    got = outcome;
    if (whose_ == nullptr) return;
    const bool lost =
        owner_.deaf_.contains(target_) || (owner_.stormy_ && owner_.chance_.below(10) == 0);
    if (lost) outcome = error{errc::timed_out, "the answer was lost"};
    owner_.answers_.push_back({whose_, token_, std::move(outcome)});
  }
  const result<raw_answer>& wait() override { return *got; }
  void on_complete(std::function<void()>) override {}
  const result<raw_answer>& outcome() const override { return *got; }

  std::optional<result<raw_answer>> got;

 private:
  saga_world& owner_;
  seat* const whose_;
  const std::uint64_t token_;
  const std::string target_;
};

void saga_world::seat::send(std::uint64_t token, outgoing_command command) {
  auto caller = std::make_shared<heard_answer>(owner, this, token, command.to.id);
  owner.letters_.push_back({.what = std::move(command), .caller = std::move(caller)});
  owner.most_letters_at_once = std::max(owner.most_letters_at_once, owner.letters_.size());
}

saga_world::saga_world(std::uint64_t seed, std::uint32_t partitions)
    : chance_(seed),
      journal_(persistence::memory_journal::open({.partitions = partitions}, this).value()),
      measured_(registry_) {
  begin_life();
}

saga_world::~saga_world() = default;

void saga_world::begin_life() {
  life_ = std::make_unique<life>();
  for (std::uint32_t i = 0; i < journal_->partitions(); ++i) {
    life_->cells.push_back(std::make_unique<cell>(*this, partition_id{i}));
    for (const auto& type : types_) life_->cells.back()->core.host(type);
    for (const auto& code : code_) life_->cells.back()->core.host(as_aggregate(code));
  }
  for (const auto& code : code_) seat_couriers(code);
}

void saga_world::seat_couriers(const std::shared_ptr<const saga_code>& code) {
  auto routes = std::make_unique<seat>(*this);
  routes->what = router::open({.log = *journal_,
                               .saved = checkpoints_,
                               .rows = rows_,
                               .time = time,
                               .sender = *routes,
                               .measured = registry_,
                               .seed = chance_.next()},
                              code->type)
                     .value();
  auto sends = std::make_unique<seat>(*this);
  sends->what = outbox::open({.log = *journal_,
                              .rows = rows_,
                              .time = time,
                              .sender = *sends,
                              .measured = registry_,
                              .seed = chance_.next()},
                             code->type)
                    .value();
  auto ordered = std::make_unique<seat>(*this);
  ordered->what =
      left_orders::open({.rows = rows_, .time = time, .sender = *ordered, .seed = chance_.next()},
                        code->type)
          .value();
  life_->seats.push_back(std::move(ordered));
  life_->seats.push_back(std::move(routes));
  life_->seats.push_back(std::move(sends));
}

void saga_world::host(const reprise::detail::aggregate_type& type) {
  types_.push_back(type);
  for (const auto& c : life_->cells) c->core.host(type);
}

void saga_world::host(reprise::detail::saga_type type) {
  const auto code =
      make_saga_code(std::move(type),
                     {.hosts =
                          [this](aggregate_type_id wanted) {
                            return std::ranges::any_of(
                                types_, [&](const auto& t) { return t.id == wanted; });
                          },
                      .log_ends = [this] { return consumers::committed_ends(*journal_); }})
          .value();
  code_.push_back(code);
  for (const auto& c : life_->cells) c->core.host(as_aggregate(code));
  seat_couriers(code);
}

void saga_world::leave(const std::string& saga,
                       const std::vector<std::pair<std::string, saga_order>>& orders) {
  std::vector<log::left_order> left;
  for (const auto& [key, order] : orders) {
    const auto command = command_of({reprise::detail::saga_id(saga), {}, key}, order);
    left.push_back({.key = key,
                    .command = command.command,
                    .payload = command.payload,
                    .id = to_bytes(derive_command_id(key + std::to_string(++fresh_)))});
  }
  REQUIRE(leave_orders(rows_, saga, left));
  crash();
}

void saga_world::crash() {
  ++crashes_;
  dead_.push_back(std::move(life_));
  // What is staged is stored or lost, and nobody is left to hear of it.
  forced_ = chance_.below(2) == 0 ? commit_fate::unknown_lost : commit_fate::unknown_stored;
  journal_->commit();
  forced_.reset();
  letters_.clear();
  answers_.clear();
  begin_life();
}

void saga_world::forget_what_is_derived() {
  const auto saved = checkpoints_.names();
  for (const std::string& name : *saved) REQUIRE(checkpoints_.remove(name));
  const auto kept = rows_.names();
  for (const std::string& name : *kept) REQUIRE(rows_.remove(name));
}

std::optional<commit_fate> saga_world::next() {
  if (forced_) return forced_;
  if (stormy_ && chance_.below(3) == 0) return {};
  return commit_fate::stored;
}

void saga_world::deliver(std::size_t which) {
  letter one = std::move(letters_[which]);
  letters_.erase(letters_.begin() + static_cast<std::ptrdiff_t>(which));
  const bool lost =
      cut_.contains(one.what.to.id) || (stormy_ && one.caller && chance_.below(10) == 0);
  if (lost) {
    if (one.caller) one.caller->complete(error{errc::unavailable, "nobody is there"});
    return;
  }
  actors::command_message message =
      actors::message_of(one.what, derive_command_id("fresh " + std::to_string(++fresh_)),
                         time.steady(), traces_ ? &*traces_ : nullptr);
  message.caller = one.caller;
  const partition_id home = journal_->partition_of(message.to);
  if (stormy_ && chance_.below(10) == 0) {
    // It arrives twice; the second answer has nobody.
    actors::command_message twin = actors::message_of(one.what, message.id, time.steady());
    life_->cells[home.value]->core.receive(std::move(message));
    life_->cells[home.value]->core.receive(std::move(twin));
    return;
  }
  life_->cells[home.value]->core.receive(std::move(message));
}

void saga_world::random_step() {
  const std::uint64_t dice = chance_.below(100);
  if (dice < 35 && !letters_.empty()) {
    deliver(chance_.below(letters_.size()));
  } else if (dice < 55) {
    life_->cells[chance_.below(life_->cells.size())]->work();
  } else if (dice < 70 && !answers_.empty()) {
    errand e = std::move(answers_.front());
    answers_.pop_front();
    e.whose->what->answered(e.token, std::move(e.outcome));
  } else if (dice < 85 && !life_->seats.empty()) {
    seat& s = *life_->seats[chance_.below(life_->seats.size())];
    s.last = s.what->advance();
  } else if (dice < 92) {
    journal_->commit();
  } else if (dice < 99) {
    time.pass(std::chrono::milliseconds(chance_.below(200)));
  } else if (chance_.below(3) == 0) {
    crash();
  }
}

void saga_world::storm(std::size_t steps) {
  stormy_ = true;
  for (std::size_t i = 0; i < steps; ++i) random_step();
  stormy_ = false;
}

bool saga_world::work_off() {
  bool did = false;
  journal_->commit();
  while (!letters_.empty()) {
    deliver(0);
    did = true;
  }
  for (const auto& c : life_->cells) did = c->work() || did;
  while (!answers_.empty()) {
    errand e = std::move(answers_.front());
    answers_.pop_front();
    e.whose->what->answered(e.token, std::move(e.outcome));
    did = true;
  }
  return did;
}

bool saga_world::advance_all() {
  bool more = false;
  for (const auto& s : life_->seats) {
    s->last = s->what->advance();
    more = more || s->last.is == courier::state::more;
  }
  return more || !letters_.empty() || !answers_.empty();
}

std::optional<base::clock::instant> saga_world::next_due() {
  std::optional<base::clock::instant> due;
  for (const auto& s : life_->seats) {
    if (s->last.due && (!due || *s->last.due < *due)) due = s->last.due;
  }
  for (const auto& c : life_->cells) {
    c->core.tick();
  }
  return due;
}

void saga_world::settle(std::chrono::milliseconds within) {
  const base::clock::instant end = time.steady() + within;
  while (true) {
    const bool worked = work_off();
    const bool advanced = advance_all();
    if (worked || advanced) continue;
    const auto due = next_due();
    if (!due || *due > end) return;
    // What is due and does nothing must not stop the time.
    time.pass(std::max<base::clock::instant::duration>(*due - time.steady(),
                                                       std::chrono::milliseconds(1)));
  }
}

void saga_world::pass(std::chrono::milliseconds t) {
  const base::clock::instant end = time.steady() + t;
  settle(t);
  if (time.steady() < end) time.pass(end - time.steady());
  settle(std::chrono::milliseconds(0));
}

result<raw_answer> saga_world::answer_of(outgoing_command out) {
  auto caller = std::make_shared<heard_answer>(*this, nullptr, 0, out.to.id);
  letters_.push_back({.what = std::move(out), .caller = caller});
  while (!caller->got) work_off();
  return *caller->got;
}

std::string saga_world::asked(outgoing_command out) {
  const auto outcome = answer_of(std::move(out));
  if (!outcome) return std::string(to_string(outcome.error().code));
  return outcome->why ? "rejected " + outcome->why->code : "accepted";
}

std::string saga_world::steer(const aggregate_key& saga, const saga_order& what) {
  return asked(command_of(saga, what));
}

saga_status saga_world::status(const aggregate_key& saga) {
  return status_in(answer_of(look_at(saga)).value().reply).value();
}

bytes saga_world::saved(const aggregate_key& key) {
  for (const auto& type : types_) {
    if (type.id != key.type) continue;
    return actors::restore({*journal_, snapshots_, time}, type, key, {}).value().instance->save();
  }
  FAIL("the type is not hosted");
  return {};
}

std::uint64_t saga_world::metric(std::string_view name) const {
  for (const metrics::reading& r : registry_.read()) {
    if (r.name == name) return r.value;
  }
  return 0;
}

const std::optional<error>& saga_world::trouble() const {
  static const std::optional<error> none;
  for (const auto& s : life_->seats) {
    if (s->what->trouble()) return s->what->trouble();
  }
  return none;
}

}  // namespace reprise::sagas::testing
