// SPDX-License-Identifier: Apache-2.0
//
// A store that an earlier program wrote with an earlier schema (first_year/rental.capnp), opened by
// a later one: fields have come, one has another name, and the first event has another form.
#include "rental.reprise.hpp"
#include "tests/actors/conformance/node_world.hpp"

#include <reprise/aggregate.hpp>
#include <reprise/decision.hpp>
#include <reprise/exchange.hpp>
#include <reprise/inspect.hpp>
#include <reprise/projection.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace reprise::conformance {
namespace {

using rcmd = hire::rental_cmd;
using rev = hire::rental_ev;

std::int64_t cents_in(const std::string& price) {
  const std::size_t point = price.find('.');
  return std::stoll(price.substr(0, point)) * 100 + std::stoll(price.substr(point + 1));
}

struct rental : aggregate<hire::rental_api> {
  decision on(const rcmd::begin& c) const {
    return rev::started{.customer = c.customer, .cents = cents_in(c.price), .bike = c.bike};
  }
  decision on(const rcmd::finish&) const { return rev::finished{}; }

  static std::vector<event> upcast(const rev::begun& e) {
    return {rev::started{.customer = e.customer, .cents = cents_in(e.price), .bike = "unknown"}};
  }

  void apply(const rev::started& e) {
    customer = e.customer;
    cents = e.cents;
    bike = e.bike;
  }
  void apply(const rev::finished&) { finished = true; }
};

struct turnover : projection<rental> {
  static constexpr projection_options options{.name = "turnover"};
  table<std::string, std::int64_t> cents{*this, "cents"};

  void on(const rev::started& e) {
    cents.change(e.customer + " on " + e.bike, [&](std::int64_t& c) { c += e.cents; });
  }
};

/// The fixture as a store.
class store_of_the_first_year {
 public:
  store_of_the_first_year() {
    const auto made = import_file(REPRISE_RENTALS, directory());
    INFO((made ? "" : to_string(made.error())));
    REQUIRE(made.has_value());
    REQUIRE(made->records == 3);
  }
  [[nodiscard]] std::string directory() const { return folder_.path() + "/store"; }
  [[nodiscard]] node_options options() const {
    return {.data = directory(), .log_bytes_max = 1U << 30U, .rows_bytes_max = 1U << 30U};
  }

  /// `EVENT PAYLOAD` of each event as the tool shows it, which knows the stored schema only.
  [[nodiscard]] std::vector<std::string> shown(const std::string& id) const {
    const auto store = store_reader::open(directory());
    REQUIRE(store.has_value());
    std::vector<std::string> events;
    const auto read =
        store->read({hire::rental_api::type, "", id}, {}, [&](const inspected_record& r) {
          events.push_back(r.event + " " + r.payload);
          return true;
        });
    REQUIRE(read.has_value());
    return events;
  }
  [[nodiscard]] std::string exported() const {
    std::string text;
    const auto done = export_records(directory(), [&](std::string_view line) -> result<void> {
      text.append(line);
      return {};
    });
    REQUIRE(done.has_value());
    return text;
  }

 private:
  temporary_folder folder_;
};

using seen = std::vector<std::string>;

}  // namespace

TEST_CASE("J-159 what an older program stored is seen in its present form by commands and replay") {
  const store_of_the_first_year older;
  node here(older.options());
  here.host<rental>();
  const auto now = here.of<rental>("r-1").ask(rcmd::get{}).get();
  CHECK(now.customer == "ann");
  CHECK(now.cents == 1250);
  CHECK(now.bike == "unknown");
  CHECK(now.finished);
  const auto past = here.of<rental>("r-1").at(1);
  REQUIRE(past.has_value());
  CHECK(past->state.cents == 1250);
  CHECK_FALSE(past->state.finished);
}

TEST_CASE("J-159 a projection is shown old and new events in one form") {
  const store_of_the_first_year older;
  node here(older.options());
  here.host<rental>();
  here.project<turnover>();
  const auto begun =
      here.of<rental>("r-3").ask(rcmd::begin{.customer = "cid", .price = "2.00", .bike = "red"});
  const auto at = begun.result();
  REQUIRE(at.has_value());
  const auto rows = here.view<turnover>({at->at()});
  CHECK(rows->cents.get("ann on unknown") == 1250);
  CHECK(rows->cents.get("bob on unknown") == 300);
  CHECK(rows->cents.get("cid on red") == 200);
}

TEST_CASE("the tool shows events as they are stored, by the newest schema: it knows no upcaster") {
  const store_of_the_first_year older;
  CHECK(older.shown("r-2") == seen{R"(begun {"rider":"bob","price":"3.00"})"});
  {
    node here(older.options());
    here.host<rental>();
    const rcmd::begin begin{.customer = "cid", .price = "2.00", .bike = "red"};
    REQUIRE(here.of<rental>("r-3").ask(begin).result());
  }
  CHECK(older.shown("r-2") == seen{R"(begun {"customer":"bob","price":"3.00"})"});
  CHECK(older.shown("r-3") == seen{R"(started {"customer":"cid","cents":"200","bike":"red"})"});
  const std::string text = older.exported();
  CHECK(text.find(R"("payload":{"customer":"bob","price":"3.00"})") != std::string::npos);
  // Tags stand beside the event as they were attached.
  CHECK(text.find(R"("tags":[["rider","bob"]])") != std::string::npos);
  CHECK(text.find(R"("tags":[["customer","cid"]])") != std::string::npos);
}

}  // namespace reprise::conformance
