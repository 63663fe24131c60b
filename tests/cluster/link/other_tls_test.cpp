// SPDX-License-Identifier: Apache-2.0
//
// TLS of others than KJ: what a client in another language does.
#include "cluster/link/frame.hpp"
#include "cluster/link/hello.hpp"
#include "linked_nodes.hpp"
#include "raw_peer.hpp"
#include "test_certificates.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <memory>
#include <openssl/ssl.h>

using namespace reprise;
using namespace reprise::cluster;
using namespace reprise::cluster::test;

namespace {

struct freed {
  void operator()(SSL_CTX* what) const { SSL_CTX_free(what); }
  void operator()(SSL* what) const { SSL_free(what); }
  void operator()(SSL_SESSION* what) const { SSL_SESSION_free(what); }
};
using context_ptr = std::unique_ptr<SSL_CTX, freed>;
using connection_ptr = std::unique_ptr<SSL, freed>;
using session_ptr = std::unique_ptr<SSL_SESSION, freed>;

// A client on plain OpenSSL, as node b.
class other_client {
 public:
  explicit other_client(const tls_files& files) : context_(SSL_CTX_new(TLS_client_method())) {
    REQUIRE(SSL_CTX_use_certificate_file(context_.get(), files.certificate.c_str(),
                                         SSL_FILETYPE_PEM) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey_file(context_.get(), files.key.c_str(), SSL_FILETYPE_PEM) == 1);
    REQUIRE(SSL_CTX_load_verify_locations(context_.get(), files.authority.c_str(), nullptr) == 1);
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_CLIENT);
  }

  void speaks_at_most(int version) {
    REQUIRE(SSL_CTX_set_max_proto_version(context_.get(), version) == 1);
  }
  // True when the node answers a hello. Keeps the session for the next time.
  bool is_answered(std::uint16_t port, const hello& ours) {
    const raw_socket socket(own_loopback(), port);
    const connection_ptr connection(SSL_new(context_.get()));
    REQUIRE(SSL_set_fd(connection.get(), socket.fd()) == 1);
    REQUIRE(SSL_set1_host(connection.get(), "a") == 1);
    if (session_) REQUIRE(SSL_set_session(connection.get(), session_.get()) == 1);
    if (SSL_connect(connection.get()) != 1) return false;
    resumed_ = SSL_session_reused(connection.get()) == 1;
    bytes out;
    frame_seal seal;
    append_frame(out, seal, frame_type::hello, 0, encode_hello(ours));
    std::array<std::byte, 64> in{};
    const bool answered =
        SSL_write(connection.get(), out.data(), static_cast<int>(out.size())) > 0 &&
        SSL_read(connection.get(), in.data(), static_cast<int>(in.size())) > 0;
    session_.reset(SSL_get1_session(connection.get()));
    // One that does not end in good order is not kept.
    SSL_shutdown(connection.get());
    return answered;
  }
  [[nodiscard]] bool resumed() const { return resumed_; }

 private:
  context_ptr context_;
  session_ptr session_{};
  bool resumed_ = false;
};

// Node a, and the hello of node b.
class node_with_tls {
 public:
  node_with_tls() {
    options = options_of_cluster({"a", "b"});
    options[0].tls = certificates.of("a");
    a.start(options[0]);
    b = {.cluster = options[0].cluster, .incarnation = 4711, .node = "b"};
  }

  test_certificates certificates{};
  std::vector<link_options> options{};
  linked_node a{};
  hello b{};
};

}  // namespace

TEST_CASE("a client that keeps its session is answered each time it comes") {
  node_with_tls scene;
  other_client client(scene.certificates.of("b"));
  for (int round = 0; round < 3; ++round) {
    ++scene.b.incarnation;
    CHECK(client.is_answered(scene.a.port(), scene.b));
    CHECK_FALSE(client.resumed());
  }
}

TEST_CASE("TLS before 1.3 is refused") {
  node_with_tls scene;
  other_client client(scene.certificates.of("b"));
  client.speaks_at_most(TLS1_2_VERSION);
  CHECK_FALSE(client.is_answered(scene.a.port(), scene.b));
  scene.a.refused_because("unsupported protocol");
}
