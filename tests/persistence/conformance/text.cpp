// SPDX-License-Identifier: Apache-2.0
#include "tests/persistence/conformance/text.hpp"

#include "tests/persistence/conformance/scene.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>

namespace reprise::persistence::conformance {
namespace {

/// Codes whose number a case may want to compare.
bool has_number(errc code) {
  return code == errc::sequence_conflict || code == errc::history_gone ||
         code == errc::beyond_head || code == errc::corrupt;
}

std::string text_of(const error& e) {
  std::string text{to_string(e.code)};
  if (has_number(e.code)) text += ' ' + std::to_string(e.number);
  return text;
}

std::string_view name_of(record_kind kind) {
  switch (kind) {
    case record_kind::event:
      return "event";
    case record_kind::deletion:
      return "deletion";
    case record_kind::tombstone:
      return "tombstone";
    case record_kind::truncation:
      return "truncation";
  }
  return "of an unknown kind";
}

std::string joined(const std::string& shown, const std::string& how_it_ended) {
  return shown.empty() ? how_it_ended : shown + ' ' + how_it_ended;
}

template <class Page>
std::string ending_of(const result<Page>& page) {
  if (!page) return text_of(page.error());
  return page->end ? "end" : "more";
}

}  // namespace

std::string outcome::text() const {
  if (!is) return text_of(is.error());
  return is->repeated ? repeated(is->last.sequence.value) : stored(is->last.sequence.value);
}

receipt outcome::place() const {
  INFO("the answer was: " << (is ? text() : to_string(is.error())));
  REQUIRE(is.has_value());
  return is->last;
}

std::string stored(std::uint64_t sequence) {
  return "stored " + std::to_string(sequence);
}
std::string repeated(std::uint64_t sequence) {
  return "repeated " + std::to_string(sequence);
}
std::string conflict(std::uint64_t actual) {
  return text_of({errc::sequence_conflict, {}, actual});
}
std::string refused(errc code) {
  return std::string(to_string(code));
}

seen_record copy_of(const stored_record& record) {
  return {.kind = record.kind,
          .aggregate = {record.type, std::string(record.tenant), std::string(record.id)},
          .event_type = record.event_type,
          .event = record.event,
          .partition = record.partition,
          .at = record.at,
          .previous = record.previous,
          .place = record.sequence,
          .time = record.time,
          .command = record.command,
          .command_hash = record.command_hash,
          .correlation = record.correlation,
          .headers = record.headers,
          .tags = record.tags,
          .payload = bytes(record.payload.begin(), record.payload.end()),
          // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the address is the point.
          .aligned = reinterpret_cast<std::uintptr_t>(record.payload.data()) % 8 == 0};
}

std::string seen_record::name() const {
  if (kind != record_kind::event) return std::string(name_of(kind));
  std::string text;
  for (const std::byte b : payload) {
    if (b == std::byte{0}) break;
    text += static_cast<char>(b);
  }
  return event == id_of(text) ? text : text + '?';
}

std::string reading::shown() const {
  std::string text;
  for (const seen_record& r : records) {
    if (!text.empty()) text += ' ';
    text += std::to_string(r.place.value) + ':' + r.name();
  }
  return text;
}

std::string reading::text() const {
  return joined(shown(), ending_of(page));
}

std::string scanning::text() const {
  std::string text;
  for (const seen_record& r : records) {
    if (!text.empty()) text += ' ';
    text += std::to_string(r.at.value) + ':' + r.name();
  }
  return joined(text, ending_of(page));
}

partition_page scanning::ended() const {
  INFO("the scan ended: " << (page ? text() : to_string(page.error())));
  REQUIRE(page.has_value());
  return *page;
}

}  // namespace reprise::persistence::conformance
