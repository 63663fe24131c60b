// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/trip_memory.hpp"

#include "benchmarks/floor.hpp"
#include "benchmarks/report.hpp"
#include "examples/trip/trip.hpp"

#include <reprise/node.hpp>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace reprise::benchmarks {
namespace {

void request_trips(const node& where, std::uint32_t first, std::uint32_t count) {
  using request = ride::trip::cmd::request;
  std::vector<reply<reply_of<request>>> replies;
  replies.reserve(count);
  for (std::uint32_t i = first; i < first + count; ++i) {
    replies.push_back(where.of<ride::trip>("trip-" + std::to_string(i))
                          .ask(request{.rider = "rider-" + std::to_string(i),
                                       .pickup = {"Midtown East", "Manhattan"},
                                       .dropoff = {"Astoria", "Queens"},
                                       .passengers = 2}));
  }
  for (auto& r : replies) {
    if (const auto outcome = r.result(); !outcome || outcome->is_rejection()) {
      throw std::runtime_error("a trip could not be requested");
    }
  }
}

std::uint64_t passivated(const node& where) {
  const auto all = where.metrics().read();
  const auto found = std::ranges::find(all, "aggregates.passivated", &metrics::reading::name);
  return found == all.end() ? 0 : found->value;
}

}  // namespace

void measure_memory_of_trips(const std::filesystem::path& folder, std::uint32_t trips) {
  constexpr std::uint32_t at_once = 1000;
  const std::filesystem::path data = folder / "trips";
  std::filesystem::remove_all(data);
  {
    node host{{.data = data.string()}};
    host.host<ride::trip>();
    host.passivate_after<ride::trip>(std::chrono::hours(1));
    request_trips(host, trips, at_once);  // What is made once.
    const std::uint64_t before = bytes_allocated();
    for (std::uint32_t first = 0; first < trips; first += at_once) {
      request_trips(host, first, at_once);
    }
    const auto each = [&] {
      return static_cast<double>(bytes_allocated() - before) / static_cast<double>(trips);
    };
    print("journal.memory.active", each(), "bytes/aggregate");
    host.active_max(1);
    while (passivated(host) + 2 * std::uint64_t{at_once} < trips) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    print("journal.memory.passivated", each(), "bytes/aggregate");
  }
  std::filesystem::remove_all(data);
}

}  // namespace reprise::benchmarks
