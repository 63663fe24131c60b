// SPDX-License-Identifier: Apache-2.0
//
// Reads an export: first the whole file, to find out whether it is whole and unchanged, and then
// its records one after the other.
//
// Format: docs/exchange.md. Threading: confined to one thread.

#pragma once

#include "persistence/journal.hpp"
#include "persistence/schema_store.hpp"

#include <reprise/envelope.hpp>
#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reprise::persistence {

/// A record as a line has it.
struct exchange_record {
  partition_id partition{};
  position at{};
  timestamp time{};
  aggregate_key aggregate{};
  record_kind kind = record_kind::event;
  reprise::sequence sequence{};
  std::uint64_t batch_index = 0;
  std::uint32_t event_type = 0;
  bytes payload{};
  event_id event{};
  command_id command{};
  std::uint64_t command_hash = 0;
  correlation_id correlation{};
  attributes headers{};
  attributes tags{};
  /// Of a truncation: the first sequence that stays readable.
  reprise::sequence first_readable{};
  /// Where it stands in the file, from 1.
  std::uint64_t line = 0;
};

class exchange_reader {
 public:
  /// `not_found` when there is no such file, `incompatible` for another version of the format,
  /// `corrupt` for a file that was cut or changed, `malformed` with the line of what is no export.
  [[nodiscard]] static result<std::unique_ptr<exchange_reader>> open(
      const std::filesystem::path& file);

  [[nodiscard]] std::uint32_t partitions() const { return partitions_; }
  /// Every record of the store is in it, so that positions can be as they were.
  [[nodiscard]] bool whole() const { return whole_; }
  [[nodiscard]] const std::vector<stored_schema>& schemas() const { return schemas_; }
  [[nodiscard]] std::uint64_t records() const { return records_; }

  /// The next record; nothing at the end. `malformed` with the line.
  [[nodiscard]] result<std::optional<exchange_record>> next();

 private:
  explicit exchange_reader(std::filesystem::path file)
      : file_(std::move(file)), in_(file_, std::ios::binary) {}
  [[nodiscard]] result<void> begin();
  [[nodiscard]] result<void> read_header(const std::string& line);
  [[nodiscard]] result<void> read_trailer(const std::string& line, std::uint64_t lines,
                                          std::uint64_t checksum);
  [[nodiscard]] error wrong(errc code, const std::string& what) const;

  const std::filesystem::path file_;
  std::ifstream in_;
  std::uint64_t line_ = 0;
  std::uint32_t partitions_ = 0;
  bool whole_ = false;
  std::vector<stored_schema> schemas_;
  std::uint64_t records_ = 0;
  std::uint64_t given_ = 0;
};

}  // namespace reprise::persistence
