// SPDX-License-Identifier: Apache-2.0
//
// Reads a store without the program that wrote it: names and JSON come from the schemas that the
// store keeps. Also while another process writes to it.
//
//   auto store = reprise::store_reader::open("./data");
//   store->read({store->type("Trip")->id, "", "trip-42"}, {}, [](const inspected_record& r) {
//     return print(r.event, r.payload);
//   });
//
// Invariants
//  * Nothing in the directory is changed.
//  * Everything that was committed before a call is seen by it; nothing uncommitted ever is.
//  * What the store knows no schema for is still read; only its payload is not rendered.
// Threading: confined to one thread; several readers of one store do not disturb each other.

#pragma once

#include <reprise/envelope.hpp>
#include <reprise/ids.hpp>
#include <reprise/result.hpp>
#include <reprise/schema_check.hpp>

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reprise {

/// `2026-11-25T00:45:12.000123Z`; plain microseconds outside of the years 0 to 9999.
[[nodiscard]] std::string iso_time(timestamp time);

/// An aggregate type whose schema the store keeps.
struct stored_type {
  aggregate_type_id id{};
  /// The interface's name in the schema, e.g. `Trip`.
  std::string name{};
  /// Names of its events, by discriminant.
  std::vector<std::string> events{};
};

enum class inspected_kind : std::uint8_t { event, deletion, tombstone, truncation };

/// `event`, `deletion`, `tombstone` or `truncation`.
[[nodiscard]] std::string_view to_string(inspected_kind kind) noexcept;

/// One record of a log. An `envelope::causation` in it is the id of the command that decided it, or
/// of the event that a saga sent that command for.
struct inspected_record {
  inspected_kind kind = inspected_kind::event;
  envelope meta{};
  /// Name of the aggregate's type; its id in hexadecimal where the store has no schema for it.
  std::string type{};
  /// Name of the event, its number where the schema has no name for it; else the record's kind.
  std::string event{};
  /// The event as one line of JSON. Empty for records without payload, and where `unrendered` says
  /// why there is none.
  std::string payload{};
  std::string unrendered{};
  std::uint64_t payload_size_bytes = 0;
};

/// Returning false stops the read.
using inspected_visitor = std::function<bool(const inspected_record&)>;

/// Which events of one aggregate to read; both ends belong to it.
struct history_range {
  sequence from{1};
  sequence to{std::numeric_limits<std::uint64_t>::max()};
  /// At least 1.
  std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();
};

/// One aggregate type, or one of its events.
struct record_choice {
  aggregate_type_id type{};
  std::optional<std::uint32_t> event{};
};

/// Which records of a partition to read.
struct log_range {
  position from{1};
  /// How many records to hand out at most, and how many to look at. At least 1.
  std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t window = std::numeric_limits<std::uint64_t>::max();
  /// Newest first, beginning at `from` or, where that lies beyond the end, at the end.
  bool backward = false;
  /// Empty: all records.
  std::vector<record_choice> only{};
};

struct log_page {
  /// Where to go on. Backward: 0 when the start was reached.
  position next{};
  /// Nothing of the range is left beyond what was visited.
  bool end = false;
};

/// Where an aggregate stands.
struct inspected_head {
  sequence last{};
  position at{};
  partition_id partition{};
  enum class state : std::uint8_t { absent, live, deleted, tombstoned };
  state is = state::absent;
  /// Events below it were truncated, or belong to a life that was deleted.
  sequence first_readable{1};
};

/// A saved state.
struct inspected_snapshot {
  sequence at{};
  position place{};
  timestamp time{};
  /// One line of JSON; empty where `unrendered` says why.
  std::string state{};
  std::string unrendered{};
};

/// How far a long read has come.
struct read_progress {
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};
using progress_listener = std::function<void(const read_progress&)>;

/// Something that is not as it was written; for each partition the first that was found.
struct found_damage {
  /// Nothing where the damage cannot be tied to one.
  std::optional<partition_id> partition{};
  /// 0 where it cannot be tied to a position.
  position at{};
  std::string what{};
  /// Only of what is computed from the log, and made anew when a node opens the store.
  bool derived = false;
};

struct verification {
  std::uint64_t partitions = 0;
  std::uint64_t records = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t snapshots_damaged = 0;
  std::vector<found_damage> damages{};

  [[nodiscard]] bool clean() const { return damages.empty() && snapshots_damaged == 0; }
};

/// What a store holds.
struct store_statistics {
  struct per_type {
    aggregate_type_id id{};
    std::string name{};
    /// Aggregates that ever wrote, deleted ones too.
    std::uint64_t aggregates = 0;
    std::uint64_t events = 0;
    std::uint64_t payload_bytes = 0;
  };
  struct per_partition {
    partition_id id{};
    position last{};
    std::uint64_t payload_bytes = 0;
    /// Of its last record.
    timestamp latest{};
  };
  struct file {
    /// Below the store's directory.
    std::string name{};
    std::uint64_t size_bytes = 0;
    /// What it takes on the disk; less than its size where the file has holes.
    std::uint64_t disk_bytes = 0;
  };

  std::string store_id{};
  std::uint32_t format_version = 0;
  std::uint64_t records = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t snapshot_bytes = 0;
  std::vector<per_type> types{};
  std::vector<per_partition> partitions{};
  std::vector<file> files{};
};

/// Who holds how many bytes.
struct store_space {
  struct table {
    /// `journal/log`, `snapshots/free` and so on; `free` are pages that will be used again.
    std::string name{};
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
  };
  /// Records in the log; what their entries and pages take beside them is in `journal/log` only.
  struct per_type {
    aggregate_type_id id{};
    std::string name{};
    std::uint64_t aggregates = 0;
    std::uint64_t records = 0;
    std::uint64_t record_bytes = 0;
    /// Of these, what nobody can read any more: truncated, deleted and closed histories.
    std::uint64_t hidden_bytes = 0;
  };
  struct per_aggregate {
    aggregate_key key{};
    std::string type{};
    std::uint64_t records = 0;
    std::uint64_t record_bytes = 0;
  };
  std::vector<table> tables{};
  /// Largest first.
  std::vector<per_type> types{};
  std::vector<per_aggregate> largest{};
  /// Folders of the store whose tables nobody could look into.
  std::vector<std::string> unknown{};
};

class client;

/// A store opened for reading.
class store_reader {
 public:
  /// `not_found` when there is no store in the directory, `incompatible` for a format that this
  /// version does not know, `io_error` with the system's reason.
  [[nodiscard]] static result<store_reader> open(const std::string& directory);

  store_reader(store_reader&&) noexcept;
  store_reader& operator=(store_reader&&) noexcept;
  ~store_reader();

  /// In the order of their names; types that were added since open() too.
  [[nodiscard]] result<std::vector<stored_type>> types() const;
  /// The type that a person means: `trip`, `Trip`, `ride_saga` for `RideSaga`, or an id as
  /// `0x` and hexadecimal digits. `not_found` lists the types there are; `invalid_argument` when
  /// the name fits several.
  [[nodiscard]] result<stored_type> type(std::string_view name) const;
  /// The schemas that the store keeps, by name. Ones that cannot be read are among them.
  [[nodiscard]] result<std::vector<declared_schema>> schemas() const;
  /// The choice that `Trip` or `Trip.requested` stands for; errors as of type().
  [[nodiscard]] result<record_choice> choice(std::string_view name) const;

  [[nodiscard]] std::uint32_t partitions() const;
  /// Position of the last committed record; 0 when there is none.
  [[nodiscard]] result<position> committed(partition_id partition) const;

  /// An aggregate that never wrote is `absent`, which is no error.
  [[nodiscard]] result<inspected_head> head(const aggregate_key& aggregate) const;
  /// Hands out events of one aggregate in order. `not_found`, `deleted`, `tombstoned`,
  /// `history_gone` by name; `corrupt` with the position.
  [[nodiscard]] result<void> read(const aggregate_key& aggregate, const history_range& range,
                                  const inspected_visitor& visit) const;
  /// Hands out records of every kind of one partition in the order of their positions.
  [[nodiscard]] result<log_page> scan(partition_id partition, const log_range& range,
                                      const inspected_visitor& visit) const;
  /// The newest snapshot at or below `at` that is part of the aggregate's present life.
  [[nodiscard]] result<std::optional<inspected_snapshot>> snapshot(const aggregate_key& aggregate,
                                                                   sequence at) const;

  /// Reads everything and checks it. Damage is a finding, not an error.
  [[nodiscard]] result<verification> verify(const progress_listener& progress) const;
  /// Reads the whole log to count.
  [[nodiscard]] result<store_statistics> stats(const progress_listener& progress) const;
  /// Reads the whole log to find out who holds how much; names that many of the largest
  /// aggregates. Takes memory for every aggregate of the store.
  [[nodiscard]] result<store_space> space(std::size_t largest,
                                          const progress_listener& progress) const;

 private:
  // Makes one that reads through nodes.
  friend class client;
  struct opened;
  explicit store_reader(std::unique_ptr<opened> store);

  std::unique_ptr<opened> store_;
};

}  // namespace reprise
