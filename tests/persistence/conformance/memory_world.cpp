// SPDX-License-Identifier: Apache-2.0
//
// The journal in memory. It is gone when it is closed, so what needs files is left to those that
// have them; but its commits can be made to fail.

#include "persistence/memory_journal.hpp"
#include "persistence/memory_snapshot_store.hpp"
#include "tests/persistence/conformance/world.hpp"

#include <array>
#include <atomic>
#include <utility>

namespace reprise::persistence::conformance {
namespace {

/// Lets commits pass with the fate that was ordered, or not at all.
class ordered_gate final : public commit_gate {
 public:
  std::optional<commit_fate> next() override {
    if (closed) return {};
    return fate.exchange(commit_fate::stored);
  }

  std::atomic<bool> closed{false};
  std::atomic<commit_fate> fate{commit_fate::stored};
};

class memory_world final : public journal_world, public commit_faults {
 public:
  result<void> open(const world_options& options) override {
    auto opened = memory_journal::open({.partitions = options.partitions,
                                        .limits = {.payload_bytes_max = options.payload_bytes_max,
                                                   .batch_bytes_max = options.batch_bytes_max,
                                                   .staged_bytes_max = options.staged_bytes_max}},
                                       &gate_);
    if (!opened) return opened.error();
    journal_ = std::move(*opened);
    snapshots_ = std::make_unique<memory_snapshot_store>();
    return {};
  }
  void close() override {
    if (journal_) journal_->close();
    journal_.reset();
    snapshots_.reset();
  }

  journal& log() override { return *journal_; }
  snapshot_store& snapshots() override { return *snapshots_; }

  void hold() override { gate_.closed = true; }
  void release() override {
    gate_.closed = false;
    journal_->commit();
  }

  commit_faults* faults() override { return this; }
  void next_commit(commit_fate fate) override { gate_.fate = fate; }

 private:
  ordered_gate gate_;
  std::unique_ptr<memory_journal> journal_;
  std::unique_ptr<memory_snapshot_store> snapshots_;
};

constexpr std::string_view needs_files = "nothing outlives a journal in memory; it has no files";

constexpr auto declared = std::to_array<declared_case>({
    {"J-066", needs_files},
    {"J-144", needs_files},
    {"J-146", needs_files},
    {"J-154", needs_files},
    {"J-155", needs_files},
    {"J-156", needs_files},
    {"J-170", needs_files},
});

}  // namespace

std::unique_ptr<journal_world> make_world() {
  return std::make_unique<memory_world>();
}

std::span<const declared_case> declared_by_world() {
  return declared;
}

}  // namespace reprise::persistence::conformance
