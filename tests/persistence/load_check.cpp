// SPDX-License-Identifier: Apache-2.0
#include "tests/persistence/load_check.hpp"

#include "base/clock.hpp"
#include "persistence/lmdb_journal.hpp"
#include "persistence/read_only_store.hpp"
#include "tests/persistence/one_answer.hpp"

#include <reprise/metrics.hpp>

#include <algorithm>
#include <sstream>
#include <utility>

namespace reprise::persistence {
bool note_acknowledged(const std::string& line, acknowledged& last) {
  std::istringstream words(line);
  std::uint32_t aggregate = 0;
  std::uint64_t sequence = 0;
  if (!(words >> aggregate >> sequence) || aggregate >= load_aggregates) return false;
  last[aggregate] = std::max(last[aggregate], sequence);
  return true;
}

store_options load_options(const std::filesystem::path& directory, durability how) {
  return {.directory = directory,
          .partitions = 4,
          .map_size_bytes = std::uint64_t{1} << 30U,
          // Often, so that what goes wrong meets checkpoints.
          .checkpoint_records = 64,
          .acknowledged = how};
}

std::string fault_in_journal(journal& log, const acknowledged& last) {
  if (std::string fault = fault_in_events(log, last); !fault.empty()) return fault;
  if (std::string fault = fault_in_positions(log); !fault.empty()) return fault;
  append_request request;
  request.aggregate = {{0xacc}, "", "afterwards"};
  request.command = derive_command_id("afterwards");
  request.events.resize(1);
  one_answer answer;
  log.append(std::move(request), answer, 1);
  const auto outcome = answer.wait();
  return outcome ? std::string() : to_string(outcome.error());
}

std::string fault_in_files(const std::filesystem::path& directory) {
  const auto store = read_only_store::open(directory);
  if (!store) return to_string(store.error());
  const auto report = (*store)->verify({});
  if (!report) return to_string(report.error());
  return report->damages.empty() ? std::string() : report->damages.front().what;
}

std::string fault_in_store(const std::filesystem::path& directory, durability how,
                           const acknowledged& last) {
  {
    metrics measured;
    const base::system_clock time;
    const auto opened = lmdb_journal::open(load_options(directory, how), measured, time);
    if (!opened) return to_string(opened.error());
    if (std::string fault = fault_in_journal(**opened, last); !fault.empty()) return fault;
  }
  return fault_in_files(directory);
}

}  // namespace reprise::persistence
