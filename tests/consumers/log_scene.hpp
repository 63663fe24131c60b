// SPDX-License-Identifier: Apache-2.0
//
// A journal in memory whose commits wait for the test, and the verbs to fill it:
//     log_scene log;
//     log.append("ann", 3);     // staged
//     log.commit();
//
// Threading: confined to the test.

#pragma once

#include "base/random.hpp"
#include "persistence/memory_journal.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace reprise::consumers::testing {

inline constexpr aggregate_type_id account_type{0xa001'0000'0000'0001};
inline constexpr aggregate_type_id order_type{0xa002'0000'0000'0002};

class log_scene {
 public:
  explicit log_scene(std::uint32_t partitions = 1) {
    auto opened = persistence::memory_journal::open({.partitions = partitions}, &gate_);
    log_ = std::move(opened).value();
  }

  /// Stages so many events of one aggregate, each an append of its own.
  void append(const std::string& id, std::uint64_t events = 1,
              aggregate_type_id type = account_type, std::uint32_t event_type = 0) {
    for (std::uint64_t i = 0; i < events; ++i) {
      persistence::append_request request{.aggregate = {type, "", id},
                                          .time = timestamp{std::chrono::seconds(++appended_)}};
      request.events.push_back({.id = fresh_id(), .type = event_type, .payload = bytes(8)});
      log_->append(std::move(request), ignored_, 0);
    }
  }
  void retire(const std::string& id, persistence::record_kind how) {
    log_->retire({account_type, "", id}, how, persistence::expectation::any(), {},
                 timestamp{std::chrono::seconds(++appended_)}, ignored_, 0);
  }
  void commit() {
    gate_.open = true;
    log_->commit();
    gate_.open = false;
  }
  /// Staged and committed.
  void store(const std::string& id, std::uint64_t events = 1, aggregate_type_id type = account_type,
             std::uint32_t event_type = 0) {
    append(id, events, type, event_type);
    commit();
  }

  [[nodiscard]] persistence::memory_journal& journal() { return *log_; }

 private:
  struct closed_gate final : persistence::commit_gate {
    bool open = false;
    std::optional<persistence::commit_fate> next() override {
      if (!open) return {};
      return persistence::commit_fate::stored;
    }
  };
  struct ignored final : persistence::append_listener {
    void appended(std::span<persistence::append_answer>) override {}
  };

  event_id fresh_id() {
    event_id id;
    id.value[0] = std::byte{1};
    for (std::size_t i = 0; i < 8; ++i) {
      id.value[i + 8] = static_cast<std::byte>(ids_ >> (8 * i));
    }
    ++ids_;
    return id;
  }

  std::uint64_t ids_ = 1;
  std::int64_t appended_ = 0;
  closed_gate gate_;
  ignored ignored_;
  std::unique_ptr<persistence::memory_journal> log_;
};

}  // namespace reprise::consumers::testing
