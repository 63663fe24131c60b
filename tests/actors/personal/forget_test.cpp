// SPDX-License-Identifier: Apache-2.0
//
// Nodes that forget people, in memory and on disk.
#include "tests/actors/personal/visit.hpp"
#include "tests/persistence/store_scene.hpp"

#include <reprise/subscription.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace reprise::testing {
namespace {

struct in_memory {
  static constexpr bool has_disk = false;
};
struct on_disk {
  static constexpr bool has_disk = true;
};

// A node that can be closed and opened again, where it has a disk.
template <class Where>
struct clinic_world {
  clinic_world() { open(); }
  void open() {
    here.reset();
    node_options options{.partitions = 4, .log_bytes_max = 1U << 28U, .rows_bytes_max = 1U << 28U};
    if (Where::has_disk) options.data = (folder.path() / "store").string();
    auto opened = node::open(options);
    REQUIRE(opened.has_value());
    here.emplace(std::move(*opened));
  }

  persistence::temporary_folder folder;
  std::optional<node> here;
};

// What a subscription over all that was ever written shows of names, by the visit.
std::map<std::string, std::string> names_told(node& here, std::uint64_t count) {
  std::mutex mutex;
  std::map<std::string, std::string> names;
  std::atomic<std::uint64_t> told{0};
  auto following = here.subscribe({.name = ""}, [&](const received& r) {
    if (r.is<clinic::visit_ev::admitted>()) {
      const std::lock_guard hold(mutex);
      names[r.meta.aggregate.id] = r.as<clinic::visit_ev::admitted>()->called;
    }
    ++told;
    told.notify_all();
  });
  for (std::uint64_t seen = told; seen < count; seen = told) told.wait(seen);
  following.stop();
  const std::lock_guard hold(mutex);
  return names;
}

}  // namespace

TEMPLATE_TEST_CASE("once a node has forgotten somebody, aggregates in memory show the default",
                   "[personal]", in_memory, on_disk) {
  clinic_world<TestType> world;
  world.here->template host<visit>();
  REQUIRE(admit<visit>(*world.here, "v1", "ann", "Ann A.").has_value());
  REQUIRE(admit<visit>(*world.here, "v2", "ann", "Ann A.").has_value());
  REQUIRE(admit<visit>(*world.here, "v3", "bob", "Bob B.").has_value());
  const auto noted = world.here->template of<visit>("v1")
                         .ask(clinic::visit_cmd::note{.about = 4711, .text = "of bob's"})
                         .result();
  REQUIRE(noted.has_value());
  CHECK(shown<visit>(*world.here, "v1") == "Ann A.; of bob's");

  REQUIRE(world.here->forget("ann").has_value());

  CHECK(shown<visit>(*world.here, "v1") == "somebody; of bob's");
  CHECK(shown<visit>(*world.here, "v2") == "somebody");
  CHECK(shown<visit>(*world.here, "v3") == "Bob B.");
  REQUIRE(world.here->forget("4711").has_value());
  CHECK(shown<visit>(*world.here, "v1") == "somebody; ");
  CHECK(names_told(*world.here, 4) == std::map<std::string, std::string>{{"v1", "somebody"},
                                                                         {"v2", "somebody"},
                                                                         {"v3", "Bob B."}});
  REQUIRE(admit<visit>(*world.here, "v1", "ann", "Ann again").has_value());
  CHECK(shown<visit>(*world.here, "v1") == "Ann again; ");
  if (!TestType::has_disk) return;
  world.open();
  world.here->template host<visit>();
  CHECK(shown<visit>(*world.here, "v1") == "Ann again; ");
  CHECK(shown<visit>(*world.here, "v2") == "somebody");
}

TEMPLATE_TEST_CASE("whoever was never there is not found, and nobody else is forgotten",
                   "[personal]", in_memory, on_disk) {
  clinic_world<TestType> world;
  world.here->template host<visit>();
  CHECK(world.here->forget("ann").error().code == errc::not_found);
  REQUIRE(admit<visit>(*world.here, "v1", "ann", "Ann A.").has_value());
  const auto refused = world.here->forget(std::vector<std::string>{"ann", "eve"});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::not_found);
  CHECK(shown<visit>(*world.here, "v1") == "Ann A.");
  REQUIRE(world.here->forget("ann").has_value());
  CHECK(world.here->forget("ann").has_value());
}

TEMPLATE_TEST_CASE("snapshots show the default, too", "[personal]", in_memory, on_disk) {
  clinic_world<TestType> world;
  world.here->template host<saved_visit>();
  for (int i = 0; i < 5; ++i) {
    REQUIRE(admit<saved_visit>(*world.here, "v1", "ann", "Ann A.").has_value());
  }
  world.here->template passivate_after<saved_visit>(std::chrono::milliseconds(0));
  REQUIRE(world.here->forget("ann").has_value());
  CHECK(shown<saved_visit>(*world.here, "v1") == "somebody");
  REQUIRE(admit<saved_visit>(*world.here, "v2", "bob", "Bob B.").has_value());
  CHECK(shown<saved_visit>(*world.here, "v2") == "Bob B.");
}

TEMPLATE_TEST_CASE("a projection that is folded anew has the default in its rows", "[personal]",
                   in_memory, on_disk) {
  clinic_world<TestType> world;
  world.here->template host<visit>();
  REQUIRE(admit<visit>(*world.here, "v1", "ann", "Ann A.").has_value());
  const auto rows = [&] {
    const auto last = world.here->template of<visit>("v9")
                          .ask(clinic::visit_cmd::admit{.patient = "x", .called = "last"})
                          .result();
    REQUIRE(last.has_value());
    std::string out;
    world.here->template view<door_list>({last->at()})
        ->names.each(
            [&](const std::string& id, const std::string& name) { out += id + "=" + name + " "; });
    return out;
  };
  {
    auto running = world.here->template project<door_list>();
    CHECK(rows() == "v1=Ann A. v9=last ");
  }
  REQUIRE(world.here->forget("ann").has_value());
  REQUIRE(world.here->drop_projection("doors", 1).has_value());
  auto running = world.here->template project<door_list>();
  CHECK(rows() == "v1=somebody v9=last ");
}

TEMPLATE_TEST_CASE("after a rotation all reads as before, and forgetting takes the old keys along",
                   "[personal]", in_memory, on_disk) {
  clinic_world<TestType> world;
  world.here->template host<visit>();
  REQUIRE(admit<visit>(*world.here, "v1", "ann", "Ann A.").has_value());
  CHECK(world.here->rotate_keys().value() == 2);
  REQUIRE(admit<visit>(*world.here, "v2", "ann", "Ann B.").has_value());
  CHECK(names_told(*world.here, 2) ==
        std::map<std::string, std::string>{{"v1", "Ann A."}, {"v2", "Ann B."}});
  REQUIRE(world.here->forget("ann").has_value());
  CHECK(names_told(*world.here, 2) ==
        std::map<std::string, std::string>{{"v1", "somebody"}, {"v2", "somebody"}});
}

TEMPLATE_TEST_CASE("forgetting amid commands: nothing of before is in what follows", "[personal]",
                   in_memory, on_disk) {
  clinic_world<TestType> world;
  world.here->template host<saved_visit>();
  constexpr int visits = 8;
  const auto id = [](int i) { return "v" + std::to_string(i % visits); };
  for (int i = 0; i < visits; ++i) {
    REQUIRE(admit<saved_visit>(*world.here, id(i), "ann", "Ann A.").has_value());
  }
  // Others keep writing: each event has a snapshot, whose state is of before while it lasts.
  std::atomic<bool> done{false};
  std::atomic<int> failed{0};
  std::atomic<int> answered{0};
  std::vector<std::thread> others;
  for (int t = 0; t < 3; ++t) {
    others.emplace_back([&, t] {
      for (int i = t; !done; ++i) {
        const auto noted = world.here->template of<saved_visit>(id(i))
                               .ask(clinic::visit_cmd::note{.about = 1, .text = "n"})
                               .result();
        if (!noted) ++failed;
        ++answered;
        answered.notify_all();
      }
    });
  }
  for (int seen = answered; seen < 100; seen = answered) answered.wait(seen);
  std::vector<std::thread> forgetting;
  for (int t = 0; t < 4; ++t) {
    forgetting.emplace_back([&] {
      if (!world.here->forget("ann")) ++failed;
    });
  }
  for (std::thread& one : forgetting) one.join();
  for (int i = 0; i < visits; ++i) {
    CHECK(shown<saved_visit>(*world.here, id(i)).starts_with("somebody"));
  }
  const int until = answered + 100;
  for (int seen = answered; seen < until; seen = answered) answered.wait(seen);
  done = true;
  for (std::thread& one : others) one.join();
  CHECK(failed == 0);
  for (int i = 0; i < visits; ++i) {
    CHECK(shown<saved_visit>(*world.here, id(i)).starts_with("somebody"));
  }
  if (!TestType::has_disk) return;
  world.open();
  world.here->template host<saved_visit>();
  for (int i = 0; i < visits; ++i) {
    CHECK(shown<saved_visit>(*world.here, id(i)).starts_with("somebody"));
  }
}

}  // namespace reprise::testing
