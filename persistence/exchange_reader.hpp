// SPDX-License-Identifier: Apache-2.0
//
// Reads an export of either form: first the whole file, to find out whether it is whole and
// unchanged, and then its records one after the other.
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
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reprise::persistence {

/// A record as a line or a message has it.
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
  /// Where it stands in the file, from 1: `line 3`, `message 3`.
  std::string where{};
};

/// Of a whole and unchanged file.
class exchange_reader {
 public:
  /// `not_found` when there is no such file, `incompatible` for another version of the form,
  /// `corrupt` for a file that was cut or changed, `malformed` with the place of what is no export.
  [[nodiscard]] static result<std::unique_ptr<exchange_reader>> open(
      const std::filesystem::path& file);
  virtual ~exchange_reader() = default;

  [[nodiscard]] virtual std::uint32_t partitions() const = 0;
  /// Every record of the store is in it, so that positions can be as they were.
  [[nodiscard]] virtual bool whole() const = 0;
  [[nodiscard]] virtual const std::vector<stored_schema>& schemas() const = 0;
  [[nodiscard]] virtual std::uint64_t records() const = 0;

  /// The next record; nothing at the end. `malformed` with the place.
  [[nodiscard]] virtual result<std::optional<exchange_record>> next() = 0;
};

}  // namespace reprise::persistence
