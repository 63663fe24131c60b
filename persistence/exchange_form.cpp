// SPDX-License-Identifier: Apache-2.0
#include "persistence/exchange_form.hpp"

#include "persistence/exchange_line.hpp"
#include "persistence/exchange_message.hpp"

#include <utility>

namespace reprise::persistence {
namespace {

class line_form final : public exchange_form {
 public:
  result<std::string> header(const store_facts& store, const std::vector<stored_schema>& schemas,
                             bool whole) const override {
    return ended(exchange_header(store, schemas, whole));
  }
  result<std::string> record(const stored_record& record,
                             schema_catalogue& schemas) const override {
    return ended(exchange_line(record, schemas.render(record)));
  }
  result<std::string> trailer(std::uint64_t records, std::uint64_t checksum) const override {
    return ended(exchange_trailer(records, checksum));
  }
  void place(std::string& /*piece*/, std::uint64_t /*checksum_before*/) const override {}
  std::uint64_t checksum(std::uint64_t so_far, std::string_view piece) const override {
    return chained_checksum(so_far, piece.substr(0, piece.size() - 1));
  }

 private:
  static std::string ended(std::string line) {
    line += '\n';
    return line;
  }
};

class message_form final : public exchange_form {
 public:
  result<std::string> header(const store_facts& store, const std::vector<stored_schema>& schemas,
                             bool whole) const override {
    return framed(header_message(store, schemas, whole));
  }
  result<std::string> record(const stored_record& record,
                             schema_catalogue& schemas) const override {
    auto message = framed(record_message(record, schemas.named(record)));
    if (message) return message;
    return error{message.error().code, "the record at position " + std::to_string(record.at.value) +
                                           " of partition " +
                                           std::to_string(record.partition.value) +
                                           " cannot be exported: " + message.error().message};
  }
  result<std::string> trailer(std::uint64_t records, std::uint64_t /*checksum*/) const override {
    return framed(trailer_message(records));
  }
  void place(std::string& piece, std::uint64_t checksum_before) const override {
    set_checksum_before(piece, checksum_before);
  }
  std::uint64_t checksum(std::uint64_t so_far, std::string_view piece) const override {
    return chained_checksum(so_far, piece);
  }
};

}  // namespace

std::unique_ptr<exchange_form> exchange_form::of(export_format format) {
  if (format == export_format::messages) return std::make_unique<message_form>();
  return std::make_unique<line_form>();
}

}  // namespace reprise::persistence
