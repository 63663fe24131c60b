// SPDX-License-Identifier: Apache-2.0
//
// A process that works on a store for a test, until it is told to stop or is killed.
//
//   store_child load DIR SEED     appends batches without end; a line for each acknowledged one:
//                                 AGGREGATE LAST_SEQUENCE
//   store_child serve DIR         says `ready` or why not; for each line `ID NAME` appends an event
//                                 to ID with NAME as payload and says its sequence
//   store_child consume DIR       appends events and consumes them (consumed_store.hpp), without
//                                 end; a line for each
//   store_child check DIR         reads how many events of each aggregate were acknowledged, a line
//                                 each; says what is wrong, and ends with 1, or with 0
//   store_child backup DIR DEST   says `copying` when it has begun to copy, a byte a second
//   store_child restore FROM TO   copies as fast as it can
//   store_child truncate DIR FILE keeps two events of each aggregate, the others go to FILE; a line
//                                 whenever it has come further
//   store_child fixture DIR       writes the small store that later versions must be able to open

#include "base/clock.hpp"
#include "base/random.hpp"
#include "persistence/lmdb_journal.hpp"
#include "persistence/options.hpp"
#include "tests/persistence/consumed_store.hpp"
#include "tests/persistence/load_check.hpp"
#include "tests/persistence/one_answer.hpp"

#include <reprise/backup.hpp>
#include <reprise/truncate.hpp>

#include <array>
#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <string>
#include <unistd.h>

namespace reprise::persistence {
namespace {

// A line at once, so that a killed process leaves no half ones but the last.
void say(const std::string& line) {
  const std::string all = line + "\n";
  if (::write(STDOUT_FILENO, all.data(), all.size()) < 0) std::_Exit(3);
}

store_options options_of(const std::string& directory) {
  store_options options;
  options.directory = directory;
  options.partitions = 4;
  options.map_size_bytes = std::uint64_t{4} << 30U;
  // Often, so that crashes meet checkpoints.
  options.checkpoint_records = 700;
  return options;
}

// Says what was acknowledged, and lets only so many appends wait.
class load_listener final : public append_listener {
 public:
  void before_append() {
    std::unique_lock hold(mutex_);
    changed_.wait(hold, [this] { return waiting_ < 64; });
    ++waiting_;
  }
  void appended(std::span<append_answer> answers) override {
    std::string lines;
    for (const append_answer& a : answers) {
      if (!a.outcome) {
        say("failed " + to_string(a.outcome.error()));
        std::_Exit(4);
      }
      lines += std::to_string(a.tag) + " " + std::to_string(a.outcome->last.sequence.value) + "\n";
    }
    lines.pop_back();
    say(lines);
    const std::lock_guard hold(mutex_);
    waiting_ -= static_cast<int>(answers.size());
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
};

[[noreturn]] void load(lmdb_journal& journal, std::uint64_t seed) {
  base::random random(seed);
  load_listener listener;
  std::array<std::uint64_t, load_aggregates> last{};
  for (std::uint32_t i = 0; i < load_aggregates; ++i) {
    last[i] = journal.head(load_key(i))->last.value;
  }
  for (std::uint64_t batch = seed << 32U;; ++batch) {
    const auto which = static_cast<std::uint32_t>(random.below(load_aggregates));
    const auto count = static_cast<std::uint32_t>(random.below(12) + 1);
    append_request request;
    request.aggregate = load_key(which);
    request.expected = expectation::exact({last[which]});
    request.time = base::system_clock().now();
    request.command = derive_command_id(std::to_string(batch));
    for (std::uint32_t i = 0; i < count; ++i) {
      request.events.push_back(
          {.type = 1, .payload = load_event{batch, i, count, last[which] + i + 1}.encode()});
    }
    last[which] += count;
    listener.before_append();
    journal.append(std::move(request), listener, which);
  }
}

std::string append_one(lmdb_journal& journal, const std::string& id, const std::string& name) {
  append_request request;
  request.aggregate = {{0xacc}, "", id};
  request.time = base::system_clock().now();
  const auto view = std::as_bytes(std::span(name.data(), name.size()));
  request.events = {{.id = {derive_command_id(id + "/" + name).value},
                     .type = 1,
                     .payload = bytes(view.begin(), view.end())}};
  one_answer answer;
  journal.append(std::move(request), answer, 0);
  const auto outcome = answer.wait();
  return outcome ? std::to_string(outcome->last.sequence.value) : to_string(outcome.error());
}

void serve(lmdb_journal& journal) {
  std::string id;
  std::string name;
  while (std::cin >> id >> name) say(append_one(journal, id, name));
}

void fixture(lmdb_journal& journal) {
  for (const char* const id : {"alpha", "beta", "gamma"}) {
    for (const char* const name : {"one", "two", "three"}) append_one(journal, id, name);
  }
  one_answer deleted;
  journal.retire({{0xacc}, "", "beta"}, record_kind::deletion, expectation::any(), {},
                 base::system_clock().now(), deleted, 0);
  static_cast<void>(deleted.wait());
  one_answer truncated;
  journal.retire({{0xacc}, "", "gamma"}, record_kind::truncation, expectation::any(), {3},
                 base::system_clock().now(), truncated, 0);
  static_cast<void>(truncated.wait());
}

int check(const std::string& directory) {
  acknowledged last{};
  for (std::uint64_t& sequence : last) std::cin >> sequence;
  const std::string fault = fault_in_store(directory, durability::synced, last);
  if (!fault.empty()) say(fault);
  return fault.empty() ? 0 : 1;
}

int back_up_slowly(const std::string& from, const std::string& to) {
  // After the snapshots, of which there are none, the log's first slice is copied at once.
  const auto done =
      back_up(from, to, {.bytes_per_second = 1}, [](const read_progress&) { say("copying"); });
  if (!done) say(to_string(done.error()));
  return done ? 0 : 1;
}

int restore(const std::string& from, const std::string& to) {
  const auto done = back_up(from, to);
  if (!done) say(to_string(done.error()));
  return done ? 0 : 1;
}

int truncate_all(const std::string& directory, const std::string& archive) {
  const auto done = truncate(directory, {.type = {0xacc}, .keep_events_max = 2, .archive = archive},
                             [](const read_progress& at) { say("at " + std::to_string(at.done)); });
  if (!done) say(to_string(done.error()));
  return done ? 0 : 1;
}

int run(const std::string& what, const std::string& directory, std::uint64_t seed) {
  if (what == "check") return check(directory);
  metrics measured;
  const base::system_clock time;
  store_options options = options_of(directory);
  if (what == "fixture") options.map_size_bytes = std::uint64_t{1} << 20U;
  auto journal = lmdb_journal::open(options, measured, time);
  if (!journal) {
    say(to_string(journal.error()));
    return 2;
  }
  if (what == "load") load(**journal, seed);
  if (what == "serve") {
    say("ready");
    serve(**journal);
  }
  if (what == "consume") {
    say(to_string(consume_without_end(**journal, directory, say)));
    return 1;
  }
  if (what == "fixture") fixture(**journal);
  return 0;
}

}  // namespace
}  // namespace reprise::persistence

int main(int count, char** arguments) {
  if (count < 3) return 64;
  const std::string what = arguments[1];
  if (count > 3 && what == "backup") {
    return reprise::persistence::back_up_slowly(arguments[2], arguments[3]);
  }
  if (count > 3 && what == "restore") {
    return reprise::persistence::restore(arguments[2], arguments[3]);
  }
  if (count > 3 && what == "truncate") {
    return reprise::persistence::truncate_all(arguments[2], arguments[3]);
  }
  const std::uint64_t seed = count > 3 ? std::strtoull(arguments[3], nullptr, 10) : 0;
  return reprise::persistence::run(what, arguments[2], seed);
}
