// SPDX-License-Identifier: Apache-2.0
#include "tool.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>

using namespace reprise::test;
namespace fs = std::filesystem;

namespace {

// A folder that is not there yet, and is gone afterwards.
struct new_folder {
  std::string path =
      (fs::temp_directory_path() / ("reprise-certs-" + std::to_string(::getpid()))).string();

  new_folder() { fs::remove_all(path); }
  ~new_folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  new_folder(const new_folder&) = delete;
  new_folder& operator=(const new_folder&) = delete;

  [[nodiscard]] std::string text(const std::string& file) const {
    std::ifstream in(fs::path(path) / file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

mode_t mode_of(const std::string& path) {
  struct stat found {};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  return found.st_mode & 0777U;
}

}  // namespace

TEST_CASE("certs init writes an authority, and a pair for each node and for clients") {
  const new_folder folder;
  const program_end made =
      run({REPRISE_PROGRAM, "certs", "init", folder.path, "--nodes", "a,b", "--json"});
  CHECK(made.err.empty());
  REQUIRE(made.code == 0);
  const auto files = lines_of(made.out).at(0)["files"];
  REQUIRE(files.size() == 8);
  for (const std::string file : files) {
    INFO(file);
    CHECK(fs::exists(file));
    CHECK((mode_of(file) & 0077U) == (file.ends_with(".key") ? 0U : 0044U));
  }
  for (const std::string name : {"ca", "a", "b", "client"}) {
    CHECK(folder.text(name + ".crt").starts_with("-----BEGIN CERTIFICATE-----\n"));
    CHECK(folder.text(name + ".key").starts_with("-----BEGIN PRIVATE KEY-----\n"));
  }
}

TEST_CASE("certs init overwrites nothing") {
  const new_folder folder;
  REQUIRE(run({REPRISE_PROGRAM, "certs", "init", folder.path, "--nodes", "a"}).code == 0);
  const std::string before = folder.text("ca.key");
  const program_end again = run({REPRISE_PROGRAM, "certs", "init", folder.path, "--nodes", "b"});
  CHECK(again.code == 2);
  CHECK(again.err.find("ca.crt is there already") != std::string::npos);
  CHECK(folder.text("ca.key") == before);
  CHECK_FALSE(fs::exists(fs::path(folder.path) / "b.crt"));
}

TEST_CASE("certs init refuses names that are none, and times that are none") {
  const new_folder folder;
  for (const std::string nodes : {"ca", "client", "a,a", "../a", "a b", ".a"}) {
    INFO(nodes);
    CHECK(run({REPRISE_PROGRAM, "certs", "init", folder.path, "--nodes", nodes}).code == 2);
  }
  for (const std::string days : {"0", "-1", "4000", "many"}) {
    INFO(days);
    CHECK(
        run({REPRISE_PROGRAM, "certs", "init", folder.path, "--nodes", "a", "--days", days}).code ==
        2);
  }
  CHECK_FALSE(fs::exists(folder.path));
}
