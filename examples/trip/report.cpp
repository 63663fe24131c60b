// SPDX-License-Identifier: Apache-2.0
#include "examples/trip/report.hpp"

#include "examples/trip/decimal.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace taxi {
namespace {

using table_row = std::pair<std::string, std::string>;

// 1234567 is `1,234,567`, and so is the whole part of `1234567.89`.
std::string grouped(std::string number) {
  const std::size_t end = std::min(number.find('.'), number.size());
  for (std::size_t i = end; i > 3; i -= 3) number.insert(i - 3, ",");
  return number;
}

std::string grouped(std::uint64_t number) {
  return grouped(std::to_string(number));
}

std::string dollars(std::uint64_t cents) {
  return "$" + grouped(cents_text(cents));
}

std::string rounded(double value) {
  return grouped(static_cast<std::uint64_t>(std::llround(value)));
}

void append_rows(std::string& out, const std::vector<table_row>& rows) {
  std::size_t left = 0;
  std::size_t right = 0;
  for (const auto& [name, value] : rows) {
    left = std::max(left, name.size());
    right = std::max(right, value.size());
  }
  for (const auto& [name, value] : rows) {
    const std::size_t gap = left - name.size() + 2 + right - value.size();
    out.append("  ").append(name).append(gap, ' ').append(value).append("\n");
  }
}

}  // namespace

std::string as_table(const replay_report& report) {
  std::string out = "Replay\n";
  append_rows(out, {{"rows", grouped(report.rows)},
                    {"skipped (malformed)", grouped(report.skipped)},
                    {"trips", grouped(report.trips)},
                    {"completed", grouped(report.completed)},
                    {"paid", grouped(report.paid)},
                    {"commands", grouped(report.commands)},
                    {"events", grouped(report.events)},
                    {"rejected", grouped(report.rejected)},
                    {"milliseconds", rounded(report.seconds * 1000)},
                    {"commands per second", rounded(report.commands_per_second())},
                    {"p50, microseconds", grouped(report.p50_us)},
                    {"p99, microseconds", grouped(report.p99_us)}});
  std::vector<table_row> boroughs;
  for (const auto& [borough, cents] : report.totals.cents()) {
    boroughs.emplace_back(borough, dollars(cents));
  }
  boroughs.emplace_back("all", dollars(report.totals.sum_cents()));
  out += "\nPaid, by borough of the pick-up\n";
  append_rows(out, boroughs);
  return out;
}

std::string as_json(const replay_report& report) {
  // Ordered, so that the object reads as the documentation lists it.
  const nlohmann::ordered_json object{{"rows", report.rows},
                                      {"skipped", report.skipped},
                                      {"trips", report.trips},
                                      {"completed", report.completed},
                                      {"paid", report.paid},
                                      {"commands", report.commands},
                                      {"events", report.events},
                                      {"rejected", report.rejected},
                                      {"seconds", report.seconds},
                                      {"commands_per_second", report.commands_per_second()},
                                      {"p50_us", report.p50_us},
                                      {"p99_us", report.p99_us},
                                      {"total_cents_by_pickup_borough", report.totals.cents()}};
  // A borough's name comes from a file and may hold bytes that are no UTF-8.
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace taxi
