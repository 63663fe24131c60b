// SPDX-License-Identifier: Apache-2.0
#include "examples/trip/check.hpp"

#include "examples/trip/trip.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace ride {
namespace {

using reprise::past_event;

constexpr std::size_t violations_told = 100;
// Readers wait for answers nearly all of their time.
constexpr unsigned readers = 8;

// All events, as a node has them that knows of everything acknowledged before this call.
reprise::result<std::vector<past_event>> stored_of(const reprise::client& client,
                                                   const std::string& id) {
  const auto now = client.of<trip>(id).ask(trip::cmd::get{}).result();
  if (!now) return now.error();
  std::vector<past_event> all;
  const reprise::aggregate_key key{trip_api::type, "", id};
  for (;;) {
    auto page = client.history(key, now->at().at, {all.size() + 1});
    if (!page) return std::move(page).error();
    std::ranges::move(page->events, std::back_inserter(all));
    if (page->end || page->events.empty()) return all;
  }
}

std::string name_of(const asked_command& c) {
  return c.aggregate + " " + c.command + " (" + std::string(to_string(c.how)) + ")";
}

bool is_read(const asked_command& c) {
  return c.command == read_command;
}

// A command, and the sequence that it stands at or has seen.
struct placed_command {
  const asked_command* asked;
  std::uint64_t sequence;
};

// Two of which the first one was answered before the other one was asked.
std::optional<std::string> disorder(const placed_command& one, const placed_command& other) {
  if (is_read(*other.asked)) {
    if (one.sequence <= other.sequence) return {};
    return name_of(*other.asked) + " saw sequence " + std::to_string(other.sequence) +
           ", and was asked after " + name_of(*one.asked) + " of sequence " +
           std::to_string(one.sequence) + " was answered";
  }
  if (one.sequence < other.sequence) return {};
  return name_of(*other.asked) + " was asked after " + name_of(*one.asked) +
         " was answered, and stands before it";
}

void check_counts(const asked_command& c, const std::vector<std::uint64_t>& at,
                  std::vector<std::string>& wrong) {
  switch (c.how) {
    case outcome::ok:
      if (at.size() != 1) {
        wrong.push_back(name_of(c) + " stands in the log " + std::to_string(at.size()) + " times");
      } else if (at.front() != c.sequence) {
        wrong.push_back(name_of(c) + " was told sequence " + std::to_string(c.sequence) +
                        ", and stands at " + std::to_string(at.front()));
      }
      return;
    case outcome::unknown:
      if (at.size() > 1) {
        wrong.push_back(name_of(c) + " stands in the log " + std::to_string(at.size()) + " times");
      }
      return;
    case outcome::rejected:
    case outcome::error:
      if (!at.empty()) wrong.push_back(name_of(c) + " stands in the log");
  }
}

}  // namespace

std::vector<std::string> contradictions(const std::vector<asked_command>& asked,
                                        const std::vector<past_event>& stored) {
  std::vector<std::string> wrong;
  std::map<reprise::command_id, std::vector<std::uint64_t>> places;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    if (stored[i].sequence.value != i + 1) {
      wrong.push_back("event " + std::to_string(i + 1) + " has sequence " +
                      std::to_string(stored[i].sequence.value));
    }
    places[stored[i].command].push_back(stored[i].sequence.value);
  }
  std::vector<placed_command> placed;
  for (const asked_command& command : asked) {
    if (is_read(command)) {
      if (command.how == outcome::ok) placed.push_back({&command, command.sequence});
      if (command.how == outcome::ok && command.sequence > stored.size()) {
        wrong.push_back(name_of(command) + " saw sequence " + std::to_string(command.sequence) +
                        ", which is not stored");
      }
      continue;
    }
    const auto found = places.find(command.id);
    static const std::vector<std::uint64_t> nowhere;
    const auto& at = found == places.end() ? nowhere : found->second;
    check_counts(command, at, wrong);
    if (at.size() == 1) placed.push_back({&command, at.front()});
    if (found != places.end()) places.erase(found);
  }
  for (const auto& [id, at] : places) {
    wrong.push_back("the event at sequence " + std::to_string(at.front()) +
                    " was decided by no command of the history");
  }
  for (const placed_command& one : placed) {
    if (one.asked->how != outcome::ok) continue;
    for (const placed_command& other : placed) {
      if (one.asked->returned_ns >= other.asked->invoked_ns) continue;
      if (auto why = disorder(one, other)) wrong.push_back(std::move(*why));
    }
  }
  return wrong;
}

reprise::result<check_report> check(const reprise::client& client,
                                    const std::vector<asked_command>& history) {
  check_report report;
  std::map<std::string, std::vector<asked_command>> by_aggregate;
  for (const asked_command& command : history) {
    ++report.commands;
    if (command.how == outcome::ok) ++report.ok;
    if (command.how == outcome::unknown) ++report.unknown;
    by_aggregate[command.aggregate].push_back(command);
  }
  report.aggregates = by_aggregate.size();

  std::mutex mutex;
  std::optional<reprise::error> failed;
  auto next = by_aggregate.begin();
  const auto read = [&] {
    for (;;) {
      std::unique_lock hold(mutex);
      if (failed || next == by_aggregate.end()) return;
      const auto& [id, asked] = *next++;
      hold.unlock();
      const auto stored = stored_of(client, id);
      hold.lock();
      if (!stored) {
        failed = reprise::error{stored.error().code, id + ": " + stored.error().message};
        return;
      }
      report.events += stored->size();
      for (const asked_command& command : asked) {
        if (command.how == outcome::unknown &&
            std::ranges::find(*stored, command.id, &past_event::command) != stored->end()) {
          ++report.unknown_stored;
        }
      }
      for (std::string& each : contradictions(asked, *stored)) {
        ++report.violated;
        if (report.violations.size() < violations_told) {
          report.violations.push_back(id + ": " + std::move(each));
        }
      }
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < readers; ++i) threads.emplace_back(read);
  for (std::thread& thread : threads) thread.join();
  if (failed) return *failed;
  return report;
}

std::string as_json(const check_report& r) {
  const nlohmann::ordered_json object{{"aggregates", r.aggregates},
                                      {"commands", r.commands},
                                      {"ok", r.ok},
                                      {"unknown", r.unknown},
                                      {"unknown_stored", r.unknown_stored},
                                      {"events", r.events},
                                      {"violated", r.violated},
                                      {"violations", r.violations}};
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string as_table(const check_report& r) {
  std::string out = std::to_string(r.commands) + " commands to " + std::to_string(r.aggregates) +
                    " trips: " + std::to_string(r.ok) + " ok, " + std::to_string(r.unknown) +
                    " unknown (" + std::to_string(r.unknown_stored) + " of them happened); " +
                    std::to_string(r.events) + " events stored\n";
  for (const std::string& each : r.violations) out += "  " + each + "\n";
  out += r.violated == 0 ? "Nothing contradicts anything.\n"
                         : std::to_string(r.violated) + " contradictions.\n";
  return out;
}

}  // namespace ride
