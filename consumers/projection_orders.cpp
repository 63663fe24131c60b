// SPDX-License-Identifier: Apache-2.0
//
// What is changed of a projection in files that no process has open: versions that are forgotten,
// and decisions about parked events. What is only read is in projection_store.cpp.
#include "consumers/projection_change.hpp"
#include "consumers/stored_projections.hpp"
#include "persistence/lmdb_checkpoint_store.hpp"
#include "persistence/read_only_store.hpp"
#include "persistence/store_directory.hpp"

#include <reprise/projection_store.hpp>

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace reprise {
namespace {

using consumers::projection_order;

// Room for what is in it, and for the pages that changing takes.
result<std::unique_ptr<persistence::lmdb_checkpoint_store>> open_to_write(
    const std::string& directory) {
  std::error_code failure;
  const auto size =
      std::filesystem::file_size(std::filesystem::path(directory) / "consumers/data.mdb", failure);
  if (failure) return error{errc::io_error, directory + "/consumers: " + failure.message()};
  return persistence::lmdb_checkpoint_store::open(directory, persistence::map_bytes_for(size));
}

result<void> check_stored(const std::string& directory, const std::string& name,
                          std::uint32_t version) {
  const auto store = projection_store::open(directory);
  if (!store) return store.error();
  if (auto there = store->parked(name, version); !there) return std::move(there).error();
  return {};
}

// The log is opened when something is looked up in it.
consumers::change_lookups lookups_in(const std::string& directory) {
  return {.starts = [directory](const start_point& from) -> result<std::vector<partition_cursor>> {
            const auto log = persistence::read_only_store::open(directory);
            if (!log) return log.error();
            return consumers::starts_in(**log, from);
          },
          .payload = [directory](const parked_event& what, std::string_view json) -> result<bytes> {
            const auto log = persistence::read_only_store::open(directory);
            if (!log) return log.error();
            const auto schemas = (*log)->schemas();
            if (!schemas) return schemas.error();
            return consumers::payload_in(**log, *schemas, what, json);
          }};
}

// The rows of one version, for whoever holds the store for itself.
class held_files final : public consumers::version_orders {
 public:
  static result<std::unique_ptr<held_files>> open(const std::string& directory, std::string name,
                                                  std::uint32_t version) {
    if (auto fine = persistence::check_is_store(directory); !fine) return std::move(fine).error();
    auto lock = persistence::store_lock::take(directory);
    if (!lock) return std::move(lock).error();
    if (auto there = check_stored(directory, name, version); !there) {
      return std::move(there).error();
    }
    auto kept = open_to_write(directory);
    if (!kept) return std::move(kept).error();
    return std::unique_ptr<held_files>(
        new held_files(directory, std::move(name), version, std::move(*lock), std::move(*kept)));
  }

  result<consumers::order_outcome> carry_out(const order& what) override {
    return consumers::carry_out({.name = name_, .version = version_, .what = what}, *rows_,
                                lookups_);
  }

 private:
  held_files(const std::string& directory, std::string name, std::uint32_t version,
             persistence::store_lock lock, std::unique_ptr<persistence::lmdb_checkpoint_store> kept)
      : name_(std::move(name)),
        version_(version),
        lookups_(lookups_in(directory)),
        lock_(std::move(lock)),
        kept_(std::move(kept)),
        rows_(kept_->rows()) {}

  const std::string name_;
  const std::uint32_t version_;
  const consumers::change_lookups lookups_;
  const persistence::store_lock lock_;
  const std::unique_ptr<persistence::lmdb_checkpoint_store> kept_;
  const std::unique_ptr<persistence::row_store> rows_;
};

}  // namespace

result<void> drop_projection(const std::string& directory, const std::string& name,
                             std::uint32_t version) {
  return rebuild_projection(directory, name, version, start_point::beginning());
}

result<void> rebuild_projection(const std::string& directory, const std::string& name,
                                std::uint32_t version, const start_point& from) {
  const auto held = held_files::open(directory, name, version);
  if (!held) return held.error();
  const auto done = (*held)->carry_out(consumers::rebuild_order{from});
  return done ? result<void>() : done.error();
}

parked_orders::parked_orders(std::unique_ptr<opened> store) : store_(std::move(store)) {}
parked_orders::parked_orders(parked_orders&&) noexcept = default;
parked_orders& parked_orders::operator=(parked_orders&&) noexcept = default;
parked_orders::~parked_orders() = default;

result<parked_orders> parked_orders::open(const std::string& directory, const std::string& name,
                                          std::uint32_t version) {
  auto held = held_files::open(directory, name, version);
  if (!held) return std::move(held).error();
  auto store = std::make_unique<opened>();
  store->version = std::move(*held);
  return parked_orders(std::move(store));
}

result<std::vector<aggregate_key>> parked_orders::retry(const parked_choice& choice) {
  auto done = store_->version->carry_out(consumers::retry_order{choice});
  if (!done) return std::move(done).error();
  return std::move(done->tried);
}

result<parked_event> parked_orders::skip(const aggregate_key& aggregate, const std::string& why,
                                         timestamp now) {
  const auto which = store_->version->first_of(aggregate);
  if (!which) return which.error();
  return store_->decide(
      consumers::skip_order{.of = aggregate, .which = *which, .why = why, .when = now});
}

result<parked_event> parked_orders::edit(const aggregate_key& aggregate, std::string_view json,
                                         const std::string& why) {
  const auto which = store_->version->first_of(aggregate);
  if (!which) return which.error();
  return store_->decide(consumers::edit_order{
      .of = aggregate, .which = *which, .json = std::string(json), .why = why});
}

result<parked_event> parked_orders::opened::decide(
    const consumers::version_orders::order& what) const {
  auto done = version->carry_out(what);
  if (!done) return std::move(done).error();
  if (!done->about) return error{errc::malformed, "it is not said which event that was about"};
  return std::move(*done->about);
}

}  // namespace reprise
