// SPDX-License-Identifier: Apache-2.0
#include "examples/trip/taxi_file.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using reprise::errc;
using taxi::bad_row;
using taxi::trip_row;

const std::string header =
    "pickup,dropoff,passengers,distance,fare,tip,tolls,total,color,payment,"
    "pickup_zone,dropoff_zone,pickup_borough,dropoff_borough\n";
const std::string good =
    "2019-03-23 20:21:09,2019-03-23 20:27:24,1,1.6,7.0,2.15,0.0,12.95,yellow,credit card,"
    "Lenox Hill West,UN/Turtle Bay South,Manhattan,Manhattan\n";

std::vector<taxi::row> rows_of(const std::string& text) {
  std::istringstream in(text);
  auto file = taxi::taxi_file::open(in);
  REQUIRE(file.has_value());
  std::vector<taxi::row> rows;
  while (true) {
    auto next = file->next();
    REQUIRE(next.has_value());
    if (!next->has_value()) return rows;
    rows.push_back(**next);
  }
}

reprise::error refusal_of(const std::string& text) {
  std::istringstream in(text);
  const auto file = taxi::taxi_file::open(in);
  REQUIRE_FALSE(file.has_value());
  return file.error();
}

// The complaint about the good row with one of its fields replaced.
std::string complaint_with(const std::string& from, const std::string& to) {
  std::string line = good;
  line.replace(line.find(from), from.size(), to);
  const auto rows = rows_of(header + line);
  REQUIRE(rows.size() == 1);
  const auto* bad = std::get_if<bad_row>(&rows[0]);
  return bad == nullptr ? "" : bad->why;
}

}  // namespace

TEST_CASE("a row of the file becomes a trip with exact amounts") {
  const auto rows = rows_of(header + good);
  REQUIRE(rows.size() == 1);
  const auto evening = std::chrono::sys_days(std::chrono::year(2019) / 3 / 23) + 20h;
  CHECK(std::get<trip_row>(rows[0]) == trip_row{.number = 1,
                                                .pickup_time = evening + 21min + 9s,
                                                .dropoff_time = evening + 27min + 24s,
                                                .pickup = {"Lenox Hill West", "Manhattan"},
                                                .dropoff = {"UN/Turtle Bay South", "Manhattan"},
                                                .passengers = 1,
                                                .distance_miles = 1.6,
                                                .fare_cents = 700,
                                                .tip_cents = 215,
                                                .tolls_cents = 0,
                                                .total_cents = 1295,
                                                .color = "yellow",
                                                .payment = "credit card"});
}

TEST_CASE("empty zones and boroughs become `unknown`, an empty payment stays empty") {
  const auto rows = rows_of(
      header + "2019-03-23 20:21:09,2019-03-23 20:21:09,1,0.0,2.5,0.0,0.0,3.3,green,,,,,\n");
  const auto& trip = std::get<trip_row>(rows.at(0));
  CHECK(trip.pickup == taxi::place{"unknown", "unknown"});
  CHECK(trip.dropoff == taxi::place{"unknown", "unknown"});
  CHECK(trip.payment.empty());
}

TEST_CASE("columns are found by name, in any order, between others") {
  const auto rows = rows_of(
      "dropoff_borough,pickup_borough,note,dropoff_zone,pickup_zone,payment,color,total,tolls,tip,"
      "fare,distance,passengers,dropoff,pickup\r\n"
      "Queens,Bronx,\"x,y\",Elmhurst,Belmont,cash,green,20.30,5.76,1.00,9.5,2.22,4,"
      "2019-03-01 00:10:00,2019-03-01 00:00:00\r\n");
  const auto& trip = std::get<trip_row>(rows.at(0));
  CHECK(trip.pickup == taxi::place{"Belmont", "Bronx"});
  CHECK(trip.dropoff == taxi::place{"Elmhurst", "Queens"});
  CHECK(trip.total_cents == 2030);
  CHECK(trip.tolls_cents == 576);
  CHECK(trip.tip_cents == 100);
  CHECK(trip.fare_cents == 950);
  CHECK(trip.passengers == 4);
  CHECK(trip.dropoff_time - trip.pickup_time == 10min);
}

TEST_CASE("a header without all columns is refused, naming those that are missing") {
  const auto refused = refusal_of(
      "pickup,dropoff,passengers,distance,fare,tip,tolls,color,"
      "payment,pickup_zone,dropoff_zone,pickup_borough\n");
  CHECK(refused.code == errc::malformed);
  CHECK(refused.message == "the header lacks the columns total, dropoff_borough");
}

TEST_CASE("a header that names a column twice is refused") {
  CHECK(refusal_of("tip," + header).message == "the header names the column tip twice");
}

TEST_CASE("an empty file is refused") {
  CHECK(refusal_of("").code == errc::malformed);
}

TEST_CASE("a file that cannot be read is refused with io_error") {
  std::ifstream folder("/");
  const auto file = taxi::taxi_file::open(folder);
  REQUIRE_FALSE(file.has_value());
  CHECK(file.error().code == errc::io_error);
}

TEST_CASE("a malformed row is named with its line and its number, and the next one is read") {
  const auto rows = rows_of(header + good + "nonsense\n\n" + good);
  REQUIRE(rows.size() == 3);
  CHECK(std::get<bad_row>(rows[1]) == bad_row{2, 3, "1 columns instead of 14"});
  CHECK(std::get<trip_row>(rows[2]).number == 3);
}

TEST_CASE("a malformed row says which column is wrong, and how") {
  CHECK(complaint_with("2019-03-23 20:21:09", "yesterday") ==
        "pickup 'yesterday' is not a time like 2019-03-23 20:21:09");
  CHECK(complaint_with("1,1.6", "one,1.6") ==
        "passengers 'one' is not a whole number from 0 to 65535");
  CHECK(complaint_with("1.6", "far") == "distance 'far' is not a number");
  CHECK(complaint_with("7.0", "-7.0") == "fare '-7.0' is negative");
  CHECK(complaint_with("2.15", "2.155") == "tip '2.155' has a fraction of a cent");
  CHECK(complaint_with("12.95", "") == "total '' is not a number");
  CHECK(complaint_with("12.95", std::string(100, 'x')) ==
        "total '" + std::string(40, 'x') + "...' is not a number");
  CHECK(complaint_with(",Manhattan\n", "\n") == "13 columns instead of 14");
}

TEST_CASE("a drop-off before its pick-up makes a row malformed; an equal time does not") {
  CHECK(complaint_with("2019-03-23 20:27:24", "2019-03-23 20:21:08") ==
        "dropoff 2019-03-23 20:21:08 is before pickup 2019-03-23 20:21:09");
  CHECK(complaint_with("2019-03-23 20:27:24", "2019-03-23 20:21:09").empty());
}

TEST_CASE("only times that exist are accepted") {
  for (const auto* time :
       {"2019-02-29 10:00:00", "2019-13-01 10:00:00", "2019-03-32 10:00:00", "2019-03-01 24:00:00",
        "2019-03-01 10:60:00", "2019-03-01 10:00:60", "2019-03-01T10:00:00", "2019-03-01 10:00",
        "2019-3-01 10:00:000", "2019-03-01 10:00:0x"}) {
    CAPTURE(time);
    CHECK(complaint_with("2019-03-23 20:21:09", time).starts_with("pickup"));
  }
  CHECK(complaint_with("2019-03-23 20:21:09", "2016-02-29 23:59:59").empty());
}

TEST_CASE("a written row is read back equal, also with awkward names") {
  trip_row trip = std::get<trip_row>(rows_of(header + good).at(0));
  trip.pickup = {"O'Hare, \"the\"\nfield", "unknown"};
  trip.payment = "";
  trip.distance_miles = 0.1 + 0.2;
  std::ostringstream out;
  taxi::write_header(out);
  taxi::write_row(out, trip);
  CHECK(std::get<trip_row>(rows_of(out.str()).at(0)) == trip);
}

TEST_CASE("the progress of reading ends at the size of the file") {
  const std::string text = header + good + good;
  std::istringstream in(text);
  auto file = taxi::taxi_file::open(in);
  REQUIRE(file.has_value());
  CHECK(file->bytes_read() == header.size());
  while (file->next()->has_value()) {
  }
  CHECK(file->bytes_read() == text.size());
}
