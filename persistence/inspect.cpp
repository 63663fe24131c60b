// SPDX-License-Identifier: Apache-2.0
#include "persistence/inspected_files.hpp"
#include "persistence/inspected_store.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace reprise {
namespace {

using persistence::aggregate_head;
using persistence::direction;
using persistence::record_kind;
using persistence::stored_record;

inspected_head::state state_of(aggregate_head::state is) {
  switch (is) {
    case aggregate_head::state::live:
      return inspected_head::state::live;
    case aggregate_head::state::deleted:
      return inspected_head::state::deleted;
    case aggregate_head::state::tombstoned:
      return inspected_head::state::tombstoned;
    case aggregate_head::state::absent:
      break;
  }
  return inspected_head::state::absent;
}

bool chosen(const stored_record& record, const std::vector<record_choice>& only) {
  return only.empty() || std::ranges::any_of(only, [&](const record_choice& one) {
           const bool any_event = !one.event;
           return record.type == one.type && (any_event || (record.kind == record_kind::event &&
                                                            record.event_type == *one.event));
         });
}

persistence::partition_range whole_types(const log_range& range) {
  persistence::partition_range wide{
      .from = range.from,
      .window = range.window,
      .order = range.backward ? direction::backward : direction::forward};
  // The store's filter is an intersection and the choices are a union, so the events are left to
  // the visitor.
  for (const record_choice& one : range.only) wide.filter.types.push_back(one.type);
  return wide;
}

}  // namespace

result<store_reader> store_reader::open(const std::string& directory) {
  auto files = persistence::inspected_files::open(directory);
  if (!files) return std::move(files).error();
  auto store = std::make_unique<opened>(std::move(*files));
  if (result<void> known = store->schemas.refresh(); !known) return std::move(known).error();
  return store_reader(std::move(store));
}

store_reader::store_reader(std::unique_ptr<opened> store) : store_(std::move(store)) {}
store_reader::store_reader(store_reader&&) noexcept = default;
store_reader& store_reader::operator=(store_reader&&) noexcept = default;
store_reader::~store_reader() = default;

result<std::vector<stored_type>> store_reader::types() const {
  if (result<void> fresh = store_->schemas.refresh(); !fresh) return std::move(fresh).error();
  return store_->schemas.types();
}

result<stored_type> store_reader::type(std::string_view name) const {
  if (result<void> fresh = store_->schemas.refresh(); !fresh) return std::move(fresh).error();
  return store_->schemas.type(name);
}

result<std::vector<declared_schema>> store_reader::schemas() const {
  auto stored = store_->log->schemas();
  if (!stored) return std::move(stored).error();
  std::vector<declared_schema> all;
  for (persistence::stored_schema& one : *stored) {
    all.push_back({one.type, std::move(one.name), std::move(one.bundle)});
  }
  std::ranges::sort(all, {}, [](const declared_schema& s) { return std::tie(s.name, s.type); });
  return all;
}

result<record_choice> store_reader::choice(std::string_view name) const {
  if (result<void> fresh = store_->schemas.refresh(); !fresh) return std::move(fresh).error();
  return store_->schemas.choice(name);
}

std::uint32_t store_reader::partitions() const {
  return store_->log->partitions();
}

result<position> store_reader::committed(partition_id partition) const {
  return store_->log->committed(partition);
}

result<inspected_head> store_reader::head(const aggregate_key& aggregate) const {
  const auto head = store_->log->head(aggregate);
  if (!head) return head.error();
  return inspected_head{.last = head->last,
                        .at = head->at,
                        .partition = store_->log->partition_of(aggregate),
                        .is = state_of(head->is),
                        .first_readable = head->first_readable};
}

result<void> store_reader::read(const aggregate_key& aggregate, const history_range& range,
                                const inspected_visitor& visit) const {
  const auto page = store_->log->read(
      aggregate, {.from = range.from, .to = range.to, .limit = range.limit},
      [&](const stored_record& record) { return visit(store_->schemas.render(record)); });
  if (!page) return page.error();
  return {};
}

result<log_page> store_reader::scan(partition_id partition, const log_range& range,
                                    const inspected_visitor& visit) const {
  if (range.limit == 0) return error{errc::invalid_argument, "a page of no records is no page"};
  std::uint64_t left = range.limit;
  std::optional<position> stopped_at;
  const auto page =
      store_->log->scan(partition, whole_types(range), [&](const stored_record& record) {
        if (!chosen(record, range.only)) return true;
        --left;
        if (visit(store_->schemas.render(record)) && left != 0) return true;
        stopped_at = record.at;
        return false;
      });
  if (!page) return page.error();
  if (!stopped_at) return log_page{.next = page->next, .end = page->end};
  if (range.backward) {
    return log_page{.next = {stopped_at->value - 1}, .end = stopped_at->value == 1};
  }
  return log_page{.next = stopped_at->next(), .end = *stopped_at >= page->last};
}

result<std::optional<inspected_snapshot>> store_reader::snapshot(const aggregate_key& aggregate,
                                                                 sequence at) const {
  const auto head = store_->log->head(aggregate);
  if (!head) return head.error();
  // One above the head is of a log that lost its tail; one below `begins` of a life that is over.
  const auto saved = store_->log->saved(
      aggregate, {.from = head->begins, .to = std::min(at, head->last), .not_after = {}});
  if (!saved) return saved.error();
  if (!*saved) return std::optional<inspected_snapshot>();
  return std::optional(store_->schemas.render(aggregate.type, **saved));
}

}  // namespace reprise
