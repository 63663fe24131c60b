// SPDX-License-Identifier: Apache-2.0
//
// What the generator writes is compared with what was reviewed. After a wanted change:
//   cmake --build --preset dev --target refresh_golden
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>

namespace {

std::string content(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The embedded schema depends on the version of Cap'n Proto and is tested by what it does.
std::string without_words(const std::string& text) {
  static const std::regex word("( *0x[0-9a-f]{16},)+\n");
  return std::regex_replace(text, word, "");
}

}  // namespace

TEST_CASE("generated code is what was reviewed") {
  const std::string name = GENERATE("trip.reprise.hpp", "trip.reprise.cpp", "rich.reprise.hpp",
                                    "rich.reprise.cpp", "shared.reprise.hpp", "shared.reprise.cpp");
  INFO(name);
  CHECK(without_words(content(std::filesystem::path(REPRISE_GENERATED) / name)) ==
        content(std::filesystem::path(REPRISE_GOLDEN) / name));
}
