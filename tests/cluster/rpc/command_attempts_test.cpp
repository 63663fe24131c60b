// SPDX-License-Identifier: Apache-2.0
#include "cluster/rpc/command_attempts.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace reprise;
using namespace reprise::cluster;

namespace {

const error gone{errc::unavailable, "gone"};

errc at_deadline(const command_attempts& of) {
  return of.at_deadline().error().code;
}

}  // namespace

TEST_CASE("a command that was never sent has expired, or was not available") {
  command_attempts attempts;
  CHECK(at_deadline(attempts) == errc::expired);
  CHECK(attempts.at_stop().error().code == errc::stopped);
  attempts.unreachable(gone);
  CHECK(at_deadline(attempts) == errc::unavailable);
  CHECK(attempts.at_stop().error().code == errc::stopped);
}

TEST_CASE("a command on its way is unknown until it is answered") {
  command_attempts attempts;
  attempts.sent();
  CHECK(at_deadline(attempts) == errc::timed_out);
  CHECK(attempts.at_stop().error().code == errc::commit_unknown);
  CHECK_FALSE(attempts.answered(gone).has_value());
  CHECK(at_deadline(attempts) == errc::unavailable);
}

TEST_CASE("a command that a node did not look at was not carried out") {
  command_attempts attempts;
  attempts.sent();
  attempts.declined({errc::unavailable, "it holds no conversations"});
  CHECK(at_deadline(attempts) == errc::unavailable);
  CHECK(attempts.at_stop().error().code == errc::stopped);
}

TEST_CASE("a command that was lost once stays unknown until a node knows") {
  command_attempts attempts;
  attempts.sent();
  attempts.lost(gone);
  CHECK(at_deadline(attempts) == errc::timed_out);
  CHECK_FALSE(attempts.answered(gone).has_value());
  CHECK(at_deadline(attempts) == errc::timed_out);
  // An attempt has less time than the command: there may be time for another one.
  CHECK_FALSE(attempts.answered(error{errc::expired, "too late"}).has_value());
  CHECK_FALSE(attempts.answered(error{errc::timed_out, "too late"}).has_value());
  CHECK(at_deadline(attempts) == errc::timed_out);
  CHECK(attempts.answered(detail::raw_answer{})->has_value());
}
