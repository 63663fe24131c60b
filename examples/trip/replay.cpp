// SPDX-License-Identifier: Apache-2.0
#include "examples/trip/replay.hpp"

#include "examples/trip/trip.hpp"

#include <reprise/metrics.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <semaphore>
#include <string>
#include <utility>

namespace ride {
namespace {

using reprise::errc;
using reprise::error;
using taxi::trip_row;
using wall = std::chrono::steady_clock;

constexpr std::uint32_t attempts_max = 20;
constexpr std::ptrdiff_t in_flight_max = 65'536;

// What all trips of one replay share. Outlives them: run() waits for the last.
struct journey {
  explicit journey(const reprise::node& n, std::uint32_t in_flight)
      : node(n), free(static_cast<std::ptrdiff_t>(in_flight)) {}

  void fail(error why) {
    const std::lock_guard hold(mutex);
    if (!failed) failed = std::move(why);
    stop = true;
  }
  void finish(const trip_state& state, std::uint64_t events) {
    const std::lock_guard hold(mutex);
    ++report.trips;
    report.events += events;
    const bool paid = state.phase == phase::paid;
    if (paid || state.phase == phase::completed) ++report.completed;
    if (!paid) return;
    ++report.paid;
    report.totals.add(state.pickup.borough, state.totalCents);
  }

  const reprise::node& node;
  std::counting_semaphore<in_flight_max> free;
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> commands{0};
  std::atomic<std::uint64_t> rejected{0};
  reprise::histogram took_us;
  std::mutex mutex;
  taxi::replay_report report;
  std::optional<error> failed;
};

// One trip on its way: asks a command, and when that is answered the next.
class trip_run : public std::enable_shared_from_this<trip_run> {
 public:
  trip_run(journey& on, trip_row row)
      : on_(on),
        row_(std::move(row)),
        id_("trip-" + std::to_string(row_.number)),
        trip_(on.node.of<trip>(id_)) {}

  void next() {
    if (on_.stop) {
      on_.free.release();
      return;
    }
    using cmd = trip::cmd;
    switch (step_) {
      case 0:
        return ask(cmd::request{.rider = "rider-" + std::to_string(row_.number),
                                .pickup = {row_.pickup.zone, row_.pickup.borough},
                                .dropoff = {row_.dropoff.zone, row_.dropoff.borough},
                                .passengers = row_.passengers});
      case 1:
        return ask(cmd::assign{.driver = row_.color + "-" + std::to_string(row_.number % 997)});
      case 2:
        return ask(cmd::arrive{});
      case 3:
        return ask(cmd::start{});
      case 4:
        return ask(cmd::complete{.fareCents = row_.fare_cents,
                                 .tipCents = row_.tip_cents,
                                 .tollsCents = row_.tolls_cents,
                                 .totalCents = row_.total_cents,
                                 .distanceMiles = row_.distance_miles});
      case 5:
        if (!row_.payment.empty()) return ask(cmd::pay{.method = row_.payment});
        ++step_;
        [[fallthrough]];
      default:
        return read_back();
    }
  }

 private:
  template <class Command>
  void ask(const Command& command) {
    const auto asked = wall::now();
    trip_.ask(command, {.id = reprise::derive_command_id(id_ + "/" + std::string(Command::name))})
        .then([self = shared_from_this(), asked](const auto& outcome) {
          self->answered(outcome, asked);
        });
  }

  template <class Outcome>
  void answered(const Outcome& outcome, wall::time_point asked) {
    if (!outcome) return again(outcome.error());
    on_.took_us.record(static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(wall::now() - asked).count()));
    ++on_.commands;
    if (outcome->is_rejection()) ++on_.rejected;
    attempts_ = 0;
    ++step_;
    next();
  }

  void read_back() {
    trip_.ask(trip::cmd::get{}).then([self = shared_from_this()](const auto& outcome) {
      if (!outcome) return self->again(outcome.error());
      self->on_.finish(outcome->value(), outcome->at().sequence.value);
      self->on_.free.release();
    });
  }

  // The same step with the same command id: safe, whatever became of the first attempt.
  void again(const error& why) {
    if (!reprise::is_retryable(why.code) || ++attempts_ >= attempts_max) {
      on_.fail({why.code, id_ + ": " + why.message});
      on_.free.release();
      return;
    }
    next();
  }

  journey& on_;
  const trip_row row_;
  const std::string id_;
  const reprise::ref<trip> trip_;
  std::uint32_t step_ = 0;
  std::uint32_t attempts_ = 0;
};

}  // namespace

reprise::result<taxi::replay_report> replay(taxi::taxi_file& file, const reprise::node& node,
                                            const replay_settings& settings) {
  journey on(node, settings.in_flight);
  const auto began = wall::now();
  std::optional<error> unreadable;
  while (!on.stop) {
    auto row = file.next();
    if (!row) {
      unreadable = std::move(row).error();
      break;
    }
    if (!*row) break;
    ++on.report.rows;
    if (auto* bad = std::get_if<taxi::bad_row>(&**row)) {
      ++on.report.skipped;
      if (settings.skipped) settings.skipped(*bad);
      continue;
    }
    on.free.acquire();
    std::make_shared<trip_run>(on, std::get<trip_row>(std::move(**row)))->next();
    if (settings.progress && on.report.rows % 64 == 0) {
      settings.progress(on.report.rows, file.bytes_read());
    }
  }
  for (std::uint32_t i = 0; i < settings.in_flight; ++i) on.free.acquire();

  if (unreadable) return *unreadable;
  if (on.failed) return *on.failed;
  if (settings.progress) settings.progress(on.report.rows, file.bytes_read());
  taxi::replay_report& report = on.report;
  report.commands = on.commands;
  report.rejected = on.rejected;
  report.seconds = std::chrono::duration<double>(wall::now() - began).count();
  report.p50_us = on.took_us.quantile(0.5);
  report.p99_us = on.took_us.quantile(0.99);
  return report;
}

}  // namespace ride
