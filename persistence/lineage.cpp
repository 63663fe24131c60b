// SPDX-License-Identifier: Apache-2.0
#include <reprise/detail/delivery.hpp>
#include <reprise/lineage.hpp>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace reprise {
namespace {

constexpr std::uint64_t page_records = 1'024;

struct reading {
  const store_reader& store;
  const progress_listener& told;
  read_progress at{};
};

// Every record of the log, until `visit` returns false.
result<void> each(reading& r, const inspected_visitor& visit) {
  for (std::uint32_t i = 0; i < r.store.partitions(); ++i) {
    log_range range{.limit = page_records};
    bool go_on = true;
    while (go_on) {
      const auto page = r.store.scan({i}, range, [&](const inspected_record& record) {
        ++r.at.done;
        go_on = visit(record);
        return go_on;
      });
      if (!page) return page.error();
      if (r.told) r.told(r.at);
      if (page->end) break;
      range.from = page->next;
    }
    if (!go_on) return {};
  }
  return {};
}

}  // namespace

result<lineage> trace(const store_reader& store, const event_id& event,
                      const progress_listener& progress) {
  reading r{.store = store, .told = progress};
  for (std::uint32_t i = 0; i < store.partitions(); ++i) {
    const auto last = store.committed({i});
    if (!last) return last.error();
    r.at.total += 2 * last->value;
  }
  std::optional<correlation_id> talk;
  const auto searched = each(r, [&](const inspected_record& record) {
    if (record.meta.id == event) talk = record.meta.correlation;
    return !talk;
  });
  if (!searched) return searched.error();
  if (!talk) {
    return error{errc::not_found, "no event has the id " + to_hex(event.value)};
  }

  lineage out;
  const auto gathered = each(r, [&](const inspected_record& record) {
    if (record.kind == inspected_kind::event && record.meta.correlation == *talk) {
      out.events.push_back({.record = record});
    }
    return true;
  });
  if (!gathered) return gathered.error();
  std::ranges::sort(out.events, {}, [](const lineage::link& l) {
    return std::tuple(l.record.meta.time, l.record.meta.partition, l.record.meta.at);
  });

  std::map<std::pair<partition_id, position>, std::size_t> by_place;
  std::map<event_id, std::size_t> by_id;
  for (std::size_t i = 0; i < out.events.size(); ++i) {
    const envelope& meta = out.events[i].record.meta;
    by_place.emplace(std::pair(meta.partition, meta.at), i);
    by_id.emplace(meta.id, i);
    if (meta.id == event) out.asked = i;
  }
  for (std::size_t i = 0; i < out.events.size(); ++i) {
    const envelope& meta = out.events[i].record.meta;
    std::optional<std::size_t> cause;
    if (const auto from = detail::delivery_in(meta.headers)) {
      if (const auto at = by_place.find({from->partition, from->at}); at != by_place.end()) {
        cause = at->second;
      }
    }
    if (!cause) {
      if (const auto known = by_id.find({meta.causation.value}); known != by_id.end()) {
        cause = known->second;
      }
    }
    // Clocks of partitions may differ by a little; a cycle would be worse than a root too many.
    if (cause && *cause != i) out.events[i].cause = cause;
  }
  return out;
}

}  // namespace reprise
