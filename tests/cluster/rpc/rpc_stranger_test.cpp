// SPDX-License-Identifier: Apache-2.0
//
// What others may send to a node's port for clients, and what becomes of it.
#include "cluster/rpc/client.capnp.h"
#include "cluster/rpc/client_wire.hpp"
#include "raw_calls.hpp"
#include "served_node.hpp"
#include "tests/cluster/link/raw_peer.hpp"

#include <capnp/message.h>
#include <capnp/rpc.capnp.h>
#include <capnp/serialize.h>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <deque>

using namespace reprise;
using namespace reprise::cluster;
using namespace reprise::cluster::test;

namespace {

// A node, an honest client, and a socket of somebody else.
class node_and_stranger {
 public:
  explicit node_and_stranger(const client_server_options& options = {}) {
    node.start(options);
    node.answers([](const auto&) -> outcome { return accepted("done"); });
    auto link =
        client_link::start({.nodes = {{.node = "a", .host = own_loopback(), .port = node.port()}}});
    REQUIRE(link);
    client = std::move(*link);
    ask();
  }
  void ask() {
    auto command = command_of("x");
    command.how.timeout = std::chrono::seconds(20);
    client->ask(std::move(command), answers.next());
    CHECK(answers.come(++asked).back().has_value());
  }

  answers_of answers{};
  std::size_t asked = 0;
  served_node node{};
  std::unique_ptr<client_link> client{};
};

bytes words(std::initializer_list<std::uint32_t> of) {
  bytes out(of.size() * 4);
  std::memcpy(out.data(), std::data(of), out.size());
  return out;
}

// Reads what the node says until it returns this call. True when the call failed as such, so that
// there is no outcome.
bool failed_call(const raw_socket& socket, std::uint32_t question) {
  bytes got;
  for (;;) {
    const bytes more = socket.receive();
    if (more.empty()) return false;
    got.insert(got.end(), more.begin(), more.end());
    auto words = kj::heapArray<capnp::word>(got.size() / sizeof(capnp::word));
    std::memcpy(words.begin(), got.data(), words.size() * sizeof(capnp::word));
    kj::ArrayPtr<const capnp::word> rest = words;
    while (rest.size() > 0 && rest.size() >= capnp::expectedSizeInWordsFromPrefix(rest)) {
      capnp::FlatArrayMessageReader message(rest);
      const auto said = message.getRoot<capnp::rpc::Message>();
      if (said.isReturn() && said.getReturn().getAnswerId() == question) {
        return said.getReturn().isException();
      }
      rest = kj::arrayPtr(message.getEnd(), rest.end());
    }
  }
}

// Where the pointer to a text of this size stands.
std::size_t pointer_to_text(const bytes& message, std::uint32_t text_bytes) {
  // A list of bytes, which ends with a zero.
  const std::uint32_t wanted = ((text_bytes + 1) << 3U) | 2U;
  for (std::size_t at = 8; at + 8 <= message.size(); at += 8) {
    std::uint32_t upper = 0;
    std::memcpy(&upper, message.data() + at + 4, sizeof upper);
    if (upper == wanted) return at;
  }
  return 0;
}

bytes noise(std::size_t size, unsigned seed) {
  bytes out(size);
  std::uint32_t state = seed * 2654435761U + 1;
  for (auto& each : out) {
    state = state * 1664525U + 1013904223U;
    each = static_cast<std::byte>(state >> 24U);
  }
  return out;
}

}  // namespace

TEST_CASE("C-122 rubbish on the port for clients ends its connection and nothing else") {
  node_and_stranger scene;
  const auto is_cut_off = [&](const bytes& what) {
    const raw_socket stranger(own_loopback(), scene.node.port());
    stranger.send(what);
    stranger.is_closed();
  };
  SECTION("any bytes") {
    for (unsigned n = 1; n <= 30; ++n) {
      const raw_socket stranger(own_loopback(), scene.node.port());
      stranger.send(noise(2000, n));
    }
  }
  SECTION("a message of more segments than there are") {
    is_cut_off(words({0xffffffff, 1}));
  }
  SECTION("a message of too many segments") {
    is_cut_off(words({1000, 1}));
  }
  SECTION("a message that is too large") {
    is_cut_off(words({0, 0x10000000}));
  }
  SECTION("segments that are too large together") {
    is_cut_off(words({1, 0xffffffff, 0xffffffff, 0}));
  }
  SECTION("a message of nothing") {
    is_cut_off(words({0, 0, 0, 0}));
  }
  SECTION("a message that is cut off") {
    const raw_socket stranger(own_loopback(), scene.node.port());
    stranger.send(words({0, 100, 1, 2, 3}));
  }
  scene.ask();
}

TEST_CASE("C-129 a message that claims to be large takes memory only as it comes") {
  node_and_stranger scene;
  std::deque<raw_socket> many;
  for (int n = 0; n < 50; ++n) {
    many.emplace_back(own_loopback(), scene.node.port());
    // Five megabytes each.
    many.back().send(words({0, 5 << 17, 1, 2}));
  }
  scene.ask();
}

TEST_CASE("C-129 a small message that unfolds to a large one is refused by its limits") {
  node_and_stranger scene;
  const raw_socket stranger(own_loopback(), scene.node.port());
  stranger.send(question_for_node());
  // A thousand headers, all of whose names are one megabyte long, and the same bytes.
  capnp::MallocMessageBuilder message(1 << 19);
  auto command = call_in(message, 1);
  write(command_of("unfolds"), std::chrono::seconds(10), command);
  constexpr unsigned headers = 1000;
  constexpr unsigned name_bytes = 1 << 20;
  command.initHeaders(headers)[0].initName(name_bytes);
  bytes out = flat(message);
  const std::size_t first = pointer_to_text(out, name_bytes);
  REQUIRE(first > 0);
  for (unsigned n = 1; n < headers; ++n) {
    // A header is two pointers; the offset in each counts from its own end.
    std::uint64_t pointer = 0;
    std::memcpy(&pointer, out.data() + first, sizeof pointer);
    pointer -= std::uint64_t{4} * 2 * n;
    std::memcpy(out.data() + first + 16 * n, &pointer, sizeof pointer);
  }
  stranger.send(out);
  CHECK(failed_call(stranger, 1));
  // The connection goes on: what was wrong was one call.
  capnp::MallocMessageBuilder next;
  write(command_of("next"), std::chrono::seconds(10), call_in(next, 2));
  stranger.send(flat(next));
  CHECK(scene.node.was_asked(2).at(1).to.id == "next");
  scene.ask();
}

TEST_CASE("C-126 a client that never says anything is cut off, one that has asked stays") {
  client_server_options options;
  options.limits.handshake = std::chrono::milliseconds(500);
  node_and_stranger scene(options);
  const raw_socket stranger(own_loopback(), scene.node.port());
  stranger.is_closed();
  scene.ask();
}

TEST_CASE("C-125 clients that say nothing are bounded, and others are served") {
  client_server_options options;
  options.limits.half_open_per_address_max = 8;
  options.limits.handshake = std::chrono::milliseconds(500);
  node_and_stranger scene(options);
  std::deque<raw_socket> flood;
  for (int n = 0; n < 50; ++n) flood.emplace_back(own_loopback(), scene.node.port());
  scene.ask();
  for (const raw_socket& each : flood) each.is_closed();
  scene.ask();
}

TEST_CASE("a client that does not read its answers is cut off") {
  client_server_options options;
  options.limits.unread_bytes_max = 1 << 20;
  options.limits.message_bytes_max = 1 << 20;
  node_and_stranger scene(options);
  constexpr std::size_t reply_bytes = 100'000;
  scene.node.answers(
      [](const auto&) -> outcome { return accepted(std::string(reply_bytes, 'x')); });
  const raw_socket deaf(own_loopback(), scene.node.port());
  deaf.send(question_for_node());
  constexpr std::uint32_t questions = 2000;
  for (std::uint32_t question = 1; question < questions; ++question) {
    capnp::MallocMessageBuilder message;
    write(command_of("x"), std::chrono::seconds(10), call_in(message, question));
    if (!deaf.send(flat(message))) break;
  }
  // It was cut off long before it could read all of them.
  CHECK(deaf.is_closed() < questions / 2 * reply_bytes);
  scene.ask();
}

TEST_CASE("a client that takes none of its outcomes is cut off") {
  node_and_stranger scene;
  const raw_socket silent(own_loopback(), scene.node.port());
  silent.send(question_for_node());
  silent.send(converse_call(1));
  constexpr std::uint32_t questions = 1'000'000;
  std::uint32_t question = 2;
  for (; question < questions; ++question) {
    capnp::MallocMessageBuilder message;
    write(command_of("x"), std::chrono::seconds(10), command_in(message, question, 1));
    if (!silent.send(flat(message))) break;
  }
  CHECK(question < questions);
  // Not for what it did not read: that was little.
  CHECK(silent.is_closed() < std::size_t{16} << 20U);
  scene.ask();
}
