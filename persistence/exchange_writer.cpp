// SPDX-License-Identifier: Apache-2.0
#include "persistence/exchange_writer.hpp"

#include "base/clock.hpp"
#include "persistence/pace.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>

namespace reprise::persistence {
namespace {

constexpr std::uint64_t page_records_max = 64;
constexpr std::uint64_t page_bytes_max = 256U << 10U;
// A filter that matches little must not keep one partition from telling how far it is.
constexpr std::uint64_t page_window_max = 16'384;

struct waiting_piece {
  timestamp time{};
  position at{};
  std::string text{};
};

/// What is left to export of one partition.
struct lane {
  partition_id partition{};
  position next{1};
  position last{};
  std::deque<waiting_piece> page{};

  [[nodiscard]] bool done() const { return next > last; }
};

/// Hands out pieces, keeps to the rate, and knows what the trailer says.
class piece_writer {
 public:
  piece_writer(const exchange_form& form, const export_sink& to, std::uint64_t bytes_per_second)
      : form_(form), to_(to), pace_(bytes_per_second), began_(time_.steady()) {}

  result<void> write(std::string& piece) {
    form_.place(piece, checksum_);
    if (auto taken = to_(piece); !taken) return taken;
    checksum_ = form_.checksum(checksum_, piece);
    std::this_thread::sleep_for(pace_.pause_after(piece.size(), time_.steady() - began_));
    return {};
  }
  [[nodiscard]] std::uint64_t checksum() const { return checksum_; }
  [[nodiscard]] std::uint64_t bytes() const { return pace_.bytes(); }

 private:
  const exchange_form& form_;
  const export_sink& to_;
  const base::system_clock time_;
  pace pace_;
  const base::clock::instant began_;
  std::uint64_t checksum_ = 0;
};

/// The partitions of a store, merged by time, as pieces.
class exported_log {
 public:
  exported_log(const exchange_source& from, schema_catalogue& schemas, const exchange_choice& what,
               const exchange_form& form)
      : from_(from), schemas_(schemas), what_(what), form_(form) {
    lanes_.reserve(from.ends.size());
    for (std::uint32_t i = 0; i < from.ends.size(); ++i) {
      lanes_.push_back({.partition = {i}, .last = from.ends[i]});
      progress_.total += from.ends[i].value;
    }
  }

  /// Returns how many records there were.
  result<std::uint64_t> write(piece_writer& to, const progress_listener& listener) {
    std::uint64_t records = 0;
    while (true) {
      for (lane& one : lanes_) {
        while (one.page.empty() && !one.done()) {
          if (auto filled = fill(one); !filled) return std::move(filled).error();
          if (listener) listener(progress_);
        }
      }
      lane* const first = oldest();
      if (first == nullptr) return records;
      if (auto done = to.write(first->page.front().text); !done) return std::move(done).error();
      first->page.pop_front();
      ++records;
    }
  }

 private:
  result<void> fill(lane& one) {
    std::uint64_t bytes = 0;
    std::optional<position> stopped_at;
    std::optional<error> refused;
    bool beyond = false;
    const partition_range range{.from = one.next,
                                .limit = page_records_max,
                                .window = page_window_max,
                                .filter = what_.filter};
    const auto page = from_.scan(one.partition, range, [&](const stored_record& record) {
      beyond = record.at > one.last;
      if (beyond) return false;
      if (what_.wanted && !what_.wanted(record)) return true;
      auto piece = form_.record(record, schemas_);
      if (!piece) {
        refused = std::move(piece).error();
        return false;
      }
      one.page.push_back({record.time, record.at, std::move(*piece)});
      bytes += one.page.back().text.size();
      if (bytes < page_bytes_max) return true;
      stopped_at = record.at;
      return false;
    });
    if (!page) return page.error();
    if (refused) return std::move(*refused);
    const position before = one.next;
    const bool is_short = !beyond && !stopped_at && page->end && page->next <= one.last;
    if (is_short) {
      return error{errc::unavailable, "partition " + std::to_string(one.partition.value) +
                                          " ends at position " + std::to_string(page->last.value) +
                                          " now, and at " + std::to_string(one.last.value) +
                                          " when the export began"};
    }
    one.next = beyond ? one.last.next() : stopped_at ? stopped_at->next() : page->next;
    progress_.done += std::min(one.next, one.last.next()).value - before.value;
    return {};
  }

  // Events of one batch have one time and lie next to each other, so this keeps them together.
  lane* oldest() {
    lane* first = nullptr;
    const auto order = [](const lane& l) { return std::tie(l.page.front().time, l.partition); };
    for (lane& one : lanes_) {
      if (!one.page.empty() && (first == nullptr || order(one) < order(*first))) first = &one;
    }
    return first;
  }

  const exchange_source& from_;
  schema_catalogue& schemas_;
  const exchange_choice& what_;
  const exchange_form& form_;
  std::vector<lane> lanes_;
  read_progress progress_;
};

result<std::string> header_of(const exchange_source& from, const exchange_choice& what,
                              const exchange_form& form) {
  auto schemas = from.schemas();
  if (!schemas) return std::move(schemas).error();
  const std::vector<aggregate_type_id>& types = what.filter.types;
  std::erase_if(*schemas, [&](const stored_schema& s) {
    return !types.empty() && std::ranges::find(types, s.type) == types.end();
  });
  return form.header(from.store, *schemas, types.empty() && !what.wanted);
}

}  // namespace

result<export_summary> write_exchange(const exchange_source& from, const exchange_choice& what,
                                      const exchange_form& form, const export_sink& to,
                                      const progress_listener& listener) {
  schema_catalogue schemas(from.schemas);
  if (auto known = schemas.refresh(); !known) return std::move(known).error();
  auto header = header_of(from, what, form);
  if (!header) return std::move(header).error();
  piece_writer pieces(form, to, what.bytes_per_second);
  if (auto written = pieces.write(*header); !written) return std::move(written).error();
  exported_log records(from, schemas, what, form);
  const auto count = records.write(pieces, listener);
  if (!count) return count.error();
  auto trailer = form.trailer(*count, pieces.checksum());
  if (!trailer) return std::move(trailer).error();
  if (auto written = pieces.write(*trailer); !written) return std::move(written).error();
  return export_summary{.records = *count, .bytes = pieces.bytes()};
}

}  // namespace reprise::persistence
