// SPDX-License-Identifier: Apache-2.0
//
// The keys of the subjects of a store: for each one that seals what is new, older ones that open
// what was sealed before, and what is left of those that were destroyed.
//
// Invariants
//  * make_durable() has returned before anything that rests on a key is acknowledged.
//  * What was read from the file is durable before anybody builds on it.
//  * Once forget() has returned, the keys that there were are neither in memory nor in the file,
//    also after a power loss. While its outcome is not known they open and seal nothing either.
//  * Whoever only looks up a key waits for no disk.
// Threading: every method may be called from any thread.

#pragma once

#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "persistence/key_file.hpp"

#include <reprise/result.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace reprise::persistence {

struct sealing_key {
  key_id id{};
  secret_key secret{};
};

/// All keys of a store by what they are, as memory holds them.
class key_table {
 public:
  /// With fresh secrets and no keys.
  [[nodiscard]] static key_table fresh();
  explicit key_table(stored_keys from);

  [[nodiscard]] const std::vector<key_slot>& slots() const { return keys_.slots; }
  [[nodiscard]] const key_header& header() const { return keys_.header; }
  [[nodiscard]] result<std::optional<secret_key>> find(const key_id& key) const;
  [[nodiscard]] subject_hash hash_of(std::string_view subject) const;
  /// Numbers of all slots of a subject, the oldest first.
  [[nodiscard]] std::vector<std::uint64_t> slots_of(const subject_hash& subject) const;

  /// Draws a key of the present generation; returns the number of its slot.
  std::uint64_t add(const subject_hash& subject, timestamp now);
  void destroy(std::uint64_t number);
  void take(const key_header& header) { keys_.header = header; }

 private:
  struct id_hash {
    std::size_t operator()(const key_id& id) const;
  };

  stored_keys keys_;
  std::unordered_map<key_id, std::uint64_t, id_hash> by_id_;
  std::map<subject_hash, std::vector<std::uint64_t>> by_subject_;
};

class subject_keys final : public key_source {
 public:
  /// Of the store in a folder, whose lock is held. The file is made with the first key that is to
  /// be durable. `time` must outlive the keys.
  [[nodiscard]] static result<std::unique_ptr<subject_keys>> open(
      const std::filesystem::path& store, const base::clock& time);
  /// Gone with the process.
  [[nodiscard]] static std::unique_ptr<subject_keys> in_memory(const base::clock& time);

  /// The key that seals what is new of this subject; makes one where there is none.
  [[nodiscard]] sealing_key current_of(std::string_view subject);
  [[nodiscard]] result<std::optional<secret_key>> find(const key_id& key) const override;
  /// Makes durable all keys that current_of() has handed out, and what forget() could not.
  /// `disk_full`, `io_error`: nothing may rest on them yet, it can be tried again.
  [[nodiscard]] result<void> make_durable();

  /// Destroys all keys of these subjects; returns how many were whole. `not_found`, naming it, when
  /// one of them never had a key, and then nothing is destroyed. After any other error it is not
  /// known whether the keys would come back with a power loss: do it again.
  [[nodiscard]] result<std::uint64_t> forget(std::span<const std::string> subjects);
  /// From now on what is new is sealed with other keys. Returns the number of the new generation.
  /// `not_found` where there are no keys.
  [[nodiscard]] result<std::uint64_t> rotate();

  /// As they are now; secrets are left out.
  [[nodiscard]] std::vector<key_slot> all() const;

 private:
  subject_keys(key_table table, const base::clock& time)
      : time_(time), table_(content(std::move(table))) {}
  [[nodiscard]] result<void> write_pending();

  struct content {
    explicit content(key_table from) : table(std::move(from)) {}
    key_table table;
    // Slots that are not as durable as they are here.
    std::set<std::uint64_t> pending{};
  };

  const base::clock& time_;
  // Empty in memory.
  std::filesystem::path store_;
  base::guarded<content> table_;
  // Held by whoever writes, also while the disk works; never asked for by those who look up keys.
  std::mutex writing_;
  std::optional<key_file> file_;
};

}  // namespace reprise::persistence
