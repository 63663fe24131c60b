// SPDX-License-Identifier: Apache-2.0
#include "examples/trip/report.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

namespace {

taxi::replay_report example() {
  taxi::replay_report report{.rows = 3217,
                             .skipped = 2,
                             .trips = 3215,
                             .completed = 3215,
                             .paid = 3197,
                             .commands = 19272,
                             .events = 19272,
                             .rejected = 1,
                             .seconds = 0.5,
                             .p50_us = 900,
                             .p99_us = 1800};
  report.totals.add("Queens", 102);
  report.totals.add("Manhattan", 123'456'789);
  report.totals.add("unknown", 5);
  return report;
}

}  // namespace

TEST_CASE("a report as JSON has every field that is promised, with its value") {
  const auto object = nlohmann::json::parse(taxi::as_json(example()));
  CHECK(object == nlohmann::json{{"rows", 3217},
                                 {"skipped", 2},
                                 {"trips", 3215},
                                 {"completed", 3215},
                                 {"paid", 3197},
                                 {"commands", 19272},
                                 {"events", 19272},
                                 {"rejected", 1},
                                 {"seconds", 0.5},
                                 {"commands_per_second", 38544.0},
                                 {"p50_us", 900},
                                 {"p99_us", 1800},
                                 {"total_cents_by_pickup_borough",
                                  {{"Manhattan", 123'456'789}, {"Queens", 102}, {"unknown", 5}}}});
}

TEST_CASE("a report without any time has no rate instead of an infinite one") {
  const auto object = nlohmann::json::parse(taxi::as_json({.commands = 7}));
  CHECK(object["commands_per_second"] == 0.0);
  CHECK(object["total_cents_by_pickup_borough"].is_object());
}

TEST_CASE("a borough whose name is no UTF-8 does not break the JSON") {
  taxi::replay_report report;
  report.totals.add("Br\xffnx", 1);
  CHECK(nlohmann::json::accept(taxi::as_json(report)));
}

TEST_CASE("a report as a table aligns its numbers and groups their digits") {
  const std::string table = taxi::as_table(example());
  CHECK(table.find("  rows                  3,217\n") != std::string::npos);
  CHECK(table.find("  commands per second  38,544\n") != std::string::npos);
  CHECK(table.find("  Manhattan  $1,234,567.89\n") != std::string::npos);
  CHECK(table.find("  Queens             $1.02\n") != std::string::npos);
  CHECK(table.ends_with("  all        $1,234,568.96\n"));
}
