// SPDX-License-Identifier: Apache-2.0
#include "tests/persistence/consumed_store.hpp"

#include "base/clock.hpp"
#include "messages/little_endian.hpp"
#include "persistence/lmdb_checkpoint_store.hpp"
#include "persistence/read_only_store.hpp"
#include "tests/persistence/one_answer.hpp"

#include <utility>

namespace reprise::persistence {
namespace {

constexpr const char* projection = "board.1";
constexpr const char* subscription = "receipts";
constexpr std::byte first_rows{1};
constexpr std::byte still_rows{2};
constexpr std::byte last_rows{3};
// More than a slice of a copy, so that a copy of several moments would show.
constexpr unsigned still_rows_count = 250;
constexpr std::size_t still_row_bytes = std::size_t{32} << 10U;

bytes key_of(std::byte table, std::uint32_t number) {
  bytes key(8);
  key[0] = table;
  key[1] = static_cast<std::byte>(number);
  return key;
}

bytes value_of(std::uint64_t number) {
  bytes value(8);
  messages::store(value.data(), number);
  return value;
}

result<receipt> append_one(lmdb_journal& log, std::uint64_t number) {
  append_request request;
  request.aggregate = {{0xacc}, "", "acct-" + std::to_string(number % 16)};
  request.time = base::system_clock().now();
  request.command = derive_command_id(std::to_string(number));
  request.events.resize(1);
  one_answer answer;
  log.append(std::move(request), answer, 0);
  const auto outcome = answer.wait();
  if (!outcome) return outcome.error();
  return outcome->last;
}

result<void> keep_still_rows(row_store& rows, const checkpoint& taken) {
  row_changes still;
  for (unsigned i = 0; i < still_rows_count; ++i) {
    still[key_of(still_rows, i)] = bytes(still_row_bytes);
  }
  return rows.commit(projection, still, taken);
}

result<void> consume(lmdb_checkpoint_store& kept, const receipt& at, checkpoint& taken) {
  const std::uint32_t p = at.partition.value;
  taken.cursors[p].through = at.at;
  const row_changes counted{{key_of(first_rows, p), value_of(at.at.value)},
                            {key_of(last_rows, p), value_of(at.at.value)}};
  if (auto done = kept.rows()->commit(projection, counted, taken); !done) return done;
  return kept.save(subscription, taken);
}

result<std::uint64_t> number_in(const row_snapshot& rows, std::byte table, std::uint32_t p) {
  const auto found = rows.get(key_of(table, p));
  if (!found) return found.error();
  return *found ? messages::load<std::uint64_t>((*found)->data()) : 0;
}

std::string fault_in_rows(const row_snapshot& rows, const read_only_store& log,
                          const checkpoint& taken) {
  for (const auto& [partition, through] : taken.cursors) {
    const std::string whose = "partition " + std::to_string(partition.value) + ": ";
    const auto first = number_in(rows, first_rows, partition.value);
    const auto last = number_in(rows, last_rows, partition.value);
    const auto committed = log.committed(partition);
    if (!first || !last || !committed) return whose + "cannot be read";
    if (*first != *last) return whose + "rows are those of two moments";
    if (*first != through.value) return whose + "rows and checkpoint are those of two moments";
    if (through > *committed) {
      return whose + std::to_string(through.value) + " records were folded, the log has " +
             std::to_string(committed->value);
    }
  }
  return {};
}

std::uint64_t records_in(const checkpoint& taken) {
  std::uint64_t sum = 0;
  for (const partition_cursor& c : taken.cursors) sum += c.through.value;
  return sum;
}

}  // namespace

error consume_without_end(lmdb_journal& log, const std::filesystem::path& directory,
                          const std::function<void(const std::string&)>& say) {
  const auto kept = lmdb_checkpoint_store::open(directory, std::uint64_t{1} << 30U);
  if (!kept) return kept.error();
  checkpoint taken;
  for (std::uint32_t p = 0; p < log.partitions(); ++p) taken.cursors.push_back({{p}, {}});
  if (auto done = keep_still_rows(*(*kept)->rows(), taken); !done) return std::move(done).error();
  for (std::uint64_t number = 0;; ++number) {
    const auto at = append_one(log, number);
    if (!at) return at.error();
    if (auto done = consume(**kept, *at, taken); !done) return std::move(done).error();
    say("consumed " + std::to_string(number));
  }
}

std::string fault_in_consumed(const std::filesystem::path& directory) {
  const auto log = read_only_store::open(directory);
  if (!log) return to_string(log.error());
  const auto kept = lmdb_checkpoint_store::open_to_read(directory);
  if (!kept) return to_string(kept.error());
  const auto rows = (*kept)->rows()->read(projection);
  if (!rows) return to_string(rows.error());
  const auto folded = (*rows)->taken_at();
  if (!folded) return to_string(folded.error());
  const auto followed = (*kept)->load(subscription);
  if (!followed) return to_string(followed.error());
  if (!*folded || !*followed) return "nothing was consumed";
  if (std::string fault = fault_in_rows(**rows, **log, **folded); !fault.empty()) return fault;
  const std::uint64_t behind = records_in(**folded) - records_in(**followed);
  return behind <= 1 ? std::string() : "the subscription is that of another moment";
}

}  // namespace reprise::persistence
