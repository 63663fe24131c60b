// SPDX-License-Identifier: Apache-2.0
#include "examples/trip/rides.hpp"

#include "examples/trip/decimal.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <sstream>

namespace ride {
namespace {

const std::string by_account = "ride-1";
const std::string by_cash = "ride-2";
const std::string without_driver = "ride-3";

// Trips that are paid or cancelled, as the log says it.
class ends {
 public:
  explicit ends(reprise::node& node)
      : watch_(node.subscribe({.events = {reprise::event_choice::of<trip_ev::paid>(),
                                          reprise::event_choice::of<trip_ev::cancelled>()}},
                              [this](const reprise::received& r) {
                                const std::lock_guard hold(mutex_);
                                over_.insert(r.meta.aggregate.id);
                                moved_.notify_all();
                              })) {}

  bool wait(std::size_t n, std::chrono::seconds most) {
    std::unique_lock hold(mutex_);
    return moved_.wait_for(hold, most, [&] { return over_.size() >= n; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable moved_;
  std::set<std::string> over_;
  reprise::subscription watch_;
};

// The same command each time that this program runs, so that it happens once.
template <class A, class Command>
reprise::result<void> once(reprise::node& node, const std::string& id, const Command& command) {
  const std::string name = id + " " + std::string(Command::name);
  const auto done = node.of<A>(id).ask(command, {.id = reprise::derive_command_id(name)}).result();
  if (!done) return done.error();
  return {};
}

reprise::result<void> drive_one(reprise::node& node, const std::string& id) {
  using cmd = trip_cmd;
  if (auto done = once<trip>(node, id, cmd::assign{.driver = "bob"}); !done) return done;
  if (auto done = once<trip>(node, id, cmd::arrive{}); !done) return done;
  if (auto done = once<trip>(node, id, cmd::start{}); !done) return done;
  return once<trip>(node, id, cmd::complete{.fareCents = 1'500, .totalCents = 1'800});
}

}  // namespace

reprise::result<std::vector<ride_report>> drive(reprise::node& node) {
  ends over(node);
  if (auto done = once<rider>(node, "ann", rider_cmd::top_up{.cents = 5'000}); !done) {
    return std::move(done).error();
  }
  const std::vector<std::pair<std::string, std::string>> rides{
      {by_account, "ann"}, {by_cash, "cid"}, {without_driver, "ann"}};
  for (const auto& [id, who] : rides) {
    if (auto asked = once<trip>(node, id, trip_cmd::request{.rider = who}); !asked) {
      return std::move(asked).error();
    }
    if (id == without_driver) continue;
    if (auto done = drive_one(node, id); !done) return std::move(done).error();
  }
  if (!over.wait(rides.size(), std::chrono::seconds(60))) {
    return reprise::error{reprise::errc::timed_out, "a ride does not come to an end"};
  }
  std::vector<ride_report> out;
  for (const auto& [id, who] : rides) {
    auto seen = node.of<trip>(id).ask(trip_cmd::get{}).result();
    if (!seen) return std::move(seen).error();
    out.push_back({.trip = id, .end = std::move(*seen).value()});
  }
  return out;
}

std::string as_table(const std::vector<ride_report>& rides) {
  std::ostringstream out;
  for (const ride_report& r : rides) {
    out << r.trip << "  " << r.end.rider << "  " << to_string(r.end.phase);
    if (r.end.phase == phase::paid) {
      out << ", " << taxi::cents_text(r.end.totalCents) << " USD by " << r.end.payment;
    }
    out << "\n";
  }
  return out.str();
}

std::string as_json(const std::vector<ride_report>& rides) {
  std::string out;
  for (const ride_report& r : rides) {
    nlohmann::ordered_json line;
    line["trip"] = r.trip;
    line["rider"] = r.end.rider;
    line["phase"] = to_string(r.end.phase);
    line["payment"] = r.end.payment;
    out += line.dump();
    out += '\n';
  }
  return out;
}

}  // namespace ride
