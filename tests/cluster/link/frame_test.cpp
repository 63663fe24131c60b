// SPDX-License-Identifier: Apache-2.0
#include "cluster/link/frame.hpp"

#include "cluster/link/backoff.hpp"
#include "cluster/link/hello.hpp"
#include "cluster/link/outbox.hpp"
#include "linked_nodes.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace reprise;
using namespace reprise::cluster;
using reprise::cluster::test::filled_bytes;

namespace {

constexpr std::uint64_t session = 77;

// Takes bytes in pieces of one size and gives the bodies of the frames.
class reading {
 public:
  explicit reading(std::size_t body_bytes_max = 1 << 20) : reader(body_bytes_max) {
    reader.bind(session);
  }

  // The error that ends it, or nothing.
  std::optional<error> take(bytes_view from, std::size_t piece) {
    while (!from.empty()) {
      const auto space = reader.space();
      const std::size_t size = std::min({piece, from.size(), space.size()});
      std::ranges::copy(from.first(size), space.begin());
      reader.filled(size);
      from = from.subspan(size);
      for (;;) {
        const auto next = reader.next();
        if (!next) return next.error();
        if (!*next) break;
        CHECK(reinterpret_cast<std::uintptr_t>((*next)->body.data()) % 8 == 0);
        bodies.emplace_back((*next)->body.begin(), (*next)->body.end());
      }
    }
    return {};
  }

  frame_reader reader;
  std::vector<bytes> bodies{};
};

bytes some_frames(std::size_t count) {
  bytes out;
  frame_seal seal;
  seal.bind(session);
  for (std::size_t n = 0; n < count; ++n) {
    append_frame(out, seal, frame_type::message, 1, filled_bytes(n * 37));
  }
  return out;
}

}  // namespace

TEST_CASE("frames are the same in whatever pieces their bytes arrive") {
  const bytes stream = some_frames(20);
  for (const std::size_t piece : {1U, 7U, 32U, 1000U, 100'000U}) {
    reading in;
    REQUIRE_FALSE(in.take(stream, piece));
    REQUIRE(in.bodies.size() == 20);
    for (std::size_t n = 0; n < 20; ++n) CHECK(in.bodies[n] == filled_bytes(n * 37));
    CHECK_FALSE(in.reader.is_inside());
  }
}

TEST_CASE("C-122 a frame with any bit turned is refused") {
  const bytes stream = some_frames(3);
  for (std::size_t bit = 0; bit < stream.size() * 8; ++bit) {
    bytes turned = stream;
    turned[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    reading in;
    const auto refused = in.take(turned, turned.size());
    // A length that was made larger leaves the reader waiting for more; it gives no false frame.
    INFO("bit " << bit);
    CHECK((refused || in.reader.is_inside()));
    for (std::size_t n = 0; n < in.bodies.size(); ++n) CHECK(in.bodies[n] == filled_bytes(n * 37));
  }
}

TEST_CASE("C-127 a frame that is repeated, left out, or of another connection is refused") {
  bytes first;
  bytes second;
  frame_seal seal;
  seal.bind(session);
  append_frame(first, seal, frame_type::message, 1, filled_bytes(8));
  append_frame(second, seal, frame_type::message, 1, filled_bytes(16));
  SECTION("repeated") {
    reading in;
    CHECK_FALSE(in.take(first, 100));
    CHECK(in.take(first, 100));
  }
  SECTION("left out") {
    reading in;
    CHECK(in.take(second, 100));
  }
  SECTION("of another connection") {
    reading in;
    in.reader.bind(session + 1);
    CHECK_FALSE(in.take(first, 100));
    CHECK(in.take(second, 100));
  }
}

TEST_CASE("a frame that claims to be large takes memory only as its bytes arrive") {
  bytes frame;
  frame_seal seal;
  append_frame(frame, seal, frame_type::message, 1, bytes(4 << 20));
  reading in(5 << 20);
  CHECK_FALSE(in.take(bytes_view(frame).first(1000), 1000));
  CHECK(in.reader.capacity() <= 64 << 10);
  CHECK_FALSE(in.take(bytes_view(frame).subspan(1000), 1 << 20));
  CHECK(in.bodies.size() == 1);
  // And it is given back.
  (void)in.reader.space();
  CHECK(in.reader.capacity() <= 64 << 10);
}

TEST_CASE("a frame that is larger than allowed is refused by its header") {
  bytes frame;
  frame_seal seal;
  append_frame(frame, seal, frame_type::message, 1, bytes(1001));
  reading in(1000);
  const auto refused = in.take(bytes_view(frame).first(frame_header_bytes), 100);
  REQUIRE(refused);
  CHECK(refused->code == errc::malformed);
}

TEST_CASE("a hello is read as it was written, and nothing else is") {
  hello said{.incarnation = 5, .last = {.incarnation = 8, .number = 9}, .node = "node-1"};
  said.cluster.fill(std::byte{1});
  said.drawn.fill(std::byte{2});
  const bytes body = encode_hello(said);
  const auto read = read_hello(body);
  REQUIRE(read);
  CHECK(read->cluster == said.cluster);
  CHECK(read->incarnation == 5);
  CHECK(read->drawn == said.drawn);
  CHECK(read->last == said.last);
  CHECK(read->node == "node-1");
  for (std::size_t size = 0; size < body.size(); ++size) {
    CHECK_FALSE(read_hello(bytes_view(body).first(size)));
  }
  bytes other = body;
  other[0] = std::byte{2};
  const auto refused = read_hello(other);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::incompatible);
}

TEST_CASE("a link is replaced for a new process, and for one that lost it, and for no other") {
  const chosen_link chosen{.peer_incarnation = 4, .number = {.incarnation = 1, .number = 7}};
  CHECK(replaces({.incarnation = 5}, chosen));
  CHECK(replaces({.incarnation = 4, .last = {.incarnation = 1, .number = 7}}, chosen));
  // It dialled before it heard of the link that was chosen.
  CHECK_FALSE(replaces({.incarnation = 4, .last = {.incarnation = 1, .number = 6}}, chosen));
  CHECK_FALSE(replaces({.incarnation = 4}, chosen));
}

TEST_CASE("an outbox sends control first, and bulk only as far as the window") {
  const bytes part = filled_bytes(68);
  outbox out({.control_bytes_max = 1000,
              .bulk_bytes_max = 1000,
              .bulk_window_bytes = 2 * frame_bytes(part.size())});
  frame_seal seal;
  seal.bind(session);
  REQUIRE(out.add_bulk(2, part));
  REQUIRE(out.add_bulk(3, part));
  REQUIRE(out.add_bulk(4, part));
  REQUIRE(out.add(1, part));
  bytes taken;
  out.take(taken, seal, 10'000);
  CHECK(taken.size() == 3 * frame_bytes(part.size()));
  CHECK_FALSE(out.may_take());
  CHECK_FALSE(out.acknowledge(3 * frame_bytes(part.size())));
  CHECK(out.acknowledge(frame_bytes(part.size())));
  CHECK(out.may_take());
  taken.clear();
  out.take(taken, seal, 10'000);
  CHECK(taken.size() == frame_bytes(part.size()));
  CHECK(out.empty());
}

TEST_CASE("an outbox refuses what exceeds its bounds, and has room again when it was emptied") {
  outbox out({.control_bytes_max = 250, .bulk_bytes_max = 250, .bulk_window_bytes = 10'000});
  const bytes part = filled_bytes(68);
  CHECK(out.add(1, part));
  CHECK(out.add(1, part));
  CHECK_FALSE(out.add(1, part));
  CHECK(out.add_bulk(1, part));
  CHECK(out.add_bulk(1, part));
  CHECK_FALSE(out.add_bulk(1, part));
  frame_seal seal;
  bytes taken;
  out.take(taken, seal, 10'000);
  CHECK(out.bytes_waiting() == 0);
  CHECK(out.add(1, part));
  CHECK(out.add_bulk(1, part));
}

TEST_CASE("a bulk frame that exceeds the window is sent alone") {
  outbox out({.control_bytes_max = 0, .bulk_bytes_max = 10'000, .bulk_window_bytes = 100});
  REQUIRE(out.add_bulk(1, bytes(1000)));
  REQUIRE(out.add_bulk(1, bytes(1000)));
  frame_seal seal;
  bytes taken;
  out.take(taken, seal, 100'000);
  CHECK(taken.size() == frame_bytes(1000));
  CHECK_FALSE(out.may_take());
  CHECK(out.acknowledge(frame_bytes(1000)));
  CHECK(out.may_take());
}

TEST_CASE("a peer is dialled ever more slowly up to a bound, and never at once") {
  using std::chrono::milliseconds;
  base::random jitter(1);
  backoff wait(milliseconds(50), milliseconds(1000));
  milliseconds whole(50);
  for (int n = 0; n < 10; ++n) {
    const auto next = wait.next(jitter);
    CHECK(next >= whole / 2);
    CHECK(next <= whole);
    whole = std::min(whole * 2, milliseconds(1000));
  }
  wait.reset();
  CHECK(wait.next(jitter) <= milliseconds(50));
}
