// SPDX-License-Identifier: Apache-2.0
//
// What others may send to a node's port, and what becomes of it: always the end of that connection,
// and nothing else.
#include "linked_nodes.hpp"
#include "raw_peer.hpp"
#include "tests/sanitizers/sanitized.hpp"

#include <catch2/catch_test_macros.hpp>

#include <deque>
#include <sys/resource.h>
#include <unistd.h>

using namespace reprise;
using namespace reprise::cluster;
using namespace reprise::cluster::test;

namespace {

constexpr std::uint16_t any_kind = 1;

// Node a, which knows b and c. c is there and linked; b is what the test makes by hand.
class node_and_stranger {
 public:
  node_and_stranger() : options(options_of_cluster({"a", "b", "c"})) {}

  void start() {
    options[2].peers.resize(1);
    a.start(options[0]);
    c.start(options[2]);
    a.is_connected(to_c);
    c.is_connected(0);
  }
  [[nodiscard]] hello hello_of_b(std::uint64_t incarnation = 4711) const {
    hello out{.cluster = options[0].cluster, .incarnation = incarnation, .node = "b"};
    out.drawn.fill(std::byte{42});
    return out;
  }
  [[nodiscard]] raw_peer peer(const hello& as) const { return {own_loopback(), a.port(), as}; }

  void then_a_and_c_are_still_linked() {
    CHECK(c.send(0, any_kind, text_bytes("still here")));
    a.has_letter("still here");
    CHECK(a.disconnections(to_c) == 0);
  }

  static constexpr std::size_t to_b = 0;
  static constexpr std::size_t to_c = 1;

  std::vector<link_options> options;
  linked_node a{};
  linked_node c{};
};

}  // namespace

TEST_CASE("a peer made by hand is linked, and what it sends arrives") {
  node_and_stranger scene;
  scene.start();
  raw_peer b = scene.peer(scene.hello_of_b());
  b.becomes_linked();
  scene.a.is_connected(scene.to_b);
  b.send(frame_type::message, any_kind, text_bytes("hello"));
  CHECK(text_of(scene.a.has_letters(1)[0].body) == "hello");
  CHECK(scene.a.send(scene.to_b, any_kind, text_bytes("you too")));
  CHECK(text_of(b.receive(frame_type::message)) == "you too");
  b.send(frame_type::goaway, 0, {});
  b.socket().is_closed();
  scene.a.is_disconnected(scene.to_b);
}

TEST_CASE("a hello that does not fit is refused, and both sides know why") {
  node_and_stranger scene;
  scene.start();
  hello wrong = scene.hello_of_b();
  std::string why;
  SECTION("another cluster") {
    wrong.cluster.fill(std::byte{8});
    why = "it is of cluster 0808";
  }
  SECTION("a name that nobody knows") {
    wrong.node = "d";
    why = "there is no peer of that name";
  }
  SECTION("the name of the node itself") {
    wrong.node = "a";
    why = "it has the name of this node";
  }
  raw_peer b = scene.peer(wrong);
  b.say_hello();
  CHECK(text_of(b.receive(frame_type::refused)).find(why) != std::string::npos);
  b.socket().is_closed();
  scene.a.refused_because(why);
  CHECK(scene.a.connections(scene.to_b) == 0);
  scene.then_a_and_c_are_still_linked();
}

TEST_CASE("another version of the protocol is refused by name") {
  node_and_stranger scene;
  scene.start();
  raw_peer b = scene.peer({});
  bytes other = encode_hello(scene.hello_of_b());
  other[0] = std::byte{9};
  b.send(frame_type::hello, 0, other);
  CHECK(text_of(b.receive(frame_type::refused)).find("version 9") != std::string::npos);
  b.socket().is_closed();
  scene.then_a_and_c_are_still_linked();
}

TEST_CASE("nodes of two clusters refuse each other, and say it once") {
  auto options = options_of_cluster({"a", "b"});
  options[1].cluster.fill(std::byte{9});
  linked_node a;
  linked_node b;
  a.start(options[0]);
  b.start(options[1]);
  a.refused_because("cluster 0909");
  b.refused_because("cluster 0707");
  a.has_ticked(100);
  CHECK(a.refusals("it is of cluster 0909") <= 2);
  CHECK(a.connections(0) == 0);
  CHECK(b.connections(0) == 0);
}

TEST_CASE("C-122 rubbish ends its connection and nothing else") {
  node_and_stranger scene;
  scene.start();
  SECTION("before the hello") {
    for (unsigned char n = 0; n < 20; ++n) {
      const raw_socket stranger(own_loopback(), scene.a.port());
      stranger.send(filled_bytes(500U + n, n));
      stranger.is_closed();
    }
  }
  SECTION("through a link") {
    raw_peer b = scene.peer(scene.hello_of_b());
    b.becomes_linked();
    bytes frame = b.sealed(frame_type::message, any_kind, filled_bytes(100));
    SECTION("a body with a bit turned") {
      frame[frame_header_bytes + 50] ^= std::byte{4};
    }
    SECTION("a number that is not its turn") {
      frame[16] ^= std::byte{1};
    }
    SECTION("a type that is not known") {
      frame[8] = std::byte{200};
    }
    SECTION("a hello where none is expected") {
      frame = b.sealed(frame_type::hello, 0, encode_hello(scene.hello_of_b()));
    }
    SECTION("an acknowledgement of what was not sent") {
      frame = b.sealed(frame_type::credit, 0, encode_number(1));
    }
    b.socket().send(frame);
    b.socket().is_closed();
    scene.a.is_disconnected(scene.to_b);
  }
  scene.then_a_and_c_are_still_linked();
}

TEST_CASE("a frame that is larger than allowed ends its connection") {
  node_and_stranger scene;
  scene.options[0].limits.frame_bytes_max = 10'000;
  scene.start();
  SECTION("through a link") {
    raw_peer b = scene.peer(scene.hello_of_b());
    b.becomes_linked();
    b.send(frame_type::message, any_kind, bytes(10'001));
    b.socket().is_closed();
    scene.a.is_disconnected(scene.to_b);
  }
  SECTION("before the hello, where less is allowed") {
    raw_peer b = scene.peer(scene.hello_of_b());
    b.send(frame_type::message, any_kind, bytes(2'000));
    b.socket().is_closed();
  }
  scene.then_a_and_c_are_still_linked();
}

TEST_CASE("a connection that ends within a frame delivers nothing of it") {
  node_and_stranger scene;
  scene.start();
  {
    raw_peer b = scene.peer(scene.hello_of_b());
    b.becomes_linked();
    const bytes frame = b.sealed(frame_type::message, any_kind, filled_bytes(1000));
    b.socket().send(bytes_view(frame).first(500));
  }
  scene.a.is_disconnected(scene.to_b);
  scene.then_a_and_c_are_still_linked();
  CHECK(scene.a.has_letters(1).size() == 1);
}

TEST_CASE("C-124 a frame that comes byte by byte is not waited for") {
  node_and_stranger scene;
  scene.options[0].limits.frame = std::chrono::milliseconds(300);
  scene.start();
  raw_peer b = scene.peer(scene.hello_of_b());
  b.becomes_linked();
  const bytes frame = b.sealed(frame_type::message, any_kind, bytes(100'000));
  std::size_t sent = 0;
  while (!b.socket().closes_within(std::chrono::milliseconds(5))) {
    REQUIRE(sent < frame.size());
    b.socket().send(bytes_view(frame).subspan(sent++, 1));
  }
  scene.a.is_disconnected(scene.to_b);
  scene.then_a_and_c_are_still_linked();
}

TEST_CASE(
    "C-124 a frame that is slow but not too slow arrives, others before it count for nothing") {
  node_and_stranger scene;
  scene.options[0].limits.frame = std::chrono::seconds(20);
  scene.start();
  raw_peer b = scene.peer(scene.hello_of_b());
  b.becomes_linked();
  const bytes frame = b.sealed(frame_type::message, any_kind, filled_bytes(100));
  for (const std::byte each : frame) b.socket().send({&each, 1});
  CHECK(scene.a.has_letters(1)[0].body == filled_bytes(100));
}

TEST_CASE("C-126 a connection that says nothing is closed") {
  node_and_stranger scene;
  scene.options[0].limits.handshake = std::chrono::milliseconds(500);
  scene.start();
  SECTION("from the beginning") {
    const raw_socket stranger(own_loopback(), scene.a.port());
    stranger.is_closed();
  }
  SECTION("after its hello") {
    raw_peer b = scene.peer(scene.hello_of_b());
    b.say_hello();
    b.socket().is_closed();
    CHECK(scene.a.connections(scene.to_b) == 0);
  }
  scene.then_a_and_c_are_still_linked();
}

TEST_CASE("C-126 a link whose peer falls silent is dropped") {
  node_and_stranger scene;
  scene.options[0].limits.silence = std::chrono::milliseconds(1'000);
  scene.start();
  raw_peer b = scene.peer(scene.hello_of_b());
  b.becomes_linked();
  scene.a.is_connected(scene.to_b);
  // It goes on hearing of a.
  b.receive(frame_type::ping);
  b.socket().is_closed();
  scene.a.is_disconnected(scene.to_b);
}

TEST_CASE("C-125 connections that do not say who they are are bounded, and links do not suffer") {
  node_and_stranger scene;
  scene.options[0].limits.half_open_per_address_max = 8;
  scene.options[0].limits.handshake = std::chrono::milliseconds(1'000);
  scene.start();
  {
    std::deque<raw_socket> flood;
    for (int n = 0; n < 100; ++n) flood.emplace_back(own_loopback(), scene.a.port());
    // All but eight are closed at once, those in the end.
    for (const raw_socket& each : flood) each.is_closed();
  }
  scene.a.refused_because("too many connections");
  scene.then_a_and_c_are_still_linked();
  // There is room again.
  raw_peer b = scene.peer(scene.hello_of_b());
  b.becomes_linked();
  scene.a.is_connected(scene.to_b);
}

TEST_CASE("C-127 a recorded handshake leads to no link") {
  node_and_stranger scene;
  scene.start();
  std::vector<bytes> recorded;
  {
    raw_peer b = scene.peer(scene.hello_of_b());
    recorded.push_back(b.sealed(frame_type::hello, 0, encode_hello(scene.hello_of_b())));
    b.socket().send(recorded.back());
    const bytes theirs = b.receive(frame_type::hello);
    recorded.push_back(b.sealed(frame_type::ready, 0, b.receive(frame_type::ready)));
    b.socket().send(recorded.back());
    recorded.push_back(b.sealed(frame_type::message, any_kind, text_bytes("pay")));
    b.socket().send(recorded.back());
    CHECK(scene.a.has_letters(1).size() == 1);
  }
  scene.a.is_disconnected(scene.to_b);
  const raw_socket thief(own_loopback(), scene.a.port());
  for (const bytes& each : recorded) thief.send(each);
  thief.is_closed();
  scene.a.refused_because("made for another connection");
  CHECK(scene.a.connections(scene.to_b) == 1);
  scene.then_a_and_c_are_still_linked();
  CHECK(scene.a.has_letters(2).size() == 2);
}

TEST_CASE("a new process of a peer takes the place of the old one") {
  node_and_stranger scene;
  scene.start();
  raw_peer old = scene.peer(scene.hello_of_b(1));
  old.becomes_linked();
  scene.a.is_connected(scene.to_b);
  raw_peer young = scene.peer(scene.hello_of_b(2));
  young.becomes_linked();
  scene.a.is_disconnected(scene.to_b);
  scene.a.is_connected(scene.to_b, 2);
  old.socket().is_closed();
  young.send(frame_type::message, any_kind, text_bytes("young"));
  CHECK(text_of(scene.a.has_letters(1)[0].body) == "young");
}

TEST_CASE("a second connection of the same process is refused while the first one stands") {
  node_and_stranger scene;
  scene.start();
  raw_peer first = scene.peer(scene.hello_of_b());
  first.becomes_linked();
  raw_peer second = scene.peer(scene.hello_of_b());
  second.say_hello();
  CHECK(text_of(second.receive(frame_type::refused)) == "already linked");
  first.send(frame_type::message, any_kind, text_bytes("first"));
  CHECK(text_of(scene.a.has_letters(1)[0].body) == "first");
  CHECK(scene.a.connections(scene.to_b) == 1);
}

TEST_CASE("a peer that lost the link before this side noticed gets a new one") {
  node_and_stranger scene;
  scene.start();
  raw_peer first = scene.peer(scene.hello_of_b());
  first.becomes_linked();
  scene.a.is_connected(scene.to_b);
  hello again = scene.hello_of_b();
  again.last = {.incarnation = scene.options[0].incarnation, .number = 1};
  raw_peer second = scene.peer(again);
  second.becomes_linked();
  scene.a.is_connected(scene.to_b, 2);
  first.socket().is_closed();
}

TEST_CASE("a node that is out of file descriptors accepts again when it has some") {
  if (reprise::test::address_sanitized) {
    SKIP("UndefinedBehaviorSanitizer opens a pipe to look at an object of a class new to it");
  }
  node_and_stranger scene;
  scene.start();
  // All peers are linked, so the node dials nobody: only what it accepts needs a descriptor.
  raw_peer linked = scene.peer(scene.hello_of_b(1));
  linked.becomes_linked();
  scene.a.is_connected(scene.to_b);
  {
    const raw_socket waiting;
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    rlimit few = before;
    few.rlim_cur = 100;
    std::vector<int> held;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
    for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) held.push_back(fd);
    waiting.connect(own_loopback(), scene.a.port());
    scene.a.refused_because("cannot be accepted");
    for (const int fd : held) ::close(fd);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  }
  raw_peer again = scene.peer(scene.hello_of_b(2));
  again.becomes_linked();
  scene.a.is_connected(scene.to_b, 2);
  scene.then_a_and_c_are_still_linked();
}
