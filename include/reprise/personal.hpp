// SPDX-License-Identifier: Apache-2.0
//
// Forgets people in a store that nobody has open, and looks after its keys; docs/personal.md says
// what that means. In a running node: node::forget().
//
// Threading: may be called from any thread; each blocks until it is done.

#pragma once

#include <reprise/envelope.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace reprise {

struct forget_summary {
  /// How many were destroyed; 0 when all were destroyed before.
  std::uint64_t keys = 0;
};

/// Destroys all keys of these subjects: what was sealed for them reads as its defaults from now on,
/// wherever this store is read. `not_found`, naming it, when one of them never had a key, and then
/// nothing is destroyed; `locked` while a process has the store open. After `io_error` it is not
/// known whether the keys would come back with a power loss: do it again.
result<forget_summary> forget(const std::filesystem::path& store,
                              const std::vector<std::string>& subjects);

/// What is new is sealed with new keys from now on; what was sealed before stays as it is, with the
/// keys that it has. Returns the number of the new generation of keys. `not_found` where nothing
/// was ever sealed, `locked`.
result<std::uint64_t> rotate_keys(const std::filesystem::path& store);

/// One key of somebody, without what is secret of it.
struct listed_key {
  /// Hexadecimal; what is sealed with it names it so.
  std::string id{};
  /// A keyed hash of the subject, hexadecimal: the same for all keys of one.
  std::string subject{};
  std::uint64_t generation = 0;
  timestamp created{};
  /// It was forgotten; this is what is left.
  bool destroyed = false;
};

struct key_listing {
  /// Which keys seal what is new.
  std::uint64_t generation = 0;
  /// In the order in which they were made.
  std::vector<listed_key> keys{};
  /// Slots of the file that are damaged.
  std::uint64_t damaged = 0;
};

/// Also while another process has the store open. `not_found` where nothing was ever sealed.
result<key_listing> list_keys(const std::filesystem::path& store);

}  // namespace reprise
