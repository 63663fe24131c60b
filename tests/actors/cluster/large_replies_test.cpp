// SPDX-License-Identifier: Apache-2.0
//
// Replies that are larger than what a message between nodes, or to a client, holds.
#include "tests/actors/cluster/node_group.hpp"

#include <reprise/client.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <string>

namespace reprise::testing {
namespace {

using namespace std::chrono_literals;
struct scroll : aggregate<counting::scroll_api> {
  decision on(const cmd::unroll& c) const { return ev::grown{c.bytes}; }
  void apply(const ev::grown& e) { text.assign(e.n, 'x'); }
  void apply(const ev::cut&) { text.clear(); }
};

using unroll = scroll::cmd::unroll;
using read = scroll::cmd::read;

constexpr std::uint64_t mib = std::uint64_t{1} << 20U;
// Soon enough for what is told, too soon for what is only given up.
constexpr ask_options soon{.timeout = 120s};

// Whole, or an error that says that the reply is what failed.
template <class Answer>
bool is_whole(const Answer& answer, std::uint64_t bytes) {
  INFO(bytes << " bytes: " << (answer ? "a reply" : to_string(answer.error())));
  if (answer) {
    CHECK(answer->value().text.size() == bytes);
    return true;
  }
  CHECK(answer.error().code == errc::reply_failed);
  return false;
}

}  // namespace

TEST_CASE("C-060 a reply bigger than one frame arrives whole or as a typed error", "[cluster]") {
  node_group group({.partitions = 1});
  group.start_all();
  for (std::uint64_t n = 1; n <= 3; ++n) group.at(n).host<scroll>();
  for (const std::uint64_t bytes : {mib / 8, 4 * mib, 5 * mib, 9 * mib, 20 * mib}) {
    // The command's own reply as well, at whichever node: it is carried out once in any case.
    static_cast<void>(
        is_whole(group.at(2).of<scroll>("s").ask(unroll{bytes}, soon).result(), bytes));
    int whole = 0;
    for (std::uint64_t n = 1; n <= 3; ++n) {
      if (is_whole(group.at(n).of<scroll>("s").ask(read{}, soon).result(), bytes)) ++whole;
      const client outside = group.client_of(n);
      static_cast<void>(is_whole(outside.of<scroll>("s").ask(read{}, soon).result(), bytes));
    }
    // The node that leads needs no message for its own, and what fits comes from anywhere.
    CHECK(whole == (bytes <= 4 * mib ? 3 : 1));
  }
  // Who asked for too much is not the worse for it.
  CHECK(group.counter_at(2, "c").ask(counter::cmd::add{1}, soon).result().has_value());
  CHECK(group.client_of(3).of<counter>("c").ask(counter::cmd::get{}, soon).result().has_value());
}

}  // namespace reprise::testing
