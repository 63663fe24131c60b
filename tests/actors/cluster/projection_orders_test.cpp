// SPDX-License-Identifier: Apache-2.0
//
// What an operator orders of projections that nodes of a cluster fold.
#include "base/guarded.hpp"
#include "cluster/certificates.hpp"
#include "cluster/node_query.hpp"
#include "cluster/projection_order.hpp"
#include "cluster/rpc/client_link.hpp"
#include "tests/actors/cluster/node_group.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace reprise::testing {
namespace {

using namespace std::chrono_literals;
using add = counter::cmd::add;

// Counters at whose events every projection here stumbles.
base::guarded<std::set<std::string>>& stumbling_at() {
  static base::guarded<std::set<std::string>> all;
  return all;
}
void stumble_at(std::set<std::string> which) {
  stumbling_at().with([&](auto& all) { all = std::move(which); });
}

template <std::uint32_t Lanes, failure_policy::then Finally>
struct stumbling : projection<counter> {
  static constexpr projection_options options{
      .name = "sums",
      .failing = {.finally = Finally, .retries = 0, .first_delay = 1ms},
      .lanes = Lanes};
  table<std::string, std::uint64_t> by_counter{*this, "counters"};

  void on(const counter::ev::added& e, const envelope& m) {
    if (stumbling_at().with([&](auto& all) { return all.contains(m.aggregate.id); })) {
      throw std::runtime_error("stumbled");
    }
    by_counter.change(m.aggregate.id, [&](std::uint64_t& sum) { sum += e.n; });
  }
};
using parking = stumbling<1, failure_policy::then::park>;
using parking_in_lanes = stumbling<3, failure_policy::then::park>;
using stopping = stumbling<1, failure_policy::then::stop>;

struct sums_of_others : projection<tally> {
  static constexpr projection_options options{.name = "others"};
  table<std::string, std::uint64_t> all{*this, "all"};
  void on(const tally::ev::noted& e) {
    all.change("all", [&](std::uint64_t& sum) { sum += e.n; });
  }
};

aggregate_key key_of(const std::string& id) {
  return {counter::api::type, "", id};
}

// Nodes of a cluster that all fold the same events, and the receipts of those.
struct summing {
  node_group group;
  std::vector<receipt> receipts;

  explicit summing(std::uint64_t nodes = 1) : group({.nodes = nodes}) {
    stumble_at({});
    group.start_all();
  }
  ~summing() { stumble_at({}); }
  summing(const summing&) = delete;
  summing& operator=(const summing&) = delete;

  void add_to(const std::string& id, std::uint64_t n) {
    const auto done = group.counter_at(1, id).ask(add{n}).result();
    REQUIRE(done.has_value());
    receipts.push_back(done->at());
  }
  template <class P>
  [[nodiscard]] std::uint64_t sum(std::uint64_t node, const std::string& id) {
    return group.at(node).view<P>(receipts, 60s)->by_counter.get(id).value_or(0);
  }
  [[nodiscard]] std::size_t parked_at(std::uint64_t node) {
    return group.client_of(node).projections()->parked("sums", 1).value().size();
  }
};

std::vector<std::string> ids_of(const std::vector<aggregate_key>& all) {
  std::vector<std::string> out;
  for (const aggregate_key& one : all) out.push_back(one.id);
  return out;
}

using ids = std::vector<std::string>;

// Sends to the node itself what no client of the library would.
class bare_client {
 public:
  explicit bare_client(const node_options& of) {
    auto link = cluster::client_link::start(
        {.nodes = {{cluster::any_node_name, "127.0.0.1", of.cluster.client_port}}});
    REQUIRE(link.has_value());
    link_ = std::move(*link);
  }
  result<detail::raw_answer> ask(bytes payload, const command_id& id = {},
                                 std::uint32_t command = cluster::projection_command) {
    std::promise<result<detail::raw_answer>> said;
    link_->ask({.to = {cluster::node_itself, "", "projection"},
                .command = command,
                .payload = std::move(payload),
                .how = {.id = id, .timeout = 60s}},
               [&](result<detail::raw_answer> how) { said.set_value(std::move(how)); });
    return said.get_future().get();
  }

 private:
  std::unique_ptr<cluster::client_link> link_;
};

}  // namespace

TEST_CASE("parked events are tried again on the node that is told so, and on no other") {
  summing here(2);
  stumble_at({"ann", "bob"});
  for (std::uint64_t n = 1; n <= 2; ++n) here.group.at(n).project<parking>();
  for (const char* id : {"ann", "bob", "cid", "ann"}) here.add_to(id, 5);
  for (std::uint64_t n = 1; n <= 2; ++n) {
    CHECK(here.sum<parking>(n, "cid") == 5);
    CHECK(here.parked_at(n) == 3);
  }
  stumble_at({"bob"});
  const client told = here.group.client_of(2);
  auto again = told.orders_to_projection("sums", 1);
  REQUIRE(again.has_value());
  CHECK(ids_of(again->retry({.types = {{1}}}).value()).empty());
  CHECK(ids_of(again->retry({.only = key_of("ann")}).value()) == ids{"ann"});
  REQUIRE(comes_true([&] { return here.parked_at(2) == 1; }));
  CHECK(here.sum<parking>(2, "ann") == 10);
  CHECK(here.parked_at(1) == 3);
  // Tried last, and in vain: it comes behind those that were tried before.
  CHECK(ids_of(again->retry({}).value()) == ids{"bob"});
  REQUIRE(comes_true([&] {
    return here.group.client_of(2).projections()->parked("sums", 1)->front().attempts == 2;
  }));
  CHECK(here.sum<parking>(2, "bob") == 0);
}

TEST_CASE(
    "the first parked event of an aggregate is passed by with a note, and the rest is folded") {
  summing here;
  stumble_at({"ann"});
  auto running = here.group.at(1).project<parking>();
  for (const std::uint64_t n : {1U, 2U, 4U}) here.add_to("ann", n);
  CHECK(here.sum<parking>(1, "ann") == 0);
  REQUIRE(here.parked_at(1) == 3);
  stumble_at({});
  const client told = here.group.client_of(1);
  auto orders = told.orders_to_projection("sums", 1);
  REQUIRE(orders.has_value());
  const auto gone = orders->skip(key_of("ann"), "sent twice", timestamp{});
  REQUIRE(gone.has_value());
  CHECK(gone->sequence == sequence{1});
  CHECK(gone->cause.ends_with("stumbled"));
  REQUIRE(comes_true([&] { return here.parked_at(1) == 0; }));
  CHECK(here.sum<parking>(1, "ann") == 6);
  CHECK(told.projections()->list()->front().skipped_events == 1);
  CHECK(orders->skip(key_of("ann"), "again", timestamp{}).error().code == errc::not_found);
  CHECK(running.status().parked_events == 0);
}

TEST_CASE("a payload that the stored schema knows takes the place of the first parked one") {
  summing here;
  stumble_at({"ann"});
  here.group.at(1).project<parking>();
  here.add_to("ann", 1);
  here.add_to("ann", 2);
  CHECK(here.sum<parking>(1, "ann") == 0);
  const client told = here.group.client_of(1);
  auto orders = told.orders_to_projection("sums", 1);
  REQUIRE(orders.has_value());
  CHECK(orders->edit(key_of("ann"), "nonsense", "typo").error().code == errc::malformed);
  CHECK(orders->edit(key_of("ann"), R"({"many":1})", "typo").error().code == errc::malformed);
  CHECK(orders->edit(key_of("bob"), R"({"n":40})", "typo").error().code == errc::not_found);
  const auto edited = orders->edit(key_of("ann"), R"({"n":40})", "typo");
  REQUIRE(edited.has_value());
  CHECK(edited->edited);
  CHECK(edited->sequence == sequence{1});
  CHECK(here.parked_at(1) == 2);
  stumble_at({});
  REQUIRE(orders->retry({}).has_value());
  REQUIRE(comes_true([&] { return here.parked_at(1) == 0; }));
  CHECK(here.sum<parking>(1, "ann") == 42);
}

TEST_CASE("a version that runs is built anew behind the handle that its program has") {
  summing here(2);
  stumble_at({"bob"});
  auto running = here.group.at(1).project<parking_in_lanes>();
  here.group.at(2).project<parking_in_lanes>();
  for (int i = 0; i < 40; ++i) here.add_to("c" + std::to_string(i % 8), 1);
  here.add_to("bob", 7);
  for (std::uint64_t n = 1; n <= 2; ++n) CHECK(here.sum<parking_in_lanes>(n, "c1") == 5);
  // Another node keeps its rows, and what it has parked.
  stumble_at({"c3"});
  const client told = here.group.client_of(1);
  REQUIRE(told.drop_projection("sums", 1).has_value());
  CHECK(here.sum<parking_in_lanes>(1, "c1") == 5);
  CHECK(here.sum<parking_in_lanes>(1, "c3") == 0);
  CHECK(here.sum<parking_in_lanes>(1, "bob") == 7);
  CHECK(here.sum<parking_in_lanes>(2, "c3") == 5);
  CHECK(here.sum<parking_in_lanes>(2, "bob") == 0);
  CHECK(running.status().state == projection_state::following);
  CHECK(running.status().parked_keys == 1);
  here.add_to("c1", 1);
  CHECK(here.sum<parking_in_lanes>(1, "c1") == 6);
  running.pause();
  here.add_to("c1", 1);
  REQUIRE(told.drop_projection("sums", 1).has_value());
  CHECK(here.group.at(1).await_view<parking_in_lanes>({}, 10ms).error().code == errc::unavailable);
  running.resume();
  CHECK(here.sum<parking_in_lanes>(1, "c1") == 7);
}

TEST_CASE("a version that runs is built of later events only, where that is ordered") {
  summing here;
  auto running = here.group.at(1).project<parking>();
  for (const std::uint64_t n : {1U, 2U, 4U}) here.add_to("ann", n);
  CHECK(here.sum<parking>(1, "ann") == 7);
  const client told = here.group.client_of(1);
  const receipt second = here.receipts[1];
  REQUIRE(told.rebuild_projection("sums", 1, start_point::behind({{second.partition, second.at}})));
  CHECK(here.sum<parking>(1, "ann") == 4);
  // What cannot be leaves it as it was.
  const position far{1'000'000};
  CHECK(told.rebuild_projection("sums", 1, start_point::behind({{second.partition, far}}))
            .error()
            .code == errc::beyond_head);
  CHECK(told.rebuild_projection("sums", 1, start_point::behind({{{99}, {1}}})).error().code ==
        errc::invalid_argument);
  CHECK(told.rebuild_projection("sums", 2, {}).error().code == errc::not_found);
  CHECK(told.rebuild_projection("nobody", 1, {}).error().code == errc::not_found);
  here.add_to("ann", 8);
  CHECK(here.sum<parking>(1, "ann") == 12);
  REQUIRE(told.rebuild_projection("sums", 1, start_point::time(timestamp{})));
  CHECK(here.sum<parking>(1, "ann") == 15);
  CHECK(running.status().state == projection_state::following);
}

TEST_CASE("a projection that has stopped is folded again when it is built anew") {
  summing here;
  stumble_at({"ann"});
  auto running = here.group.at(1).project<stopping>();
  here.add_to("ann", 3);
  REQUIRE(comes_true([&] { return running.status().state == projection_state::stopped; }));
  const client told = here.group.client_of(1);
  // What is refused does not wake it.
  CHECK_FALSE(told.rebuild_projection("sums", 1, start_point::behind({{{99}, {1}}})));
  CHECK(running.status().state == projection_state::stopped);
  stumble_at({});
  REQUIRE(told.drop_projection("sums", 1));
  CHECK(here.sum<stopping>(1, "ann") == 3);
}

TEST_CASE("rows of a version that nobody folds are forgotten through the node, and once") {
  summing here;
  here.group.at(1).project<parking>();
  here.add_to("ann", 3);
  CHECK(here.sum<parking>(1, "ann") == 3);
  here.group.stop(1);
  here.group.start(1);
  const client told = here.group.client_of(1);
  // Nothing is known of projections before a consumer was started.
  CHECK(told.drop_projection("sums", 1).error().code == errc::not_found);
  here.group.at(1).project<sums_of_others>();
  REQUIRE(told.drop_projection("sums", 1));
  CHECK(told.drop_projection("sums", 1).error().code == errc::not_found);
  CHECK(told.projections()->newest("sums").error().code == errc::not_found);
  CHECK(told.projections()->newest("others").has_value());
}

TEST_CASE("an order that is sent again is carried out once") {
  summing here;
  stumble_at({"ann"});
  here.group.at(1).project<parking>();
  for (const std::uint64_t n : {1U, 2U, 4U}) here.add_to("ann", n);
  CHECK(here.sum<parking>(1, "ann") == 0);
  bare_client bare(here.group.options_of(1));
  const cluster::projection_order whichever{.name = "sums",
                                            .version = 1,
                                            .what = cluster::projection_order::kind::skip,
                                            .of = key_of("ann"),
                                            .why = "sent twice"};
  const command_id once = derive_command_id("once");
  for (int i = 0; i < 3; ++i) {
    const auto done = bare.ask(encode(whichever), once);
    REQUIRE(done.has_value());
    CHECK(cluster::decode_projection_answer(done->reply)->about->sequence == sequence{1});
  }
  CHECK(here.parked_at(1) == 2);
  // Also where nobody remembers it, for it names the event that it is about.
  cluster::projection_order first = whichever;
  first.event = {1};
  CHECK(bare.ask(encode(first)).error().code == errc::not_found);
  CHECK(here.parked_at(1) == 2);
  CHECK(bare.ask(encode(first), once).error().code == errc::id_conflict);
}

TEST_CASE("what is no order is refused, and so is one by a client of several nodes") {
  summing here(2);
  here.group.at(1).project<parking>();
  bare_client bare(here.group.options_of(1));
  CHECK(bare.ask(bytes(16, std::byte{0xff})).error().code == errc::malformed);
  CHECK(bare.ask({}, {}, 77).error().code == errc::unknown_command);
  const cluster::projection_order reserved{.name = "group:letters", .version = 1};
  CHECK(bare.ask(encode(reserved)).error().code == errc::not_found);
  const auto port = [&](std::uint64_t n) { return here.group.options_of(n).cluster.client_port; };
  const client wide(
      {.nodes = {{.host = "127.0.0.1", .port = port(1)}, {.host = "127.0.0.1", .port = port(2)}},
       .insecure = true});
  CHECK(wide.drop_projection("sums", 1).error().code == errc::invalid_argument);
  CHECK(wide.orders_to_projection("sums", 1).error().code == errc::invalid_argument);
}

}  // namespace reprise::testing
