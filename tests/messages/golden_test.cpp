// SPDX-License-Identifier: Apache-2.0
//
// What the generator writes is compared with what was reviewed. After a wanted change:
//   cmake --build --preset dev --target refresh_golden
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace {

std::string content(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The embedded schema depends on the version of Cap'n Proto and is tested by what it does.
bool is_schema_words(const std::string& line) {
  const std::size_t first = line.find_first_not_of(' ');
  return first != std::string::npos && line.compare(first, 2, "0x") == 0 && line.back() == ',';
}

std::string without_schema(const std::string& text) {
  std::istringstream lines(text);
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    if (!is_schema_words(line)) out.append(line).append("\n");
  }
  return out;
}

}  // namespace

TEST_CASE("generated code is what was reviewed") {
  const std::string name = GENERATE("trip.reprise.hpp", "trip.reprise.cpp", "rich.reprise.hpp",
                                    "rich.reprise.cpp", "shared.reprise.hpp", "shared.reprise.cpp",
                                    "clinic.reprise.hpp", "clinic.reprise.cpp");
  INFO(name);
  CHECK(without_schema(content(std::filesystem::path(REPRISE_GENERATED) / name)) ==
        content(std::filesystem::path(REPRISE_GOLDEN) / name));
}
