// SPDX-License-Identifier: Apache-2.0
#include "written_store.hpp"

#include "messages/schema_bundle.hpp"
#include "saga_log.reprise.hpp"
#include "tests/persistence/one_answer.hpp"

#include <reprise/detail/saga_type.hpp>

#include <cstdlib>
#include <stdexcept>

namespace reprise::test {
namespace {

template <class T>
T must(result<T> done) {
  if (!done) throw std::runtime_error(to_string(done.error()));
  return std::move(done).value();
}

timestamp after_noon(int seconds) {
  return noon + std::chrono::seconds(seconds);
}

template <class Api>
persistence::stored_schema schema_of() {
  const bytes_view schema = Api::schema();
  return {Api::type, std::string(Api::name), {schema.begin(), schema.end()}};
}

}  // namespace

temporary_folder::temporary_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "reprise-cli-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  path_ = name;
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

written_store::written_store() {
  const persistence::store_options options{.directory = folder_.path(),
                                           .partitions = partitions,
                                           .map_size_bytes = std::uint64_t{64} << 20U,
                                           .snapshot_map_size_bytes = std::uint64_t{64} << 20U};
  journal_ = must(persistence::lmdb_journal::open(options, measured_, clock_));
  snapshots_ = must(persistence::lmdb_snapshot_store::open(options));
  const auto schemas = journal_->schemas();
  if (!schemas->save(schema_of<post::parcel_api>()) ||
      !schemas->save(schema_of<post::courier_shift_api>())) {
    throw std::runtime_error("cannot save schemas");
  }
}

written_store::~written_store() {
  close();
}

receipt written_store::append(const aggregate_key& aggregate,
                              std::vector<persistence::new_event> events, std::string_view command,
                              int seconds, correlation_id correlation, attributes headers) {
  const command_id id = derive_command_id(command);
  if (correlation.empty()) correlation.value = id.value;
  persistence::one_answer answer;
  journal_->append({.aggregate = aggregate,
                    .events = std::move(events),
                    .time = after_noon(seconds),
                    .command = id,
                    .correlation = correlation,
                    .headers = std::move(headers)},
                   answer, 0);
  return must(answer.wait()).last;
}

receipt written_store::retire(const aggregate_key& aggregate, persistence::record_kind how,
                              int seconds, sequence before) {
  persistence::one_answer answer;
  journal_->retire(aggregate, how, {}, before, after_noon(seconds), answer, 0);
  return must(answer.wait()).last;
}

void written_store::save(const aggregate_key& aggregate, const receipt& at,
                         const post::parcel_state& state) {
  persistence::snapshot taken{.at = at.sequence, .place = at.at, .time = noon, .state_version = 1};
  codec<post::parcel_state>::encode(state, taken.state);
  if (!snapshots_->save(aggregate, taken, 0)) throw std::runtime_error("cannot save a snapshot");
}

void written_store::know_saga(std::string_view name) {
  const aggregate_type_id type = detail::saga_id(name);
  auto schema = must(messages::schema_bundle::renamed(sagas::log::saga_api::schema(), type, name));
  if (!journal_->schemas()->save({type, std::string(name), std::move(schema)})) {
    throw std::runtime_error("cannot save a schema");
  }
}

void written_store::close() {
  snapshots_.reset();
  if (journal_) journal_->close();
  journal_.reset();
}

}  // namespace reprise::test
