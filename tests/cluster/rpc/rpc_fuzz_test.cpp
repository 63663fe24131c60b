// SPDX-License-Identifier: Apache-2.0
//
// What a client says, changed at random, to one connection of a node. REPRISE_SEED and
// REPRISE_FUZZ_INPUTS say where to begin and how many conversations there are.
#include "base/random.hpp"
#include "cluster/rpc/client.capnp.h"
#include "cluster/rpc/client_connection.hpp"
#include "tests/environment.hpp"
#include "tests/fuzz/changed_bytes.hpp"
#include "tests/fuzz/look_at.hpp"

#include <capnp/message.h>
#include <capnp/rpc.capnp.h>
#include <capnp/serialize.h>
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
  kj::Promise<call_outcome> ask(detail::outgoing_command command) override {
    ++asked;
    fuzz::look_at(std::string_view(command.to.tenant));
    fuzz::look_at(std::string_view(command.to.id));
    fuzz::look_at(bytes_view(command.payload));
    fuzz::look_at(command.how.headers);
    return kj::heap<result<detail::raw_answer>>(detail::raw_answer{.reply = command.payload});
  }
  std::string status_json() override { return "{}"; }

  int asked = 0;
};

void append(capnp::MessageBuilder& message, bytes& to) {
  const auto words = capnp::messageToFlatArray(message);
  const auto raw = words.asBytes();
  const auto* const begin = reinterpret_cast<const std::byte*>(raw.begin());
  to.insert(to.end(), begin, begin + raw.size());
}

// Asks for the node, tells it a command, asks for its status, and lets go of all.
bytes conversation() {
  using capnp::rpc::Message;
  bytes all;
  {
    capnp::MallocMessageBuilder message;
    message.getRoot<Message>().initBootstrap().setQuestionId(0);
    append(message, all);
  }
  for (const std::uint16_t method : {std::uint16_t{0}, std::uint16_t{1}}) {
    capnp::MallocMessageBuilder message;
    auto call = message.getRoot<Message>().initCall();
    call.setQuestionId(method + 1U);
    call.initTarget().initPromisedAnswer().setQuestionId(0);
    call.setInterfaceId(capnp::typeId<wire::Node>());
    call.setMethodId(method);
    if (method == 0) {
      auto command = call.initParams().getContent().initAs<wire::Node::AskParams>().initCommand();
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
    append(message, all);
  }
  for (std::uint32_t question = 0; question < 3; ++question) {
    capnp::MallocMessageBuilder message;
    auto finish = message.getRoot<Message>().initFinish();
    finish.setQuestionId(question);
    finish.setReleaseResultCaps(question == 0);
    append(message, all);
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

TEST_CASE("a whole conversation is heard") {
  eager_node node;
  CHECK(ends(node, conversation()));
  CHECK(node.asked == 1);
}

TEST_CASE("C-122 whatever a client says, its connection ends with it and nothing else") {
  const std::uint64_t seed = reprise::test::number_from("REPRISE_SEED", 2026);
  const std::uint64_t inputs = reprise::test::number_from("REPRISE_FUZZ_INPUTS", inputs_usual);
  const bytes sound = conversation();
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
