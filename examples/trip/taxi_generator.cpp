// SPDX-License-Identifier: Apache-2.0
#include "examples/trip/taxi_generator.hpp"

#include <array>
#include <numeric>
#include <string_view>

namespace taxi {
namespace {

// All figures were measured on 3,217 real trips of March 2019; weights are counts among them.
constexpr std::array<std::uint16_t, 21> distance_quantiles{// Every 5 %, in hundredths of a mile.
                                                           0,   48,  60,  75,  87,  98,   110,
                                                           120, 135, 150, 164, 180, 205,  238,
                                                           273, 320, 390, 490, 740, 1113, 3670};
constexpr std::array<std::uint16_t, 10> seconds_per_mile_quantiles{190, 210, 240, 280, 320,
                                                                   360, 400, 445, 505, 615};
constexpr std::array<std::uint16_t, 6> passenger_weights{2331, 451, 130, 53, 132, 71};
constexpr std::array<std::string_view, 3> payments{"credit card", "cash", ""};
constexpr std::array<std::uint16_t, 3> payment_weights{2282, 917, 18};

constexpr std::uint64_t yellow_per_ten_thousand = 8474;
constexpr std::uint64_t pickup_unknown_per_ten_thousand = 40;
constexpr std::uint64_t dropoff_unknown_per_ten_thousand = 75;
constexpr std::uint64_t same_borough_per_ten_thousand = 8650;
constexpr std::uint64_t card_tips_per_ten_thousand = 8931;
constexpr std::uint64_t toll_per_ten_thousand = 570;

struct borough {
  std::string_view name;
  std::array<std::string_view, 6> zones;
};
constexpr std::array<borough, 5> boroughs{{
    {"Manhattan",
     {"Midtown Center", "Upper East Side South", "Clinton East", "Murray Hill", "Union Sq",
      "East Village"}},
    {"Queens",
     {"LaGuardia Airport", "JFK Airport", "Astoria", "Elmhurst", "Jackson Heights", "Sunnyside"}},
    {"Brooklyn",
     {"Brooklyn Heights", "Fort Greene", "Park Slope", "Crown Heights North", "Boerum Hill",
      "Greenpoint"}},
    {"Bronx",
     {"East Concourse/Concourse Village", "East Tremont", "Mott Haven/Port Morris",
      "Soundview/Castle Hill", "Belmont", "Parkchester"}},
    {"Staten Island",
     {"West Brighton", "Stapleton", "Arden Heights", "Great Kills", "Rosebank", "Westerleigh"}},
}};
constexpr std::array<std::uint16_t, 5> pickup_weights{2626, 314, 210, 54, 0};
constexpr std::array<std::uint16_t, 5> dropoff_weights{2580, 271, 260, 80, 2};

constexpr std::chrono::sys_seconds month_begins =
    std::chrono::sys_days(std::chrono::year(2019) / std::chrono::March / 1);
constexpr std::uint64_t month_seconds = std::uint64_t{31} * 24 * 60 * 60;

}  // namespace

trip_row taxi_generator::next() {
  trip_row trip{.number = ++made_};
  const std::uint64_t miles_hundredths = hundredths_of_a_mile();
  // One draw for each statement: the order of draws within an expression is not fixed.
  std::uint64_t pace = seconds_per_mile_quantiles[below(seconds_per_mile_quantiles.size())];
  pace += below(40);
  const std::uint64_t seconds = 45 + below(60) + miles_hundredths * pace / 100;
  trip.pickup_time = month_begins + std::chrono::seconds(below(month_seconds));
  trip.dropoff_time = trip.pickup_time + std::chrono::seconds(seconds);
  trip.distance_miles = static_cast<double>(miles_hundredths) / 100;
  trip.passengers = static_cast<std::uint16_t>(1 + pick(passenger_weights));
  trip.color = chance_of(yellow_per_ten_thousand) ? "yellow" : "green";

  const std::size_t from = pick(pickup_weights);
  const std::size_t to = chance_of(same_borough_per_ten_thousand) ? from : pick(dropoff_weights);
  if (!chance_of(pickup_unknown_per_ten_thousand)) trip.pickup = somewhere(from);
  if (!chance_of(dropoff_unknown_per_ten_thousand)) trip.dropoff = somewhere(to);
  pay(trip, miles_hundredths, seconds);
  return trip;
}

std::uint64_t taxi_generator::below(std::uint64_t bound) {
  return random_() % bound;
}

bool taxi_generator::chance_of(std::uint64_t per_ten_thousand) {
  return below(10'000) < per_ten_thousand;
}

std::size_t taxi_generator::pick(std::span<const std::uint16_t> weights) {
  std::uint64_t left = below(std::accumulate(weights.begin(), weights.end(), std::uint64_t{0}));
  std::size_t i = 0;
  while (left >= weights[i]) left -= weights[i++];
  return i;
}

std::uint64_t taxi_generator::hundredths_of_a_mile() {
  const std::uint64_t step = below(distance_quantiles.size() - 1);
  const std::uint64_t from = distance_quantiles[step];
  const std::uint64_t to = distance_quantiles[step + 1];
  return from + below(to - from);
}

place taxi_generator::somewhere(std::size_t in) {
  const borough& chosen = boroughs[in];
  return {.zone = std::string(chosen.zones[below(chosen.zones.size())]),
          .borough = std::string(chosen.name)};
}

// The city's meter: 2.50 to begin with, then 0.50 for each fifth of a mile or each slow minute.
void taxi_generator::pay(trip_row& trip, std::uint64_t miles_hundredths, std::uint64_t seconds) {
  const std::uint64_t clicks = miles_hundredths / 20 + seconds / 240;
  std::uint64_t surcharges = 80 + 250 * below(2);
  surcharges += 50 * below(3);
  trip.payment = payments[pick(payment_weights)];
  trip.fare_cents = static_cast<std::uint32_t>(250 + 50 * clicks);
  trip.tolls_cents = chance_of(toll_per_ten_thousand) ? 576 : 0;
  const std::uint64_t before_tip = trip.fare_cents + trip.tolls_cents + surcharges;
  const bool tips = trip.payment == "credit card" && chance_of(card_tips_per_ten_thousand);
  trip.tip_cents = tips ? static_cast<std::uint32_t>(before_tip * (15 + 5 * below(3)) / 100) : 0;
  trip.total_cents = static_cast<std::uint32_t>(before_tip + trip.tip_cents);
}

}  // namespace taxi
