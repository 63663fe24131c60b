// SPDX-License-Identifier: Apache-2.0
#include "examples/trip/taxi_file.hpp"

#include "examples/trip/decimal.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace taxi {
namespace {

using reprise::errc;
using reprise::error;
using reprise::result;

// In the order of column_names.
enum column : std::size_t {
  pickup,
  dropoff,
  passengers,
  distance,
  fare,
  tip,
  tolls,
  total,
  color,
  payment,
  pickup_zone,
  dropoff_zone,
  pickup_borough,
  dropoff_borough
};

std::optional<unsigned> digits_at(std::string_view text, std::size_t from, std::size_t count) {
  unsigned value = 0;
  for (const char c : text.substr(from, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value;
}

std::optional<std::chrono::sys_seconds> parse_time(std::string_view text) {
  constexpr std::string_view shape = "....-..-.. ..:..:..";
  if (text.size() != shape.size()) return std::nullopt;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] != '.' && shape[i] != text[i]) return std::nullopt;
  }
  const auto year = digits_at(text, 0, 4);
  const auto month = digits_at(text, 5, 2);
  const auto day = digits_at(text, 8, 2);
  const auto hour = digits_at(text, 11, 2);
  const auto minute = digits_at(text, 14, 2);
  const auto second = digits_at(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day)};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second);
}

// Turns the fields of one record into a trip; keeps the first complaint.
class row_parser {
 public:
  using column_places = std::array<std::size_t, column_names.size()>;

  row_parser(const csv_record& record, const column_places& places)
      : record_(record), places_(places) {}

  trip_row parse(std::uint64_t number) {
    trip_row trip{.number = number,
                  .pickup_time = time(pickup),
                  .dropoff_time = time(dropoff),
                  .pickup = {known(pickup_zone), known(pickup_borough)},
                  .dropoff = {known(dropoff_zone), known(dropoff_borough)},
                  .passengers = count(passengers),
                  .distance_miles = miles(distance),
                  .fare_cents = cents(fare),
                  .tip_cents = cents(tip),
                  .tolls_cents = cents(tolls),
                  .total_cents = cents(total),
                  .color = text(color),
                  .payment = text(payment)};
    if (trip.dropoff_time < trip.pickup_time) {
      complain("dropoff " + text(dropoff) + " is before pickup " + text(pickup));
    }
    return trip;
  }

  /// Empty when the row is good.
  [[nodiscard]] const std::string& complaint() const { return complaint_; }

 private:
  [[nodiscard]] const std::string& text(column c) const { return record_.fields[places_[c]]; }
  [[nodiscard]] std::string known(column c) const { return text(c).empty() ? unknown : text(c); }

  std::chrono::sys_seconds time(column c) {
    const auto value = parse_time(text(c));
    if (!value) complain_of(c, "is not a time like 2019-03-23 20:21:09");
    return value.value_or(std::chrono::sys_seconds());
  }
  std::uint16_t count(column c) {
    const auto value = parse_count(text(c));
    if (!value) complain_of(c, "is not a whole number from 0 to 65535");
    return value.value_or(0);
  }
  std::uint32_t cents(column c) {
    const cents_reading reading = parse_cents(text(c));
    if (reading.fault) complain_of(c, reading.fault->what);
    return reading.value;
  }
  double miles(column c) {
    const number_reading reading = parse_number(text(c));
    if (reading.fault) complain_of(c, reading.fault->what);
    return reading.value;
  }

  void complain_of(column c, const char* what) {
    constexpr std::size_t shown_max = 40;
    const std::string& value = text(c);
    const std::string shown =
        value.size() <= shown_max ? value : value.substr(0, shown_max) + "...";
    complain(std::string(column_names[c]) + " '" + shown + "' " + what);
  }
  void complain(std::string what) {
    if (complaint_.empty()) complaint_ = std::move(what);
  }

  const csv_record& record_;
  const column_places& places_;
  std::string complaint_{};
};

void write_text(std::ostream& out, const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) {
    out << text;
    return;
  }
  out << '"';
  for (const char c : text) {
    if (c == '"') out << '"';
    out << c;
  }
  out << '"';
}

std::string two_digits(unsigned value) {
  return (value < 10 ? "0" : "") + std::to_string(value);
}

std::string miles_text(double miles) {
  std::array<char, 64> buffer{};
  const auto [end, fault] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), miles, std::chars_format::fixed);
  return fault == std::errc() ? std::string(buffer.data(), end) : std::string("0");
}

error unreadable() {
  return {errc::io_error, "the file could not be read to its end"};
}

}  // namespace

result<taxi_file> taxi_file::open(std::istream& in) {
  csv_reader csv(in);
  csv_record header;
  if (!csv.next(header)) {
    if (csv.failed()) return unreadable();
    return error{errc::malformed, "the file is empty; a header is needed"};
  }
  if (!header.damage.empty()) return error{errc::malformed, "the header: " + header.damage};

  column_places places{};
  std::string missing;
  for (std::size_t i = 0; i < column_names.size(); ++i) {
    const auto found = std::ranges::find(header.fields, column_names[i]);
    if (found == header.fields.end()) {
      missing += (missing.empty() ? "" : ", ") + std::string(column_names[i]);
      continue;
    }
    if (std::find(found + 1, header.fields.end(), column_names[i]) != header.fields.end()) {
      return error{errc::malformed, "the header names the column " + *found + " twice"};
    }
    places[i] = static_cast<std::size_t>(found - header.fields.begin());
  }
  if (!missing.empty()) return error{errc::malformed, "the header lacks the columns " + missing};
  return taxi_file(csv, places, header.fields.size());
}

result<std::optional<row>> taxi_file::next() {
  if (!csv_.next(record_)) {
    if (csv_.failed()) return unreadable();
    return std::optional<row>();
  }
  const std::uint64_t number = ++rows_;
  if (record_.damage.empty() && record_.fields.size() != width_) {
    record_.damage =
        std::to_string(record_.fields.size()) + " columns instead of " + std::to_string(width_);
  }
  if (!record_.damage.empty()) {
    return std::optional<row>(bad_row{number, record_.line, record_.damage});
  }
  row_parser parser(record_, places_);
  trip_row trip = parser.parse(number);
  if (!parser.complaint().empty()) {
    return std::optional<row>(bad_row{number, record_.line, parser.complaint()});
  }
  return std::optional<row>(std::move(trip));
}

void write_header(std::ostream& out) {
  const char* separator = "";
  for (const char* name : column_names) {
    out << std::exchange(separator, ",") << name;
  }
  out << '\n';
}

void write_row(std::ostream& out, const trip_row& trip) {
  const auto known = [](const std::string& name) { return name == unknown ? "" : name; };
  out << time_text(trip.pickup_time) << ',' << time_text(trip.dropoff_time) << ','
      << trip.passengers << ',' << miles_text(trip.distance_miles) << ','
      << cents_text(trip.fare_cents) << ',' << cents_text(trip.tip_cents) << ','
      << cents_text(trip.tolls_cents) << ',' << cents_text(trip.total_cents);
  for (const std::string& text :
       {trip.color, trip.payment, known(trip.pickup.zone), known(trip.dropoff.zone),
        known(trip.pickup.borough), known(trip.dropoff.borough)}) {
    out << ',';
    write_text(out, text);
  }
  out << '\n';
}

std::string time_text(std::chrono::sys_seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  const std::string year = std::to_string(static_cast<int>(date.year()));
  return std::string(year.size() < 4 ? 4 - year.size() : 0, '0') + year + '-' +
         two_digits(static_cast<unsigned>(date.month())) + '-' +
         two_digits(static_cast<unsigned>(date.day())) + ' ' +
         two_digits(static_cast<unsigned>(clock.hours().count())) + ':' +
         two_digits(static_cast<unsigned>(clock.minutes().count())) + ':' +
         two_digits(static_cast<unsigned>(clock.seconds().count()));
}

}  // namespace taxi
