// SPDX-License-Identifier: Apache-2.0
//
// Reads an export of messages.
//
// Invariant: one message at a time is in memory, whatever the file says of its size.
// Format: docs/exchange.md. Threading: confined to one thread.

#pragma once

#include "persistence/exchange_message.hpp"
#include "persistence/exchange_reader.hpp"
#include "persistence/schema_store.hpp"

#include <reprise/result.hpp>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace reprise::persistence {

class exchange_message_reader final : public exchange_reader {
 public:
  /// As exchange_reader::open().
  [[nodiscard]] static result<std::unique_ptr<exchange_reader>> open(
      const std::filesystem::path& file);

  [[nodiscard]] std::uint32_t partitions() const override { return partitions_; }
  [[nodiscard]] bool whole() const override { return whole_; }
  [[nodiscard]] const std::vector<stored_schema>& schemas() const override { return schemas_; }
  [[nodiscard]] std::uint64_t records() const override { return records_; }
  [[nodiscard]] result<std::optional<exchange_record>> next() override;

 private:
  explicit exchange_message_reader(std::filesystem::path file)
      : file_(std::move(file)), in_(file_, std::ios::binary) {}
  [[nodiscard]] result<void> begin();
  /// Into `framed_`; false at the end of the file.
  [[nodiscard]] result<bool> read_message();
  [[nodiscard]] result<void> take_header(const wire::message& message);
  [[nodiscard]] result<void> take_trailer(const wire::trailer& trailer, std::uint64_t checksum);
  [[nodiscard]] error wrong(errc code, const std::string& what) const;

  const std::filesystem::path file_;
  std::ifstream in_;
  // The message that was read last, which one it is, and where it begins.
  std::string framed_;
  std::uint64_t number_ = 0;
  std::uint64_t begins_ = 0;
  std::uint32_t partitions_ = 0;
  bool whole_ = false;
  std::vector<stored_schema> schemas_;
  std::uint64_t records_ = 0;
  std::uint64_t given_ = 0;
};

}  // namespace reprise::persistence
