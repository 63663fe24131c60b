// SPDX-License-Identifier: Apache-2.0
//
// Sagas on one node: how many steps a second they take, each a command to another aggregate and its
// answer; how long one saga of four steps takes by itself; how late deadlines fall due, all at
// once, and a few while many wait. Prints one JSON object per line, see benchmarks/report.hpp.
// docs/performance.md says what the names mean.
#include "benchmarks/floor.hpp"
#include "benchmarks/report.hpp"
#include "benchmarks/stopwatch.hpp"
#include "saga_bench.reprise.hpp"

#include <reprise/metrics.hpp>
#include <reprise/node.hpp>
#include <reprise/saga.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

using namespace std::chrono_literals;
using reprise::benchmarks::fdatasync_p50_us;
using reprise::benchmarks::print;
using reprise::benchmarks::stopwatch;

constexpr std::uint64_t helpmates = 10'000;
constexpr std::uint32_t steps_each = 4;
constexpr std::uint32_t an_hour_ms = 3'600'000;

struct errand : reprise::aggregate<bench::errand_api> {
  decision on(const cmd::begin& c) const {
    return ev::begun{.steps = c.steps, .afterMillis = c.afterMillis};
  }
  decision on(const cmd::end&) const { return ev::ended{}; }
  void apply(const ev::begun&) {}
  void apply(const ev::ended&) { over = true; }
};

struct helpmate : reprise::aggregate<bench::helpmate_api> {
  decision on(const cmd::help&) const { return ev::helped{}; }
  void apply(const ev::helped&) { ++times; }
  void apply(const ev::rested&) { times = 0; }
};

// How late deadlines were; the saga's own data cannot hold it.
std::optional<reprise::histogram> late_us(std::in_place);

struct errand_run : reprise::saga<bench::run_state, errand> {
  static constexpr reprise::saga_options options{.name = "errand-run"};
  using started_by = reprise::events<bench::errand_ev::begun>;

  effects on(const bench::errand_ev::begun& e) {
    left = e.steps;
    if (e.afterMillis == 0) return next();
    const std::chrono::milliseconds after(e.afterMillis);
    dueMicros = (now() + after).time_since_epoch().count();
    return {reprise::deadline("end", after)};
  }
  effects answered(std::string_view step, const reprise::step_result&) {
    if (step == "end") return {};
    return next();
  }
  effects due(std::string_view) {
    late_us->record(static_cast<std::uint64_t>(
        std::max<std::int64_t>(now().time_since_epoch().count() - dueMicros, 0)));
    return end();
  }

 private:
  effects next() {
    if (left == 0) return end();
    --left;
    const std::uint64_t whom = (std::hash<std::string>()(key()) + left) % helpmates;
    return {reprise::send(reprise::of<helpmate>("helpmate-" + std::to_string(whom)),
                          bench::helpmate_cmd::help{})};
  }
  effects end() {
    return {reprise::send(reprise::of<errand>(key()), bench::errand_cmd::end{}), reprise::finish()};
  }
};

struct settings {
  std::filesystem::path data = "build/bench-data";
  std::uint64_t sagas = 50'000;
  std::uint64_t alone = 200;
  std::uint64_t deadlines = 100'000;
  std::uint64_t pending = 1'000'000;
  std::uint64_t beside_pending = 1'000;

  [[nodiscard]] std::string store() const { return (data / "store").string(); }
};

/// A node with everything hosted, and a count of the errands that have ended.
class scene {
 public:
  explicit scene(const std::string& data) : node_({.data = data}) {
    node_.host<errand>();
    node_.host<helpmate>();
    node_.host<errand_run>();
    watch_.emplace(
        node_.subscribe({.from = reprise::start_point::end(),
                         .events = {reprise::event_choice::of<bench::errand_ev::ended>()}},
                        [this](const reprise::received&) {
                          const std::lock_guard hold(mutex_);
                          ++ended_;
                          moved_.notify_all();
                        }));
  }

  void begin(std::uint64_t count, std::uint32_t steps, std::uint32_t after_ms) {
    for (std::uint64_t n = 0; n < count; ++n) {
      auto asked = node_.of<errand>("errand-" + std::to_string(begun_++))
                       .ask(bench::errand_cmd::begin{.steps = steps, .afterMillis = after_ms},
                            {.timeout = 60s});
      if (n + 1 == count || n % 4096 == 4095) asked.get();
    }
  }
  void await_all() { await(begun_); }
  // Until so many have ended.
  void await(std::uint64_t count) {
    std::unique_lock hold(mutex_);
    if (!moved_.wait_for(hold, 10min, [&] { return ended_ >= count; })) {
      throw std::runtime_error("some errands did not end");
    }
  }

 private:
  reprise::node node_;
  std::mutex mutex_;
  std::condition_variable moved_;
  std::uint64_t begun_ = 0;
  std::uint64_t ended_ = 0;
  std::optional<reprise::subscription> watch_;
};

void measure_steps(const settings& s, const std::string& data, const std::string& name) {
  scene here(data);
  const stopwatch since;
  here.begin(s.sagas, steps_each, 0);
  here.await_all();
  const double steps = static_cast<double>(s.sagas) * (steps_each + 1);
  print("saga.steps." + name, steps / since.seconds(), "steps/s");
}

void measure_alone(const settings& s, double sync_us) {
  scene here(s.store());
  reprise::histogram took_us;
  for (std::uint64_t n = 0; n < s.alone; ++n) {
    const stopwatch since;
    here.begin(1, steps_each, 0);
    here.await_all();
    took_us.record(static_cast<std::uint64_t>(since.seconds() * 1e6));
  }
  print("saga.alone.p50", static_cast<double>(took_us.quantile(0.5)), "us", sync_us);
  print("saga.alone.p99", static_cast<double>(took_us.quantile(0.99)), "us", sync_us);
}

void measure_deadlines(const settings& s) {
  scene here(s.store());
  const stopwatch since;
  here.begin(s.deadlines, 0, 5'000);
  print("saga.deadlines.set", static_cast<double>(s.deadlines) / since.seconds(), "deadlines/s");
  here.await_all();
  print("saga.deadlines.late.p50", static_cast<double>(late_us->quantile(0.5)), "us");
  print("saga.deadlines.late.p99", static_cast<double>(late_us->quantile(0.99)), "us");
}

// How late a few are while many others wait for their time.
void measure_pending(const settings& s) {
  scene here(s.store());
  const stopwatch since;
  here.begin(s.pending, 0, an_hour_ms);
  print("saga.pending.set", static_cast<double>(s.pending) / since.seconds(), "deadlines/s");
  late_us.emplace();
  here.begin(s.beside_pending, 0, 2'000);
  here.await(s.beside_pending);
  print("saga.pending.late.p50", static_cast<double>(late_us->quantile(0.5)), "us");
  print("saga.pending.late.p99", static_cast<double>(late_us->quantile(0.99)), "us");
}

void run(const settings& s) {
  std::filesystem::create_directories(s.data);
  const double sync_us = fdatasync_p50_us(s.data, 500);
  print("disk.fdatasync.p50", sync_us, "us");
  measure_steps(s, "", "memory");
  const auto fresh = [&] { std::filesystem::remove_all(s.store()); };
  fresh();
  measure_steps(s, s.store(), "disk");
  fresh();
  measure_alone(s, sync_us);
  fresh();
  measure_deadlines(s);
  fresh();
  measure_pending(s);
  fresh();
}

}  // namespace

int main(int argc, char** argv) {
  settings s;
  bool quick = false;
  CLI::App line("Measures sagas; one JSON object per line.");
  line.add_option("--data", s.data, "Folder to write in; on the disk to be measured")
      ->capture_default_str();
  line.add_option("--sagas", s.sagas, "How many sagas take their steps")->capture_default_str();
  line.add_option("--deadlines", s.deadlines, "How many deadlines fall due")->capture_default_str();
  line.add_option("--pending", s.pending, "How many deadlines wait while a few fall due")
      ->capture_default_str();
  line.add_flag("--quick", quick, "A tenth of it, within half a minute");
  line.footer("Examples:\n  saga_bench --quick\n  saga_bench --data /var/tmp/bench");
  CLI11_PARSE(line, argc, argv);
  if (quick) {
    s.sagas /= 10;
    s.alone /= 4;
    s.deadlines /= 10;
    s.pending /= 10;
  }
  try {
    run(s);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "saga_bench: " << e.what() << "\n";
    return 1;
  }
}
