// SPDX-License-Identifier: Apache-2.0
#include "examples/trip/load.hpp"

#include "examples/trip/history.hpp"
#include "examples/trip/trip.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <semaphore>
#include <utility>
#include <vector>

namespace ride {
namespace {

using wall = std::chrono::steady_clock;

constexpr std::ptrdiff_t lanes_max = 65'536;
constexpr int steps = 6;

std::int64_t ns_of(wall::time_point at) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count();
}

// What all trips of one load share. Outlives them: load() waits for the last.
struct road {
  road(const reprise::client& c, const load_plan& p)
      : client(c), plan(p), history(p.history), free(static_cast<std::ptrdiff_t>(p.in_flight)) {}

  [[nodiscard]] bool is_over() const {
    return plan.time.count() > 0 && wall::now() - began >= plan.time;
  }
  void note_read(const asked_command& read) {
    history.add(read);
    const std::lock_guard hold(mutex);
    if (read.how == outcome::ok) ++report.reads;
  }
  void note(const asked_command& command) {
    history.add(command);
    const std::lock_guard hold(mutex);
    switch (command.how) {
      case outcome::ok: {
        ++report.acknowledged;
        took_us.push_back(
            static_cast<std::uint32_t>((command.returned_ns - command.invoked_ns) / 1000));
        gap_ns = std::max(gap_ns, command.returned_ns - last_ns);
        last_ns = std::max(last_ns, command.returned_ns);
        return;
      }
      case outcome::rejected:
        ++report.rejected;
        return;
      case outcome::unknown:
        ++report.unknown;
        return;
      case outcome::error:
        ++report.failed;
    }
  }

  const reprise::client& client;
  const load_plan& plan;
  history_writer history;
  std::counting_semaphore<lanes_max> free;
  wall::time_point began = wall::now();
  std::mutex mutex;
  load_report report;
  std::vector<std::uint32_t> took_us;
  std::int64_t last_ns = 0;
  std::int64_t gap_ns = 0;
  std::atomic<std::uint64_t> ended{0};
  // The newest trip that was begun.
  std::atomic<std::uint64_t> begun{0};
  std::atomic<bool> trips_are_over{false};
  std::counting_semaphore<lanes_max> done_reading{0};
};

std::string id_of(const road& on, std::uint64_t number) {
  return on.plan.prefix + "-" + std::to_string(number);
}

// What came of a command, as a history has it.
template <class Answer>
void take(const Answer& answer, asked_command& asked) {
  asked.returned_ns = ns_of(wall::now());
  if (!answer) {
    asked.how = reprise::is_unknown(answer.error().code) ? outcome::unknown : outcome::error;
  } else if (answer->is_rejection()) {
    asked.how = outcome::rejected;
  } else {
    asked.how = outcome::ok;
    asked.sequence = answer->at().sequence.value;
  }
}

// One trip: asks a command, and when that is answered the next.
class driven_trip : public std::enable_shared_from_this<driven_trip> {
 public:
  driven_trip(road& on, std::uint64_t number)
      : on_(on), number_(number), id_(id_of(on, number)), trip_(on.client.of<trip>(id_)) {}

  void next() {
    using cmd = trip::cmd;
    if (step_ == steps || on_.is_over()) return end();
    const auto cents = static_cast<std::uint32_t>(500 + number_ % 4000);
    switch (step_) {
      case 0:
        return ask("request", cmd::request{.rider = "rider-" + std::to_string(number_ % 1000),
                                           .pickup = {"Midtown Center", "Manhattan"},
                                           .dropoff = {"Astoria", "Queens"},
                                           .passengers = 1});
      case 1:
        return ask("assign", cmd::assign{.driver = "driver-" + std::to_string(number_ % 100)});
      case 2:
        return ask("arrive", cmd::arrive{});
      case 3:
        return ask("start", cmd::start{});
      case 4:
        return ask("complete", cmd::complete{.fareCents = cents,
                                             .tipCents = 0,
                                             .tollsCents = 0,
                                             .totalCents = cents,
                                             .distanceMiles = 3.5});
      default:
        return ask("pay", cmd::pay{.method = "card"});
    }
  }

 private:
  template <class Command>
  void ask(const char* name, const Command& command) {
    asked_ = {.id = reprise::derive_command_id(id_ + "/" + name),
              .aggregate = id_,
              .command = name,
              .invoked_ns = ns_of(wall::now())};
    trip_.ask(command, {.id = asked_.id, .timeout = on_.plan.timeout})
        .then([self = shared_from_this()](const auto& answer) { self->answered(answer); });
  }

  template <class Answer>
  void answered(const Answer& answer) {
    take(answer, asked_);
    on_.note(asked_);
    if (asked_.how != outcome::ok) return end();
    ++step_;
    next();
  }

  void end() {
    {
      const std::lock_guard hold(on_.mutex);
      if (step_ == steps) ++on_.report.trips;
    }
    on_.ended.fetch_add(1);
    on_.free.release();
  }

  road& on_;
  const std::uint64_t number_;
  const std::string id_;
  const reprise::ref<trip> trip_;
  asked_command asked_;
  int step_ = 0;
};

// Reads one trip after the other, each one of those that were begun last.
class reader : public std::enable_shared_from_this<reader> {
 public:
  reader(road& on, std::uint64_t number) : on_(on), number_(number) {}

  void next() {
    if (on_.trips_are_over) return on_.done_reading.release();
    // Neighbours read the same trips, at other times.
    const std::uint64_t back = (number_ + count_) % on_.plan.in_flight;
    const std::uint64_t newest = on_.begun;
    const std::string id = id_of(on_, newest > back ? newest - back : newest);
    const std::string name =
        id + "/read-" + std::to_string(number_) + "-" + std::to_string(++count_);
    asked_ = {.id = reprise::derive_command_id(name),
              .aggregate = id,
              .command = std::string(read_command),
              .invoked_ns = ns_of(wall::now())};
    on_.client.of<trip>(id)
        .ask(trip::cmd::get{}, {.id = asked_.id, .timeout = on_.plan.timeout, .linearizable = true})
        .then([self = shared_from_this()](const auto& answer) {
          take(answer, self->asked_);
          self->on_.note_read(self->asked_);
          self->next();
        });
  }

 private:
  road& on_;
  const std::uint64_t number_;
  std::uint64_t count_ = 0;
  asked_command asked_{};
};

std::uint64_t percentile(std::vector<std::uint32_t>& of, double part) {
  if (of.empty()) return 0;
  const auto rank =
      std::min(static_cast<std::size_t>(static_cast<double>(of.size()) * part), of.size() - 1);
  const auto at = of.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(of.begin(), at, of.end());
  return *at;
}

}  // namespace

reprise::result<load_report> load(const reprise::client& client, const load_plan& plan) {
  road on(client, plan);
  if (!on.history.is_open()) {
    return reprise::error{reprise::errc::io_error, "cannot write " + plan.history};
  }
  on.last_ns = ns_of(on.began);
  std::uint32_t readers = 0;
  for (std::uint64_t n = 1; (plan.trips == 0 || n <= plan.trips) && !on.is_over(); ++n) {
    on.free.acquire();
    if (plan.progress) plan.progress(on.ended.load());
    std::make_shared<driven_trip>(on, n)->next();
    on.begun = n;
    // The first trip is there to be read.
    if (n > 1) continue;
    for (std::uint32_t i = 0; i < plan.reads; ++i) std::make_shared<reader>(on, i)->next();
    readers = plan.reads;
  }
  for (std::uint32_t i = 0; i < plan.in_flight; ++i) on.free.acquire();
  on.trips_are_over = true;
  for (; readers > 0; --readers) on.done_reading.acquire();
  const wall::time_point done = wall::now();

  load_report report = on.report;
  report.seconds = std::chrono::duration<double>(done - on.began).count();
  report.max_us = on.took_us.empty() ? 0 : *std::ranges::max_element(on.took_us);
  report.p50_us = percentile(on.took_us, 0.5);
  report.p99_us = percentile(on.took_us, 0.99);
  // Up to the end: it may have gone silent.
  const std::int64_t gap = std::max(on.gap_ns, ns_of(done) - on.last_ns);
  report.longest_gap_ms = static_cast<std::uint64_t>(gap / 1'000'000);
  if (!on.history.finish()) {
    return reprise::error{reprise::errc::io_error, "cannot write " + plan.history};
  }
  return report;
}

std::string as_json(const load_report& r) {
  const nlohmann::ordered_json object{
      {"trips", r.trips},       {"acknowledged", r.acknowledged},
      {"rejected", r.rejected}, {"unknown", r.unknown},
      {"reads", r.reads},       {"errors", r.failed},
      {"seconds", r.seconds},   {"commands_per_second", r.per_second()},
      {"p50_us", r.p50_us},     {"p99_us", r.p99_us},
      {"max_us", r.max_us},     {"longest_gap_ms", r.longest_gap_ms}};
  return object.dump();
}

std::string as_table(const load_report& r) {
  const auto line = [](const std::string& name, const std::string& value) {
    return "  " + name + std::string(24 - std::min<std::size_t>(name.size(), 23), ' ') + value +
           "\n";
  };
  std::string out = "Load\n";
  out += line("trips to their end", std::to_string(r.trips));
  out += line("acknowledged", std::to_string(r.acknowledged));
  out += line("rejected", std::to_string(r.rejected));
  out += line("unknown", std::to_string(r.unknown));
  out += line("reads", std::to_string(r.reads));
  out += line("errors", std::to_string(r.failed));
  out += line("seconds", std::to_string(r.seconds));
  out += line("commands per second", std::to_string(static_cast<std::uint64_t>(r.per_second())));
  out += line("p50, microseconds", std::to_string(r.p50_us));
  out += line("p99, microseconds", std::to_string(r.p99_us));
  out += line("longest, microseconds", std::to_string(r.max_us));
  out += line("longest gap, ms", std::to_string(r.longest_gap_ms));
  return out;
}

}  // namespace ride
