// SPDX-License-Identifier: Apache-2.0
//
// Commands through ask(), end to end, on one node: durable ones beside one fdatasync on the same
// disk, and ones in memory beside CAF's own requests. Prints one JSON object per line, see
// benchmarks/report.hpp. docs/performance.md says what the names mean.
#include "bench.reprise.hpp"
#include "benchmarks/caf_floor.hpp"
#include "benchmarks/floor.hpp"
#include "benchmarks/report.hpp"
#include "examples/trip/trip.hpp"

#include <reprise/metrics.hpp>
#include <reprise/node.hpp>

#include <CLI/CLI.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;
using reprise::benchmarks::caf_requests_per_second;
using reprise::benchmarks::fdatasync_p50_us;
using reprise::benchmarks::print;

struct tally : reprise::aggregate<bench::tally_api> {
  decision on(const cmd::add& c) const { return ev::added{.amount = c.amount}; }
  void apply(const ev::added& e) { total += e.amount; }
  void apply(const ev::cleared&) { total = 0; }
};

// Keeps `in_flight` commands under way until its time is over. Each slot drives one command after
// the other: the continuation of an answer asks the next.
class load {
 public:
  explicit load(std::chrono::duration<double> length)
      : ends_(clock_type::now() + std::chrono::duration_cast<clock_type::duration>(length)) {}

  // `step(slot, n)` asks the nth command of a slot and returns its reply.
  template <class Step>
  void run(std::uint32_t in_flight, Step step) {
    open_ = in_flight;
    const auto began = clock_type::now();
    for (std::uint32_t slot = 0; slot < in_flight; ++slot) next(slot, 0, step);
    std::unique_lock hold(mutex_);
    all_done_.wait(hold, [this] { return open_ == 0; });
    seconds_ = std::chrono::duration<double>(clock_type::now() - began).count();
  }

  [[nodiscard]] double rate() const { return static_cast<double>(answered_.value()) / seconds_; }
  [[nodiscard]] double quantile_us(double share) const {
    return static_cast<double>(took_ns_.quantile(share)) / 1000.0;
  }
  [[nodiscard]] std::uint64_t failures() const { return failures_; }

 private:
  template <class Step>
  void next(std::uint32_t slot, std::uint64_t n, Step step) {
    const auto asked = clock_type::now();
    if (asked >= ends_) {
      const std::lock_guard hold(mutex_);
      if (--open_ == 0) all_done_.notify_one();
      return;
    }
    step(slot, n, [this, slot, n, step, asked](bool accepted) {
      const auto took = clock_type::now() - asked;
      took_ns_.record(static_cast<std::uint64_t>(
          std::chrono::duration_cast<std::chrono::nanoseconds>(took).count()));
      answered_.add();
      if (!accepted) ++failures_;
      next(slot, n + 1, step);
    });
  }

  const clock_type::time_point ends_;
  double seconds_ = 0;
  reprise::histogram took_ns_;
  reprise::counter answered_;
  std::atomic<std::uint64_t> failures_{0};
  std::mutex mutex_;
  std::condition_variable all_done_;
  std::uint32_t open_ = 0;
};

// The nth command of a slot: six commands make a trip, then the next trip begins.
template <class Done>
void trip_command(const reprise::node& node, const std::string& run, std::uint32_t slot,
                  std::uint64_t n, Done done) {
  const auto t = node.of<ride::trip>(run + std::to_string(slot) + "-" + std::to_string(n / 6));
  const auto then = [done](const auto& outcome) { done(outcome && !outcome->is_rejection()); };
  using cmd = ride::trip::cmd;
  switch (n % 6) {
    case 0:
      t.ask(cmd::request{.rider = "ann",
                         .pickup = {"Midtown East", "Manhattan"},
                         .dropoff = {"Astoria", "Queens"},
                         .passengers = 2})
          .then(then);
      break;
    case 1:
      t.ask(cmd::assign{.driver = "bob"}).then(then);
      break;
    case 2:
      t.ask(cmd::arrive{}).then(then);
      break;
    case 3:
      t.ask(cmd::start{}).then(then);
      break;
    case 4:
      t.ask(cmd::complete{.fareCents = 900,
                          .tipCents = 110,
                          .tollsCents = 0,
                          .totalCents = 1340,
                          .distanceMiles = 2.16})
          .then(then);
      break;
    default:
      t.ask(cmd::pay{.method = "cash"}).then(then);
  }
}

struct settings {
  std::filesystem::path data = "build/bench-data";
  bool lagged = false;
  double seconds = 4;
  bool quick = false;
  std::string only{};

  [[nodiscard]] bool wants(std::string_view name) const {
    return name.find(only) != std::string_view::npos;
  }
};

constexpr std::string_view hot_name = "command.ask.hot-aggregate.rate";
constexpr std::string_view memory_name = "command.ask.memory-journal.rate";

// All commands for one aggregate.
std::uint64_t measure_hot_aggregate(const reprise::node& node, std::chrono::duration<double> length,
                                    double syncs_per_second) {
  load hot(length);
  hot.run(1024, [&node](std::uint32_t, std::uint64_t, auto done) {
    node.of<tally>("hot").ask(tally::cmd::add{.amount = 1}).then([done](const auto& outcome) {
      done(outcome && !outcome->is_rejection());
    });
  });
  print(hot_name, hot.rate(), "commands/s", syncs_per_second);
  return hot.failures();
}

// Durable commands of the trip example on a node with a store. Returns how many were not accepted.
std::uint64_t measure_durable(const settings& s, std::chrono::duration<double> length) {
  const double floor_us = fdatasync_p50_us(s.data, 500);
  const double syncs_per_second = 1e6 / floor_us;
  print("disk.fdatasync.p50", floor_us, "us");
  reprise::node node{
      {.data = (s.data / "store").string(),
       .durability = s.lagged ? reprise::durability::lagged : reprise::durability::synced}};
  node.host<ride::trip>();
  node.host<tally>();
  std::uint64_t failures = 0;
  for (const std::uint32_t in_flight : {1U, 64U, 1024U, 8192U}) {
    const std::string name = "command.ask.inflight-" + std::to_string(in_flight);
    if (!s.wants(name)) continue;
    load l(length);
    const std::string prefix = "f" + std::to_string(in_flight) + "-";
    l.run(in_flight, [&node, prefix](std::uint32_t slot, std::uint64_t n, auto done) {
      trip_command(node, prefix, slot, n, done);
    });
    print(name + ".rate", l.rate(), "commands/s", syncs_per_second);
    print(name + ".p50", l.quantile_us(0.5), "us", floor_us);
    print(name + ".p99", l.quantile_us(0.99), "us", floor_us);
    failures += l.failures();
  }
  failures += s.wants(hot_name) ? measure_hot_aggregate(node, length, syncs_per_second) : 0;
  node.close();
  print("disk.fdatasync.p50.after", fdatasync_p50_us(s.data, 500), "us", floor_us);
  return failures;
}

// Commands of the smallest aggregate without a disk, beside requests between CAF's own actors. Both
// have 1024 under way, for 64 receivers: the partitions of one, the actors of the other.
std::uint64_t measure_in_memory(std::chrono::duration<double> length) {
  constexpr std::uint32_t in_flight = 1024;
  constexpr std::uint32_t receivers = 64;
  const double floor = caf_requests_per_second(in_flight, receivers, length.count());
  reprise::node node{reprise::node_options{}};
  node.host<tally>();
  load l(length);
  l.run(in_flight, [&node](std::uint32_t slot, std::uint64_t, auto done) {
    node.of<tally>("t" + std::to_string(slot))
        .ask(tally::cmd::add{.amount = 1})
        .then([done](const auto& outcome) { done(outcome && !outcome->is_rejection()); });
  });
  print(memory_name, l.rate(), "commands/s", floor);
  return l.failures();
}

int run(const settings& s) {
  std::filesystem::remove_all(s.data / "store");
  std::filesystem::create_directories(s.data);
  const std::chrono::duration<double> length(s.quick ? 1.0 : s.seconds);
  std::uint64_t failures = measure_durable(s, length);
  if (s.wants(memory_name)) failures += measure_in_memory(length);
  std::filesystem::remove_all(s.data / "store");
  if (failures != 0) std::cerr << failures << " commands were not accepted\n";
  return failures == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  settings s;
  CLI::App app("Durable commands per second and their latency, beside one fdatasync");
  app.add_option("--data", s.data, "folder for the store, which goes again")->capture_default_str();
  app.add_option("--seconds", s.seconds, "length of each measurement")->capture_default_str();
  app.add_option("--only", s.only, "measure only what has this in its name");
  app.add_flag("--lagged", s.lagged, "with lagged durability instead of synced");
  app.add_flag("--quick", s.quick, "one second for each measurement");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(s);
  } catch (const std::exception& e) {
    std::cerr << "command_bench: " << e.what() << "\n";
    return 2;
  }
}
