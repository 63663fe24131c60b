// SPDX-License-Identifier: Apache-2.0
//
// The journal on disk, without actors: appends, acknowledgements, what they cost on the device,
// reading back, restart, memory. Prints one JSON object per line, see benchmarks/report.hpp; the
// floors are taken in the same run, alternating with what is measured. docs/performance.md says
// what the names mean.
#include "base/clock.hpp"
#include "benchmarks/append_load.hpp"
#include "benchmarks/floor.hpp"
#include "benchmarks/report.hpp"
#include "benchmarks/stopwatch.hpp"
#include "benchmarks/trip_memory.hpp"
#include "persistence/lmdb_journal.hpp"

#include <reprise/metrics.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <malloc.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace reprise::benchmarks {
namespace {

constexpr std::size_t small_record_bytes = 104;
constexpr std::size_t large_record_bytes = 1000;
constexpr std::uint32_t commit_records_max = 4096;
constexpr aggregate_type_id measured_type{1};

struct settings {
  std::filesystem::path data = "build/bench-data";
  bool quick = false;
  std::string only{};

  [[nodiscard]] int rounds() const { return quick ? 1 : 3; }
  [[nodiscard]] double floor_seconds() const { return quick ? 0.1 : 0.4; }
  [[nodiscard]] double append_seconds() const { return quick ? 0.25 : 1.0; }
  [[nodiscard]] double open_seconds() const { return quick ? 1.5 : 6.0; }
  [[nodiscard]] std::uint32_t many() const { return quick ? 100'000 : 1'000'000; }
  [[nodiscard]] std::uint64_t long_log() const { return quick ? 1'000'000 : 10'000'000; }
  [[nodiscard]] bool wants(std::string_view name) const {
    return only.empty() || name.find(only) != std::string_view::npos;
  }
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// A store in a folder that goes when this does.
class bench_store {
 public:
  bench_store(const std::filesystem::path& parent, durability acknowledged)
      : options_{.directory = parent / "store", .acknowledged = acknowledged} {
    std::filesystem::remove_all(options_.directory);
    open();
  }
  ~bench_store() {
    journal_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(options_.directory, ignored);
  }
  bench_store(const bench_store&) = delete;
  bench_store& operator=(const bench_store&) = delete;

  void open() {
    measured_ = std::make_unique<metrics>();
    auto opened = persistence::lmdb_journal::open(options_, *measured_, time_);
    if (!opened) throw std::runtime_error(to_string(opened.error()));
    journal_ = std::move(*opened);
  }
  void close() { journal_.reset(); }

  [[nodiscard]] persistence::journal& log() const { return *journal_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return options_.directory; }
  /// On disk, of the log and what leads to it.
  [[nodiscard]] double bytes() const {
    struct stat found {};
    if (::stat((options_.directory / "journal" / "data.mdb").c_str(), &found) != 0) return 0;
    return static_cast<double>(found.st_size);
  }

 private:
  persistence::store_options options_;
  base::system_clock time_;
  std::unique_ptr<metrics> measured_;
  std::unique_ptr<persistence::lmdb_journal> journal_;
};

// Rates of appends beside those of a plain file, in alternation.
void measure_appends(const settings& s) {
  struct size {
    const char* name;
    std::size_t bytes;
  };
  struct crowd {
    const char* name;
    std::uint32_t aggregates;
  };
  for (const durability acknowledged : {durability::synced, durability::lagged}) {
    const bool lagged = acknowledged == durability::lagged;
    for (const crowd& c : {crowd{"1k", 1000}, crowd{"1M", s.many()}}) {
      for (const size& bytes : {size{"104B", small_record_bytes}, {"1000B", large_record_bytes}}) {
        const std::string tail =
            std::string(".") + bytes.name + "." + c.name + (lagged ? ".lagged" : ".default");
        bench_store store(s.data, acknowledged);
        append_load load(store.log(), measured_type, c.aggregates, bytes.bytes);
        bool filled = false;
        for (const std::uint32_t batch : {1U, 16U, 256U, 4096U}) {
          const std::string name = "journal.append.batch-" + std::to_string(batch) + tail;
          if (!s.wants(name)) continue;
          // So that every aggregate has a head, and finding it costs what it costs.
          if (!filled) load.write(c.aggregates * std::uint64_t{2}, commit_records_max);
          filled = true;
          std::vector<double> floors;
          std::vector<double> rates;
          for (int i = 0; i < s.rounds(); ++i) {
            floors.push_back(
                batch * durable_appends_per_second(s.data, batch * bytes.bytes, s.floor_seconds()));
            // One group in the commit, one behind it; and one whose acknowledgement lags.
            rates.push_back(load.keep(batch, lagged ? 3 : 2, s.append_seconds()));
          }
          print(name, median(rates), "events/s", median(floors));
        }
      }
    }
  }
}

void measure_acknowledgements(const settings& s) {
  if (!s.wants("journal.ack.open")) return;
  bench_store store(s.data, durability::synced);
  append_load load(store.log(), measured_type, s.many(), small_record_bytes);
  load.write(s.many() * std::uint64_t{2}, commit_records_max);
  for (const int thousands : {10, 100, 300}) {
    const double floor_us = fdatasync_p50_us(s.data, 500);
    const latencies took = load.offer(thousands * 1000.0, s.open_seconds());
    const std::string name = "journal.ack.open-" + std::to_string(thousands) + "k";
    print(name + ".p50", took.p50_us, "us", floor_us);
    print(name + ".p99", took.p99_us, "us", floor_us);
    print(name + ".p99.9", took.p999_us, "us", floor_us);
    print(name + ".rate", took.rate, "events/s", thousands * 1000.0);
  }
}

// What the device is told to write for each byte of records; checkpoints fall into it.
void measure_write_amplification(const settings& s) {
  if (!s.wants("journal.write-amplification.batch-256")) return;
  bench_store store(s.data, durability::synced);
  append_load load(store.log(), measured_type, s.many(), small_record_bytes);
  load.write(s.many() * std::uint64_t{2}, commit_records_max);
  constexpr std::uint32_t batch = 256;
  const std::uint64_t events = s.long_log() / 4;
  const auto before = device_bytes_written(s.data);
  load.write(events, batch);
  const auto after = device_bytes_written(s.data);
  if (!before || !after) {
    std::cerr << "journal_bench: the device below " << s.data << " does not count its sectors\n";
    return;
  }
  const double records = static_cast<double>(events) * small_record_bytes;
  print("journal.write-amplification.batch-256", *after - *before, "bytes", records);
}

void measure_replay(const bench_store& store, const aggregate_key& aggregate) {
  const stopwatch since;
  const auto page =
      store.log().read(aggregate, {}, [](const persistence::stored_record&) { return true; });
  const double took = since.seconds();
  if (!page) throw std::runtime_error(to_string(page.error()));
  print("journal.replay.100k.warm", static_cast<double>(page->records) / took, "events/s");
}

void measure_scan(const bench_store& store) {
  const double memory = memory_read_bytes_per_second();
  double bytes = 0;
  std::uint64_t records = 0;
  const stopwatch since;
  for (std::uint32_t i = 0; i < store.log().partitions(); ++i) {
    const auto page = store.log().scan({i}, {}, [&](const persistence::stored_record& r) {
      bytes += static_cast<double>(r.payload.size());
      return true;
    });
    if (!page) throw std::runtime_error(to_string(page.error()));
    records += page->records;
  }
  const double rate = static_cast<double>(records) / since.seconds();
  if (bytes == 0) throw std::runtime_error("the log is empty");
  print("journal.scan.warm", rate, "records/s", memory / small_record_bytes);
}

// A long log: its size, reading it back, opening it, and what it takes in memory.
void measure_long_log(const settings& s) {
  const std::array<std::string_view, 5> names{"journal.bytes-per-event", "journal.scan.warm",
                                              "journal.replay.100k.warm", "journal.restart",
                                              "journal.memory.idle"};
  if (std::ranges::none_of(names, [&](std::string_view n) { return s.wants(n); })) return;
  constexpr std::uint64_t heavy_events = 100'000;
  const std::uint64_t events = s.long_log();
  bench_store store(s.data, durability::synced);
  aggregate_key heavy;
  {
    append_load load(store.log(), measured_type, s.many(), small_record_bytes);
    load.favour_one(static_cast<std::uint32_t>(events / heavy_events / 2), heavy_events);
    print("journal.append.long-log", load.write(events, commit_records_max), "events/s");
    heavy = load.heavy();
  }
  measure_scan(store);
  measure_replay(store, heavy);
  store.close();
  print("journal.bytes-per-event", store.bytes() / static_cast<double>(events), "bytes");

  const std::string millions = std::to_string(events / 1'000'000) + "M";
  std::vector<double> took_ms;
  for (int i = 0; i < 3; ++i) {
    malloc_trim(0);
    const std::uint64_t before = bytes_allocated();
    const stopwatch since;
    store.open();
    const auto head = store.log().head(heavy);
    if (!head || head->last.value != heavy_events) throw std::runtime_error("the log lost events");
    const std::uint64_t after = bytes_allocated();
    append_load first(store.log(), {measured_type.value + 1 + static_cast<std::uint64_t>(i)}, 1,
                      small_record_bytes);
    first.write(1, 1);
    took_ms.push_back(since.seconds() * 1000);
    if (i == 0) {
      print("journal.memory.idle",
            static_cast<double>(after - before) / static_cast<double>(s.many()), "bytes/aggregate");
    }
    store.close();
  }
  print("journal.restart." + millions, median(took_ms), "ms");
}

void run(const settings& s) {
  std::filesystem::create_directories(s.data);
  print("disk.fdatasync.p50", fdatasync_p50_us(s.data, 500), "us");
  measure_appends(s);
  measure_acknowledgements(s);
  measure_write_amplification(s);
  measure_long_log(s);
  if (s.wants("journal.memory.active")) measure_memory_of_trips(s.data, s.many() / 5);
}

}  // namespace
}  // namespace reprise::benchmarks

int main(int argc, char** argv) {
  reprise::benchmarks::settings s;
  CLI::App app(
      "The journal on disk beside plain appends to a file. Prints one JSON object per line.");
  app.add_option("--data", s.data, "folder for the stores, which go again")->capture_default_str();
  app.add_option("--only", s.only, "measure only what has this in its name");
  app.add_flag("--quick", s.quick,
               "one short round, fewer aggregates, a tenth of the log; under a minute");
  CLI11_PARSE(app, argc, argv);
  try {
    reprise::benchmarks::run(s);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "journal_bench: " << e.what() << "\n";
    return 2;
  }
}
