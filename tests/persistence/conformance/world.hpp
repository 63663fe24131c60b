// SPDX-License-Identifier: Apache-2.0
//
// What a journal has to bring along to be put through the conformance suite: a way to open it, to
// close and open it again, to hold its commits, and, if it has them, its faults.
//
// The suite is one set of objects; each journal links it with its own make_world() into a program
// of its own, so that the name of a test says which case ran on which journal. Threading: confined
// to the test's thread, except where a method says otherwise.

#pragma once

#include "persistence/journal.hpp"
#include "persistence/snapshot_store.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace reprise::persistence {

/// Of the journal in memory, see persistence/memory_journal.hpp.
enum class commit_fate : std::uint8_t;

}  // namespace reprise::persistence

namespace reprise::persistence::conformance {

/// What cases want to have otherwise than usual.
struct world_options {
  /// One, so that positions can be foretold; cases about partitions ask for more.
  std::uint32_t partitions = 1;
  std::uint64_t payload_bytes_max = std::uint64_t{1} << 20U;
  std::uint64_t batch_bytes_max = std::uint64_t{4} << 20U;
  std::uint64_t staged_bytes_max = std::uint64_t{64} << 20U;
  /// For journals on disk: how large they may become.
  std::uint64_t store_bytes_max = std::uint64_t{1} << 30U;
};

/// Journals whose commits can be made to fail.
class commit_faults {
 public:
  virtual ~commit_faults() = default;
  /// The next commit that is tried meets that fate; those after it are stored again.
  virtual void next_commit(commit_fate fate) = 0;
};

/// Journals that keep files.
class files_on_disk {
 public:
  virtual ~files_on_disk() = default;
  [[nodiscard]] virtual std::filesystem::path journal_file() const = 0;
  [[nodiscard]] virtual std::filesystem::path snapshot_file() const = 0;
  /// Opens the journal while it is open; what that gives is closed at once.
  [[nodiscard]] virtual result<void> open_again(const world_options& options) = 0;
};

class journal_world {
 public:
  virtual ~journal_world() = default;

  /// Opens the journal, empty at first, later with what it kept; may be called after close() only.
  [[nodiscard]] virtual result<void> open(const world_options& options) = 0;
  /// Does nothing when it is closed.
  virtual void close() = 0;

  /// While open.
  [[nodiscard]] virtual journal& log() = 0;
  [[nodiscard]] virtual snapshot_store& snapshots() = 0;

  /// Appends wait from now on; release() commits all of them at once. A journal may need one record
  /// of its own for that, which it puts into the last partition: cases that hold and foretell
  /// positions open one partition more than they use.
  virtual void hold() = 0;
  virtual void release() = 0;

  /// Null where there is no such thing.
  [[nodiscard]] virtual commit_faults* faults() { return nullptr; }
  [[nodiscard]] virtual files_on_disk* files() { return nullptr; }
};

/// A case of journal.md that this program does not run, or not all of it.
struct declared_case {
  std::string_view id;
  std::string_view reason;
  /// A test of the suite covers part of it; the reason speaks of the rest.
  bool in_part = false;
};

/// The link seam: each journal's program defines these two.
[[nodiscard]] std::unique_ptr<journal_world> make_world();
/// What this journal does not run although others do.
[[nodiscard]] std::span<const declared_case> declared_by_world();

}  // namespace reprise::persistence::conformance
