// SPDX-License-Identifier: Apache-2.0
//
// Links between nodes over loopback, without TLS.
#include "linked_nodes.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <deque>
#include <thread>

using namespace reprise;
using namespace reprise::cluster;
using namespace reprise::cluster::test;

namespace {

constexpr std::uint16_t any_kind = 3;

// Two or three nodes that are linked with each other. The peers of a node are the others, in order.
class linked_nodes {
 public:
  explicit linked_nodes(const std::vector<std::string>& names, const link_limits* limits = nullptr)
      : options(options_of_cluster(names)) {
    for (link_options& each : options) {
      if (limits != nullptr) each.limits = *limits;
      nodes.emplace_back().start(each);
    }
    for (linked_node& node : nodes) {
      for (std::size_t peer = 0; peer + 1 < names.size(); ++peer) node.is_connected(peer);
    }
  }

  std::vector<link_options> options;
  std::deque<linked_node> nodes{};
};

link_limits short_limits() {
  return options_of("any").limits;
}

}  // namespace

TEST_CASE("two linked nodes exchange messages in order") {
  linked_nodes two({"a", "b"});
  constexpr std::size_t count = 1000;
  const auto all = [&](linked_node& from) {
    from.on_loop([&] {
      for (std::size_t n = 0; n < count; ++n) {
        const bool sent = from.net().send(0, any_kind, text_bytes(std::to_string(n)));
        REQUIRE(sent);
      }
    });
  };
  all(two.nodes[0]);
  all(two.nodes[1]);
  for (linked_node& node : two.nodes) {
    const auto letters = node.has_letters(count);
    REQUIRE(letters.size() == count);
    for (std::size_t n = 0; n < count; ++n) {
      CHECK(text_of(letters[n].body) == std::to_string(n));
      CHECK(letters[n].kind == any_kind);
    }
  }
}

TEST_CASE("three nodes are linked, each with each") {
  linked_nodes three({"a", "b", "c"});
  for (linked_node& node : three.nodes) {
    for (std::size_t peer = 0; peer < 2; ++peer) {
      CHECK(node.send(peer, any_kind, text_bytes("to " + std::to_string(peer))));
    }
  }
  for (linked_node& node : three.nodes) {
    const auto letters = node.has_letters(2);
    CHECK(letters[0].peer != letters[1].peer);
  }
  // The peers of c are a and b, and c is the last peer of both.
  CHECK(text_of(three.nodes[2].has_letters(2)[0].body) == "to 1");
}

TEST_CASE(
    "a message as large as an entry of a log arrives whole, one that is too large is refused") {
  linked_nodes two({"a", "b"});
  const bytes large = filled_bytes(std::size_t{4} << 20U);
  CHECK(two.nodes[0].send(0, any_kind, large));
  CHECK(two.nodes[0].send(0, any_kind, filled_bytes(9)));
  CHECK_FALSE(two.nodes[0].send(0, any_kind, bytes(two.options[0].limits.frame_bytes_max + 1)));
  const auto letters = two.nodes[1].has_letters(2);
  CHECK(letters[0].body == large);
  CHECK(letters[1].body == filled_bytes(9));
}

TEST_CASE("C-132 a peer that was stopped is linked again when it is back, under the same name") {
  linked_nodes two({"a", "b"});
  linked_node& a = two.nodes[0];
  linked_node& b = two.nodes[1];
  for (std::size_t round = 1; round <= 3; ++round) {
    b.stop();
    a.is_disconnected(0, round);
    CHECK_FALSE(a.send(0, any_kind, text_bytes("into the void")));
    link_options again = two.options[1];
    again.incarnation += 1000 * round;
    b.start(again);
    a.is_connected(0, round + 1);
    b.is_connected(0, round + 1);
    CHECK(a.send(0, any_kind, text_bytes("again")));
    b.has_letters(round);
  }
  CHECK(a.connections(0) == 4);
}

TEST_CASE("C-131 a peer that is away is dialled for ever, and its link stands when it comes") {
  auto options = options_of_cluster({"a", "b"});
  linked_node a;
  a.start(options[0]);
  a.refused_because("b: ");
  a.has_ticked(100);
  CHECK(a.refusals("b: ") == 1);
  linked_node b;
  b.start(options[1]);
  a.is_connected(0);
  b.is_connected(0);
}

TEST_CASE("what was sent before the goodbye arrives") {
  linked_nodes two({"a", "b"});
  linked_node& a = two.nodes[0];
  constexpr std::size_t count = 300;
  a.on_loop([&] {
    for (std::size_t n = 0; n < count; ++n) {
      if (!a.net().send(0, any_kind, filled_bytes(4096))) FAIL("no room");
    }
  });
  a.stop();
  two.nodes[1].is_disconnected(0);
  CHECK(two.nodes[1].has_letters(count).size() == count);
}

TEST_CASE("nodes that dial each other at once settle on one link") {
  for (int round = 0; round < 20; ++round) {
    auto options = options_of_cluster({"a", "b"});
    linked_node a;
    linked_node b;
    std::thread other([&] { b.start(options[1]); });
    a.start(options[0]);
    other.join();
    a.is_connected(0);
    b.is_connected(0);
    CHECK(a.send(0, any_kind, text_bytes("hello")));
    CHECK(b.send(0, any_kind, text_bytes("hello")));
    a.has_letters(1);
    b.has_letters(1);
    a.has_ticked(10);
    CHECK(a.connections(0) == 1);
    CHECK(b.connections(0) == 1);
  }
}

TEST_CASE("control overtakes bulk that waits") {
  link_limits limits = short_limits();
  limits.bulk_bytes_max = std::size_t{16} << 20U;
  linked_nodes two({"a", "b"}, &limits);
  linked_node& a = two.nodes[0];
  constexpr std::uint16_t bulk_kind = 4;
  constexpr std::uint8_t parts = 200;
  a.on_loop([&] {
    for (std::uint8_t n = 0; n < parts; ++n) {
      if (!a.net().send_bulk(0, bulk_kind, filled_bytes(32 << 10, n))) FAIL("no room");
    }
    if (!a.net().send(0, any_kind, text_bytes("urgent"))) FAIL("no room");
  });
  const auto letters = two.nodes[1].has_letters(parts + 1);
  CHECK(letters[0].kind == any_kind);
  for (std::uint8_t n = 0; n < parts; ++n) {
    REQUIRE(letters[n + 1U].body == filled_bytes(32 << 10, n));
  }
}

TEST_CASE("control sent while bulk flows goes before most of it") {
  link_limits limits = short_limits();
  limits.bulk_bytes_max = std::size_t{64} << 20U;
  linked_nodes two({"a", "b"}, &limits);
  linked_node& a = two.nodes[0];
  linked_node& b = two.nodes[1];
  constexpr std::uint16_t bulk_kind = 4;
  constexpr std::size_t parts = 1000;
  // b answers the first part of bulk; a then says something urgent, while the rest is on its way.
  std::atomic<std::size_t> parts_seen{0};
  std::atomic<std::size_t> seen_before_urgent{parts};
  std::atomic<bool> urgent{false};
  b.on_letter = [&](std::size_t peer, std::uint16_t kind, bytes_view) {
    if (kind != bulk_kind) {
      seen_before_urgent = parts_seen.load();
      urgent = true;
    } else if (++parts_seen == 1) {
      (void)b.net().send(peer, any_kind, text_bytes("go"));
    }
  };
  a.on_letter = [&](std::size_t peer, std::uint16_t, bytes_view) {
    (void)a.net().send(peer, any_kind, text_bytes("urgent"));
  };
  a.on_loop([&] {
    for (std::size_t n = 0; n < parts; ++n) (void)a.net().send_bulk(0, bulk_kind, bytes(60 << 10));
  });
  while (!urgent || parts_seen < parts) b.has_ticked(1);
  // The window is two parts; some more may pass while "go" and "urgent" travel.
  CHECK(seen_before_urgent < parts / 2);
}

TEST_CASE(
    "C-133 a peer that does not read: sending is refused, and it goes on when it reads again") {
  link_limits limits = short_limits();
  limits.frame_bytes_max = std::size_t{1} << 20U;
  limits.control_bytes_max = std::size_t{2} << 20U;
  limits.bulk_bytes_max = std::size_t{1} << 20U;
  limits.silence = std::chrono::seconds(60);
  linked_nodes two({"a", "b"}, &limits);
  linked_node& a = two.nodes[0];
  linked_node& b = two.nodes[1];
  std::mutex gate;
  gate.lock();
  std::atomic<std::size_t> arrived{0};
  std::atomic<bool> in_order{true};
  b.on_letter = [&](std::size_t, std::uint16_t kind, bytes_view body) {
    const std::lock_guard pass(gate);
    if (kind != any_kind) return;
    in_order = in_order && text_of(body.first(8)).substr(0, 4) == "part" &&
               static_cast<std::size_t>(body[4]) == arrived % 256;
    ++arrived;
  };
  // What the kernel holds is not ours to bound, but it has an end.
  std::size_t taken = 0;
  std::size_t refusals_in_a_row = 0;
  while (refusals_in_a_row < 50) {
    bool sent = true;
    a.on_loop([&] {
      while (sent) {
        bytes part = text_bytes("part");
        part.push_back(static_cast<std::byte>(taken % 256));
        part.resize(64 << 10);
        sent = a.net().send(0, any_kind, std::move(part));
        if (sent) {
          ++taken;
          refusals_in_a_row = 0;
        }
      }
    });
    ++refusals_in_a_row;
    a.has_ticked(1);
  }
  CHECK(taken < (std::size_t{64} << 20U) / (64 << 10));
  while (a.send_bulk(0, any_kind + 1, bytes(64 << 10))) {
  }
  CHECK_FALSE(a.send(0, any_kind, bytes(64 << 10)));
  gate.unlock();
  while (arrived < taken) b.has_ticked(1);
  CHECK(in_order);
  CHECK(a.disconnections(0) == 0);
  while (!a.send(0, any_kind + 1, text_bytes("room again"))) a.has_ticked(1);
}

TEST_CASE("many wakes from many threads come as few, and none is lost") {
  linked_nodes two({"a", "b"});
  linked_node& a = two.nodes[0];
  constexpr int threads = 4;
  constexpr int each = 20'000;
  const std::size_t before = a.wakes();
  {
    std::vector<std::jthread> wakers;
    for (int n = 0; n < threads; ++n) {
      wakers.emplace_back([&] {
        for (int i = 0; i < each; ++i) a.net().wake();
      });
    }
  }
  // An errand is carried out in woken(), so a lost wake would leave it waiting.
  for (int n = 0; n < 1000; ++n) a.on_loop([] {});
  CHECK(a.wakes() > before);
  CHECK(a.wakes() <= before + threads * each + 1000);
}

TEST_CASE("options of links that contradict each other are refused") {
  linked_node nobody;
  const auto refused = [&](const link_options& options) {
    const auto started = links::start(options, nobody);
    return !started && started.error().code == errc::invalid_argument;
  };
  const link_options fine = options_of("a");
  SECTION("an address of another machine without TLS") {
    link_options options = fine;
    options.peers.push_back({.node = "b", .host = "192.0.2.1", .port = 1});
    CHECK(refused(options));
  }
  SECTION("listening to others without TLS") {
    link_options options = fine;
    options.listen_host = "0.0.0.0";
    CHECK(refused(options));
  }
  SECTION("a peer with the name of this node") {
    link_options options = fine;
    options.peers.push_back({.node = "a", .host = "127.0.0.1", .port = 1});
    CHECK(refused(options));
  }
  SECTION("two peers of one name") {
    link_options options = fine;
    options.peers.resize(2, {.node = "b", .host = "127.0.0.1", .port = 1});
    CHECK(refused(options));
  }
  SECTION("no name") {
    link_options options = fine;
    options.self.clear();
    CHECK(refused(options));
  }
  SECTION("a peer that would be dead between its heartbeats") {
    link_options options = fine;
    options.limits.silence = options.limits.heartbeat;
    CHECK(refused(options));
  }
  SECTION("a queue that does not hold the largest message") {
    link_options options = fine;
    options.limits.control_bytes_max = options.limits.frame_bytes_max;
    CHECK(refused(options));
  }
  SECTION("certificates that are not there") {
    link_options options = fine;
    options.tls = tls_files{"nowhere/ca.crt", "nowhere/a.crt", "nowhere/a.key"};
    const auto started = links::start(options, nobody);
    REQUIRE_FALSE(started);
    CHECK(started.error().code == errc::io_error);
  }
  SECTION("a port that somebody else has") {
    linked_node first;
    link_options options = fine;
    options.listen_port = free_port();
    first.start(options);
    CHECK(first.port() == options.listen_port);
    options.self = "b";
    const auto started = links::start(options, nobody);
    REQUIRE_FALSE(started);
    CHECK(started.error().code == errc::io_error);
  }
}
