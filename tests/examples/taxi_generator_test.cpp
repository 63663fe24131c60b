// SPDX-License-Identifier: Apache-2.0
#include "examples/trip/taxi_generator.hpp"

#include "examples/trip/taxi_file.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <sstream>
#include <vector>

namespace {

using taxi::trip_row;

std::vector<trip_row> made(std::uint64_t seed, std::size_t count) {
  taxi::taxi_generator generator(seed);
  std::vector<trip_row> trips(count);
  std::ranges::generate(trips, [&] { return generator.next(); });
  return trips;
}

}  // namespace

TEST_CASE("equal seeds make equal trips, and other seeds make others") {
  CHECK(made(7, 200) == made(7, 200));
  CHECK(made(7, 200) != made(8, 200));
}

TEST_CASE("what a seed makes is the same on every machine") {
  std::ostringstream out;
  taxi::taxi_generator generator(1);
  taxi::write_row(out, generator.next());
  CHECK(out.str() ==
        "2019-03-13 14:40:09,2019-03-13 14:46:06,1,1.47,6.50,0.00,0.00,10.30,yellow,cash,East "
        "Village,Mott Haven/Port Morris,Manhattan,Bronx\n");
}

TEST_CASE("every generated trip is read back as it was made") {
  std::stringstream text;
  taxi::write_header(text);
  const auto trips = made(3, 2'000);
  for (const trip_row& trip : trips) taxi::write_row(text, trip);
  auto file = taxi::taxi_file::open(text);
  REQUIRE(file.has_value());
  for (const trip_row& trip : trips) {
    const auto read = file->next();
    REQUIRE(read.has_value());
    REQUIRE(read->has_value());
    REQUIRE(std::get<trip_row>(**read) == trip);
  }
}

TEST_CASE("as many trips lack a payment or a zone as in the real file") {
  const auto trips = made(5, 100'000);
  const auto share_of = [&](auto holds) {
    return static_cast<double>(std::ranges::count_if(trips, holds)) /
           static_cast<double>(trips.size());
  };
  const double unpaid = share_of([](const trip_row& t) { return t.payment.empty(); });
  const double no_pickup = share_of([](const trip_row& t) { return t.pickup.zone == "unknown"; });
  const double no_dropoff = share_of([](const trip_row& t) { return t.dropoff.zone == "unknown"; });
  const double manhattan =
      share_of([](const trip_row& t) { return t.pickup.borough == "Manhattan"; });
  CHECK((unpaid > 0.0045 && unpaid < 0.0067));          // 18 of 3217
  CHECK((no_pickup > 0.0030 && no_pickup < 0.0050));    // 13 of 3217
  CHECK((no_dropoff > 0.0062 && no_dropoff < 0.0088));  // 24 of 3217
  CHECK((manhattan > 0.80 && manhattan < 0.83));        // 2626 of 3217
}

TEST_CASE("only cards leave tips, and the total is never less than its parts") {
  for (const trip_row& trip : made(9, 20'000)) {
    REQUIRE((trip.tip_cents == 0 || trip.payment == "credit card"));
    REQUIRE(trip.total_cents >= trip.fare_cents + trip.tip_cents + trip.tolls_cents);
  }
}
