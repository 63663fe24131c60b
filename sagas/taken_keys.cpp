// SPDX-License-Identifier: Apache-2.0
#include "sagas/taken_keys.hpp"

#include "base/checksum.hpp"
#include "persistence/record_envelope.hpp"
#include "sagas/saga_fold.hpp"

#include <reprise/table.hpp>

#include <algorithm>
#include <span>
#include <tuple>
#include <utility>
#include <variant>

namespace reprise::sagas {
namespace {

// Pages that are read in one step.
constexpr int pages_max = 16;
// Reading so many once more is cheaper than a sync for fewer.
constexpr std::uint64_t unsaved_max = 65'536;
constexpr std::uint64_t unsaved_bytes_max = 8U << 20U;

// Two ids of 16 bytes, since a key of a row has no room for longer ones.
using row = std::tuple<event_id, event_id>;

event_id hash_of(std::string_view tenant, std::string_view text) {
  const auto bytes_in = [](std::string_view from) {
    return std::as_bytes(std::span(from.data(), from.size()));
  };
  return {base::checksum128(bytes_in(text), base::checksum64(bytes_in(tenant)))};
}

std::uint64_t end_in(const std::vector<std::uint64_t>& ends, partition_id partition) {
  return partition.value < ends.size() ? ends[partition.value] : 0;
}

bool holds(const log::key_span& span, const partition_cursor& at) {
  return at.through.value > end_in(span.from, at.partition) &&
         (span.until.empty() || at.through.value <= end_in(span.until, at.partition));
}

bool is_behind(const log::key_span& span, const std::vector<partition_cursor>& done) {
  return !span.until.empty() && std::ranges::all_of(done, [&](const partition_cursor& c) {
    return c.through.value >= end_in(span.until, c.partition);
  });
}

}  // namespace

// By the key and the instance: who has it; where it was given up, so that it is found again.
struct taken_keys::tables {
  explicit tables(reprise::detail::row_access& rows) : rows_(&rows) {}
  [[nodiscard]] reprise::detail::row_access& rows() const { return *rows_; }

  reprise::detail::row_access* rows_;
  table<row, log::key_taker> takers{*this, "taker"};
  table<row, std::uint64_t> given_up{*this, "given up"};
};

taken_keys::taken_keys(const ports& around, const detail::saga_type& type)
    : ports_(around),
      type_(type.id),
      name_("saga:" + type.name + ".keys"),
      tables_(std::make_unique<tables>(rows_)) {}

taken_keys::~taken_keys() = default;

result<std::unique_ptr<taken_keys>> taken_keys::open(const ports& around,
                                                     const detail::saga_type& type) {
  std::unique_ptr<taken_keys> made(new taken_keys(around, type));
  if (auto begun = made->begin(); !begun) return std::move(begun).error();
  return made;
}

result<void> taken_keys::begin() {
  auto stored = ports_.rows.read(name_);
  if (!stored) return std::move(stored).error();
  const auto taken = (*stored)->taken_at();
  if (!taken) return taken.error();
  auto behind = consumers::cursors_behind(ports_.log, *taken, name_ + " has come to");
  if (!behind) return std::move(behind).error();
  committed_ = std::move(*behind);
  return rewind();
}

// Back to what is kept.
result<void> taken_keys::rewind() {
  rows_.end();
  unsaved_ = 0;
  persistence::record_filter mine;
  mine.types.push_back(type_);
  follower_.emplace(ports_.log, committed_, std::move(mine));
  if (auto begun = read_rows(); !begun) return begun;
  try {
    any_ = false;
    tables_->takers.each([&](const row&, const log::key_taker&) {
      any_ = true;
      return false;
    });
  } catch (const failed& e) {
    return e.error();
  }
  return {};
}

result<void> taken_keys::read_rows() {
  if (rows_.begun()) return {};
  auto beneath = ports_.rows.read(name_);
  if (!beneath) return std::move(beneath).error();
  rows_.begin(std::move(*beneath));
  return {};
}

void taken_keys::rest() {
  if (!rows_.changed()) rows_.end();
}

result<bool> taken_keys::know(const std::vector<position>& ends) {
  needed_ = ends;
  auto all = read_on();
  if (all && *all) rewound_ = false;
  return all;
}

result<bool> taken_keys::read_on() {
  const auto known = [&] {
    return std::ranges::all_of(follower_->cursors(), [&](const partition_cursor& c) {
      return c.partition.value >= needed_.size() || c.through >= needed_[c.partition.value];
    });
  };
  for (int page = 0; page < pages_max && !known(); ++page) {
    if (auto begun = read_rows(); !begun) return std::move(begun).error();
    const auto step =
        follower_->advance([&](const persistence::stored_record& r) { return take(r); });
    if (!step) return step.error();
    if (wrong_) return std::move(*std::exchange(wrong_, std::nullopt));
    unsaved_ += step->passed;
    // There may be years of it, and a program that ends on the way shall not begin anew.
    if (unsaved_ >= unsaved_max || rows_.batch_bytes() >= unsaved_bytes_max) {
      if (auto kept = keep(); !kept) return std::move(kept).error();
    }
    if (step->at_end) break;
  }
  return known();
}

bool taken_keys::take(const persistence::stored_record& record) {
  if (record.kind != persistence::record_kind::event) return true;
  const bool changes_keys =
      std::ranges::any_of(record.tags, [](const auto& tag) { return tag.first == key_tag; });
  if (!changes_keys) return true;
  const auto event = decode_event(record.event_type, record.payload);
  if (!event) {
    wrong_ = event.error();
    return false;
  }
  const aggregate_key instance = persistence::aggregate_of(record);
  try {
    std::visit(
        [&](const auto& e) {
          if constexpr (requires { e.change; }) {
            for (const log::key_change& one : e.change.keys) note(instance, one, e.change.keyEnds);
          }
        },
        *event);
  } catch (const failed& e) {
    rows_.forget_event();
    wrong_ = e.error();
    return false;
  }
  rows_.keep_event();
  return true;
}

void taken_keys::note(const aggregate_key& instance, const log::key_change& change,
                      const std::vector<std::uint64_t>& ends) {
  any_ = true;
  const row at{hash_of(instance.tenant, change.key), hash_of(instance.tenant, instance.id)};
  log::key_taker taker = tables_->takers.get(at).value_or(
      log::key_taker{.tenant = instance.tenant, .key = change.key, .instance = instance.id});
  const bool has_it = !taker.spans.empty() && taker.spans.back().until.empty();
  if (change.added == has_it) return;
  if (change.added) {
    taker.spans.push_back({.from = ends});
  } else {
    taker.spans.back().until = ends;
    tables_->given_up.put(at, 1);
  }
  tables_->takers.put(at, taker);
}

result<std::vector<std::string>> taken_keys::whom(const keyed_event& event) {
  std::vector<std::string> out;
  if (rewound_) {
    const auto known = know(std::vector(needed_));
    if (!known) return known.error();
    if (!*known) return error{errc::unavailable, name_ + " is being read again"};
  }
  if (!any_) return out;
  if (auto begun = read_rows(); !begun) return std::move(begun).error();
  try {
    tables_->takers.each_under(
        std::tuple(hash_of(event.tenant, event.key)), [&](const row&, const log::key_taker& t) {
          const bool meant = t.tenant == event.tenant && t.key == event.key;
          const bool has_it = std::ranges::any_of(
              t.spans, [&](const log::key_span& span) { return holds(span, event.at); });
          if (meant && has_it) out.push_back(t.instance);
        });
  } catch (const failed& e) {
    return e.error();
  }
  return out;
}

// Of what was given up, that which counts for no event any more.
void taken_keys::forget(const std::vector<partition_cursor>& done) {
  std::vector<row> looked_at;
  tables_->given_up.each([&](const row& at, std::uint64_t) { looked_at.push_back(at); });
  for (const row& at : looked_at) {
    auto taker = tables_->takers.get(at);
    if (!taker) continue;
    if (std::erase_if(taker->spans, [&](const log::key_span& s) { return is_behind(s, done); }) ==
        0) {
      continue;
    }
    const bool waits =
        std::ranges::any_of(taker->spans, [](const log::key_span& s) { return !s.until.empty(); });
    if (!waits) tables_->given_up.erase(at);
    if (taker->spans.empty()) {
      tables_->takers.erase(at);
    } else {
      tables_->takers.put(at, *taker);
    }
  }
}

result<void> taken_keys::save(const std::vector<partition_cursor>& done, bool always) {
  if (any_) {
    if (auto begun = read_rows(); !begun) return begun;
    try {
      forget(done);
    } catch (const failed& e) {
      rows_.forget_event();
      return e.error();
    }
    rows_.keep_event();
  }
  if (!rows_.changed() && unsaved_ < (always ? 1 : unsaved_max)) return {};
  return keep();
}

result<void> taken_keys::keep() {
  if (auto begun = read_rows(); !begun) return begun;
  auto kept =
      ports_.rows.commit(name_, rows_.take_batch(), {.choice = 0, .cursors = follower_->cursors()});
  if (!kept) {
    // It is all in the log, and is read again before anybody is told whom an event reaches.
    rewound_ = true;
    if (auto back = rewind(); !back) return back;
    return kept;
  }
  committed_ = follower_->cursors();
  unsaved_ = 0;
  rows_.end();
  return {};
}

}  // namespace reprise::sagas
