// SPDX-License-Identifier: Apache-2.0
//
// The totals, as the C++ reader sums them, against a sum made by other means (sum_totals.py).
#include "examples/trip/totals.hpp"

#include "examples/trip/taxi_file.hpp"
#include "examples/trip/taxi_generator.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <unistd.h>

namespace {

using taxi::borough_totals;
using taxi::trip_row;

borough_totals totals_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  auto file = taxi::taxi_file::open(in);
  REQUIRE(file.has_value());
  borough_totals totals;
  while (true) {
    const auto next = file->next();
    REQUIRE(next.has_value());
    if (!next->has_value()) return totals;
    const auto& trip = std::get<trip_row>(**next);
    if (!trip.payment.empty()) totals.add(trip.pickup.borough, trip.total_cents);
  }
}

std::string as_lines(const borough_totals& totals) {
  std::string lines;
  for (const auto& [borough, cents] : totals.cents()) {
    lines += std::to_string(cents) + ' ' + borough + '\n';
  }
  return lines;
}

std::string output_of(const std::string& command) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
  REQUIRE(pipe != nullptr);
  std::string output;
  std::array<char, 4096> chunk{};
  while (const std::size_t n = std::fread(chunk.data(), 1, chunk.size(), pipe.get())) {
    output.append(chunk.data(), n);
  }
  return output;
}

std::string summed_by_python(const std::filesystem::path& path) {
  return output_of(REPRISE_SUM_TOTALS " '" + path.string() + "'");
}

}  // namespace

TEST_CASE("totals add up by borough and over all") {
  borough_totals totals;
  totals.add("Queens", 5);
  totals.add("Bronx", 7);
  totals.add("Queens", 11);
  CHECK(as_lines(totals) == "7 Bronx\n16 Queens\n");
  CHECK(totals.sum_cents() == 23);
}

TEST_CASE("the totals of a generated file agree with a sum made by other means") {
  const auto path = std::filesystem::temp_directory_path() /
                    ("reprise_totals_" + std::to_string(::getpid()) + ".csv");
  {
    std::ofstream out(path);
    taxi::write_header(out);
    taxi::taxi_generator generator(11);
    for (int i = 0; i < 5'000; ++i) taxi::write_row(out, generator.next());
    REQUIRE(out.good());
  }
  CHECK(as_lines(totals_of(path)) == summed_by_python(path));
  CHECK(totals_of(path).cents().contains("unknown"));
  std::filesystem::remove(path);
}

TEST_CASE("the totals of the real file agree with a sum made by other means") {
  const std::filesystem::path path = REPRISE_TAXIS_CSV;
  if (path.empty()) SKIP("no real file of taxi trips; configure with -DREPRISE_TAXIS_CSV=FILE");
  CHECK(as_lines(totals_of(path)) == summed_by_python(path));
}
