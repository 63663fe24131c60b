// SPDX-License-Identifier: Apache-2.0
#include "saga_log.reprise.hpp"
#include "tool.hpp"

#include <reprise/detail/saga_type.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace reprise;
using namespace reprise::test;

namespace {

using sagas::log::saga_ev;
namespace slog = sagas::log;

aggregate_key instance(const std::string& key, std::string tenant = "") {
  return {detail::saga_id("ride"), std::move(tenant), key};
}

saga_ev::handled begun(std::vector<slog::effect> opened) {
  return {
      .aggregate = "trip-1",
      .change = {
          .began = true, .phase = slog::phase::running, .version = 1, .opened = std::move(opened)}};
}

/// One instance that runs, one that has a dead letter and a parked event, one that has ended.
struct ridden_store {
  written_store store;

  ridden_store() {
    store.know_saga("ride");
    store.append(instance("running"), "1", 1,
                 begun({{.number = 1,
                         .kind = slog::effect_kind::deadline,
                         .name = "driver",
                         .dueMicros = (noon + std::chrono::hours(1)).time_since_epoch().count()},
                        {.number = 2,
                         .kind = slog::effect_kind::send,
                         .name = "charge",
                         .target = "ann",
                         .attempts = 0}}));
    store.append(
        instance("in trouble"), "2", 2,
        begun({{.number = 1, .kind = slog::effect_kind::send, .name = "pay", .target = "bob"}}),
        saga_ev::stuck{.number = 1, .attempts = 3, .why = "no_money: nothing is left"},
        saga_ev::parked{.message = {.tenant = "acme", .aggregate = "trip-2", .sequence = 4},
                        .cause = "on(paid) threw: oh",
                        .attempts = 2});
    store.append(instance("over"), "3", 3, begun({}),
                 saga_ev::steered{.what = "cancel",
                                  .reason = "too late",
                                  .change = {.phase = slog::phase::failed, .reason = "too late"}});
    store.close();
  }
};

}  // namespace

TEST_CASE("S-115 saga list names what waits for somebody, and what has ended on demand") {
  const ridden_store s;
  const auto shown = tool(s.store, {"saga", "list"});
  CHECK(shown.code == 0);
  CHECK(shown.out ==
        "SAGA  KEY         PHASE    CHANGED                      OPEN  STUCK  PARKED  REASON\n"
        "ride  in trouble  running  2026-01-02T12:00:02.000000Z     0      1       1\n"
        "ride  running     running  2026-01-02T12:00:01.000000Z     2      0       0\n"
        "1 have ended; --all lists them too.\n");
  const auto all = tool(s.store, {"saga", "list", "ride", "--all", "--json"});
  const auto lines = lines_of(all.out);
  REQUIRE(lines.size() == 3);
  CHECK(lines[1]["key"] == "over");
  CHECK(lines[1]["phase"] == "failed");
  CHECK(lines[1]["reason"] == "too late");
}

TEST_CASE("S-115 saga show tells kind, cause, times and attempts of one instance") {
  const ridden_store s;
  const auto shown = tool(s.store, {"saga", "show", "ride", "in trouble"});
  CHECK(shown.code == 0);
  CHECK(shown.out.find("no_money: nothing is left") != std::string::npos);
  CHECK(shown.out.find("on(paid) threw: oh") != std::string::npos);
  const auto lines = lines_of(tool(s.store, {"saga", "show", "ride", "in trouble", "--json"}).out);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["open"][0]["stuck"] == "no_money: nothing is left");
  CHECK(lines[0]["open"][0]["attempts"] == 3);
  CHECK(lines[0]["open"][0]["to"] == "bob");
  CHECK(lines[0]["parked"][0]["tenant"] == "acme");
  CHECK(lines[0]["parked"][0]["id"] == "trip-2");
  CHECK(lines[0]["parked"][0]["sequence"] == 4);
  CHECK(lines[0]["parked"][0]["attempts"] == 2);
  CHECK(lines_of(tool(s.store, {"saga", "show", "ride", "running", "--json"})
                     .out)[0]["open"][0]["due"] == "2026-01-02T13:00:00.000000Z");
}

TEST_CASE("a saga or an instance that is not there is named") {
  const ridden_store s;
  const auto unknown = tool(s.store, {"saga", "list", "walk"});
  CHECK(unknown.code == 1);
  CHECK(unknown.err.find("there is no saga walk; there are ride") != std::string::npos);
  CHECK(tool(s.store, {"saga", "show", "ride", "nobody"}).code == 1);
  CHECK(tool(s.store, {"saga", "show", "ride", "running", "--tenant", "acme"}).code == 1);
  CHECK(tool(s.store, {"saga", "show", "ride"}).code == 2);
}

TEST_CASE("a store without sagas is no error") {
  written_store store;
  store.close();
  const auto shown = tool(store, {"saga", "list"});
  CHECK(shown.code == 0);
  CHECK(shown.out == "No saga has written anything here.\n");
}

TEST_CASE("the events of an instance are shown by log, under the saga's name") {
  const ridden_store s;
  const auto lines = lines_of(tool(s.store, {"log", "ride", "in trouble", "--json"}).out);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0]["type"] == "ride");
  CHECK(lines[1]["event"] == "stuck");
  CHECK(lines[1]["payload"]["why"] == "no_money: nothing is left");
}

TEST_CASE("saga retry leaves an order for each step that was given up and each parked queue") {
  written_store store;
  store.know_saga("ride");
  store.append(instance("a"), "1", 1, begun({}));
  store.close();
  const auto nobody = tool(store, {"saga", "retry", "ride", "a"});
  CHECK(nobody.code == 1);
  CHECK(nobody.err.find("nothing was given up or parked") != std::string::npos);

  const ridden_store s;
  CHECK(tool(s.store, {"saga", "retry", "ride"}).code == 2);
  CHECK(tool(s.store, {"saga", "retry", "ride", "in trouble", "--all"}).code == 2);
  CHECK(tool(s.store, {"saga", "retry", "ride", "nobody"}).code == 1);
  const auto lines = lines_of(tool(s.store, {"saga", "retry", "ride", "--all", "--json"}).out);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["order"] == "retry step");
  CHECK(lines[0]["key"] == "in trouble");
  CHECK(lines[0]["step"] == "pay");
  CHECK(lines[0]["number"] == 1);
  CHECK(lines[1]["order"] == "retry parked");
  CHECK(lines[0]["command_id"] != lines[1]["command_id"]);
  CHECK(lines_of(tool(s.store, {"saga", "show", "ride", "in trouble", "--json"}).out)
            .at(0)["orders"] == 2);
  CHECK(
      lines_of(tool(s.store, {"saga", "show", "ride", "running", "--json"}).out).at(0)["orders"] ==
      0);
  // They are no projections.
  CHECK(tool(s.store, {"projection", "list"}).out == "No projection has stored anything here.\n");
}

TEST_CASE("saga cancel leaves an order for an instance that runs, and for no other") {
  const ridden_store s;
  CHECK(tool(s.store, {"saga", "cancel", "ride", "running"}).code == 2);
  const auto over = tool(s.store, {"saga", "cancel", "ride", "over", "--reason", "x"});
  CHECK(over.code == 2);
  CHECK(over.err.find("is not running, it is failed") != std::string::npos);
  const auto done = tool(s.store, {"saga", "cancel", "ride", "running", "--reason", "x"});
  CHECK(done.code == 0);
  CHECK(done.out.find("when it starts") != std::string::npos);
  CHECK(tool(s.store, {"saga", "show", "ride", "running"}).out.find("1 orders wait") !=
        std::string::npos);
}

TEST_CASE("orders are refused while a program has the store open, which is named") {
  written_store store;
  store.know_saga("ride");
  store.append(instance("a"), "1", 1, begun({}));
  for (const std::string what : {"retry", "cancel"}) {
    auto command = tool_on(store.directory(), {"saga", what, "ride", "a"});
    if (what == "cancel") command.insert(command.end(), {"--reason", "x"});
    const auto held = run(command);
    CHECK(held.code == 4);
    CHECK(held.err.find(std::to_string(::getpid())) != std::string::npos);
  }
}
