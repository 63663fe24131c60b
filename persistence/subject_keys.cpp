// SPDX-License-Identifier: Apache-2.0
#include "persistence/subject_keys.hpp"

#include "base/assert.hpp"
#include "base/log.hpp"
#include "messages/little_endian.hpp"
#include "persistence/store_directory.hpp"

#include <algorithm>
#include <sodium.h>
#include <utility>

namespace reprise::persistence {
namespace {

void draw(std::span<std::byte> to) {
  REPRISE_ASSERT(sodium_init() >= 0, "libsodium finds a source of randomness");
  randombytes_buf(to.data(), to.size());
}

}  // namespace

key_table key_table::fresh() {
  stored_keys keys;
  draw(keys.header.hashing);
  return key_table(std::move(keys));
}

key_table::key_table(stored_keys from) : keys_(std::move(from)) {
  for (std::uint64_t i = 0; i < keys_.slots.size(); ++i) {
    const key_slot& slot = keys_.slots[i];
    if (slot.is == key_slot::state::free) continue;
    by_id_.emplace(slot.id, i);
    by_subject_[slot.subject].push_back(i);
  }
}

std::size_t key_table::id_hash::operator()(const key_id& id) const {
  return messages::load<std::size_t>(id.value.data());
}

result<std::optional<secret_key>> key_table::find(const key_id& key) const {
  if (const auto found = by_id_.find(key); found != by_id_.end()) {
    const key_slot& slot = keys_.slots[found->second];
    if (slot.is == key_slot::state::whole) return std::optional(slot.secret);
    if (slot.is == key_slot::state::damaged) {
      return error{errc::corrupt, "its key, in slot " + std::to_string(found->second) +
                                      " of the file of keys, is damaged"};
    }
  }
  return std::optional<secret_key>();
}

subject_hash key_table::hash_of(std::string_view subject) const {
  subject_hash out{};
  const auto as_sodium = [](auto& of) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes seen as libsodium's.
    return reinterpret_cast<unsigned char*>(of.data());
  };
  secret_key key = keys_.header.hashing;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): as above.
  const auto* const text = reinterpret_cast<const unsigned char*>(subject.data());
  const int done = crypto_generichash(as_sodium(out), out.size(), text, subject.size(),
                                      as_sodium(key), key.size());
  REPRISE_ASSERT(done == 0, "sizes of hash and key are within libsodium's");
  return out;
}

std::vector<std::uint64_t> key_table::slots_of(const subject_hash& subject) const {
  const auto found = by_subject_.find(subject);
  return found == by_subject_.end() ? std::vector<std::uint64_t>() : found->second;
}

std::uint64_t key_table::add(const subject_hash& subject, timestamp now) {
  key_slot slot{.is = key_slot::state::whole,
                .generation = keys_.header.generation,
                .created = now,
                .subject = subject};
  draw(slot.id.value);
  draw(slot.secret);
  const std::uint64_t number = keys_.slots.size();
  by_id_.emplace(slot.id, number);
  by_subject_[subject].push_back(number);
  keys_.slots.push_back(slot);
  return number;
}

void key_table::destroy(std::uint64_t number) {
  key_slot& slot = keys_.slots[number];
  slot.is = key_slot::state::destroyed;
  sodium_memzero(slot.secret.data(), slot.secret.size());
}

result<std::unique_ptr<subject_keys>> subject_keys::open(const std::filesystem::path& store,
                                                         const base::clock& time) {
  auto file = key_file::open(store);
  if (!file) return std::move(file).error();
  key_table table = key_table::fresh();
  if (*file) {
    auto stored = (*file)->read();
    if (!stored) return std::move(stored).error();
    for (const std::uint64_t number : stored->damaged) {
      base::log(base::log_level::error,
                "slot " + std::to_string(number) +
                    " of the file of keys is damaged: what its key sealed cannot be read");
    }
    // Whoever wrote it may have been killed before it was durable, and so may the name.
    if (auto synced = (*file)->sync(); !synced) return std::move(synced).error();
    if (auto synced = sync_directory(store); !synced) return std::move(synced).error();
    table = key_table(std::move(*stored));
  }
  std::unique_ptr<subject_keys> keys(new subject_keys(std::move(table), time));
  keys->store_ = store;
  keys->file_ = std::move(*file);
  return keys;
}

std::unique_ptr<subject_keys> subject_keys::in_memory(const base::clock& time) {
  return std::unique_ptr<subject_keys>(new subject_keys(key_table::fresh(), time));
}

sealing_key subject_keys::current_of(std::string_view subject) {
  const timestamp now = time_.now();
  return table_.with([&](content& c) {
    const subject_hash hash = c.table.hash_of(subject);
    for (const std::uint64_t number : c.table.slots_of(hash)) {
      const key_slot& slot = c.table.slots()[number];
      if (slot.is == key_slot::state::whole && slot.generation == c.table.header().generation) {
        return sealing_key{slot.id, slot.secret};
      }
    }
    const std::uint64_t made = c.table.add(hash, now);
    c.pending.insert(made);
    const key_slot& slot = c.table.slots()[made];
    return sealing_key{slot.id, slot.secret};
  });
}

result<std::optional<secret_key>> subject_keys::find(const key_id& key) const {
  return table_.with([&](const content& c) { return c.table.find(key); });
}

result<void> subject_keys::make_durable() {
  // Most commits bring no new key.
  if (table_.with([](const content& c) { return c.pending.empty(); })) return {};
  const std::lock_guard hold(writing_);
  return write_pending();
}

// With writing_ held.
result<void> subject_keys::write_pending() {
  std::vector<std::pair<std::uint64_t, key_slot>> slots;
  const key_header header = table_.with([&](const content& c) {
    for (const std::uint64_t number : c.pending) {
      slots.emplace_back(number, c.table.slots()[number]);
    }
    return c.table.header();
  });
  if (slots.empty()) return {};
  if (!store_.empty()) {
    if (!file_) {
      auto made = key_file::create(store_, header);
      if (!made) return std::move(made).error();
      file_ = std::move(*made);
    }
    for (const auto& [number, slot] : slots) {
      if (auto written = file_->write(number, slot); !written) return written;
    }
    if (auto synced = file_->sync(); !synced) return synced;
  }
  table_.with([&](content& c) {
    for (const auto& [number, slot] : slots) c.pending.erase(number);
  });
  return {};
}

result<std::uint64_t> subject_keys::forget(std::span<const std::string> subjects) {
  const std::lock_guard hold(writing_);
  auto destroyed = table_.with([&](content& c) -> result<std::uint64_t> {
    std::vector<std::uint64_t> numbers;
    for (const std::string& subject : subjects) {
      const auto found = c.table.slots_of(c.table.hash_of(subject));
      if (found.empty()) {
        return error{errc::not_found, "nothing was ever sealed for '" + subject + "'"};
      }
      numbers.insert(numbers.end(), found.begin(), found.end());
    }
    std::uint64_t whole = 0;
    for (const std::uint64_t number : numbers) {
      if (c.table.slots()[number].is != key_slot::state::destroyed) ++whole;
      c.table.destroy(number);
      // Also where it was destroyed before: that may not be durable.
      c.pending.insert(number);
    }
    return whole;
  });
  if (!destroyed) return destroyed;
  if (auto done = write_pending(); !done) return std::move(done).error();
  return destroyed;
}

result<std::uint64_t> subject_keys::rotate() {
  const std::lock_guard hold(writing_);
  key_header next = table_.with([](const content& c) { return c.table.header(); });
  if (!store_.empty() && !file_) {
    return error{errc::not_found, "the store has no keys: nothing was ever sealed in it"};
  }
  ++next.written;
  ++next.generation;
  if (file_) {
    if (auto written = file_->write(next); !written) return std::move(written).error();
    if (auto synced = file_->sync(); !synced) return std::move(synced).error();
  }
  table_.with([&](content& c) { c.table.take(next); });
  return next.generation;
}

std::vector<key_slot> subject_keys::all() const {
  std::vector<key_slot> out = table_.with([](const content& c) { return c.table.slots(); });
  for (key_slot& slot : out) sodium_memzero(slot.secret.data(), slot.secret.size());
  return out;
}

}  // namespace reprise::persistence
