// SPDX-License-Identifier: Apache-2.0
#include "actors/store_answers.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace reprise::actors {
namespace {

using cluster::page_end;
using cluster::record_page_builder;
using persistence::direction;
using persistence::stored_record;

// One page must not keep a thread of the node for long.
constexpr std::uint64_t looked_at_max = std::uint64_t{1} << 16U;

// What comes next to a place, in that order; 0 before the first.
std::uint64_t behind(std::uint64_t place, direction order) {
  return order == direction::forward ? place + 1 : place - 1;
}

error does_not_reach(partition_id partition) {
  return {errc::unavailable,
          "this node's copy of partition " + std::to_string(partition.value) +
              " does not reach so far yet; a stale read shows what it has",
          persistence::led_elsewhere};
}

class query_answer {
 public:
  explicit query_answer(const readable_store& store) : store_(store) {}

  result<bytes> operator()(const cluster::schemas_query& /*all*/) const {
    auto all = store_.schemas.all();
    if (!all) return std::move(all).error();
    return encode(cluster::schemas_answer{.partitions = store_.events.partitions(),
                                          .schemas = std::move(*all)});
  }

  result<bytes> operator()(const cluster::committed_query& query) const {
    if (auto fine = check(query.partition); !fine) return std::move(fine).error();
    return cluster::encode(store_.events.committed(query.partition));
  }

  result<bytes> operator()(const cluster::head_query& query) const {
    const auto head = store_.events.head(query.of);
    if (!head) return head.error();
    return cluster::encode(*head);
  }

  result<bytes> operator()(const cluster::events_query& query) const {
    if (query.range.limit == 0) return empty_page();
    record_page_builder page;
    std::optional<std::uint64_t> last;
    bool full = false;
    const auto read = store_.events.read(query.of, query.range, [&](const stored_record& record) {
      last = record.sequence.value;
      full = !page.add(record);
      return !full;
    });
    // What was read before damage stands; the next page says what it is.
    if (!read && !last) return read.error();
    if (read && !full) return page.finish({.end = read->end});
    return page.finish({.next = behind(*last, query.range.order), .end = false, .cut = true});
  }

  result<bytes> operator()(const cluster::scan_query& query) const {
    if (auto fine = check(query.partition); !fine) return std::move(fine).error();
    if (query.range.limit == 0 || query.range.window == 0) return empty_page();
    record_page_builder page;
    std::optional<std::uint64_t> last;
    bool full = false;
    std::uint64_t shown = 0;
    persistence::partition_range range = query.range;
    range.window = std::min(range.window, looked_at_max);
    const auto read = store_.events.scan(query.partition, range, [&](const stored_record& record) {
      last = record.at.value;
      ++shown;
      full = !page.add(record);
      return !full;
    });
    if (!read && !last) return read.error();
    const position end = store_.events.committed(query.partition);
    if (read && !full) {
      const bool is_clipped =
          !read->end && shown < query.range.limit && range.window < query.range.window;
      return page.finish(
          {.next = read->next.value, .last = read->last, .end = read->end, .cut = is_clipped});
    }
    return page.finish(
        {.next = behind(*last, query.range.order), .last = end, .end = false, .cut = true});
  }

  result<bytes> operator()(const cluster::saved_query& query) const {
    const auto saved = store_.snapshots.load(query.of, query.bounds);
    if (!saved) return saved.error();
    return cluster::encode(*saved);
  }

  result<bytes> operator()(const cluster::projections_query& /*all*/) const {
    const persistence::row_store* const rows = store_.rows ? store_.rows() : nullptr;
    if (rows == nullptr) return cluster::encode(std::vector<std::string>());
    const auto names = rows->names();
    if (!names) return names.error();
    return cluster::encode(*names);
  }

  result<bytes> operator()(const cluster::rows_query& query) const {
    const persistence::row_store* const rows = store_.rows ? store_.rows() : nullptr;
    cluster::row_page page;
    if (rows == nullptr) return cluster::encode(page);
    const auto stored = rows->read(query.projection);
    if (!stored) return stored.error();
    auto taken = (*stored)->taken_at();
    if (!taken) return std::move(taken).error();
    page.taken_at = std::move(*taken);
    std::size_t size = 0;
    const auto read =
        (*stored)->scan(query.from, query.below, [&](bytes_view key, bytes_view value) {
          page.cut = size >= cluster::row_page_bytes_max;
          if (page.cut) return false;
          page.rows.emplace_back(bytes(key.begin(), key.end()), bytes(value.begin(), value.end()));
          size += key.size() + value.size() + row_bytes_fixed;
          return true;
        });
    if (!read) return read.error();
    return cluster::encode(page);
  }

  result<bytes> operator()(const cluster::facts_query& /*all*/) const {
    const auto identity = store_.survey.identity();
    if (!identity) return identity.error();
    auto inventory = store_.survey.inventory();
    if (!inventory) return std::move(inventory).error();
    return cluster::encode(
        cluster::facts_answer{.identity = *identity, .inventory = std::move(*inventory)});
  }

  result<bytes> operator()(const cluster::heads_query& query) const {
    std::vector<persistence::aggregate_head> heads;
    heads.reserve(query.of.size());
    for (const aggregate_key& aggregate : query.of) {
      const auto head = store_.events.head(aggregate);
      if (!head) return head.error();
      heads.push_back(*head);
    }
    return cluster::encode(heads);
  }

  result<bytes> operator()(const cluster::snapshots_query& query) const {
    const auto tally = store_.survey.count_snapshots(query.behind);
    if (!tally) return tally.error();
    return cluster::encode(*tally);
  }

  result<bytes> operator()(const cluster::ends_query& /*all*/) const {
    return error{errc::invalid_argument, "one store does not know how far a cluster's logs go"};
  }

  result<bytes> operator()(const cluster::check_query& query) const {
    const auto answer = store_.check.ask(query.id);
    if (!answer) return answer.error();
    return cluster::encode(*answer);
  }

 private:
  // Of a row on the wire, beside key and value.
  static constexpr std::size_t row_bytes_fixed = 32;

  [[nodiscard]] result<void> check(partition_id partition) const {
    if (partition.value < store_.events.partitions()) return {};
    return error{errc::invalid_argument, "there is no partition " +
                                             std::to_string(partition.value) + ", only " +
                                             std::to_string(store_.events.partitions())};
  }
  static error empty_page() { return {errc::invalid_argument, "a page of nothing is no page"}; }

  const readable_store& store_;
};

}  // namespace

std::optional<partition_id> partition_in(const cluster::store_query& query,
                                         const persistence::journal& events) {
  return std::visit(
      [&](const auto& what) -> std::optional<partition_id> {
        if constexpr (requires { what.partition; }) {
          return what.partition;
        } else if constexpr (requires { events.partition_of(what.of); }) {
          return events.partition_of(what.of);
        } else if constexpr (requires { events.partition_of(what.of.front()); }) {
          return what.of.empty() ? std::nullopt
                                 : std::optional(events.partition_of(what.of.front()));
        } else {
          return {};
        }
      },
      query);
}

result<bytes> answer_to(const cluster::placed_query& query, const readable_store& store) {
  if (query.after.value != 0) {
    const auto home = partition_in(query.what, store.events);
    const bool is_there = home && home->value < store.events.partitions();
    if (is_there && store.events.committed(*home) < query.after) return does_not_reach(*home);
  }
  return std::visit(query_answer(store), query.what);
}

}  // namespace reprise::actors
