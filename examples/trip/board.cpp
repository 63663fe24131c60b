// SPDX-License-Identifier: Apache-2.0
#include "examples/trip/board.hpp"

#include "examples/trip/decimal.hpp"
#include "examples/trip/taxi_file.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <map>
#include <sstream>
#include <utility>

namespace ride {
namespace {

constexpr std::chrono::milliseconds patience{200};
// `2026-11-25 17` of a time text that goes on with minutes.
constexpr std::size_t hour_letters = 13;

struct paid {
  std::uint64_t trips = 0;
  std::uint64_t cents = 0;
};

std::map<board::place_and_hour, paid> paid_of(const board& b) {
  std::map<board::place_and_hour, paid> out;
  b.paid_trips.each([&](const auto& key, std::uint64_t n) { out[key].trips = n; });
  b.paid_cents.each([&](const auto& key, std::uint64_t cents) { out[key].cents = cents; });
  return out;
}

}  // namespace

// Takes a trip from its phase into the next.
trip_state board::move(const reprise::envelope& m, phase to,
                       const std::function<void(trip_state&)>& change) {
  trip_state t = trips.get(m.aggregate.id).value_or(trip_state{});
  if (t.phase != phase::none) {
    by_phase.change(std::string(to_string(t.phase)), [](std::uint64_t& n) { --n; });
  }
  by_phase.change(std::string(to_string(to)), [](std::uint64_t& n) { ++n; });
  t.phase = to;
  if (change) change(t);
  trips.put(m.aggregate.id, t);
  return t;
}

void board::on(const ev::paid&, const reprise::envelope& m) {
  const trip_state t = move(m, phase::paid);
  const std::string hour =
      taxi::time_text(std::chrono::floor<std::chrono::seconds>(m.time)).substr(0, hour_letters);
  const place_and_hour key{t.pickup.borough, hour};
  paid_trips.change(key, [](std::uint64_t& n) { ++n; });
  paid_cents.change(key, [&](std::uint64_t& cents) { cents += t.totalCents; });
}

reprise::result<void> catch_up(reprise::node& node,
                               const std::function<void(std::uint64_t left)>& progress) {
  auto started = node.try_project<board>();
  if (!started) return std::move(started).error();
  while (true) {
    const reprise::projection_status now = started->status();
    if (now.trouble) return *now.trouble;
    progress(now.lag_events);
    const auto built = node.await_view<board>({}, patience);
    if (built && started->status().lag_events == 0) return {};
    if (!built && built.error().code != reprise::errc::unavailable) return built;
  }
}

std::string as_table(const board& b) {
  std::ostringstream out;
  const auto cell = [&](const std::string& text, std::size_t width) {
    out << text << std::string(text.size() < width ? width - text.size() : 1, ' ');
  };
  out << "trips by phase\n";
  b.by_phase.each([&](const std::string& name, std::uint64_t n) {
    if (n == 0) return;
    out << "  ";
    cell(name, 16);
    out << n << "\n";
  });
  out << "paid by borough and hour (UTC)\n";
  for (const auto& [key, sum] : paid_of(b)) {
    const auto& [borough, hour] = key;
    out << "  ";
    cell(borough, 16);
    cell(hour, 16);
    cell(std::to_string(sum.trips) + " trips", 16);
    out << taxi::cents_text(sum.cents) << " USD\n";
  }
  return out.str();
}

std::string as_json(const board& b) {
  nlohmann::ordered_json out;
  auto& phases = out["trips_by_phase"] = nlohmann::ordered_json::object();
  b.by_phase.each([&](const std::string& name, std::uint64_t n) {
    if (n > 0) phases[name] = n;
  });
  std::map<std::string, std::uint64_t> by_borough;
  auto& rows = out["paid"] = nlohmann::ordered_json::array();
  for (const auto& [key, sum] : paid_of(b)) {
    const auto& [borough, hour] = key;
    by_borough[borough] += sum.cents;
    rows.push_back(
        {{"borough", borough}, {"hour", hour}, {"trips", sum.trips}, {"cents", sum.cents}});
  }
  out["total_cents_by_pickup_borough"] = by_borough;
  return out.dump();
}

}  // namespace ride
