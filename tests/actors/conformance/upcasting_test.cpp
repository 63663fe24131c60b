// SPDX-License-Identifier: Apache-2.0
//
// Programs of three years on one journal: the first books `apples=300`, the second enters text and
// amount, the third keeps them apart and no longer cares for remarks.
#include "ledger.reprise.hpp"
#include "tests/actors/conformance/open_log_node.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <optional>
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
