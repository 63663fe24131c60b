// SPDX-License-Identifier: Apache-2.0
//
// Clients and nodes over loopback; the nodes' answers are made by the test.
#include "cluster/rpc/client.capnp.h"
#include "served_node.hpp"
#include "tests/cluster/link/test_certificates.hpp"

#include <capnp/rpc-twoparty.h>
#include <catch2/catch_test_macros.hpp>

#include <set>
#include <thread>

using namespace reprise;
using namespace reprise::cluster;
using namespace reprise::cluster::test;

namespace {

peer_address address_of(const served_node& node, const std::string& name) {
  return {.node = name, .host = own_loopback(), .port = node.port()};
}

std::unique_ptr<client_link> started(client_link_options options) {
  options.backoff_min = std::chrono::milliseconds(5);
  options.backoff_max = std::chrono::milliseconds(50);
  auto link = client_link::start(std::move(options));
  if (!link) FAIL(to_string(link.error()));
  return std::move(*link);
}

// Nodes a and b, and a client that knows both.
class two_nodes {
 public:
  two_nodes() {
    a.start({});
    b.start({});
    client = started({.nodes = {address_of(a, "a"), address_of(b, "b")}});
  }

  void ask(const std::string& id, std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
    auto command = command_of(id);
    command.how.timeout = timeout;
    client->ask(std::move(command), answers.next());
  }

  // Before the client, which calls them when it stops.
  answers_of answers{};
  served_node a{};
  served_node b{};
  std::unique_ptr<client_link> client{};
};

// A node that holds no conversations, as before there were any: it knows no call at all.
class older_node {
 public:
  older_node() : loop_(event_loop::start().value()) {
    loop_->at_end([this] {
      serving_ = nullptr;
      server_ = nullptr;
    });
    REQUIRE(loop_->await([this] {
      return loop_->network().parseAddress(own_loopback().c_str()).then([this](auto address) {
        auto door = address->listen();
        port_ = static_cast<std::uint16_t>(door->getPort());
        server_ = kj::heap<capnp::TwoPartyServer>(kj::heap<nothing>());
        serving_ = server_->listen(*door).attach(kj::mv(door)).eagerlyEvaluate(nullptr);
      });
    }));
  }
  ~older_node() { loop_->stop(); }
  older_node(const older_node&) = delete;
  older_node& operator=(const older_node&) = delete;

  [[nodiscard]] peer_address address() const {
    return {.node = "old", .host = own_loopback(), .port = port_};
  }

 private:
  struct nothing final : wire::Node::Server {
    virtual ~nothing() = default;
  };

  std::unique_ptr<event_loop> loop_;
  std::uint16_t port_ = 0;
  kj::Own<capnp::TwoPartyServer> server_{};
  kj::Promise<void> serving_{nullptr};
};

outcome refused(errc code) {
  return error{code, "as the test says", 7};
}

}  // namespace

TEST_CASE("a command reaches the node as it was asked, and the answer the client") {
  served_node node;
  node.start({});
  answers_of answers;
  const auto client = started({.nodes = {address_of(node, "a")}});
  auto command = command_of(std::string("id \0\xff", 5), "payload");
  command.how.timeout = std::chrono::seconds(20);
  command.how.headers = {{"who", "ann"}, {"why", ""}};
  command.how.correlation.value.fill(std::byte{9});
  client->ask(command, answers.next());
  const auto got = node.was_asked(1).at(0);
  CHECK(got.to == command.to);
  CHECK(got.command == command.command);
  CHECK(got.payload == command.payload);
  CHECK(got.how.id == command.how.id);
  CHECK(got.how.headers == command.how.headers);
  CHECK(got.how.correlation == command.how.correlation);
  CHECK(got.how.timeout <= command.how.timeout);
  CHECK(got.how.timeout > std::chrono::seconds(1));
  const auto reply = accepted("done", 5);
  node.answer(reply);
  const auto answer = answers.come(1).at(0);
  REQUIRE(answer.has_value());
  CHECK(answer->reply == reply.reply);
  CHECK(answer->at == reply.at);
  CHECK_FALSE(answer->why);
}

TEST_CASE("a rejection and an error arrive as what they are") {
  two_nodes nodes;
  SECTION("a rejection") {
    nodes.a.answers([](const auto&) -> outcome {
      return detail::raw_answer{.why = rejection{.code = "too_late", .why = "it has left"}};
    });
    nodes.ask("x");
    const auto answer = nodes.answers.come(1).at(0);
    REQUIRE(answer.has_value());
    CHECK(answer->why == rejection{.code = "too_late", .why = "it has left"});
  }
  SECTION("an error that another node would repeat") {
    for (const errc code : {errc::invalid_argument, errc::sequence_conflict, errc::not_hosted,
                            errc::overloaded, errc::corrupt}) {
      nodes.a.answers([=](const auto&) { return refused(code); });
      const std::size_t before = nodes.answers.so_far();
      nodes.ask("x");
      const auto answer = nodes.answers.come(before + 1).back();
      REQUIRE_FALSE(answer.has_value());
      CHECK(answer.error().code == code);
      CHECK(answer.error().message == "as the test says");
      CHECK(answer.error().number == 7);
    }
    CHECK(nodes.b.asked_so_far() == 0);
  }
}

TEST_CASE("a node that holds no conversations has carried out nothing") {
  const older_node old;
  answers_of answers;
  auto command = command_of("x");
  SECTION("the next one is asked") {
    served_node node;
    node.start({});
    node.answers([](const auto&) -> outcome { return accepted("done"); });
    const auto client = started({.nodes = {old.address(), address_of(node, "a")}});
    command.how.timeout = std::chrono::seconds(20);
    client->ask(std::move(command), answers.next());
    CHECK(answers.come(1).at(0).has_value());
  }
  SECTION("where there is no other one, the command is not called unknown") {
    const auto client = started({.nodes = {old.address()}});
    command.how.timeout = std::chrono::milliseconds(300);
    client->ask(std::move(command), answers.next());
    CHECK(answers.come(1).at(0).error().code == errc::unavailable);
  }
}

TEST_CASE("C-091 a node that hangs is not waited for: the next one is asked") {
  two_nodes nodes;
  nodes.b.answers([](const auto&) -> outcome { return accepted("done"); });
  nodes.ask("x", std::chrono::seconds(30));
  CHECK(nodes.answers.come(1).at(0).has_value());
  // It was told to say by itself what it knows before that.
  CHECK(nodes.a.was_asked(1).at(0).how.timeout < std::chrono::seconds(2));
  CHECK(nodes.a.was_asked(1).at(0).how.id == nodes.b.was_asked(1).at(0).how.id);
}

TEST_CASE("a command without an id gets one, so that it can be repeated") {
  two_nodes nodes;
  auto command = command_of("x");
  command.how.id = {};
  nodes.a.answers([](const auto&) { return refused(errc::unavailable); });
  nodes.b.answers([](const auto&) -> outcome { return accepted("done"); });
  nodes.client->ask(command, nodes.answers.next());
  CHECK(nodes.answers.come(1).at(0).has_value());
  CHECK_FALSE(nodes.a.was_asked(1).at(0).how.id.empty());
  CHECK(nodes.a.was_asked(1).at(0).how.id == nodes.b.was_asked(1).at(0).how.id);
}

TEST_CASE("two clients do not draw the same ids") {
  served_node node;
  node.start({});
  answers_of answers;
  for (int i = 0; i < 2; ++i) {
    const auto client = started({.nodes = {address_of(node, "a")}});
    auto command = command_of("id");
    command.how.id = {};
    client->ask(command, answers.next());
    static_cast<void>(node.was_asked(static_cast<std::size_t>(i) + 1));
  }
  CHECK(node.was_asked(2).at(0).how.id != node.was_asked(2).at(1).how.id);
}

TEST_CASE("where one node cannot help, the next one is asked with the same command id") {
  for (const errc code : {errc::unavailable, errc::stopped, errc::commit_unknown}) {
    two_nodes nodes;
    nodes.a.answers([=](const auto&) { return refused(code); });
    nodes.b.answers([](const auto&) -> outcome { return accepted("done"); });
    nodes.ask("x");
    CHECK(nodes.answers.come(1).at(0).has_value());
    CHECK(nodes.a.was_asked(1).at(0).how.id == nodes.b.was_asked(1).at(0).how.id);
    // The one that could help is asked first from now on.
    nodes.ask("y");
    CHECK(nodes.answers.come(2).at(1).has_value());
    CHECK(nodes.a.asked_so_far() == 1);
  }
}

namespace {

// Of the only partition there is.
outcome done() {
  auto reply = accepted("done");
  reply.at.partition = {0};
  return reply;
}

}  // namespace

TEST_CASE("a command begins with the node that leads, once an answer has said who does") {
  two_nodes nodes;
  nodes.a.says_who_leads(1, "b");
  nodes.b.says_who_leads(1, "");
  nodes.a.answers([](const auto&) { return done(); });
  nodes.b.answers([](const auto&) { return done(); });
  for (std::size_t asked = 1; asked <= 3; ++asked) {
    nodes.ask("x");
    CHECK(nodes.answers.come(asked).back().has_value());
  }
  CHECK(nodes.a.asked_so_far() == 1);
  CHECK(nodes.b.asked_so_far() == 2);
  SECTION("it has lost the lead") {
    nodes.b.says_who_leads(1, "a");
    nodes.ask("x");
    CHECK(nodes.answers.come(4).back().has_value());
    nodes.ask("x");
    CHECK(nodes.answers.come(5).back().has_value());
    CHECK(nodes.a.asked_so_far() == 2);
  }
  SECTION("it is gone") {
    nodes.b.stop();
    nodes.ask("x");
    CHECK(nodes.answers.come(4).back().has_value());
    CHECK(nodes.a.asked_so_far() == 2);
  }
}

TEST_CASE("what a node says of leads that cannot be is passed by") {
  for (const std::uint32_t partitions : {0U, 1'000'000'000U, 1U}) {
    two_nodes nodes;
    nodes.a.says_who_leads(partitions, "somebody else");
    nodes.a.answers([](const auto&) { return done(); });
    for (std::size_t asked = 1; asked <= 3; ++asked) {
      nodes.ask("x");
      CHECK(nodes.answers.come(asked).back().has_value());
    }
    CHECK(nodes.a.asked_so_far() == 3);
  }
}

TEST_CASE("a command whose node is killed is sent to the next one with the same id") {
  two_nodes nodes;
  nodes.b.answers([](const auto&) -> outcome { return accepted("done"); });
  nodes.ask("x");
  const auto first = nodes.a.was_asked(1).at(0);
  nodes.a.stop();
  CHECK(nodes.answers.come(1).at(0).has_value());
  CHECK(nodes.b.was_asked(1).at(0).how.id == first.how.id);
}

TEST_CASE("a node that comes back is found again") {
  served_node node;
  node.start({});
  node.answers([](const auto&) -> outcome { return accepted("done"); });
  answers_of answers;
  const auto client = started({.nodes = {address_of(node, "a")}});
  const auto ask = [&](const std::string& id) {
    auto command = command_of(id);
    command.how.timeout = std::chrono::seconds(20);
    client->ask(std::move(command), answers.next());
  };
  ask("x");
  CHECK(answers.come(1).at(0).has_value());
  const auto same_port = node.on_same_port();
  node.stop();
  ask("y");
  node.start(same_port);
  CHECK(answers.come(2).at(1).has_value());
}

TEST_CASE("C-061 an answer that comes after the deadline reaches nobody") {
  served_node node;
  node.start({});
  answers_of answers;
  const auto client = started({.nodes = {address_of(node, "a")}});
  auto late = command_of("late");
  late.how.timeout = std::chrono::milliseconds(1'000);
  client->ask(std::move(late), answers.next());
  static_cast<void>(node.was_asked(1));
  CHECK(answers.come(1).at(0).error().code == errc::timed_out);
  for (std::uint64_t asked = 2; asked <= 4; ++asked) {
    client->ask(command_of("next"), answers.next());
    static_cast<void>(node.was_asked(asked));
    // The oldest one that waits is the one that nobody waits for any more.
    if (asked == 2) node.answer(accepted("late", 99));
    node.answer(accepted("right", asked));
    const auto answer = answers.come(asked).back();
    REQUIRE(answer.has_value());
    CHECK(answer->at.sequence.value == asked);
  }
  CHECK(answers.so_far() == 4);
}

TEST_CASE("the deadline's answer tells apart what was not done and what is unknown") {
  const std::chrono::milliseconds soon(300);
  two_nodes nodes;
  SECTION("no node can be reached") {
    nodes.a.stop();
    nodes.b.stop();
    nodes.ask("x", soon);
    CHECK(nodes.answers.come(1).at(0).error().code == errc::unavailable);
  }
  SECTION("every node said that it cannot help") {
    nodes.a.answers([](const auto&) { return refused(errc::unavailable); });
    nodes.b.answers([](const auto&) { return refused(errc::unavailable); });
    // Where the deadline falls into an attempt, what became of that one is unknown. Most fall into
    // the waits, which get longer.
    errc code = errc::timed_out;
    for (std::size_t tries = 1; tries <= 20 && code == errc::timed_out; ++tries) {
      nodes.ask("x", std::chrono::seconds(1));
      code = nodes.answers.come(tries).back().error().code;
    }
    CHECK(code == errc::unavailable);
    CHECK(nodes.b.asked_so_far() > 1);
  }
  SECTION("a node says nothing") {
    nodes.ask("x", soon);
    CHECK(nodes.answers.come(1).at(0).error().code == errc::timed_out);
    // An answer that comes too late harms nobody.
    nodes.a.was_asked(1);
    nodes.a.answer(accepted("late"));
    nodes.a.answers([](const auto&) -> outcome { return accepted("done"); });
    nodes.ask("y");
    CHECK(nodes.answers.come(2).at(1).has_value());
  }
  SECTION("a node was asked and is gone, and the other one cannot help") {
    nodes.b.answers([](const auto&) { return refused(errc::unavailable); });
    nodes.ask("x", std::chrono::seconds(2));
    nodes.a.was_asked(1);
    nodes.a.stop();
    CHECK(nodes.answers.come(1).at(0).error().code == errc::timed_out);
  }
  SECTION("no time at all") {
    nodes.ask("x", std::chrono::milliseconds(0));
    const auto answer = nodes.answers.come(1).at(0);
    REQUIRE_FALSE(answer.has_value());
    CHECK_FALSE(is_unknown(errc::expired));
  }
}

TEST_CASE("what an earlier attempt left unknown is not made known by a node that did nothing") {
  two_nodes nodes;
  nodes.a.answers([](const auto&) { return refused(errc::commit_unknown); });
  SECTION("nothing was done this time: still unknown") {
    nodes.b.answers([](const auto&) { return refused(errc::overloaded); });
    nodes.ask("x");
    CHECK(nodes.answers.come(1).at(0).error().code == errc::commit_unknown);
  }
  SECTION("a rule was broken: known") {
    nodes.b.answers([](const auto&) { return refused(errc::id_conflict); });
    nodes.ask("x");
    CHECK(nodes.answers.come(1).at(0).error().code == errc::id_conflict);
  }
}

TEST_CASE("a client refuses what exceeds its bounds at once, and takes more when there is room") {
  served_node node;
  node.start({});
  answers_of answers;
  const auto client = started({.nodes = {address_of(node, "a")}, .commands_in_flight_max = 2});
  for (const std::string id : {"x", "y", "z"}) client->ask(command_of(id), answers.next());
  const auto first = answers.come(1).at(0);
  CHECK(first.error().code == errc::overloaded);
  node.was_asked(2);
  node.answer(accepted("done"));
  CHECK(answers.come(2).at(1).has_value());
  client->ask(command_of("z"), answers.next());
  CHECK(node.was_asked(3).back().to.id == "z");
}

TEST_CASE("a node refuses what one client has too much in flight, and not what others have") {
  served_node node;
  client_server_options options;
  options.limits.calls_in_flight_max = 3;
  node.start(options);
  answers_of greedy_answers;
  answers_of modest_answers;
  const auto greedy = started({.nodes = {address_of(node, "a")}});
  const auto modest = started({.nodes = {address_of(node, "a")}});
  for (int n = 0; n < 5; ++n) {
    greedy->ask(command_of(std::to_string(n)), greedy_answers.next());
  }
  for (const auto& each : greedy_answers.come(2)) CHECK(each.error().code == errc::overloaded);
  modest->ask(command_of("x"), modest_answers.next());
  node.was_asked(4);
  for (int n = 0; n < 4; ++n) node.answer(accepted("done"));
  CHECK(modest_answers.come(1).at(0).has_value());
  greedy_answers.come(5);
  // There is room again.
  greedy->ask(command_of("again"), greedy_answers.next());
  node.was_asked(5);
  node.answer(accepted("done"));
  CHECK(greedy_answers.come(6).back().has_value());
}

TEST_CASE("many commands of many threads are answered once each") {
  served_node node;
  node.start({});
  node.answers(
      [](const detail::outgoing_command& command) -> outcome { return accepted(command.to.id); });
  constexpr int threads = 4;
  constexpr int each = 1000;
  answers_of answers;
  const auto client =
      started({.nodes = {address_of(node, "a")}, .commands_in_flight_max = 100'000});
  {
    std::vector<std::jthread> askers;
    for (int t = 0; t < threads; ++t) {
      askers.emplace_back([&, t] {
        for (int n = 0; n < each; ++n) {
          client->ask(command_of(std::to_string(t) + "-" + std::to_string(n)), answers.next());
        }
      });
    }
  }
  std::set<std::string> seen;
  for (const auto& answer : answers.come(threads * each)) {
    REQUIRE(answer.has_value());
    seen.insert(text_of(answer->reply));
  }
  CHECK(seen.size() == threads * each);
}

TEST_CASE("payloads and replies of megabytes travel whole") {
  served_node node;
  node.start({});
  node.answers([](const detail::outgoing_command& command) -> outcome {
    return accepted(text_of(command.payload));
  });
  answers_of answers;
  const auto client = started({.nodes = {address_of(node, "a")}});
  std::string large(std::size_t{4} << 20U, 'x');
  for (std::size_t n = 0; n < large.size(); n += 1000) large[n] = static_cast<char>('a' + n % 26);
  auto command = command_of("x", large);
  command.how.timeout = std::chrono::seconds(20);
  client->ask(std::move(command), answers.next());
  const auto answer = answers.come(1).at(0);
  REQUIRE(answer.has_value());
  CHECK(text_of(answer->reply) == large);
}

TEST_CASE("a reply that no message holds is told as such, and others go on") {
  two_nodes nodes;
  const std::string large(std::size_t{7} << 20U, 'x');
  nodes.a.answers([&](const detail::outgoing_command& command) -> outcome {
    if (command.to.id == "reply") return accepted(large, 12);
    if (command.to.id == "rejection") {
      return detail::raw_answer{.why = rejection{.code = "no", .why = large}};
    }
    if (command.to.id == "error") return error{errc::invalid_argument, large};
    return accepted("done");
  });
  nodes.ask("reply");
  const auto reply = nodes.answers.come(1).back();
  REQUIRE_FALSE(reply.has_value());
  // It was carried out: nobody may do it again under another id.
  CHECK(reply.error().code == errc::reply_failed);
  CHECK(reply.error().number == 12);
  CHECK(reply.error().message.find("7340") != std::string::npos);
  nodes.ask("rejection");
  CHECK(nodes.answers.come(2).back().error().code == errc::too_large);
  nodes.ask("error");
  CHECK(nodes.answers.come(3).back().error().code == errc::too_large);
  nodes.ask("x");
  CHECK(nodes.answers.come(4).back().has_value());
  CHECK(nodes.b.asked_so_far() == 0);
}

TEST_CASE("headers count with what they take in a message") {
  two_nodes nodes;
  auto command = command_of("x");
  command.how.headers.resize(250'000);
  nodes.client->ask(std::move(command), nodes.answers.next());
  CHECK(nodes.answers.come(1).back().error().code == errc::too_large);
}

TEST_CASE("a client that stops answers what it holds") {
  served_node node;
  node.start({});
  answers_of answers;
  auto client = started({.nodes = {address_of(node, "a")}});
  client->ask(command_of("x"), answers.next());
  node.was_asked(1);
  client->stop();
  CHECK(answers.come(1).at(0).error().code == errc::commit_unknown);
  client->ask(command_of("y"), answers.next());
  CHECK(answers.come(2).at(1).error().code == errc::stopped);
}

TEST_CASE("a node that stops lets answers come that nobody waits for") {
  served_node node;
  node.start({});
  answers_of answers;
  const auto client = started({.nodes = {address_of(node, "a")}});
  client->ask(command_of("x"), answers.next());
  node.was_asked(1);
  const auto server_options = node.on_same_port();
  // What the node still has to say goes nowhere.
  std::jthread late([&] { node.answer(accepted("late")); });
  late.join();
  node.stop();
  answers.come(1);
}

TEST_CASE("the status of each node can be asked for") {
  two_nodes nodes;
  const auto status = nodes.client->status(1, std::chrono::seconds(20));
  REQUIRE(status);
  CHECK(*status == R"({"node":"a"})");
  nodes.b.stop();
  CHECK_FALSE(nodes.client->status(1, std::chrono::seconds(20)));
  CHECK(nodes.client->status(2, std::chrono::seconds(1)).error().code == errc::invalid_argument);
}

TEST_CASE("clients with a certificate of the authority are served, others are not") {
  test_certificates certificates;
  served_node node;
  client_server_options options;
  options.tls = certificates.of("a");
  node.start(options);
  node.answers([](const auto&) -> outcome { return accepted("done"); });
  answers_of answers;
  client_link_options with{.nodes = {address_of(node, "a")}};
  const auto ask = [&](std::chrono::milliseconds timeout) {
    const auto client = started(with);
    auto command = command_of("x");
    command.how.timeout = timeout;
    client->ask(std::move(command), answers.next());
    return answers.come(1).at(0);
  };
  SECTION("a client's certificate") {
    with.tls = certificates.of("client", certificate_use::client);
    CHECK(ask(std::chrono::seconds(20)).has_value());
  }
  SECTION("C-119 a certificate of another authority") {
    with.tls = certificates.by_a_stranger("client");
    CHECK_FALSE(ask(std::chrono::milliseconds(500)).has_value());
    CHECK(node.asked_so_far() == 0);
  }
  SECTION("C-119 an expired certificate") {
    with.tls = certificates.of("client", valid_until_yesterday(), certificate_use::client);
    CHECK_FALSE(ask(std::chrono::milliseconds(500)).has_value());
    CHECK(node.asked_so_far() == 0);
  }
  SECTION("C-120 a node of another name") {
    with.tls = certificates.of("client", certificate_use::client);
    with.nodes[0].node = "b";
    const auto answer = ask(std::chrono::milliseconds(500));
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().code == errc::unavailable);
    CHECK(node.asked_so_far() == 0);
  }
  SECTION("C-121 no TLS at all") {
    CHECK_FALSE(ask(std::chrono::milliseconds(500)).has_value());
    CHECK(node.asked_so_far() == 0);
  }
}

TEST_CASE("clients and servers without TLS stay on their machine") {
  CHECK(
      client_link::start({.nodes = {{.node = "a", .host = "192.0.2.1", .port = 1}}}).error().code ==
      errc::invalid_argument);
  CHECK(client_link::start({}).error().code == errc::invalid_argument);
}
