// SPDX-License-Identifier: Apache-2.0
//
// The verbs of the suite: append, retire, read and scan a journal in words that read as sentences,
//     CHECK(s.append("acct-7", {"e1", "e2"}).expecting(none()) == stored(2));
//     CHECK(s.history("acct-7") == "1:e1 2:e2");
// Every answer and every reading has a text, so that a failed check shows what happened.
//
// Threading: append() and send() from any thread; everything else from the test's, as it may
// assert.

#pragma once

#include "tests/persistence/conformance/text.hpp"
#include "tests/persistence/conformance/world.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::persistence::conformance {

/// The types that the suite's aggregates have.
inline constexpr aggregate_type_id account_type{0xa001'0000'0000'0001};
inline constexpr aggregate_type_id order_type{0xa002'0000'0000'0002};

// Implicit on purpose, so that cases can name an aggregate or an event by a word.
// NOLINTBEGIN(google-explicit-constructor)

/// An aggregate: an account by its id, or any key.
struct who {
  aggregate_key key;
  who(const char* id) : key{account_type, "", id} {}
  who(std::string id) : key{account_type, "", std::move(id)} {}
  who(aggregate_key any) : key(std::move(any)) {}
};

/// An event of a batch: by its name, or any event.
struct fact {
  new_event what;
  fact(const char* name);
  fact(const std::string& name);
  fact(new_event any) : what(std::move(any)) {}
};

// NOLINTEND(google-explicit-constructor)

/// An event whose id and payload both come from its name.
[[nodiscard]] new_event event(std::string_view name);
/// The same id with another payload.
[[nodiscard]] new_event event(std::string_view name, std::string_view payload);
[[nodiscard]] new_event event(std::string_view name, bytes payload);
/// prefix1, prefix2, ... prefix<count>.
[[nodiscard]] std::vector<new_event> events(std::string_view prefix, std::size_t count);
[[nodiscard]] event_id id_of(std::string_view event_name);
/// A point in time, that many seconds after the suite's year began.
[[nodiscard]] timestamp at_second(std::int64_t seconds);

[[nodiscard]] constexpr expectation any() {
  return expectation::any();
}
[[nodiscard]] constexpr expectation none() {
  return expectation::none();
}
[[nodiscard]] constexpr expectation exists() {
  return expectation::exists();
}
[[nodiscard]] constexpr expectation exact(std::uint64_t n) {
  return expectation::exact({n});
}

/// Collects answers. Outlives the journal that answers it, because a scene closes its world first.
class answers final : public append_listener {
 public:
  void appended(std::span<append_answer> batch) override;
  /// Waits; an answer that does not come within a minute fails the test.
  [[nodiscard]] outcome of(std::uint64_t tag);
  [[nodiscard]] bool has(std::uint64_t tag) const;
  /// Tags in the order in which their answers came.
  [[nodiscard]] std::vector<std::uint64_t> order_of_arrival() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::map<std::uint64_t, outcome> known_;
  std::vector<std::uint64_t> arrivals_;
};

/// An append or retirement that was asked for.
class ticket {
 public:
  ticket(answers& source, std::uint64_t tag) : source_(&source), tag_(tag) {}
  [[nodiscard]] outcome answer() const { return source_->of(tag_); }
  [[nodiscard]] bool answered() const { return source_->has(tag_); }
  [[nodiscard]] std::uint64_t tag() const { return tag_; }

 private:
  answers* source_;
  std::uint64_t tag_;
};

class scene;

/// A batch that still lacks its expectation.
class [[nodiscard]] unsent {
 public:
  unsent(scene& where, append_request request) : where_(&where), request_(std::move(request)) {}
  outcome expecting(expectation expected) &&;
  /// Asks and does not wait.
  ticket later_expecting(expectation expected) &&;

 private:
  scene* where_;
  append_request request_;
};

/// One world with its journal open, and the verbs to work on it.
class scene {
 public:
  explicit scene(const world_options& options = {});
  ~scene();

  unsent append(const who& aggregate, std::initializer_list<fact> batch);
  unsent append(const who& aggregate, std::vector<new_event> batch);
  /// e1, e2, ... one append each, expecting what is there.
  void append_one_by_one(const who& aggregate, std::initializer_list<fact> facts);
  ticket send(append_request request);

  outcome remove(const who& aggregate, expectation expected);
  outcome close_for_ever(const who& aggregate, expectation expected);
  /// `before` is the first sequence that stays readable.
  outcome truncate(const who& aggregate, std::uint64_t before);
  ticket send_retire(const who& aggregate, record_kind how, expectation expected,
                     std::uint64_t before = 0);

  [[nodiscard]] reading read(const who& aggregate, const aggregate_range& range = {}) const;
  /// All that can be read of an aggregate, without how the reading ended; or why it cannot.
  [[nodiscard]] std::string history(const who& aggregate) const;
  [[nodiscard]] scanning scan(const partition_range& range = {}, std::uint32_t partition = 0) const;
  [[nodiscard]] aggregate_head head(const who& aggregate) const;
  [[nodiscard]] std::uint64_t committed(std::uint32_t partition = 0) const;
  [[nodiscard]] position first_at_or_after(timestamp time) const;
  /// An id, made from `stem`, whose account lives in that partition.
  [[nodiscard]] std::string id_in(std::uint32_t partition, std::string_view stem) const;

  void reopen();
  void reopen(const world_options& options);
  [[nodiscard]] journal& log() const { return world_->log(); }
  [[nodiscard]] snapshot_store& snapshots() const { return world_->snapshots(); }
  [[nodiscard]] journal_world& world() const { return *world_; }
  [[nodiscard]] std::vector<std::uint64_t> order_of_arrival() const {
    return answers_.order_of_arrival();
  }

 private:
  ticket next_ticket();

  world_options options_;
  answers answers_;
  std::unique_ptr<journal_world> world_;
  std::atomic<std::uint64_t> tags_{0};
};

/// Holds the commits of a scene's journal for as long as it lives.
class held_commits {
 public:
  explicit held_commits(scene& where) : world_(&where.world()) { world_->hold(); }
  ~held_commits() { release(); }
  held_commits(const held_commits&) = delete;
  held_commits& operator=(const held_commits&) = delete;

  void release() {
    if (world_ != nullptr) world_->release();
    world_ = nullptr;
  }

 private:
  journal_world* world_;
};

/// Runs `work(i)` for i below `count` on as many threads, all released at the same moment.
void at_once(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace reprise::persistence::conformance
