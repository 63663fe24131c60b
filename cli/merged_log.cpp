// SPDX-License-Identifier: Apache-2.0
#include "cli/merged_log.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace reprise::cli {
namespace {

constexpr std::uint64_t page_records_max = 64;
// Records looked at before it is asked whether to go on.
constexpr std::uint64_t page_window_max = 16'384;
constexpr std::uint64_t page_bytes_max = 256U << 10U;

auto order_of(const inspected_record& record) {
  return std::tuple(record.meta.time, record.meta.partition, record.meta.at);
}

bool earlier(const inspected_record& a, const inspected_record& b) {
  return order_of(a) < order_of(b);
}

bool later(const inspected_record& a, const inspected_record& b) {
  return earlier(b, a);
}

}  // namespace

result<recent_log> last_records(const store_reader& store,
                                const std::vector<partition_id>& partitions,
                                const std::vector<record_choice>& only, std::size_t count) {
  recent_log found;
  // A heap whose top is the oldest record kept.
  std::vector<inspected_record>& kept = found.records;
  const auto keep = [&](const inspected_record& record) {
    // Times of one partition never decrease, so what comes next is older still.
    if (kept.size() == count && !earlier(kept.front(), record)) return false;
    kept.push_back(record);
    std::ranges::push_heap(kept, later);
    if (kept.size() > count) {
      std::ranges::pop_heap(kept, later);
      kept.pop_back();
    }
    return true;
  };
  for (const partition_id partition : partitions) {
    const auto last = store.committed(partition);
    if (!last) return last.error();
    found.rest.push_back({partition, last->next()});
    if (last->value == 0) continue;
    const log_range range{.from = *last, .limit = count, .backward = true, .only = only};
    const auto page = store.scan(partition, range, keep);
    if (page) continue;
    if (page.error().code != errc::corrupt) return page.error();
    found.damages.push_back(page.error());
  }
  std::ranges::sort_heap(kept, later);
  std::ranges::reverse(kept);
  return found;
}

merged_log::merged_log(const store_reader& store, const std::vector<log_place>& from,
                       std::vector<record_choice> only)
    : store_(store), only_(std::move(only)) {
  for (const log_place& place : from) lanes_.push_back({.place = place});
}

result<void> merged_log::drain(const inspected_visitor& visit, const std::function<bool()>& go_on) {
  for (lane& one : lanes_) one.caught_up = one.damaged;
  while (true) {
    for (lane& one : lanes_) {
      const auto filled = fill(one, go_on);
      if (!filled) return filled.error();
      if (!*filled) return {};
    }
    lane* next = oldest();
    if (next == nullptr) return {};
    const bool more = visit(next->page.front());
    next->page.pop_front();
    if (!more) return {};
  }
}

result<bool> merged_log::fill(lane& one, const std::function<bool()>& go_on) {
  while (one.page.empty() && !one.caught_up) {
    if (!go_on()) return false;
    std::uint64_t size_bytes = 0;
    const log_range range{.from = one.place.next,
                          .limit = page_records_max,
                          .window = page_window_max,
                          .only = only_};
    const auto page = store_.scan(one.place.partition, range, [&](const inspected_record& record) {
      one.page.push_back(record);
      size_bytes += record.payload.size();
      return size_bytes < page_bytes_max;
    });
    if (page) {
      one.place.next = page->next;
      one.caught_up = page->end;
    } else if (page.error().code == errc::corrupt) {
      // What was read before the damage stands.
      damages_.push_back(page.error());
      one.caught_up = one.damaged = true;
    } else {
      return page.error();
    }
  }
  return true;
}

merged_log::lane* merged_log::oldest() {
  lane* first = nullptr;
  for (lane& one : lanes_) {
    if (one.page.empty()) continue;
    if (first == nullptr || earlier(one.page.front(), first->page.front())) first = &one;
  }
  return first;
}

}  // namespace reprise::cli
