// SPDX-License-Identifier: Apache-2.0
//
// Verbs for tests of the store on disk: a folder that goes away, opening, appending and waiting.
//
// Threading: verbs may be called from any thread, those that assert only from the test's.

#pragma once

#include "base/clock.hpp"
#include "persistence/lmdb_journal.hpp"
#include "persistence/options.hpp"
#include "persistence/read_only_store.hpp"

#include <reprise/metrics.hpp>

#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace reprise::persistence {

class temporary_folder {
 public:
  temporary_folder();
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Collects answers; must outlive the journal that gives them.
class waiting_listener final : public append_listener {
 public:
  void appended(std::span<append_answer> answers) override;
  /// Waits for the answer; each can be had once.
  [[nodiscard]] result<append_receipt> of(std::uint64_t tag);

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::map<std::uint64_t, result<append_receipt>> known_;
};

/// A store in a folder, opened and closed at will.
class store_scene {
 public:
  explicit store_scene(std::uint32_t partitions = 2);

  store_options options;

  [[nodiscard]] const std::filesystem::path& folder() const { return options.directory; }
  [[nodiscard]] std::filesystem::path file() const { return folder() / "journal" / "data.mdb"; }

  /// Must succeed.
  void open();
  [[nodiscard]] result<void> try_open();
  void close();
  void reopen();
  [[nodiscard]] lmdb_journal& log() { return *journal_; }
  [[nodiscard]] std::uint64_t count(std::string_view metric) {
    return measured_.count(metric).value();
  }

  static aggregate_key key(const std::string& id) { return {{0xacc}, "", id}; }
  /// An id, made from `stem`, that lives in that partition.
  [[nodiscard]] std::string id_in(std::uint32_t partition, const std::string& stem);

  /// Events whose payloads are the names; waits.
  [[nodiscard]] result<append_receipt> append(const std::string& id,
                                              const std::vector<std::string>& names,
                                              expectation expected = expectation::any());
  /// `count` events of `size` bytes in one batch; does not wait.
  std::uint64_t send(const std::string& id, std::size_t count, std::size_t size,
                     const std::string& name);
  [[nodiscard]] result<append_receipt> answer(std::uint64_t tag) { return answers_.of(tag); }
  /// `1:e1 2:e2`, or why not.
  [[nodiscard]] std::string history(const std::string& id);

 private:
  [[nodiscard]] append_request request(const std::string& id);

  temporary_folder made_;
  base::system_clock time_;
  metrics measured_;
  waiting_listener answers_;
  std::uint64_t tags_ = 0;
  std::unique_ptr<lmdb_journal> journal_;
};

/// The events of one aggregate, from any journal or reader of a store.
template <class Reader>
[[nodiscard]] std::string history_of(const Reader& reader, const aggregate_key& key) {
  std::string text;
  const auto page = reader.read(key, {}, [&](const stored_record& r) {
    text += (text.empty() ? "" : " ") + std::to_string(r.sequence.value) + ":";
    for (const std::byte b : r.payload) text += static_cast<char>(b);
    return true;
  });
  return page ? text : std::string(to_string(page.error().code));
}

/// A reader of the store in a folder; there must be one.
[[nodiscard]] std::unique_ptr<read_only_store> look(const std::filesystem::path& folder);

/// Changes one bit of every copy of `text` in a file, and says how many there were.
std::size_t damage(const std::filesystem::path& file, std::string_view text);

}  // namespace reprise::persistence
