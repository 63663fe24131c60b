// SPDX-License-Identifier: Apache-2.0
#include "base/clock.hpp"
#include "persistence/key_file.hpp"
#include "persistence/store_directory.hpp"
#include "persistence/subject_keys.hpp"

#include <reprise/personal.hpp>

#include <array>
#include <span>
#include <string_view>

namespace reprise {
namespace {

using namespace persistence;

std::string hexadecimal(std::span<const std::byte> from) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const std::byte b : from) {
    out += digits[static_cast<std::size_t>(b) >> 4U];
    out += digits[static_cast<std::size_t>(b) & 15U];
  }
  return out;
}

// Calls `use(keys)` while nobody else has the store open.
template <class F>
auto with_keys(const std::filesystem::path& store, const F& use)
    -> std::invoke_result_t<F, subject_keys&> {
  if (auto fine = check_is_store(store); !fine) return std::move(fine).error();
  const auto lock = store_lock::take(store);
  if (!lock) return lock.error();
  const base::system_clock time;
  const auto keys = subject_keys::open(store, time);
  if (!keys) return keys.error();
  return use(**keys);
}

}  // namespace

result<forget_summary> forget(const std::filesystem::path& store,
                              const std::vector<std::string>& subjects) {
  return with_keys(store, [&](subject_keys& keys) -> result<forget_summary> {
    const auto destroyed = keys.forget(subjects);
    if (!destroyed) return destroyed.error();
    return forget_summary{.keys = *destroyed};
  });
}

result<std::uint64_t> rotate_keys(const std::filesystem::path& store) {
  return with_keys(store, [](subject_keys& keys) { return keys.rotate(); });
}

result<key_listing> list_keys(const std::filesystem::path& store) {
  if (auto fine = check_is_store(store); !fine) return std::move(fine).error();
  const auto file = key_file::open_to_read(store);
  if (!file) return file.error();
  if (!*file) return error{errc::not_found, store.string() + " has no keys: nothing was sealed"};
  const auto stored = (*file)->read();
  if (!stored) return stored.error();
  key_listing out{.generation = stored->header.generation, .damaged = stored->damaged.size()};
  for (const key_slot& slot : stored->slots) {
    if (slot.is == key_slot::state::free || slot.is == key_slot::state::damaged) continue;
    out.keys.push_back({.id = to_hex(slot.id.value),
                        .subject = hexadecimal(slot.subject),
                        .generation = slot.generation,
                        .created = slot.created,
                        .destroyed = slot.is == key_slot::state::destroyed});
  }
  return out;
}

}  // namespace reprise
