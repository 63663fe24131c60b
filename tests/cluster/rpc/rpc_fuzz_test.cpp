// SPDX-License-Identifier: Apache-2.0
//
// What a client says, changed at random, to one connection of a node. REPRISE_SEED and
// REPRISE_FUZZ_INPUTS say where to begin and how many conversations there are.
#include "base/random.hpp"
#include "cluster/rpc/client.capnp.h"
#include "cluster/rpc/client_connection.hpp"
#include "raw_calls.hpp"
#include "tests/environment.hpp"
#include "tests/fuzz/changed_bytes.hpp"
#include "tests/fuzz/look_at.hpp"

#include <capnp/message.h>
#include <catch2/catch_test_macros.hpp>
#include <kj/async-io.h>
#include <kj/timer.h>

#include <cstdint>
#include <string>
#include <utility>

namespace reprise::cluster::test {
namespace {

constexpr std::uint64_t inputs_usual = 3'000;

// Looks at all of each command, and answers at once.
class eager_node final : public call_port {
 public:
  void ask(detail::outgoing_command command, told then) override {
    ++asked;
    fuzz::look_at(std::string_view(command.to.tenant));
    fuzz::look_at(std::string_view(command.to.id));
    fuzz::look_at(bytes_view(command.payload));
    fuzz::look_at(command.how.headers);
    then(detail::raw_answer{.reply = command.payload});
  }
  std::uint32_t partitions() const override { return 4; }
  std::string leads_elsewhere(partition_id /*partition*/) const override { return "b"; }
  std::string status_json() override { return "{}"; }

  int asked = 0;
};

void fill(wire::Command::Builder command) {
  const std::string text = "twenty bytes of text";
  const capnp::Data::Reader data(reinterpret_cast<const kj::byte*>(text.data()), text.size());
  command.setType(77);
  command.setId(data);
  command.setPayload(data);
  command.setCommandId(data.slice(0, 16));
  command.setTimeoutMs(5000);
  auto headers = command.initHeaders(2);
  headers[0].setName("user");
  headers[0].setValue("ann");
}

// Asks for the node, tells it a command, asks for its status, tells it a command in a conversation,
// and lets go of all.
bytes whole_visit() {
  bytes all;
  const auto say = [&all](const bytes& what) { all.insert(all.end(), what.begin(), what.end()); };
  say(question_for_node());
  capnp::MallocMessageBuilder call;
  fill(call_in(call, 1));
  say(flat(call));
  say(status_call(2));
  say(converse_call(3));
  capnp::MallocMessageBuilder command;
  fill(command_in(command, 4, 3));
  say(flat(command));
  for (std::uint32_t question = 0; question < 5; ++question) {
    say(finish(question, question == 0 || question == 3));
  }
  return all;
}

// Whether the connection has ended some time after its client has said all that.
bool ends(eager_node& node, const bytes& said) {
  kj::EventLoop loop;
  kj::WaitScope scope(loop);
  kj::TimerImpl timer(kj::origin<kj::TimePoint>());
  const client_limits limits;
  auto pipe = kj::newTwoWayPipe();
  client_connection connection(
      node, timer, limits,
      {.named = {.stream = kj::mv(pipe.ends[0])}, .address = {}, .ticket = {}});
  bool ended = false;
  const auto ended_somehow = [&](kj::Exception&& /*why*/) { ended = true; };
  const auto running =
      connection.run().then([&] { ended = true; }, ended_somehow).eagerlyEvaluate(nullptr);
  const auto ignored = [](kj::Exception&& /*why*/) {};
  const auto saying = pipe.ends[1]
                          ->write(said.data(), said.size())
                          .then([&] { pipe.ends[1]->shutdownWrite(); }, ignored)
                          .eagerlyEvaluate(nullptr);
  const auto hearing =
      pipe.ends[1]->readAllBytes().ignoreResult().catch_(ignored).eagerlyEvaluate(nullptr);
  // A minute, for what waits for time.
  for (int turn = 0; turn < 600 && !ended; ++turn) {
    scope.poll();
    timer.advanceTo(timer.now() + 100 * kj::MILLISECONDS);
  }
  return ended;
}

}  // namespace

TEST_CASE("a whole visit is heard") {
  eager_node node;
  CHECK(ends(node, whole_visit()));
  CHECK(node.asked == 2);
}

TEST_CASE("C-122 whatever a client says, its connection ends with it and nothing else") {
  const std::uint64_t seed = reprise::test::number_from("REPRISE_SEED", 2026);
  const std::uint64_t inputs = reprise::test::number_from("REPRISE_FUZZ_INPUTS", inputs_usual);
  const bytes sound = whole_visit();
  eager_node node;
  for (std::uint64_t n = 0; n < inputs; ++n) {
    base::random choose(seed + n);
    INFO("seed " << seed + n);
    REQUIRE(ends(node, fuzz::changed(sound, choose)));
  }
  // Many of them are commands still.
  if (inputs >= inputs_usual) CHECK(node.asked > static_cast<int>(inputs / 10));
}

}  // namespace reprise::cluster::test
