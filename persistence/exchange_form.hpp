// SPDX-License-Identifier: Apache-2.0
//
// The two forms of an export. Each is written as pieces: a header, the records, a trailer.
//
// Format: docs/exchange.md. Threading: confined to one thread.

#pragma once

#include "persistence/journal.hpp"
#include "persistence/read_only_store.hpp"
#include "persistence/schema_catalogue.hpp"
#include "persistence/schema_store.hpp"

#include <reprise/exchange.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::persistence {

class exchange_form {
 public:
  [[nodiscard]] static std::unique_ptr<exchange_form> of(export_format format);
  virtual ~exchange_form() = default;

  // Each is a piece as it stands in the file. `too_large` for one that nobody would read.
  [[nodiscard]] virtual result<std::string> header(const store_facts& store,
                                                   const std::vector<stored_schema>& schemas,
                                                   bool whole) const = 0;
  /// Without what depends on where it comes to stand.
  [[nodiscard]] virtual result<std::string> record(const stored_record& record,
                                                   schema_catalogue& schemas) const = 0;
  [[nodiscard]] virtual result<std::string> trailer(std::uint64_t records,
                                                    std::uint64_t checksum) const = 0;

  /// Sets what depends on the pieces before it.
  virtual void place(std::string& piece, std::uint64_t checksum_before) const = 0;
  /// The checksum of all pieces so far, with one more of them.
  [[nodiscard]] virtual std::uint64_t checksum(std::uint64_t so_far,
                                               std::string_view piece) const = 0;
};

}  // namespace reprise::persistence
