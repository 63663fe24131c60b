// SPDX-License-Identifier: Apache-2.0
#include "test_certificates.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <filesystem>

namespace reprise::cluster::test {
namespace {

std::chrono::sys_seconds now() {
  return std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::string new_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "reprise-tls-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  return name;
}

certificate_authority new_authority(const std::string& name) {
  auto made = certificate_authority::make(name, valid_now());
  REQUIRE(made);
  return std::move(*made);
}

}  // namespace

validity valid_now() {
  return {.from = now() - std::chrono::hours(1), .until = now() + std::chrono::hours(24)};
}
validity valid_until_yesterday() {
  return {.from = now() - std::chrono::hours(72), .until = now() - std::chrono::hours(24)};
}
validity valid_from_tomorrow() {
  return {.from = now() + std::chrono::hours(24), .until = now() + std::chrono::hours(72)};
}

test_certificates::test_certificates()
    : folder_(new_folder()),
      authority_(new_authority("the authority")),
      stranger_(new_authority("a stranger")) {
  REQUIRE(write_certificate(folder_, "ca", authority_.own()));
}

test_certificates::~test_certificates() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

tls_files test_certificates::write(const std::string& name, const certificate_authority& by,
                                   const validity& valid, certificate_use use) {
  const auto made = by.issue(name, use, valid);
  REQUIRE(made);
  const std::string file = name + "-" + std::to_string(++written_);
  REQUIRE(write_certificate(folder_, file, *made));
  return {.authority = folder_ + "/ca.crt",
          .certificate = folder_ + "/" + file + ".crt",
          .key = folder_ + "/" + file + ".key"};
}

tls_files test_certificates::of(const std::string& name, certificate_use use) {
  return write(name, authority_, valid_now(), use);
}

tls_files test_certificates::of(const std::string& name, const validity& valid,
                                certificate_use use) {
  return write(name, authority_, valid, use);
}

tls_files test_certificates::by_a_stranger(const std::string& name) {
  return write(name, stranger_, valid_now(), certificate_use::node);
}

}  // namespace reprise::cluster::test
