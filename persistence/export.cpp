// SPDX-License-Identifier: Apache-2.0
#include "persistence/exchange_writer.hpp"
#include "persistence/inspected_files.hpp"
#include "persistence/part_file.hpp"
#include "persistence/record_export.hpp"
#include "persistence/schema_catalogue.hpp"
#include "persistence/store_directory.hpp"

#include <reprise/exchange.hpp>

#include <utility>

namespace reprise {
namespace {

using namespace persistence;

result<std::vector<aggregate_type_id>> ids_of(const std::vector<std::string>& names,
                                              const schema_catalogue& schemas) {
  std::vector<aggregate_type_id> ids;
  for (const std::string& name : names) {
    const auto type = schemas.type(name);
    if (!type) return type.error();
    ids.push_back(type->id);
  }
  return ids;
}

// Where each partition ends is fixed here, so that a live store comes to an end.
result<exchange_source> source_in(const inspected_log& log) {
  exchange_source from{
      .schemas = [&log] { return log.schemas(); },
      .scan =
          [&log](partition_id partition, const partition_range& range,
                 const record_visitor& visit) { return log.scan_sealed(partition, range, visit); }};
  const auto known = log.identity();
  if (!known) return known.error();
  from.store = {.format = known->format, .partitions = log.partitions(), .uuid = known->uuid};
  from.ends.reserve(log.partitions());
  for (std::uint32_t i = 0; i < log.partitions(); ++i) {
    const auto last = log.committed({i});
    if (!last) return last.error();
    from.ends.push_back(*last);
  }
  return from;
}

}  // namespace

namespace persistence {

result<export_summary> export_log(const inspected_log& from, const export_sink& to,
                                  const export_options& what, const progress_listener& listener) {
  schema_catalogue schemas([&from] { return from.schemas(); });
  if (auto known = schemas.refresh(); !known) return std::move(known).error();
  auto types = ids_of(what.types, schemas);
  if (!types) return std::move(types).error();
  const auto source = source_in(from);
  if (!source) return source.error();
  exchange_choice choice{.bytes_per_second = what.bytes_per_second};
  choice.filter.types = std::move(*types);
  if (what.id) {
    choice.filter.id_prefix = *what.id;
    choice.wanted = [&what](const stored_record& record) { return record.id == *what.id; };
  }
  return write_exchange(*source, choice, *exchange_form::of(what.format), to, listener);
}

result<export_summary> export_into(
    const std::filesystem::path& to, bool replace,
    const std::function<result<export_summary>(const export_sink&)>& write) {
  auto file = part_file::open(to, replace);
  if (!file) return std::move(file).error();
  const auto done = write([&](std::string_view piece) { return (*file)->write(piece); });
  if (!done) return done.error();
  if (auto named = (*file)->give_name(replace); !named) return std::move(named).error();
  return *done;
}

}  // namespace persistence

result<export_summary> export_records(const std::filesystem::path& from, const export_sink& to,
                                      const export_options& what,
                                      const progress_listener& listener) {
  if (auto fine = check_is_store(from); !fine) return std::move(fine).error();
  const auto log = inspected_files::open(from);
  if (!log) return log.error();
  return export_log(**log, to, what, listener);
}

result<export_summary> export_to_file(const std::filesystem::path& from,
                                      const std::filesystem::path& to, const export_options& what,
                                      const progress_listener& listener) {
  return export_into(to, what.replace, [&](const export_sink& sink) {
    return export_records(from, sink, what, listener);
  });
}

}  // namespace reprise
