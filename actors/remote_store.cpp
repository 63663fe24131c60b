// SPDX-License-Identifier: Apache-2.0
#include "actors/remote_store.hpp"

#include "persistence/aggregate_hash.hpp"
#include "persistence/store_identity.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

namespace reprise::actors {

using persistence::aggregate_page;
using persistence::aggregate_range;
using persistence::direction;
using persistence::partition_page;
using persistence::partition_range;
using persistence::record_visitor;
using persistence::stored_record;

namespace {

// Between questions how far a check has come.
constexpr std::chrono::milliseconds check_pause_min{10};
constexpr std::chrono::milliseconds check_pause_max{500};

// Nothing can have been done by it, whatever became of the attempts.
result<cluster::committed_ends> ends_from(const remote_store::ask& how) {
  const auto answered = how(encode(cluster::store_query(cluster::ends_query{})));
  if (answered) return cluster::decode_committed_ends(*answered);
  const error& why = answered.error();
  const bool is_lost = why.code == errc::timed_out || why.code == errc::commit_unknown;
  return error{is_lost ? errc::unavailable : why.code, why.message, why.number};
}

}  // namespace

result<std::unique_ptr<remote_store>> remote_store::open(ask how, freshness wanted) {
  cluster::committed_ends reach;
  if (wanted == freshness::current) {
    auto ends = ends_from(how);
    if (!ends) return std::move(ends).error();
    reach = std::move(*ends);
  }
  const auto answered = how(encode(cluster::store_query(cluster::schemas_query{})));
  if (!answered) return answered.error();
  const auto known = cluster::decode_schemas(*answered);
  if (!known) return known.error();
  if (known->partitions == 0) return error{errc::malformed, "a node that has no partitions"};
  return std::unique_ptr<remote_store>(
      new remote_store(std::move(how), known->partitions, std::move(reach)));
}

result<bytes> remote_store::answer(const cluster::store_query& query) const {
  return ask_(encode(query));
}

result<bytes> remote_store::answer(const cluster::store_query& query, partition_id about) const {
  const position after = about.value < reach_.size() ? reach_[about.value] : position{};
  return ask_(encode(query, after));
}

partition_id remote_store::partition_of(const aggregate_key& aggregate) const {
  return persistence::partition_of(aggregate, partitions_);
}

result<std::vector<persistence::stored_schema>> remote_store::schemas() const {
  const auto answered = answer(cluster::schemas_query{});
  if (!answered) return answered.error();
  auto all = cluster::decode_schemas(*answered);
  if (!all) return std::move(all).error();
  return std::move(all->schemas);
}

result<position> remote_store::committed(partition_id partition) const {
  const auto answered = answer(cluster::committed_query{partition}, partition);
  if (!answered) return answered.error();
  return cluster::decode_committed(*answered);
}

result<persistence::aggregate_head> remote_store::head(const aggregate_key& aggregate) const {
  const auto answered = answer(cluster::head_query{aggregate}, partition_of(aggregate));
  if (!answered) return answered.error();
  return cluster::decode_head(*answered);
}

result<aggregate_page> remote_store::read(const aggregate_key& aggregate,
                                          const aggregate_range& range,
                                          const record_visitor& visit) const {
  cluster::events_query query{.of = aggregate, .range = range};
  aggregate_page out;
  for (;;) {
    const auto answered = answer(query, partition_of(aggregate));
    if (!answered) return answered.error();
    bool more = true;
    const auto page = cluster::decode_records(*answered, partition_of(aggregate),
                                              [&](const stored_record& record) {
                                                ++out.records;
                                                --query.range.limit;
                                                more = visit(record);
                                                return more;
                                              });
    if (!page) return page.error();
    out.end = more && page->end;
    if (!more || !page->cut || query.range.limit == 0) return out;
    (range.order == direction::forward ? query.range.from : query.range.to) = {page->next};
  }
}

result<partition_page> remote_store::scan(partition_id partition, const partition_range& range,
                                          const record_visitor& visit) const {
  cluster::scan_query query{.partition = partition, .range = range};
  partition_page out;
  const bool forward = range.order == direction::forward;
  for (;;) {
    const auto answered = answer(query, partition);
    if (!answered) return answered.error();
    std::uint64_t shown = 0;
    bool more = true;
    position at{};
    const auto page =
        cluster::decode_records(*answered, partition, [&](const stored_record& record) {
          ++shown;
          at = record.at;
          more = visit(record);
          return more;
        });
    if (!page) return page.error();
    if (page->last < out.last) {
      return error{errc::unavailable, "another node answers now, which has less of partition " +
                                          std::to_string(partition.value)};
    }
    out.records += shown;
    out.last = page->last;
    out.end = more && page->end;
    out.next = {more ? page->next : forward ? at.value + 1 : at.value - 1};
    query.range.limit -= std::min(shown, query.range.limit);
    // A backward scan from beyond the end begins at the end.
    const std::uint64_t from =
        forward ? query.range.from.value : std::min(query.range.from.value, page->last.value);
    const std::uint64_t looked_at = forward ? page->next - from : from - page->next;
    query.range.window -= std::min(looked_at, query.range.window);
    if (!more || !page->cut || query.range.limit == 0 || query.range.window == 0) return out;
    query.range.from = {page->next};
  }
}

result<std::optional<persistence::snapshot>> remote_store::saved(
    const aggregate_key& aggregate, const persistence::snapshot_bounds& bounds) const {
  const auto answered =
      answer(cluster::saved_query{.of = aggregate, .bounds = bounds}, partition_of(aggregate));
  if (!answered) return answered.error();
  return cluster::decode_saved(*answered);
}

result<std::vector<persistence::aggregate_head>> remote_store::heads(
    std::span<const aggregate_key> all) const {
  std::vector<persistence::aggregate_head> found;
  found.reserve(all.size());
  while (found.size() < all.size()) {
    const auto some =
        all.subspan(found.size(), std::min(all.size() - found.size(), cluster::heads_max));
    const auto answered =
        answer(cluster::heads_query{{some.begin(), some.end()}}, partition_of(some.front()));
    if (!answered) return answered.error();
    const auto heads = cluster::decode_heads(*answered);
    if (!heads) return heads.error();
    if (heads->size() != some.size()) {
      return error{errc::malformed, "a node told of other heads than those it was asked for"};
    }
    found.insert(found.end(), heads->begin(), heads->end());
  }
  return found;
}

result<cluster::facts_answer> remote_store::facts() const {
  const auto answered = answer(cluster::facts_query{});
  if (!answered) return answered.error();
  return cluster::decode_facts(*answered);
}

result<persistence::store_identity> remote_store::identity() const {
  const auto known = facts();
  if (!known) return known.error();
  return known->identity;
}

result<persistence::store_inventory> remote_store::inventory() const {
  auto known = facts();
  if (!known) return std::move(known).error();
  return std::move(known->inventory);
}

result<persistence::snapshot_tally> remote_store::count_snapshots(bytes_view behind) const {
  const auto answered = answer(cluster::snapshots_query{{behind.begin(), behind.end()}});
  if (!answered) return answered.error();
  return cluster::decode_tally(*answered);
}

result<verification> remote_store::verify(const persistence::check_progress& go_on) const {
  const cluster::check_query query{.id = persistence::draw_uuid()};
  for (auto pause = check_pause_min;; pause = std::min(pause * 2, check_pause_max)) {
    const auto answered = answer(query);
    if (!answered) return answered.error();
    auto check = cluster::decode_check(*answered);
    if (!check) return std::move(check).error();
    if (check->found) return std::move(*check->found);
    if (!go_on(check->at)) return error{errc::stopped, "nobody waits for the check any more"};
    std::this_thread::sleep_for(pause);
  }
}

result<std::vector<std::string>> remote_store::projections() const {
  const auto answered = answer(cluster::projections_query{});
  if (!answered) return answered.error();
  return cluster::decode_names(*answered);
}

result<cluster::row_page> remote_store::rows(cluster::rows_query range) const {
  const auto answered = answer(std::move(range));
  if (!answered) return answered.error();
  return cluster::decode_rows(*answered);
}

}  // namespace reprise::actors
