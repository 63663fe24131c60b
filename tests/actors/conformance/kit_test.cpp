// SPDX-License-Identifier: Apache-2.0
//
// The test kit: it must find what is wrong with an aggregate, and say what.
#include "tests/actors/conformance/account.hpp"
#include "tests/actors/conformance/forgetful.hpp"

#include <reprise/testing.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <functional>
#include <string>

namespace reprise::conformance {
namespace {

using testing::given;

// What the kit says of a claim that does not hold; empty when it accepts it.
std::string complaint(const std::function<void()>& claim) {
  try {
    claim();
  } catch (const testing::failure& f) {
    return f.what();
  }
  return {};
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("A-120 the kit accepts exactly the events that were decided", "[kit]") {
  watch.reset();
  given<account>(ev::renamed{.owner = "Ann"})
      .when(cmd::spread{.count = 2, .cents = 5})
      .then(ev::deposited{.cents = 5, .note = "", .owner = "Ann"},
            ev::deposited{.cents = 5, .note = "", .owner = "Ann"});
  given<account>().when(cmd::touch{}).then_nothing();
}

TEST_CASE("A-120 the kit finds an extra, a missing, a misplaced and a wrong event", "[kit]") {
  watch.reset();
  const ev::deposited five{.cents = 5, .note = "", .owner = ""};
  const auto spread = given<account>().when(cmd::spread{.count = 2, .cents = 5});

  const std::string extra = complaint([&] { spread.then(five); });
  CHECK(says(extra, "events differ"));
  const auto expected = extra.find("expected");
  const auto actual = extra.find("actual");
  REQUIRE(expected < actual);
  REQUIRE(actual != std::string::npos);
  const auto lines_of = [](const std::string& text, std::size_t from, std::size_t to) {
    int lines = 0;
    for (auto at = text.find("deposited {", from); at < to; at = text.find("deposited {", at + 1)) {
      ++lines;
    }
    return lines;
  };
  CHECK(lines_of(extra, expected, actual) == 1);
  CHECK(lines_of(extra, actual, extra.size()) == 2);

  CHECK(says(complaint([&] { spread.then(five, five, five); }), "events differ"));
  CHECK(says(complaint([&] { spread.then_nothing(); }), "(no events)"));
  CHECK(says(complaint([] { given<account>().when(cmd::touch{}).then(ev::spoiled{}); }),
             "(no events)"));

  const auto mixed = given<account>().when(cmd::spoil{.before = 1, .after = 0});
  const ev::deposited one{.cents = 1, .note = "", .owner = ""};
  CHECK(complaint([&] { mixed.then(one, ev::spoiled{}); }).empty());
  CHECK(says(complaint([&] { mixed.then(ev::spoiled{}, one); }), "events differ"));
  CHECK(says(complaint([&] { mixed.then(one, ev::renamed{.owner = ""}); }), "spoiled"));

  const std::string wrong = complaint([] {
    given<account>()
        .when(cmd::deposit{.cents = 5, .note = "salary"})
        .then(ev::deposited{.cents = 5, .note = "gift", .owner = ""});
  });
  CHECK(says(wrong, "gift"));
  CHECK(says(wrong, "salary"));
}

TEST_CASE("A-120 the kit finds a wrong reply and hands out the state", "[kit]") {
  watch.reset();
  const auto counted = given<account>().when(cmd::count{.caller = 1, .n = 7});
  CHECK(complaint([&] { counted.replies(cmd::count_reply{.n = 7}); }).empty());
  const std::string wrong = complaint([&] { counted.replies(cmd::count_reply{.n = 8}); });
  CHECK(says(wrong, "replies differ"));
  CHECK(says(wrong, "7"));
  CHECK(says(wrong, "8"));
  std::uint64_t seen = 0;
  counted.state([&](const account_state& s) { seen = s.counted; });
  CHECK(seen == 1);
  CHECK(says(complaint([] {
               given<account>().when(cmd::mumble{.cents = 1}).replies(cmd::mumble_reply{});
             }),
             "mumble"));
}

TEST_CASE("A-121 the kit tells rejection from success, and one code from another", "[kit]") {
  watch.reset();
  const auto refused = given<account>().when(cmd::withdraw{.cents = 1});
  CHECK(complaint([&] { refused.rejected("insufficient"); }).empty());
  const std::string other_code = complaint([&] { refused.rejected("closed"); });
  CHECK(says(other_code, "closed"));
  CHECK(says(other_code, "insufficient"));
  CHECK(says(complaint([&] { refused.then(ev::withdrawn{.cents = 1}); }), "insufficient"));
  CHECK(says(complaint([&] { refused.then_nothing(); }), "rejected"));

  const auto accepted = given<account>().when(cmd::touch{});
  CHECK(says(complaint([&] { accepted.rejected("insufficient"); }), "accepted"));

  const auto failed = given<account>().when(cmd::stumble{.how = bank::stumble::standard});
  CHECK(complaint([&] { failed.fails(errc::handler_failed); }).empty());
  CHECK(says(complaint([&] { failed.rejected("insufficient"); }), "stumbled"));
  CHECK(says(complaint([&] { failed.then_nothing(); }), "stumbled"));
  CHECK(says(complaint([&] { failed.fails(errc::too_large); }), "stumbled"));
  CHECK(says(complaint([&] { accepted.fails(errc::handler_failed); }), "did not fail"));
}

TEST_CASE("A-122 a field that the encoding of an event loses fails the test", "[kit]") {
  // Decided and expected agree, but what would be stored does not.
  const std::string lost = complaint([] {
    given<forgetful>().when(write_down{.text = "milk"}).then(written_down{.text = "milk"});
  });
  CHECK(says(lost, "does not survive"));
  CHECK(says(lost, "written"));
  // A given event comes to the applier as it is stored.
  CHECK(says(complaint([] {
               given<forgetful>(written_down{.text = "milk"})
                   .when(read_out{})
                   .replies(note{.text = "milk"});
             }),
             "replies differ"));
}

struct impure : account {
  using account::on;
  decision on(const cmd::touch&) const {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return ev::stamped{.at = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count(),
                       .id = "",
                       .random = 0};
  }
  decision on(const cmd::review&) const {
    static std::uint64_t state = 1;
    state = state * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
    return ev::stamped{.at = 0, .id = "", .random = state};
  }
  decision on(const cmd::withdraw&) const {
    static int calls = 0;
    return reject("moody", std::to_string(++calls));
  }
};

TEST_CASE("A-124 the kit finds a handler that asks a clock or a generator of its own", "[kit]") {
  watch.reset();
  const auto of_touch = complaint([] { given<impure>().when(cmd::touch{}).then(ev::stamped{}); });
  CHECK(says(of_touch, "touch"));
  CHECK(says(of_touch, "two decisions"));
  CHECK(says(complaint([] { given<impure>().when(cmd::review{}).then(ev::stamped{}); }),
             "two decisions"));
  CHECK(says(complaint([] { given<impure>().when(cmd::withdraw{.cents = 1}).rejected("moody"); }),
             "two decisions"));
}

TEST_CASE("A-124 time, ids and random words of the context are fine", "[kit]") {
  watch.reset();
  const testing::surroundings around{.command = derive_command_id("now")};
  const context same(around.now, around.command, {}, {}, around.aggregate);
  given<account>()
      .when(cmd::stamp{}, around)
      .then(ev::stamped{.at = around.now.time_since_epoch().count(),
                        .id = same.fresh_id(),
                        .random = same.random()});
}

}  // namespace
}  // namespace reprise::conformance
