// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/report.hpp"

#include <nlohmann/json.hpp>

#include <iostream>

namespace reprise::benchmarks {
namespace {

void print_line(std::string_view name, double value, std::string_view unit,
                const nlohmann::json& floor, const nlohmann::json& ratio) {
  const nlohmann::ordered_json line{
      {"name", name}, {"value", value}, {"unit", unit}, {"floor", floor}, {"ratio", ratio}};
  std::cout << line.dump() << std::endl;
}

}  // namespace

void print(std::string_view name, double value, std::string_view unit, double floor) {
  print_line(name, value, unit, floor, value / floor);
}

void print(std::string_view name, double value, std::string_view unit) {
  print_line(name, value, unit, nullptr, nullptr);
}

}  // namespace reprise::benchmarks
