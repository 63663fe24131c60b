// SPDX-License-Identifier: Apache-2.0
//
// The file that holds the keys of a store's subjects: slots of one size, which are written over in
// place, so that a key that is destroyed is nowhere in it any more.
//
// Invariants
//  * A slot lies within one sector, and is written at once; so is each of the two headers.
//  * Slots never move, and no key is ever written to a second place.
//  * Nothing but the headers is in the file when it gets its name.
// Format: docs/formats.md#keys. Threading: confined to its owner.

#pragma once

#include "persistence/key_source.hpp"

#include <reprise/envelope.hpp>
#include <reprise/result.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

namespace reprise::persistence {

/// A subject as the file knows it: keyed hash of its name.
using subject_hash = std::array<std::byte, 32>;

struct key_slot {
  enum class state : std::uint32_t {
    free = 0,
    whole = 1,
    /// The secret is zero. The slot stays, so that forgetting again does the same again.
    destroyed = 2,
    /// Never stored: it is not as it was written. Id and subject are what it says of itself, so
    /// that it can be told from what was forgotten, and be forgotten, too.
    damaged = 3,
  };

  state is = state::free;
  std::uint64_t generation = 0;
  timestamp created{};
  key_id id{};
  subject_hash subject{};
  secret_key secret{};
};

struct key_header {
  /// Counts the headers that were written; the one with more is the newer one.
  std::uint64_t written = 0;
  /// Which keys seal what is new.
  std::uint64_t generation = 1;
  /// Key of the hashes of subjects.
  secret_key hashing{};
};

/// What is in the file.
struct stored_keys {
  key_header header{};
  /// By number.
  std::vector<key_slot> slots{};
  /// Numbers of slots that are not as they were written.
  std::vector<std::uint64_t> damaged{};
  /// One of the two headers cannot be read.
  bool header_damaged = false;
};

class key_file {
 public:
  /// The name of the file in a store's folder.
  [[nodiscard]] static std::filesystem::path name_in(const std::filesystem::path& store);
  /// Makes it, durable with its name. `disk_full`, `io_error`.
  [[nodiscard]] static result<key_file> create(const std::filesystem::path& store,
                                               const key_header& header);
  /// Nothing where there is none.
  [[nodiscard]] static result<std::optional<key_file>> open(const std::filesystem::path& store);
  [[nodiscard]] static result<std::optional<key_file>> open_to_read(
      const std::filesystem::path& store);
  key_file(key_file&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  key_file& operator=(key_file&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }
  ~key_file();

  /// The keys of one store into the folder of another that is being made; durable with its name.
  /// Nothing where there are none.
  [[nodiscard]] static result<void> copy(const std::filesystem::path& from,
                                         const std::filesystem::path& to);
  /// `corrupt` when no header can be read; `incompatible` for another format. Slots that somebody
  /// else writes meanwhile are found as they were or as they will be.
  [[nodiscard]] result<stored_keys> read() const;
  /// Not durable before sync(). `disk_full`, `io_error`.
  [[nodiscard]] result<void> write(std::uint64_t number, const key_slot& slot);
  /// Over the older one of the two.
  [[nodiscard]] result<void> write(const key_header& header);
  [[nodiscard]] result<void> sync();

 private:
  explicit key_file(int file) : file_(file) {}
  [[nodiscard]] result<bytes> content() const;
  [[nodiscard]] static result<std::optional<key_file>> opened(const std::filesystem::path& store,
                                                              int flags);
  [[nodiscard]] result<void> put(std::uint64_t offset, bytes_view what);

  int file_;
};

}  // namespace reprise::persistence
