// SPDX-License-Identifier: Apache-2.0
//
// Links with TLS: who gets in, and who does not and why.
#include "linked_nodes.hpp"
#include "raw_peer.hpp"
#include "test_certificates.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace reprise;
using namespace reprise::cluster;
using namespace reprise::cluster::test;

namespace {

constexpr std::uint16_t any_kind = 1;

// The nodes a, b and c of one cluster, with certificates; a and c are as they should be.
class nodes_with_tls {
 public:
  nodes_with_tls() : options(options_of_cluster({"a", "b", "c"})) {
    for (link_options& each : options) each.tls = certificates.of(each.self);
  }

  void start_a_and_c() {
    a.start(options[0]);
    c.start(options[2]);
    a.is_connected(to_c);
    c.is_connected(to_a);
  }
  void start_b(std::optional<tls_files> with) {
    options[1].tls = std::move(with);
    b.start(options[1]);
  }
  // Whatever b does, the others must not notice.
  void then_a_and_c_are_still_linked() {
    CHECK(c.send(to_a, any_kind, text_bytes("still here")));
    CHECK(text_of(a.has_letters(1)[0].body) == "still here");
    CHECK(a.connections(to_b) == 0);
    CHECK(a.disconnections(to_c) == 0);
    CHECK(b.connections(to_a) == 0);
  }

  // Of a's peers; for b and c, a is the first.
  static constexpr std::size_t to_b = 0;
  static constexpr std::size_t to_c = 1;
  static constexpr std::size_t to_a = 0;

  test_certificates certificates{};
  std::vector<link_options> options;
  linked_node a{};
  linked_node b{};
  linked_node c{};
};

}  // namespace

TEST_CASE("nodes with certificates are linked, and large messages arrive whole") {
  nodes_with_tls nodes;
  nodes.start_a_and_c();
  nodes.start_b(nodes.options[1].tls);
  nodes.a.is_connected(nodes.to_b);
  nodes.b.is_connected(nodes.to_a);
  const bytes large = filled_bytes(std::size_t{4} << 20U);
  CHECK(nodes.a.send(nodes.to_b, any_kind, large));
  for (int n = 0; n < 100; ++n) CHECK(nodes.a.send(nodes.to_b, any_kind, filled_bytes(100)));
  const auto letters = nodes.b.has_letters(101);
  CHECK(letters[0].body == large);
  CHECK(letters[100].body == filled_bytes(100));
  nodes.b.stop();
  nodes.a.is_disconnected(nodes.to_b);
}

TEST_CASE("C-119 a certificate of another authority is refused") {
  nodes_with_tls nodes;
  nodes.start_a_and_c();
  nodes.start_b(nodes.certificates.by_a_stranger("b"));
  nodes.a.refused_because("b: its certificate is refused: unable to get local issuer certificate");
  nodes.b.refused_because("unknown ca");
  nodes.then_a_and_c_are_still_linked();
}

TEST_CASE("C-119 an expired certificate is refused") {
  nodes_with_tls nodes;
  nodes.start_a_and_c();
  nodes.start_b(nodes.certificates.of("b", valid_until_yesterday()));
  nodes.a.refused_because("b: its certificate is refused: certificate has expired");
  nodes.b.refused_because("certificate expired");
  nodes.then_a_and_c_are_still_linked();
}

TEST_CASE("C-119 a certificate that is not valid yet is refused") {
  nodes_with_tls nodes;
  nodes.start_a_and_c();
  nodes.start_b(nodes.certificates.of("b", valid_from_tomorrow()));
  nodes.a.refused_because("b: its certificate is refused: certificate is not yet valid");
  nodes.then_a_and_c_are_still_linked();
}

TEST_CASE("C-120 a node with the certificate of another node is refused by both ends") {
  nodes_with_tls nodes;
  nodes.start_a_and_c();
  nodes.start_b(nodes.certificates.of("c"));
  nodes.a.refused_because("c: its certificate is refused: hostname mismatch");
  nodes.a.refused_because("its certificate is of c, it says that it is b");
  nodes.b.refused_because("it refuses: its certificate is of c");
  nodes.then_a_and_c_are_still_linked();
}

TEST_CASE("C-130 a client's certificate makes no node") {
  nodes_with_tls nodes;
  nodes.start_a_and_c();
  SECTION("under a name of its own") {
    nodes.start_b(nodes.certificates.of("client", certificate_use::client));
    nodes.a.refused_because("its certificate is of client, it says that it is b");
  }
  SECTION("under the name of a node it still cannot be dialled") {
    nodes.options[1].peers.clear();
    nodes.start_b(nodes.certificates.of("b", certificate_use::client));
    nodes.a.refused_because("b: its certificate is refused: unsuitable certificate purpose");
  }
  nodes.then_a_and_c_are_still_linked();
}

TEST_CASE("C-121 plain text to the encrypted port, and encrypted to a plain one, is closed") {
  nodes_with_tls nodes;
  nodes.start_a_and_c();
  nodes.start_b(std::nullopt);
  // b dials a in plain text, a dials b with TLS.
  nodes.a.refused_because("wrong version number");
  nodes.b.refused_because("this is no frame");
  nodes.then_a_and_c_are_still_linked();
}

TEST_CASE("C-122 rubbish on the encrypted port is closed, and the links do not notice") {
  nodes_with_tls nodes;
  nodes.start_a_and_c();
  for (unsigned char n = 0; n < 20; ++n) {
    const raw_socket stranger(own_loopback(), nodes.a.port());
    stranger.send(filled_bytes(1000U + n, n));
    stranger.is_closed();
  }
  nodes.then_a_and_c_are_still_linked();
}

TEST_CASE("C-126 a connection that never begins TLS is closed") {
  nodes_with_tls nodes;
  for (link_options& each : nodes.options) {
    each.limits.handshake = std::chrono::milliseconds(1'000);
  }
  nodes.start_a_and_c();
  const raw_socket stranger(own_loopback(), nodes.a.port());
  stranger.is_closed();
  nodes.then_a_and_c_are_still_linked();
}
