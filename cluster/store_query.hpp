// SPDX-License-Identifier: Apache-2.0
//
// How a client asks a node for what it has stored, and what it is answered: the calls of
// persistence::inspected_log, a page at a time.
//
// Format: node_query.capnp. Threading: pure functions.

#pragma once

#include "cluster/standing_message.hpp"
#include "persistence/checkpoint_store.hpp"
#include "persistence/journal.hpp"
#include "persistence/schema_store.hpp"
#include "persistence/snapshot_store.hpp"
#include "persistence/store_survey.hpp"

#include <reprise/ids.hpp>
#include <reprise/inspect.hpp>
#include <reprise/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace reprise::cluster {

/// Among the commands to node_itself.
inline constexpr std::uint32_t store_command = 3;

struct schemas_query {};
struct committed_query {
  partition_id partition{};
};
struct head_query {
  aggregate_key of{};
};
struct events_query {
  aggregate_key of{};
  persistence::aggregate_range range{};
};
struct scan_query {
  partition_id partition{};
  /// Its filter has types only.
  persistence::partition_range range{};
};
struct saved_query {
  aggregate_key of{};
  /// Its sequences only.
  persistence::snapshot_bounds bounds{};
};
struct projections_query {};
struct rows_query {
  std::string projection{};
  /// Keys in [from, below).
  bytes from{};
  bytes below{};
};
struct facts_query {};
struct heads_query {
  /// Of one partition, 1 to heads_max.
  std::vector<aggregate_key> of{};
};
struct snapshots_query {
  bytes behind{};
};
/// Which check it is, drawn by whoever wants it.
using check_id = std::array<std::byte, 16>;
struct check_query {
  check_id id{};
};
/// Up to where each partition of the cluster is committed; see read_index.hpp.
struct ends_query {};
inline constexpr std::size_t heads_max = 1'024;
using store_query =
    std::variant<schemas_query, committed_query, head_query, events_query, scan_query, saved_query,
                 projections_query, rows_query, facts_query, heads_query, snapshots_query,
                 check_query, ends_query>;

/// What is asked, and how far a copy must reach that it is answered from.
struct placed_query {
  store_query what{};
  position after{};
};

struct facts_answer {
  persistence::store_identity identity{};
  persistence::store_inventory inventory{};
};

struct check_answer {
  read_progress at{};
  /// Once it is finished.
  std::optional<verification> found{};
};

struct schemas_answer {
  std::uint32_t partitions = 0;
  std::vector<persistence::stored_schema> schemas{};
};

/// How a page ended.
struct page_end {
  /// Where to go on: a sequence or a position; backward 0 at the start.
  std::uint64_t next = 0;
  /// Of the partition.
  position last{};
  /// Nothing of the range is left.
  bool end = false;
  /// The page was full before the range's limits were.
  bool cut = false;
};

/// A page that is being filled.
class record_page_builder {
 public:
  record_page_builder();
  ~record_page_builder();

  /// False once the page is full; the record is in it all the same.
  [[nodiscard]] bool add(const persistence::stored_record& record);
  [[nodiscard]] bytes finish(const page_end& end);

 private:
  struct content;
  const std::unique_ptr<content> content_;
};

/// Rows of one moment.
struct row_page {
  std::vector<std::pair<bytes, bytes>> rows{};
  /// The page was full before the range was.
  bool cut = false;
  /// Nothing when nothing was ever committed.
  std::optional<persistence::checkpoint> taken_at{};
  bool operator==(const row_page&) const = default;
};
/// Beyond it a page is full.
inline constexpr std::size_t row_page_bytes_max = std::size_t{1} << 20U;

[[nodiscard]] bytes encode(const store_query& query, position after = {});
[[nodiscard]] bytes encode(const committed_ends& ends);
[[nodiscard]] bytes encode(const schemas_answer& answer);
[[nodiscard]] bytes encode(position committed);
[[nodiscard]] bytes encode(const persistence::aggregate_head& head);
[[nodiscard]] bytes encode(const std::vector<std::string>& names);
[[nodiscard]] bytes encode(const row_page& page);
[[nodiscard]] bytes encode(const facts_answer& facts);
[[nodiscard]] bytes encode(const std::vector<persistence::aggregate_head>& heads);
[[nodiscard]] bytes encode(const persistence::snapshot_tally& tally);
[[nodiscard]] bytes encode(const check_answer& answer);
/// Without the commands that it remembers.
[[nodiscard]] bytes encode(const std::optional<persistence::snapshot>& saved);

/// All of them: `errc::malformed`; `errc::incompatible` for a query of a later version.
[[nodiscard]] result<placed_query> decode_store_query(bytes_view from);
[[nodiscard]] result<committed_ends> decode_committed_ends(bytes_view from);
[[nodiscard]] result<schemas_answer> decode_schemas(bytes_view from);
[[nodiscard]] result<position> decode_committed(bytes_view from);
[[nodiscard]] result<persistence::aggregate_head> decode_head(bytes_view from);
[[nodiscard]] result<std::optional<persistence::snapshot>> decode_saved(bytes_view from);
[[nodiscard]] result<std::vector<std::string>> decode_names(bytes_view from);
[[nodiscard]] result<row_page> decode_rows(bytes_view from);
[[nodiscard]] result<facts_answer> decode_facts(bytes_view from);
[[nodiscard]] result<std::vector<persistence::aggregate_head>> decode_heads(bytes_view from);
[[nodiscard]] result<persistence::snapshot_tally> decode_tally(bytes_view from);
[[nodiscard]] result<check_answer> decode_check(bytes_view from);
/// Shows the page's records until `visit` says no; what they point to is within `from`.
[[nodiscard]] result<page_end> decode_records(bytes_view from, partition_id partition,
                                              const persistence::record_visitor& visit);

}  // namespace reprise::cluster
