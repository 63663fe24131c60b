// SPDX-License-Identifier: Apache-2.0
#include "examples/trip/show.hpp"

#include "examples/trip/decimal.hpp"
#include "examples/trip/taxi_file.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <sstream>

namespace ride {

reprise::result<reprise::moment<trip>> look_up(const reprise::node& node, const std::string& id,
                                               std::optional<std::uint64_t> at) {
  const auto t = node.of<trip>(id);
  if (at) return t.at(*at);
  return t.at(reprise::timestamp::max());
}

std::string as_table(const std::string& id, const reprise::moment<trip>& found) {
  const trip& t = found.state;
  std::ostringstream out;
  const auto line = [&](const char* name, const std::string& value) {
    if (!value.empty())
      out << "  " << name << std::string(12 - std::string(name).size(), ' ') << value << "\n";
  };
  out << id << " after event " << found.sequence.value;
  if (found.sequence.value > 0) {
    out << ", " << taxi::time_text(std::chrono::floor<std::chrono::seconds>(found.time)) << " UTC";
  }
  out << "\n";
  line("phase", std::string(to_string(t.phase)));
  line("rider", t.rider);
  line("driver", t.driver);
  if (!t.pickup.zone.empty()) line("pickup", t.pickup.zone + ", " + t.pickup.borough);
  if (!t.dropoff.zone.empty()) line("dropoff", t.dropoff.zone + ", " + t.dropoff.borough);
  if (t.phase >= phase::completed && t.phase != phase::cancelled) {
    line("total", taxi::cents_text(t.totalCents) + " USD");
  }
  line("payment", t.payment);
  return out.str();
}

std::string as_json(const std::string& id, const reprise::moment<trip>& found) {
  nlohmann::ordered_json out;
  out["id"] = id;
  out["sequence"] = found.sequence.value;
  out["time"] = found.sequence.value == 0
                    ? nlohmann::ordered_json()
                    : nlohmann::ordered_json(found.time.time_since_epoch().count());
  out["state"] = nlohmann::ordered_json::parse(reprise::codec<trip_state>::json(found.state));
  return out.dump();
}

}  // namespace ride
