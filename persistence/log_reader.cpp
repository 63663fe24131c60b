// SPDX-License-Identifier: Apache-2.0
#include "persistence/log_reader.hpp"

#include <algorithm>
#include <string>

namespace reprise::persistence {
namespace {

constexpr std::size_t chunk_records_max = 256;
constexpr std::size_t chunk_bytes_max = std::size_t{1} << 20U;
// A filter that matches nothing must not pin the store's pages for a whole scan.
constexpr std::size_t looked_at_max = 4096;

constexpr auto event_kind = static_cast<std::uint8_t>(record_kind::event);

error contradiction(position at, std::string_view what) {
  return {errc::corrupt, "record at position " + std::to_string(at.value) + " " + std::string(what),
          at.value};
}

bool is_of(const messages::record& record, const aggregate_key& aggregate) {
  return record.type == aggregate.type && record.tenant == aggregate.tenant &&
         record.id == aggregate.id;
}

bool is_empty(const record_filter& filter) {
  return filter.types.empty() && filter.events.empty() && filter.id_prefix.empty();
}

bool matches(const messages::record_outline& record, const record_filter& filter) {
  if (!filter.types.empty() && std::ranges::find(filter.types, record.type) == filter.types.end()) {
    return false;
  }
  if (!filter.events.empty() &&
      (record.kind != event_kind ||
       std::ranges::find(filter.events, std::pair(record.type, record.event_type)) ==
           filter.events.end())) {
    return false;
  }
  return true;
}

result<void> show(const messages::record& record, std::uint64_t stored_bytes,
                  partition_id partition, position at, const record_visitor& visit, bool& more) {
  stored_record shown{.kind = static_cast<record_kind>(record.kind),
                      .type = record.type,
                      .tenant = record.tenant,
                      .id = record.id,
                      .event_type = record.event_type,
                      .event = record.event,
                      .batch_index = record.batch_index,
                      .partition = partition,
                      .at = at,
                      .previous = record.previous,
                      .sequence = record.sequence,
                      .time = record.time,
                      .command = record.command,
                      .command_hash = record.command_hash,
                      .correlation = record.correlation,
                      .headers = {},
                      .tags = {},
                      .payload = record.payload,
                      .stored_bytes = stored_bytes};
  const auto read = [&](bytes_view from, attributes& to) -> result<void> {
    auto all = messages::decode_attributes(from);
    if (!all) return contradiction(at, all.error().message);
    to = std::move(*all);
    return {};
  };
  // Most records have none.
  if (!record.headers.empty()) {
    if (auto done = read(record.headers, shown.headers); !done) return done;
  }
  if (!record.tags.empty()) {
    if (auto done = read(record.tags, shown.tags); !done) return done;
  }
  more = visit(shown);
  return {};
}

}  // namespace

result<messages::record> record_cursor::at(position where) {
  if (auto found = find(where); !found) return std::move(found).error();
  return entry_->at(where);
}

result<void> record_cursor::find(position where) {
  if (entry_ && entry_->holds(where)) return {};
  const auto bytes = session_.entry_holding(where);
  if (!bytes) return bytes.error();
  auto opened = messages::entry::open(*bytes);
  if (!opened) {
    error why = std::move(opened).error();
    why.number = where.value;
    return why;
  }
  if (!opened->holds(where)) return contradiction(where, "is not in the entry found for it");
  entry_ = *opened;
  return {};
}

namespace {

// A kind is believed only once the checksum was tested, or damage could hide an event.
result<bool> is_of_the_log(bytes_view stored, position at) {
  if (stored.size() < messages::record_header_bytes ||
      !messages::is_of_log(messages::claimed_record_kind(stored))) {
    return false;
  }
  const auto outline = messages::test_record(stored, at);
  if (!outline) return outline.error();
  return true;
}

// Whether the record there is wanted. Afterwards the cursor has its bytes.
result<bool> found(record_cursor& cursor, position at) {
  if (auto there = cursor.find(at); !there) return std::move(there).error();
  return true;
}
result<bool> matching(record_cursor& cursor, position at, const record_filter& filter) {
  if (auto there = cursor.find(at); !there) return std::move(there).error();
  const bytes_view stored = cursor.bytes_at(at);
  const auto outline = messages::test_record(stored, at);
  if (!outline) return outline.error();
  if (!matches(*outline, filter)) return false;
  if (filter.id_prefix.empty()) return true;
  const auto record = messages::decode_tested_record(stored, at);
  if (!record) return record.error();
  return record->id.starts_with(filter.id_prefix);
}

}  // namespace

// Copies of records, at multiples of 8, that outlive the session.
class log_reader::chunk {
 public:
  enum class checksums : std::uint8_t { tested, untested };

  explicit chunk(checksums were = checksums::tested) : checksums_(were) {}

  [[nodiscard]] bool full() const {
    return places_.size() >= chunk_records_max || copies_.size() >= chunk_bytes_max;
  }
  void add(position at, bytes_view record) {
    places_.push_back({at, copies_.size()});
    copies_.insert(copies_.end(), record.begin(), record.end());
  }
  void clear() {
    places_.clear();
    copies_.clear();
  }
  [[nodiscard]] std::size_t size() const { return places_.size(); }
  [[nodiscard]] position at(std::size_t i) const { return places_[i].at; }
  [[nodiscard]] std::size_t bytes_of(std::size_t i) const {
    const std::size_t end = i + 1 == places_.size() ? copies_.size() : places_[i + 1].begin;
    return end - places_[i].begin;
  }
  /// Decodes one of them, and tests its checksum unless that was done when it was copied.
  [[nodiscard]] result<messages::record> record(std::size_t i) const {
    const bytes_view from = bytes_view(copies_).subspan(places_[i].begin);
    return checksums_ == checksums::tested ? messages::decode_tested_record(from, places_[i].at)
                                           : messages::decode_record(from, places_[i].at);
  }

 private:
  struct place {
    position at;
    std::size_t begin;
  };
  const checksums checksums_;
  std::vector<place> places_;
  bytes copies_;
};

result<aggregate_page> log_reader::read(const aggregate_key& aggregate, const aggregate_head& head,
                                        const aggregate_range& range,
                                        const record_visitor& visit) const {
  if (range.limit == 0) return error{errc::invalid_argument, "a page of no events is no page"};
  switch (head.is) {
    case aggregate_head::state::absent:
      return error{errc::not_found, aggregate.id + " has no events"};
    case aggregate_head::state::deleted:
      return error{errc::deleted, aggregate.id + " was deleted"};
    case aggregate_head::state::tombstoned:
      return error{errc::tombstoned, aggregate.id + " was closed for ever"};
    case aggregate_head::state::live:
      break;
  }
  const sequence to = std::min(range.to, head.last);
  sequence from = std::max(range.from, sequence{1});
  if (from > to) return aggregate_page{.records = 0, .end = true};
  if (to < head.first_readable) {
    return error{errc::history_gone,
                 "events up to " + std::to_string(to.value) + " of " + aggregate.id +
                     " are gone, the first one left is " +
                     std::to_string(head.first_readable.value),
                 head.first_readable.value};
  }
  from = std::max(from, head.first_readable);
  return range.order == direction::forward
             ? read_forward(aggregate, head.at, from, to, range.limit, visit)
             : read_backward(aggregate, head.at, from, to, range.limit, visit);
}

result<aggregate_page> log_reader::read_backward(const aggregate_key& aggregate, position from_head,
                                                 sequence from, sequence to, std::uint64_t limit,
                                                 const record_visitor& visit) const {
  aggregate_page page;
  chunk copies;
  position at = from_head;
  sequence expected = to;
  bool done = false;
  while (!done) {
    copies.clear();
    {
      const auto session = source_.begin();
      if (!session) return session.error();
      record_cursor cursor(**session);
      while (!done && !copies.full()) {
        if (at.value == 0) return contradiction(from_head, "is not preceded by the whole history");
        const auto record = cursor.at(at);
        if (!record) return record.error();
        if (!is_of(*record, aggregate)) return contradiction(at, "is of another aggregate");
        if (record->kind == event_kind && record->sequence <= to) {
          if (record->sequence != expected) return contradiction(at, "breaks the sequence");
          copies.add(at, cursor.bytes_at(at));
          done = expected == from || page.records + copies.size() == limit;
          expected = {expected.value - 1};
        }
        at = record->previous;
      }
    }
    for (std::size_t i = 0; i < copies.size(); ++i) {
      const auto record = copies.record(i);
      if (!record) return record.error();
      bool more = true;
      if (auto shown = show(*record, copies.bytes_of(i), partition_, copies.at(i), visit, more);
          !shown) {
        return shown.error();
      }
      ++page.records;
      page.end = record->sequence == from;
      if (!more) return page;
    }
  }
  return page;
}

// Where the events from `from` to `to` are, oldest first.
result<std::vector<position>> log_reader::places_of(const aggregate_key& aggregate,
                                                    position from_head, sequence from,
                                                    sequence to) const {
  std::vector<position> places(to.value - from.value + 1);
  position at = from_head;
  sequence expected = to;
  while (expected >= from) {
    const auto session = source_.begin();
    if (!session) return session.error();
    record_cursor cursor(**session);
    for (std::size_t looked_at = 0; expected >= from && looked_at < looked_at_max; ++looked_at) {
      if (at.value == 0) return contradiction(from_head, "is not preceded by the whole history");
      const auto record = cursor.at(at);
      if (!record) return record.error();
      if (!is_of(*record, aggregate)) return contradiction(at, "is of another aggregate");
      if (record->kind == event_kind && record->sequence <= to) {
        if (record->sequence != expected) return contradiction(at, "breaks the sequence");
        places[expected.value - from.value] = at;
        expected = {expected.value - 1};
      }
      at = record->previous;
    }
  }
  return places;
}

result<aggregate_page> log_reader::read_forward(const aggregate_key& aggregate, position from_head,
                                                sequence from, sequence to, std::uint64_t limit,
                                                const record_visitor& visit) const {
  // The chain leads backward only, so the whole range has to be walked before the first is shown.
  const auto places = places_of(aggregate, from_head, from, to);
  if (!places) return places.error();
  const std::size_t count = std::min<std::uint64_t>(places->size(), limit);
  aggregate_page page;
  chunk copies;
  std::size_t next = 0;
  while (next < count) {
    copies.clear();
    {
      const auto session = source_.begin();
      if (!session) return session.error();
      record_cursor cursor(**session);
      for (; next < count && !copies.full(); ++next) {
        const position at = (*places)[next];
        if (const auto record = cursor.at(at); !record) return record.error();
        copies.add(at, cursor.bytes_at(at));
      }
    }
    for (std::size_t i = 0; i < copies.size(); ++i) {
      const auto record = copies.record(i);
      if (!record) return record.error();
      bool more = true;
      if (auto shown = show(*record, copies.bytes_of(i), partition_, copies.at(i), visit, more);
          !shown) {
        return shown.error();
      }
      ++page.records;
      page.end = record->sequence == to;
      if (!more) return page;
    }
  }
  return page;
}

result<partition_page> log_reader::scan(const partition_range& range,
                                        const record_visitor& visit) const {
  if (range.limit == 0 || range.window == 0) {
    return error{errc::invalid_argument, "a page of no records is no page"};
  }
  const bool forward = range.order == direction::forward;
  // Counting from 1 in the direction of the scan keeps one loop for both.
  position at = forward ? std::max(range.from, position{1}) : std::min(range.from, last_);
  const auto in_range = [&] { return forward ? at <= last_ : at.value != 0; };
  partition_page page{.records = 0, .next = at, .last = last_, .end = false};
  std::uint64_t window = range.window;
  // Where all are wanted, none needs to be decoded before it is handed out.
  const bool all = is_empty(range.filter);
  chunk copies(all ? chunk::checksums::untested : chunk::checksums::tested);
  bool more = true;
  while (more && in_range() && window > 0 && page.records < range.limit) {
    copies.clear();
    {
      const auto session = source_.begin();
      if (!session) return session.error();
      record_cursor cursor(**session);
      std::optional<error> failed;
      for (std::size_t looked_at = 0; in_range() && window > 0 && looked_at < looked_at_max &&
                                      !copies.full() && page.records + copies.size() < range.limit;
           ++looked_at) {
        const auto wanted = all ? found(cursor, at) : matching(cursor, at, range.filter);
        if (!wanted) {
          failed = wanted.error();
          break;
        }
        if (*wanted) {
          const auto hidden = is_of_the_log(cursor.bytes_at(at), at);
          if (!hidden) {
            failed = hidden.error();
            break;
          }
          if (!*hidden) copies.add(at, cursor.bytes_at(at));
        }
        at = forward ? at.next() : position{at.value - 1};
        --window;
      }
      // What is sound before a damaged record is handed out first.
      if (failed && copies.size() == 0) return *failed;
    }
    for (std::size_t i = 0; more && i < copies.size(); ++i) {
      const auto record = copies.record(i);
      if (!record) return record.error();
      if (auto shown = show(*record, copies.bytes_of(i), partition_, copies.at(i), visit, more);
          !shown) {
        return shown.error();
      }
      ++page.records;
      if (!more) {
        at = forward ? copies.at(i).next() : position{copies.at(i).value - 1};
      }
    }
  }
  page.next = at;
  page.end = !in_range();
  return page;
}

result<position> log_reader::first_at_or_after(timestamp time) const {
  const auto session = source_.begin();
  if (!session) return session.error();
  record_cursor cursor(**session);
  // Times never decrease, so half of what is left can be put aside each time.
  std::uint64_t low = 1;
  std::uint64_t high = last_.value + 1;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    // What the log wrote itself tells no time: the next record does.
    std::uint64_t asked = middle;
    auto record = cursor.at({asked});
    while (record && messages::is_of_log(record->kind) && asked + 1 < high) {
      record = cursor.at({++asked});
    }
    if (!record) return record.error();
    if (messages::is_of_log(record->kind) || record->time >= time) {
      high = middle;
    } else {
      low = asked + 1;
    }
  }
  return position{low};
}

}  // namespace reprise::persistence
