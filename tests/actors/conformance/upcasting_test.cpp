// SPDX-License-Identifier: Apache-2.0
//
// Programs of three years on one journal: the first books `apples=300`, the second enters text and
// amount, the third keeps them apart and no longer cares for remarks.
#include "ledger.reprise.hpp"
#include "tests/actors/conformance/open_log_node.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace reprise::conformance {
namespace {

using lcmd = books::ledger_cmd;
using lev = books::ledger_ev;

struct ledger_of_the_first_year : aggregate<books::ledger_api> {
  decision on(const lcmd::enter& c) const {
    return lev::booked{.line = c.text + "=" + std::to_string(c.cents)};
  }
  decision on(const lcmd::remark& c) const { return lev::remarked{.text = c.text}; }

  void apply(const lev::booked& e) { lines.push_back(e.line); }
  void apply(const lev::remarked& e) { lines.push_back(e.text); }
  void apply(const lev::entered&) {}
  void apply(const lev::described&) {}
  void apply(const lev::charged&) {}
};

// What every later program makes of the first form.
lev::entered in_two(const lev::booked& e) {
  const std::size_t equals = e.line.find('=');
  return {.text = e.line.substr(0, equals), .cents = std::stoll(e.line.substr(equals + 1))};
}

struct ledger_of_the_second_year : aggregate<books::ledger_api> {
  decision on(const lcmd::enter& c) const { return lev::entered{.text = c.text, .cents = c.cents}; }
  decision on(const lcmd::remark& c) const { return lev::remarked{.text = c.text}; }

  static std::vector<event> upcast(const lev::booked& e) { return {in_two(e)}; }

  void apply(const lev::entered& e) {
    lines.push_back(e.text);
    cents += e.cents;
  }
  void apply(const lev::remarked& e) { lines.push_back(e.text); }
  void apply(const lev::described&) {}
  void apply(const lev::charged&) {}
};

struct ledger_of_the_third_year : aggregate<books::ledger_api> {
  static constexpr reprise::options options{.snapshot_every = 0};

  decision on(const lcmd::enter& c) const {
    return {lev::described{.text = c.text}, lev::charged{.cents = c.cents}};
  }
  // A program that still decides an old form, as one does in the middle of a change.
  decision on(const lcmd::remark& c) const { return lev::entered{.text = c.text, .cents = 0}; }

  static std::vector<event> upcast(const lev::booked& e) { return {in_two(e)}; }
  static std::vector<event> upcast(const lev::entered& e) {
    return {lev::described{.text = e.text}, lev::charged{.cents = e.cents}};
  }
  static std::vector<event> upcast(const lev::remarked&) { return {}; }

  void apply(const lev::described& e) { lines.push_back(e.text); }
  void apply(const lev::charged& e) { cents += e.cents; }
};

struct ledger_that_ignores_seven : ledger_of_the_third_year {
  static constexpr bool ignores(std::uint32_t event_type) { return event_type == 7; }
};

struct ledger_in_a_circle : ledger_of_the_third_year {
  static std::vector<event> upcast(const lev::booked& e) { return {in_two(e)}; }
  static std::vector<event> upcast(const lev::entered& e) {
    return {lev::booked{.line = e.text + "=0"}};
  }
  static std::vector<event> upcast(const lev::remarked&) { return {}; }
};

// Refuses the forms that `remark` and the first year lead to.
struct ledger_whose_upcasters_throw : ledger_of_the_third_year {
  static std::vector<event> upcast(const lev::booked& e) {
    throw std::invalid_argument("no amount in " + e.line);
  }
  static std::vector<event> upcast(const lev::entered& e) { throw e.cents; }
  static std::vector<event> upcast(const lev::remarked&) { return {}; }
};

struct ledger_that_cannot_tell : ledger_of_the_third_year {
  static bool ignores(std::uint32_t event_type) {
    if (event_type == 7) throw std::out_of_range("nobody has heard of it");
    throw event_type;
  }
};

std::string shown(const books::ledger_state& state) {
  std::string text = std::to_string(state.cents) + ":";
  for (const std::string& line : state.lines) text += " " + line;
  return text;
}

template <class A>
std::string told(const result<moment<A>>& past) {
  return past ? shown(past->state) : to_string(past.error());
}

// What a command sees, and what replay and time travel make of the same events.
template <class A>
std::string state_of(const ref<A>& ledger) {
  const auto now = ledger.ask(lcmd::get{}).result();
  if (!now) return to_string(now.error());
  CHECK(told(ledger.at(now->at().sequence)) == shown(now->value()));
  return shown(now->value());
}

// One store, and the node of one year on it; each knows the ledger `l`.
class years {
 public:
  template <class A>
  void begin() {
    node_.reset();
    node_.emplace(node_options{.data = folder_.path(), .partitions = 1, .log_bytes_max = log_room});
    node_->host<A>();
  }
  template <class A>
  [[nodiscard]] ref<A> ledger() const {
    return node_->of<A>("l");
  }
  template <class A>
  [[nodiscard]] ref<A> another() const {
    return node_->of<A>("another");
  }
  template <class A>
  void enter(const std::string& text, std::int64_t cents) const {
    REQUIRE(heard(ledger<A>().ask(lcmd::enter{.text = text, .cents = cents})) == "accepted");
  }
  // The first year, with its only entry.
  void begin_with_apples() {
    begin<ledger_of_the_first_year>();
    enter<ledger_of_the_first_year>("apples", 300);
  }

 private:
  temporary_folder folder_;
  std::optional<reprise::node> node_;
};

}  // namespace

TEST_CASE("A-082 an old event is seen in its new form only") {
  years y;
  y.begin_with_apples();
  y.begin<ledger_of_the_second_year>();
  y.enter<ledger_of_the_second_year>("pears", 20);
  CHECK(state_of(y.ledger<ledger_of_the_second_year>()) == "320: apples pears");
}

TEST_CASE("A-086 forms lead from one to the next, for replay, time travel and live commands") {
  years y;
  y.begin_with_apples();
  y.begin<ledger_of_the_second_year>();
  y.enter<ledger_of_the_second_year>("pears", 20);
  y.begin<ledger_of_the_third_year>();
  const auto ledger = y.ledger<ledger_of_the_third_year>();
  REQUIRE(heard(ledger.ask(lcmd::enter{.text = "plums", .cents = 1})) == "accepted");
  REQUIRE(heard(ledger.ask(lcmd::remark{.text = "sour"})) == "accepted");
  CHECK(state_of(ledger) == "321: apples pears plums sour");
  CHECK(told(ledger.at(1)) == "300: apples");
  y.begin<ledger_of_the_third_year>();
  CHECK(state_of(y.ledger<ledger_of_the_third_year>()) == "321: apples pears plums sour");
}

TEST_CASE("A-084 an event that its upcaster drops is skipped, and sequences stay") {
  years y;
  y.begin<ledger_of_the_first_year>();
  const auto early = y.ledger<ledger_of_the_first_year>();
  REQUIRE(heard(early.ask(lcmd::remark{.text = "cold today"})) == "accepted");
  REQUIRE(heard(early.ask(lcmd::enter{.text = "apples", .cents = 300})) == "accepted");
  y.begin<ledger_of_the_third_year>();
  const auto ledger = y.ledger<ledger_of_the_third_year>();
  CHECK(state_of(ledger) == "300: apples");
  CHECK(ledger.ask(lcmd::get{}).result()->at().sequence == sequence{2});
  CHECK(told(ledger.at(1)) == "0:");
}

TEMPLATE_TEST_CASE("A-085 an event type that nobody knows is named, unless it is to be ignored", "",
                   in_memory, on_disk) {
  const std::string id = "l";
  {
    open_log_node world(TestType::where);
    world.template host<ledger_of_the_third_year>();
    const auto ledger = world.template of<ledger_of_the_third_year>(id);
    world.append(ledger.key(), 7, {});
    const auto answer = ledger.ask(lcmd::get{}).result();
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().code == errc::replay_failed);
    CHECK(answer.error().message.find("Ledger l at sequence 1") != std::string::npos);
    CHECK(answer.error().message.find("event type 7") != std::string::npos);
  }
  open_log_node world(TestType::where);
  world.template host<ledger_that_ignores_seven>();
  const auto ledger = world.template of<ledger_that_ignores_seven>(id);
  world.append(ledger.key(), 7, {});
  CHECK(heard(ledger.ask(lcmd::get{})) == "accepted");
  world.append({ledger.key().type, "", "other"}, 8, {});
  CHECK(heard(world.template of<ledger_that_ignores_seven>("other").ask(lcmd::get{})) ==
        "replay_failed");
}

// What a command of an aggregate hears that cannot be replayed.
template <class A>
std::string why_not_replayed(const ref<A>& ledger) {
  const auto answer = ledger.ask(lcmd::get{}).result();
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().code == errc::replay_failed);
  return answer.error().message;
}

TEST_CASE("an upcaster that throws in replay fails that aggregate only, and its event is named") {
  years y;
  y.begin_with_apples();
  y.begin<ledger_whose_upcasters_throw>();
  const std::string why = why_not_replayed(y.ledger<ledger_whose_upcasters_throw>());
  CHECK(why.find("Ledger l at sequence 1") != std::string::npos);
  CHECK(why.find("booked") != std::string::npos);
  CHECK(why.find("no amount in apples=300") != std::string::npos);
  const auto neighbour = y.another<ledger_whose_upcasters_throw>();
  REQUIRE(heard(neighbour.ask(lcmd::enter{.text = "plums", .cents = 1})) == "accepted");
  CHECK(state_of(neighbour) == "1: plums");
  // Nothing is lost: a program whose upcasters are right again goes on.
  y.begin<ledger_of_the_third_year>();
  CHECK(state_of(y.ledger<ledger_of_the_third_year>()) == "300: apples");
}

TEST_CASE("an upcaster that throws on a new event keeps it out of the log") {
  years y;
  y.begin<ledger_whose_upcasters_throw>();
  const auto ledger = y.ledger<ledger_whose_upcasters_throw>();
  REQUIRE(heard(ledger.ask(lcmd::enter{.text = "plums", .cents = 1})) == "accepted");
  const auto outcome = ledger.ask(lcmd::remark{.text = "sour"}).result();
  REQUIRE(heard(outcome) == "handler_failed");
  CHECK(outcome.error().message.find("entered") != std::string::npos);
  CHECK(outcome.error().message.find("no std::exception") != std::string::npos);
  CHECK(state_of(ledger) == "1: plums");
  y.begin<ledger_of_the_third_year>();
  CHECK(state_of(y.ledger<ledger_of_the_third_year>()) == "1: plums");
}

TEMPLATE_TEST_CASE("an `ignores` that throws fails the replay of its aggregate and no more", "",
                   in_memory, on_disk) {
  open_log_node world(TestType::where);
  world.template host<ledger_that_cannot_tell>();
  const auto ledger = world.template of<ledger_that_cannot_tell>("l");
  world.append(ledger.key(), 7, {});
  const std::string why = why_not_replayed(ledger);
  CHECK(why.find("Ledger l at sequence 1") != std::string::npos);
  CHECK(why.find("ignores(7)") != std::string::npos);
  CHECK(why.find("nobody has heard of it") != std::string::npos);
  const auto other = world.template of<ledger_that_cannot_tell>("other");
  world.append(other.key(), 8, {});
  CHECK(why_not_replayed(other).find("ignores(8) threw something") != std::string::npos);
  const auto neighbour = world.template of<ledger_that_cannot_tell>("neighbour");
  CHECK(heard(neighbour.ask(lcmd::enter{.text = "plums", .cents = 1})) == "accepted");
}

TEST_CASE("upcasters that lead in a circle are found out") {
  years y;
  y.begin_with_apples();
  y.begin<ledger_in_a_circle>();
  const auto answer = y.ledger<ledger_in_a_circle>().ask(lcmd::get{}).result();
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().code == errc::replay_failed);
  CHECK(answer.error().message.find("leads back to itself") != std::string::npos);
}

}  // namespace reprise::conformance
