// SPDX-License-Identifier: Apache-2.0
#include "persistence/lmdb_checkpoint_store.hpp"

#include "persistence/checkpoint_codec.hpp"
#include "persistence/lmdb_environment.hpp"
#include "persistence/lmdb_row_store.hpp"
#include "persistence/store_directory.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace reprise::persistence {
namespace {

result<std::string> name_in(bytes_view key) {
  auto name = decode_name(key);
  if (name && encode_name(*name).size() != key.size()) {
    return error{errc::corrupt, "the name of a checkpoint is damaged"};
  }
  return name;
}

}  // namespace

struct lmdb_checkpoint_store::opened {
  std::unique_ptr<lmdb_environment> environment;
  MDB_dbi checkpoints = 0;
  MDB_dbi rows = 0;
};

lmdb_checkpoint_store::lmdb_checkpoint_store(std::unique_ptr<opened> state)
    : state_(std::move(state)) {}

lmdb_checkpoint_store::~lmdb_checkpoint_store() = default;

result<std::unique_ptr<lmdb_checkpoint_store>> lmdb_checkpoint_store::open(
    const std::filesystem::path& directory, std::uint64_t map_size_bytes) {
  const std::filesystem::path folder = directory / "consumers";
  if (auto made = make_directory(folder); !made) return std::move(made).error();
  auto environment =
      lmdb_environment::open({.directory = folder, .map_size_bytes = map_size_bytes});
  if (!environment) return std::move(environment).error();
  auto state = std::make_unique<opened>();
  state->environment = std::move(*environment);
  auto transaction = lmdb_write::begin(*state->environment);
  if (!transaction) return std::move(transaction).error();
  const auto table = transaction->open_table(consumer_table_names[0], MDB_CREATE);
  if (!table) return table.error();
  const auto rows = transaction->open_table(consumer_table_names[1], MDB_CREATE);
  if (!rows) return rows.error();
  if (auto done = transaction->commit(); !done) return std::move(done).error();
  state->checkpoints = *table;
  state->rows = *rows;
  return std::unique_ptr<lmdb_checkpoint_store>(new lmdb_checkpoint_store(std::move(state)));
}

result<std::unique_ptr<lmdb_checkpoint_store>> lmdb_checkpoint_store::open_to_read(
    const std::filesystem::path& directory) {
  const std::filesystem::path folder = directory / "consumers";
  std::error_code failure;
  if (!std::filesystem::exists(folder, failure)) {
    return error{errc::not_found, folder.string() + " is not there"};
  }
  auto environment = lmdb_environment::open({.directory = folder, .read_only = true});
  if (!environment) return std::move(environment).error();
  auto state = std::make_unique<opened>();
  state->environment = std::move(*environment);
  // Whoever made it may have ended before it kept anything.
  if (!state->environment->has_tables()) {
    return error{errc::not_found, folder.string() + " is empty"};
  }
  const auto checkpoints = state->environment->table(consumer_table_names[0]);
  if (!checkpoints) return checkpoints.error();
  const auto rows = state->environment->table(consumer_table_names[1]);
  if (!rows) return rows.error();
  state->checkpoints = *checkpoints;
  state->rows = *rows;
  return std::unique_ptr<lmdb_checkpoint_store>(new lmdb_checkpoint_store(std::move(state)));
}

std::unique_ptr<row_store> lmdb_checkpoint_store::rows() {
  return std::make_unique<lmdb_row_store>(*state_->environment, state_->rows);
}

result<void> lmdb_checkpoint_store::save(std::string_view name, const checkpoint& taken) {
  if (auto fine = check_checkpoint_name(name); !fine) return fine;
  auto transaction = lmdb_write::begin(*state_->environment);
  if (!transaction) return std::move(transaction).error();
  auto put = transaction->put(state_->checkpoints, encode_name(name), encode_checkpoint(taken));
  if (!put) return put;
  return transaction->commit();
}

result<std::optional<checkpoint>> lmdb_checkpoint_store::load(std::string_view name) const {
  if (!check_checkpoint_name(name)) return std::optional<checkpoint>{};
  const auto transaction = state_->environment->read();
  if (!transaction) return transaction.error();
  const auto stored = transaction->get(state_->checkpoints, encode_name(name));
  if (!stored) return stored.error();
  if (!*stored) return std::optional<checkpoint>{};
  auto read = decode_checkpoint(**stored);
  if (!read) {
    return error{read.error().code, std::string(name) + ": " + read.error().message};
  }
  return std::optional(std::move(*read));
}

result<void> lmdb_checkpoint_store::remove(std::string_view name) {
  if (!check_checkpoint_name(name)) return {};
  auto transaction = lmdb_write::begin(*state_->environment);
  if (!transaction) return std::move(transaction).error();
  const bytes wanted = encode_name(name);
  {
    auto cursor = lmdb_cursor::open(transaction->handle(), state_->checkpoints);
    if (!cursor) return std::move(cursor).error();
    const auto row = cursor->seek(wanted);
    if (!row) return row.error();
    if (!*row || !std::ranges::equal((*row)->key, wanted)) return {};
    if (auto removed = cursor->remove_here(); !removed) return removed;
  }
  return transaction->commit();
}

result<std::vector<std::string>> lmdb_checkpoint_store::names() const {
  const auto transaction = state_->environment->read();
  if (!transaction) return transaction.error();
  auto cursor = lmdb_cursor::open(transaction->handle(), state_->checkpoints);
  if (!cursor) return std::move(cursor).error();
  std::vector<std::string> listed;
  auto row = cursor->move(MDB_FIRST);
  for (; row && *row; row = cursor->move(MDB_NEXT)) {
    auto name = name_in((*row)->key);
    if (!name) return std::move(name).error();
    listed.push_back(std::move(*name));
  }
  if (!row) return std::move(row).error();
  std::ranges::sort(listed);
  return listed;
}

result<lmdb_checkpoint_store::space> lmdb_checkpoint_store::measure() const {
  const auto checkpoints = state_->environment->usage(state_->checkpoints);
  if (!checkpoints) return checkpoints.error();
  const auto rows = state_->environment->usage(state_->rows);
  if (!rows) return rows.error();
  const auto free = state_->environment->free_bytes();
  if (!free) return free.error();
  return space{.checkpoints = checkpoints->rows,
               .checkpoints_bytes = checkpoints->bytes,
               .rows = rows->rows,
               .rows_bytes = rows->bytes,
               .free_bytes = *free};
}

}  // namespace reprise::persistence
