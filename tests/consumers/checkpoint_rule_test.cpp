// SPDX-License-Identifier: Apache-2.0
#include "consumers/checkpoint_rule.hpp"

#include <catch2/catch_test_macros.hpp>

namespace reprise::consumers {
namespace {

using namespace std::chrono_literals;

constexpr base::clock::instant start{1h};

TEST_CASE("P-031 a checkpoint is due after each event, or after exactly n") {
  checkpoint_rule each({.events = 1});
  CHECK_FALSE(each.due(start));
  each.handled(start);
  CHECK(each.due(start));

  checkpoint_rule third({.events = 3});
  third.handled(start);
  third.handled(start);
  CHECK_FALSE(third.due(start));
  third.handled(start);
  CHECK(third.due(start));
  third.saved();
  CHECK_FALSE(third.due(start));
}

TEST_CASE("P-031 a checkpoint is due when its oldest unsaved progress has its age") {
  checkpoint_rule rule({.events = 100, .within = 500ms});
  CHECK_FALSE(rule.due_at());
  CHECK_FALSE(rule.due(start + 1h));
  rule.handled(start);
  rule.handled(start + 400ms);
  CHECK(rule.due_at() == start + 500ms);
  CHECK_FALSE(rule.due(start + 499ms));
  CHECK(rule.due(start + 500ms));
  rule.saved();
  CHECK_FALSE(rule.unsaved());
  CHECK_FALSE(rule.due(start + 1h));
}

TEST_CASE("P-024 records that were only passed make a checkpoint due as well") {
  checkpoint_rule rule({.events = 1, .passed = 10, .within = 500ms});
  rule.passed(0, start);
  CHECK_FALSE(rule.unsaved());
  rule.passed(9, start);
  CHECK_FALSE(rule.due(start));
  CHECK(rule.due(start + 500ms));
  rule.passed(1, start);
  CHECK(rule.due(start));
}

}  // namespace
}  // namespace reprise::consumers
