// SPDX-License-Identifier: Apache-2.0
#include "tests/persistence/load_check.hpp"

#include "base/clock.hpp"
#include "persistence/lmdb_journal.hpp"
#include "persistence/read_only_store.hpp"

#include <reprise/metrics.hpp>

#include <latch>
#include <utility>

namespace reprise::persistence {
namespace {

class one_answer final : public append_listener {
 public:
  void appended(std::span<append_answer> answers) override {
    outcome_ = std::move(answers[0].outcome);
    come_.count_down();
  }
  [[nodiscard]] std::string fault() const {
    come_.wait();
    return outcome_ ? std::string() : to_string(outcome_.error());
  }

 private:
  result<append_receipt> outcome_{append_receipt{}};
  std::latch come_{1};
};

std::string fault_when_opened(const std::filesystem::path& directory, durability how,
                              const acknowledged& last) {
  metrics measured;
  const base::system_clock time;
  one_answer answer;
  const auto journal = lmdb_journal::open(load_options(directory, how), measured, time);
  if (!journal) return to_string(journal.error());
  if (std::string fault = fault_in_events(**journal, last); !fault.empty()) return fault;
  if (std::string fault = fault_in_positions(**journal); !fault.empty()) return fault;
  append_request request;
  request.aggregate = {{0xacc}, "", "afterwards"};
  request.command = derive_command_id("afterwards");
  request.events.resize(1);
  (*journal)->append(std::move(request), answer, 1);
  return answer.fault();
}

}  // namespace

store_options load_options(const std::filesystem::path& directory, durability how) {
  return {.directory = directory,
          .partitions = 4,
          .map_size_bytes = std::uint64_t{1} << 30U,
          // Often, so that what goes wrong meets checkpoints.
          .checkpoint_records = 64,
          .acknowledged = how};
}

std::string fault_in_store(const std::filesystem::path& directory, durability how,
                           const acknowledged& last) {
  if (std::string fault = fault_when_opened(directory, how, last); !fault.empty()) return fault;
  const auto store = read_only_store::open(directory);
  if (!store) return to_string(store.error());
  const auto report = (*store)->verify({});
  if (!report) return to_string(report.error());
  return report->damages.empty() ? std::string() : report->damages.front().what;
}

}  // namespace reprise::persistence
