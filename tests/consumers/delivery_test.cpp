// SPDX-License-Identifier: Apache-2.0
//
// Subscriptions step by step, on a journal whose commits and a clock whose time the test moves.
#include "consumers/delivery.hpp"

#include "persistence/memory_checkpoint_store.hpp"
#include "tests/consumers/log_scene.hpp"
#include "tests/consumers/moved_clock.hpp"

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace reprise::consumers {
namespace {

using namespace std::chrono_literals;
using persistence::checkpoint;
using persistence::record_kind;
using testing::account_type;
using testing::log_scene;
using testing::moved_clock;
using testing::order_type;

// A store of checkpoints that counts what is saved and can be told to refuse it.
class watched_store final : public persistence::checkpoint_store {
 public:
  std::uint64_t saves = 0;
  bool full = false;

  result<void> save(std::string_view name, const checkpoint& taken) override {
    if (full) return error{errc::disk_full, "no room for a checkpoint"};
    ++saves;
    return all_.save(name, taken);
  }
  result<std::optional<checkpoint>> load(std::string_view name) const override {
    return all_.load(name);
  }
  result<void> remove(std::string_view name) override { return all_.remove(name); }
  result<std::vector<std::string>> names() const override { return all_.names(); }

 private:
  persistence::memory_checkpoint_store all_;
};

class delivery_scene {
 public:
  log_scene log;
  moved_clock time;
  watched_store saved;
  /// What the subscriber was told, in order: positions, `caught-up`, notices.
  std::string told;
  /// Positions at which the subscriber throws.
  std::uint64_t stumbles_at = 0;
  bool interrupted = false;

  explicit delivery_scene(std::uint32_t partitions = 1) : log(partitions) {}

  result<std::unique_ptr<delivery>> open(subscription_options options) {
    persistence::checkpoint_store* const store = options.name.empty() ? nullptr : &saved;
    return delivery::open({.log = log.journal(), .saved = store, .time = time}, std::move(options),
                          {.event =
                               [this](const received& r) {
                                 if (r.meta.at.value == stumbles_at) {
                                   throw std::runtime_error("stumbled");
                                 }
                                 say(std::to_string(r.meta.at.value));
                                 if (r.what == received::kind::tombstone) say("tombstone");
                                 if (r.what == received::kind::deletion) say("deletion");
                               },
                           .caught_up = [this] { say("caught-up"); },
                           .dropped =
                               [this](const drop_notice& d) {
                                 say("dropped " + std::string(to_string(d.why.code)) + "@" +
                                     std::to_string(d.where.through.value));
                               }});
  }
  std::unique_ptr<delivery> begin(subscription_options options = {}) {
    auto opened = open(std::move(options));
    REQUIRE(opened);
    return std::move(*opened);
  }
  /// Steps until there is nothing more to do now; what was told meanwhile.
  std::string run(delivery& d) {
    told.clear();
    for (;;) {
      const auto done = d.advance([this] { return interrupted; });
      if (done.is != delivery::state::more) return told;
    }
  }
  [[nodiscard]] std::uint64_t saved_at(const std::string& name) const {
    const auto found = saved.load(name).value();
    REQUIRE(found);
    return found->cursors.at(0).through.value;
  }

 private:
  void say(const std::string& what) { told += (told.empty() ? "" : " ") + what; }
};

TEST_CASE("P-001 P-006 history, the end of it, and then what comes") {
  delivery_scene s;
  s.log.store("ann", 2);
  const auto d = s.begin();
  CHECK(s.run(*d) == "1 2 caught-up");
  s.log.store("ann", 1);
  CHECK(s.run(*d) == "3");
}

TEST_CASE(
    "P-004 from the end only what is appended later is shown, from a time what is not older") {
  delivery_scene s;
  s.log.store("ann", 5);
  const auto end = s.begin({.from = start_point::end()});
  const auto third = s.begin({.from = start_point::time(timestamp{3s})});
  const auto fifth = s.begin({.from = start_point::behind({{{0}, {4}}})});
  CHECK(s.run(*end) == "caught-up");
  CHECK(s.run(*third) == "3 4 5 caught-up");
  CHECK(s.run(*fifth) == "5 caught-up");
  s.log.store("ann", 1);
  CHECK(s.run(*end) == "6");
}

TEST_CASE("P-005 what waits beyond the end waits there after a restart too") {
  delivery_scene s;
  s.log.store("ann", 2);
  const subscription_options options{.name = "late", .from = start_point::behind({{{0}, {4}}})};
  {
    const auto d = s.begin(options);
    CHECK(s.run(*d) == "caught-up");
    d->finish();
  }
  const auto d = s.begin(options);
  s.log.store("ann", 4);
  CHECK(s.run(*d) == "5 6 caught-up");
}

TEST_CASE("P-014 a subscriber that throws is dropped, with the reason and the position") {
  delivery_scene s;
  s.log.store("ann", 4);
  s.stumbles_at = 3;
  const auto d = s.begin({.name = "a"});
  CHECK(s.run(*d) == "1 2 dropped handler_failed@3");
  CHECK(s.run(*d).empty());
  CHECK(s.saved_at("a") == 2);
}

TEST_CASE("P-019 who follows one aggregate is shown its tombstone, and then the end") {
  delivery_scene s;
  s.log.store("ann", 1);
  s.log.store("bob", 1);
  s.log.retire("ann", record_kind::tombstone);
  s.log.commit();
  const auto d = s.begin({.only = aggregate_key{account_type, "", "ann"}});
  CHECK(s.run(*d) == "1 3 tombstone dropped tombstoned@3");
}

TEST_CASE("deletions and tombstones are shown to those who want notes") {
  delivery_scene s;
  s.log.store("ann", 1);
  s.log.retire("ann", record_kind::deletion);
  s.log.retire("bob", record_kind::tombstone);
  s.log.commit();
  CHECK(s.run(*s.begin()) == "1 caught-up");
  CHECK(s.run(*s.begin({.notes = true})) == "1 2 deletion 3 tombstone caught-up");
}

TEST_CASE("records are chosen by type, event, aggregate, beginning of the id, and predicate") {
  delivery_scene s;
  s.log.store("ann", 1, account_type, 0);
  s.log.store("anna", 1, account_type, 1);
  s.log.store("ann", 1, order_type, 1);
  CHECK(s.run(*s.begin({.types = {order_type}})) == "3 caught-up");
  CHECK(s.run(*s.begin({.events = {{account_type, 1}}})) == "2 caught-up");
  CHECK(s.run(*s.begin({.events = {{account_type, 1}}, .notes = true})) == "2 caught-up");
  CHECK(s.run(*s.begin({.only = aggregate_key{account_type, "", "ann"}})) == "1 caught-up");
  CHECK(s.run(*s.begin({.id_prefix = "anna"})) == "2 caught-up");
  CHECK(s.run(*s.begin({.where = [](const envelope& e) {
    return e.sequence.value == 1 && e.event_type == 1;
  }})) == "2 3 caught-up");
}

TEST_CASE("P-021 partitions are chosen too, and one that is not there is refused") {
  delivery_scene s(4);
  for (int i = 0; i < 20; ++i) s.log.store("id-" + std::to_string(i), 1);
  const auto d = s.begin({.partitions = {{2}, {1}, {2}}});
  s.run(*d);
  REQUIRE(d->cursors().size() == 2);
  CHECK(d->cursors()[0].partition == partition_id{1});
  CHECK(d->cursors()[0].through == s.log.journal().committed({1}));
  CHECK(d->cursors()[1].through == s.log.journal().committed({2}));
  CHECK(s.open({.partitions = {{4}}}).error().code == errc::invalid_argument);
}

TEST_CASE("P-031 a checkpoint is saved after each event, or each n-th") {
  delivery_scene s;
  s.log.store("ann", 7);
  const auto each = s.begin({.name = "each", .checkpoint_every = 1});
  std::uint64_t before = s.saved.saves;
  s.run(*each);
  CHECK(s.saved.saves - before == 7);
  const auto third = s.begin({.name = "third", .checkpoint_every = 3});
  before = s.saved.saves;
  s.run(*third);
  CHECK(s.saved.saves - before == 2);
  CHECK(s.saved_at("third") == 6);
  // The seventh is saved for its age, though nothing comes.
  s.time.passed = 999ms;
  s.run(*third);
  CHECK(s.saved_at("third") == 6);
  s.time.passed = 1000ms;
  s.run(*third);
  CHECK(s.saved_at("third") == 7);
}

TEST_CASE("P-024 P-025 what is filtered out moves the checkpoint, and is not looked at again") {
  delivery_scene s;
  s.log.store("ann", 5000);
  const subscription_options orders{.name = "orders", .types = {order_type}};
  {
    const auto d = s.begin(orders);
    CHECK(s.run(*d) == "caught-up");
    CHECK(s.saved_at("orders") >= 4096);
    d->finish();
  }
  CHECK(s.saved_at("orders") == 5000);
  s.log.store("shop", 1, order_type);
  const auto again = s.begin(orders);
  CHECK(again->cursors()[0].through == position{5000});
  CHECK(s.run(*again) == "5001 caught-up");
}

TEST_CASE("P-029 another choice of records is noticed, and resumed only when that is wanted") {
  delivery_scene s;
  s.log.store("ann", 2);
  { s.run(*s.begin({.name = "a", .types = {account_type, order_type}, .checkpoint_every = 1})); }
  // The order in which it is written is no change.
  CHECK(s.open({.name = "a", .types = {order_type, account_type}}));
  CHECK(s.open({.name = "a", .types = {order_type}}).error().code == errc::incompatible);
  s.log.store("shop", 1, order_type);
  subscription_options changed{
      .name = "a", .saved = saved_checkpoint::resume_with_changed_choice, .types = {order_type}};
  CHECK(s.run(*s.begin(changed)) == "3 caught-up");
  // From here on it is the choice.
  changed.saved = saved_checkpoint::resume;
  CHECK(s.open(changed));
}

TEST_CASE("P-034 a checkpoint that cannot be saved ends the subscription, and marks nothing done") {
  delivery_scene s;
  s.log.store("ann", 3);
  const auto d = s.begin({.name = "a", .checkpoint_every = 2});
  s.saved.full = true;
  CHECK(s.run(*d) == "1 2 dropped disk_full@3");
  s.saved.full = false;
  CHECK(s.saved_at("a") == 0);
  CHECK(s.run(*s.begin({.name = "a"})) == "1 2 3 caught-up");
}

TEST_CASE("P-036 a checkpoint that is replaced begins where it is told to") {
  delivery_scene s;
  s.log.store("ann", 4);
  s.run(*s.begin({.name = "a", .checkpoint_every = 1}));
  CHECK(s.run(*s.begin({.name = "a"})) == "caught-up");
  CHECK(s.run(*s.begin({.name = "a", .saved = saved_checkpoint::replace})) == "1 2 3 4 caught-up");
  CHECK(s.run(*s.begin({.name = "a",
                        .from = start_point::behind({{{0}, {2}}}),
                        .saved = saved_checkpoint::replace})) == "3 4 caught-up");
}

TEST_CASE("P-037 a checkpoint that is ahead of the log is reported, not waited for") {
  delivery_scene s;
  s.log.store("ann", 2);
  const std::uint64_t choice = [&] {
    s.run(*s.begin({.name = "a"}));
    return s.saved.load("a").value()->choice;
  }();
  REQUIRE(s.saved.save("a", {.choice = choice, .cursors = {{{0}, {9}}}}));
  const auto opened = s.open({.name = "a"});
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == errc::beyond_head);
  CHECK(opened.error().number == 2);
}

TEST_CASE("an interrupted subscription shows nothing, and goes on where it was") {
  delivery_scene s;
  s.log.store("ann", 2);
  const auto d = s.begin();
  s.interrupted = true;
  CHECK(d->advance([&] { return true; }).is == delivery::state::waiting);
  CHECK(s.told.empty());
  s.interrupted = false;
  CHECK(s.run(*d) == "1 2 caught-up");
}

TEST_CASE("options that break a limit are refused by name") {
  delivery_scene s;
  CHECK(s.open({.checkpoint_every = 0}).error().code == errc::invalid_argument);
  CHECK(s.open({.checkpoint_within = 0ms}).error().code == errc::invalid_argument);
  CHECK(s.open({.name = std::string(256, 'x')}).error().code == errc::invalid_argument);
}

}  // namespace
}  // namespace reprise::consumers
