// SPDX-License-Identifier: Apache-2.0
//
// A store that is only looked at, also while another process writes to it: what the tools use.
//
// Invariants
//  * A read sees everything that was committed before it began, saved heads or not.
//  * Nothing is written, not even to put right what is damaged.
// Threading: every method may be called from any thread.

#pragma once

#include "persistence/journal.hpp"
#include "persistence/schema_store.hpp"
#include "persistence/store_survey.hpp"

#include <reprise/result.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace reprise::persistence {

/// What a store is and how large it is.
struct store_facts {
  std::uint32_t format = 0;
  std::uint32_t partitions = 0;
  std::array<std::byte, 16> uuid{};
  timestamp created{};
  std::uint64_t aggregates = 0;
  /// Entries of the log: what one partition appended in one commit.
  std::uint64_t entries = 0;
  std::uint64_t file_bytes = 0;
  /// Of the file; the rest is to be used again.
  std::uint64_t used_bytes = 0;
};

/// Something that is not as it was written.
struct damage_report {
  /// Nothing when the damage cannot be told to be of one partition.
  std::optional<partition_id> partition{};
  /// The first position concerned, where it is known.
  position at{};
  std::string what{};
  /// Only heads or places that were saved; they are made anew when the store is opened.
  bool derived = false;
};

struct verify_report {
  std::uint64_t entries = 0;
  std::uint64_t records = 0;
  std::uint64_t aggregates = 0;
  std::vector<damage_report> damages{};
};

/// Told how far it is, now and then: entries looked at, and entries in all. False ends it.
using verify_progress = std::function<bool(std::uint64_t done, std::uint64_t total)>;

class read_only_store {
 public:
  /// `not_found` when there is no store; `locked` when this process has it open already.
  [[nodiscard]] static result<std::unique_ptr<read_only_store>> open(
      const std::filesystem::path& directory);
  ~read_only_store();

  [[nodiscard]] std::uint32_t partitions() const;
  [[nodiscard]] partition_id partition_of(const aggregate_key& aggregate) const;
  [[nodiscard]] result<store_facts> facts() const;
  [[nodiscard]] result<std::vector<stored_schema>> schemas() const;
  /// What each table of the journal takes, and its free pages.
  [[nodiscard]] result<void> list_tables(store_inventory& into) const;

  /// These are journal's, with its meanings.
  [[nodiscard]] result<aggregate_head> head(const aggregate_key& aggregate) const;
  [[nodiscard]] result<position> committed(partition_id partition) const;
  [[nodiscard]] result<aggregate_page> read(const aggregate_key& aggregate,
                                            const aggregate_range& range,
                                            const record_visitor& visit) const;
  [[nodiscard]] result<partition_page> scan(partition_id partition, const partition_range& range,
                                            const record_visitor& visit) const;
  [[nodiscard]] result<position> first_at_or_after(partition_id partition, timestamp time) const;

  /// Reads the whole log: checksums, dense positions, the chain of every aggregate; then compares
  /// what was saved with what the log adds up to. Reports the first damage of each partition.
  /// `stopped` when it was ended.
  [[nodiscard]] result<verify_report> verify(const verify_progress& progress) const;

 private:
  struct opened;
  explicit read_only_store(std::unique_ptr<opened> state);

  const std::unique_ptr<opened> state_;
};

}  // namespace reprise::persistence
