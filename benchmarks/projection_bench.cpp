// SPDX-License-Identifier: Apache-2.0
//
// Projections on one node: building rows from a long log, beside a plain scan of it, and how far a
// view is behind the answers of commands while many are asked. Prints one JSON object per line, see
// benchmarks/report.hpp. docs/performance.md says what the names mean.
#include "bench.reprise.hpp"
#include "benchmarks/floor.hpp"
#include "benchmarks/report.hpp"
#include "benchmarks/stopwatch.hpp"
#include "persistence/lmdb_journal.hpp"

#include <reprise/metrics.hpp>
#include <reprise/node.hpp>
#include <reprise/projection.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

using namespace std::chrono_literals;
using reprise::benchmarks::fdatasync_p50_us;
using reprise::benchmarks::print;
using reprise::benchmarks::stopwatch;

constexpr std::uint64_t aggregates = 10'000;
constexpr std::ptrdiff_t in_flight_max = 8192;

struct tally : reprise::aggregate<bench::tally_api> {
  decision on(const cmd::add& c) const { return ev::added{.amount = c.amount}; }
  void apply(const ev::added& e) { total += e.amount; }
  void apply(const ev::cleared&) { total = 0; }
};

/// Decodes each event and does nothing with it.
template <std::uint32_t Lanes>
struct reader : reprise::projection<tally> {
  static constexpr reprise::projection_options options{.name = "reader", .lanes = Lanes};
  std::uint64_t seen = 0;
  void on(const ev::added& e) { seen += e.amount; }
};

/// One row for each aggregate, changed by each of its events.
template <std::uint32_t Lanes>
struct totals : reprise::projection<tally> {
  static constexpr reprise::projection_options options{.name = "totals", .lanes = Lanes};
  reprise::table<std::string, std::uint64_t> by_id{*this, "totals"};
  void on(const ev::added& e, const reprise::envelope& m) {
    by_id.change(m.aggregate.id, [&](std::uint64_t& sum) { sum += e.amount; });
  }
};

/// The same, with some microseconds of work for each event.
template <std::uint32_t Lanes>
struct worker : reprise::projection<tally> {
  static constexpr reprise::projection_options options{.name = "worker", .lanes = Lanes};
  reprise::table<std::string, std::uint64_t> by_id{*this, "totals"};
  void on(const ev::added& e, const reprise::envelope& m) {
    std::uint64_t worked = e.amount;
    for (int i = 0; i < 4'000; ++i) worked = worked * 6364136223846793005U + 1442695040888963407U;
    by_id.change(m.aggregate.id, [&](std::uint64_t& sum) { sum += worked; });
  }
};

/// One row, changed by every event.
template <std::uint32_t Lanes>
struct shared : reprise::projection<tally> {
  static constexpr reprise::projection_options options{.name = "shared", .lanes = Lanes};
  reprise::table<std::uint64_t, std::uint64_t> all{*this, "all"};
  void on(const ev::added& e) {
    all.change(0, [&](std::uint64_t& sum) { sum += e.amount; });
  }
};

struct settings {
  std::filesystem::path data = "build/bench-data";
  std::uint64_t events = 2'000'000;
  double seconds = 5;
  double per_second = 50'000;
  std::uint32_t lanes = 1;

  [[nodiscard]] std::string store() const { return (data / "store").string(); }
};

std::string id_of(std::uint64_t n) {
  return "tally-" + std::to_string(n % aggregates);
}

/// Asks `count` commands, no more than some thousand at once; at `per_second`, unless that is 0.
void ask_many(const reprise::node& node, std::uint64_t count, double per_second) {
  std::counting_semaphore<in_flight_max> free(in_flight_max);
  std::atomic<std::uint64_t> failed{0};
  const auto began = std::chrono::steady_clock::now();
  for (std::uint64_t n = 0; n < count; ++n) {
    if (per_second > 0) {
      const auto due = began + std::chrono::nanoseconds(static_cast<std::int64_t>(
                                   static_cast<double>(n) * 1e9 / per_second));
      while (std::chrono::steady_clock::now() < due) std::this_thread::yield();
    }
    free.acquire();
    node.of<tally>(id_of(n)).ask(tally::cmd::add{.amount = 1}).then([&](const auto& outcome) {
      if (!outcome) ++failed;
      free.release();
    });
  }
  for (std::ptrdiff_t i = 0; i < in_flight_max; ++i) free.acquire();
  if (failed != 0) throw std::runtime_error(std::to_string(failed) + " commands failed");
}

double scan_rate(const settings& s) {
  reprise::metrics measured;
  const reprise::base::system_clock time;
  auto log = reprise::persistence::lmdb_journal::open({.directory = s.store()}, measured, time);
  if (!log) throw std::runtime_error(to_string(log.error()));
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  const stopwatch since;
  for (std::uint32_t i = 0; i < (*log)->partitions(); ++i) {
    const auto page = (*log)->scan({i}, {}, [&](const reprise::persistence::stored_record& r) {
      bytes += r.payload.size();
      return true;
    });
    if (!page) throw std::runtime_error(to_string(page.error()));
    records += page->records;
  }
  const double rate = static_cast<double>(records) / since.seconds();
  if (records < s.events || bytes == 0) throw std::runtime_error("the log lost events");
  (*log)->close();
  return rate;
}

template <class P>
void measure_rebuild(reprise::node& node, const settings& s, double floor) {
  const stopwatch since;
  auto running = node.project<P>();
  if (auto built = node.await_view<P>({}, 10min); !built) {
    throw std::runtime_error(to_string(built.error()));
  }
  const double rate = static_cast<double>(s.events) / since.seconds();
  print("projection.rebuild." + std::string(P::options.name), rate, "events/s", floor);
  running.pause();
}

// From the answer of a command until a view holds its event, for one command after the other while
// the load goes on.
template <class P>
void measure_live(reprise::node& node, const settings& s, double sync_us) {
  const auto events = static_cast<std::uint64_t>(s.per_second * s.seconds);
  std::atomic<bool> done{false};
  reprise::histogram behind_us;
  std::exception_ptr wrong;
  std::thread watching([&] {
    try {
      for (std::uint64_t n = 0; !done; ++n) {
        const auto answer = node.of<tally>(id_of(n)).ask(tally::cmd::add{.amount = 1}).result();
        if (!answer) throw std::runtime_error(to_string(answer.error()));
        const stopwatch since;
        const auto there = node.await_view<P>({answer->at()});
        if (!there) throw std::runtime_error(to_string(there.error()));
        behind_us.record(static_cast<std::uint64_t>(since.seconds() * 1e6));
      }
    } catch (...) {
      wrong = std::current_exception();
    }
  });
  const stopwatch since;
  try {
    ask_many(node, events, s.per_second);
  } catch (...) {
    wrong = std::current_exception();
  }
  const double rate = static_cast<double>(events) / since.seconds();
  done = true;
  watching.join();
  if (wrong) std::rethrow_exception(wrong);
  print("projection.live.commands", rate, "commands/s");
  print("projection.live.p50", static_cast<double>(behind_us.quantile(0.5)), "us", sync_us);
  print("projection.live.p99", static_cast<double>(behind_us.quantile(0.99)), "us", sync_us);
}

template <std::uint32_t Lanes>
void measure_projections(const settings& s, double floor, double sync_us) {
  reprise::node node{{.data = s.store(), .consumers_max = std::max(Lanes, 2U)}};
  node.host<tally>();
  measure_rebuild<reader<Lanes>>(node, s, floor);
  measure_rebuild<totals<Lanes>>(node, s, floor);
  measure_rebuild<worker<Lanes>>(node, s, floor);
  measure_rebuild<shared<Lanes>>(node, s, floor);
  for (const reprise::projection_status& p : node.projections()) {
    if (p.trouble) throw std::runtime_error(p.trouble->message);
  }
  if (auto dropped = node.drop_projection("totals", 1); !dropped) {
    throw std::runtime_error(to_string(dropped.error()));
  }
  node.project<totals<Lanes>>();
  // How long it takes to build them was measured above.
  if (auto built = node.await_view<totals<Lanes>>({}, 10min); !built) {
    throw std::runtime_error(to_string(built.error()));
  }
  measure_live<totals<Lanes>>(node, s, sync_us);
  node.close();
}

void run(const settings& s) {
  std::filesystem::remove_all(s.store());
  std::filesystem::create_directories(s.data);
  const double sync_us = fdatasync_p50_us(s.data, 500);
  print("disk.fdatasync.p50", sync_us, "us");
  {
    reprise::node node{{.data = s.store()}};
    node.host<tally>();
    ask_many(node, s.events, 0);
  }
  const double floor = scan_rate(s);
  print("projection.scan", floor, "records/s");
  switch (s.lanes) {
    case 1:
      measure_projections<1>(s, floor, sync_us);
      break;
    case 2:
      measure_projections<2>(s, floor, sync_us);
      break;
    case 4:
      measure_projections<4>(s, floor, sync_us);
      break;
    default:
      measure_projections<8>(s, floor, sync_us);
  }
  std::filesystem::remove_all(s.store());
}

}  // namespace

int main(int argc, char** argv) {
  settings s;
  bool quick = false;
  CLI::App app("Building rows from a log, and how far views are behind, beside the disk");
  app.add_option("--data", s.data, "folder for the store, which goes again")->capture_default_str();
  app.add_option("--events", s.events, "length of the log to build from")->capture_default_str();
  app.add_option("--seconds", s.seconds, "length of the load")->capture_default_str();
  app.add_option("--per-second", s.per_second, "commands of the load")->capture_default_str();
  app.add_option("--lanes", s.lanes, "lanes of each projection: 1, 2, 4 or 8")
      ->check(CLI::IsMember({1, 2, 4, 8}))
      ->capture_default_str();
  app.add_flag("--quick", quick, "a tenth of the log, and two seconds of the load");
  CLI11_PARSE(app, argc, argv);
  if (quick) {
    s.events /= 10;
    s.seconds = 2;
  }
  try {
    run(s);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "projection_bench: " << e.what() << "\n";
    return 2;
  }
}
