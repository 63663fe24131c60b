// SPDX-License-Identifier: Apache-2.0
//
// Certificates that are replaced while nodes run: which of them are used, and from when on.
#include "cluster/link/certificate_watch.hpp"

#include "base/log.hpp"
#include "linked_nodes.hpp"
#include "test_certificates.hpp"
#include "tests/base/captured_stderr.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace reprise;
using namespace reprise::cluster;
using namespace reprise::cluster::test;

namespace {

constexpr std::uint16_t any_kind = 1;

std::string text_in(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void put(const std::string& file, const std::string& text) {
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

// One file takes the place of another.
void copy(const std::string& from, const std::string& to) {
  put(to, text_in(from));
}

// The files of node n1, and a watch that knows them as they are.
struct watched_files {
  test_certificates made{};
  const tls_files used = made.of("n1");
  base::system_clock time{};
  certificate_watch watch{used, "n1", time};

  void replace(const tls_files& by) const {
    copy(by.certificate, used.certificate);
    copy(by.key, used.key);
  }
  // What is logged while it looks so often. Lines are written later, and in order.
  std::string lines(int looks) {
    reprise::test::captured_stderr captured;
    base::set_log_level(base::log_level::error);
    for (int i = 0; i < looks; ++i) CHECK_FALSE(watch.look());
    base::log(base::log_level::error, "the end");
    std::string all;
    for (std::string line = captured.line(); !line.ends_with("the end"); line = captured.line()) {
      all += line + "\n";
    }
    base::set_log_level(base::log_level::off);
    return all;
  }
};

std::size_t count_lines(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

}  // namespace

TEST_CASE("files that did not change are nothing new, and new ones are used once") {
  watched_files files;
  CHECK_FALSE(files.watch.look());
  const tls_files next = files.made.of("n1");
  files.replace(next);
  const auto found = files.watch.look();
  REQUIRE(found);
  CHECK(found->certificate == text_in(next.certificate));
  CHECK(found->key == text_in(next.key));
  CHECK_FALSE(files.watch.look());
}

TEST_CASE("a certificate waits for its key") {
  watched_files files;
  const tls_files next = files.made.of("n1");
  copy(next.certificate, files.used.certificate);
  const std::string said = files.lines(3);
  CHECK(said.find("the key is not that of the certificate") != std::string::npos);
  CHECK(count_lines(said) == 1);
  copy(next.key, files.used.key);
  CHECK(files.watch.look());
}

TEST_CASE("what others would refuse is not used, and said once") {
  watched_files files;
  std::string why;
  SECTION("an expired certificate") {
    files.replace(files.made.of("n1", valid_until_yesterday()));
    why = "certificate has expired";
  }
  SECTION("one that is not valid yet") {
    files.replace(files.made.of("n1", valid_from_tomorrow()));
    why = "certificate is not yet valid";
  }
  SECTION("one of another node") {
    files.replace(files.made.of("n2"));
    why = "the certificate is not that of n1";
  }
  SECTION("one of a client") {
    files.replace(files.made.of("n1", certificate_use::client));
    why = "certificate purpose";
  }
  SECTION("one of another authority") {
    files.replace(files.made.by_a_stranger("n1"));
    why = "unable to get local issuer certificate";
  }
  SECTION("half a certificate") {
    const std::string whole = text_in(files.made.of("n1").certificate);
    put(files.used.certificate, whole.substr(0, whole.size() / 2));
    why = "the certificate is not whole";
  }
  SECTION("half a key") {
    const tls_files next = files.made.of("n1");
    copy(next.certificate, files.used.certificate);
    put(files.used.key, text_in(next.key).substr(0, 60));
    why = "the key is not whole";
  }
  SECTION("no authority") {
    put(files.used.authority, "nothing of the kind");
    why = "the authority is no whole certificate";
  }
  SECTION("an empty file") {
    put(files.used.key, "");
    why = "cannot read " + files.used.key;
  }
  SECTION("no file") {
    std::filesystem::remove(files.used.certificate);
    why = "cannot read " + files.used.certificate;
  }
  const std::string said = files.lines(3);
  INFO(said);
  CHECK(said.find(why) != std::string::npos);
  CHECK(count_lines(said) == 1);
}

TEST_CASE("files that are as they were again are nothing new") {
  watched_files files;
  const std::string before = text_in(files.used.certificate);
  put(files.used.certificate, "rubbish");
  CHECK(count_lines(files.lines(2)) == 1);
  put(files.used.certificate, before);
  CHECK(files.lines(2).empty());
  put(files.used.certificate, "rubbish");
  CHECK(count_lines(files.lines(2)) == 1);
}

TEST_CASE(
    "links that are up stay when certificates are exchanged, and new ones are made with them") {
  test_certificates made;
  std::vector<link_options> options = options_of_cluster({"a", "b"});
  for (link_options& each : options) each.tls = made.of(each.self);
  linked_node a;
  linked_node b;
  a.start(options[0]);
  b.start(options[1]);
  a.is_connected(0);
  b.is_connected(0);

  // These would be refused, so that it shows which ones are used.
  const auto texts = read_texts(made.by_a_stranger("a"));
  REQUIRE(texts);
  result<void> used;
  a.on_loop([&] { used = a.net().use(*texts); });
  REQUIRE(used);
  CHECK(a.send(0, any_kind, text_bytes("still here")));
  b.has_letter("still here");
  CHECK(a.disconnections(0) == 0);

  b.stop();
  a.is_disconnected(0);
  b.start(options[1]);
  b.refused_because("a: its certificate is refused: unable to get local issuer certificate");
  CHECK(a.connections(0) == 1);

  const auto good = read_texts(*options[0].tls);
  REQUIRE(good);
  a.on_loop([&] { used = a.net().use(*good); });
  REQUIRE(used);
  a.is_connected(0, 2);
}

TEST_CASE("texts that make no TLS change nothing") {
  test_certificates made;
  std::vector<link_options> options = options_of_cluster({"a", "b"});
  for (link_options& each : options) each.tls = made.of(each.self);
  linked_node a;
  a.start(options[0]);
  result<void> used;
  a.on_loop([&] { used = a.net().use({.authority = "", .certificate = "x", .key = "y"}); });
  REQUIRE_FALSE(used);
  CHECK(used.error().code == errc::invalid_argument);
  linked_node b;
  b.start(options[1]);
  a.is_connected(0);
}
