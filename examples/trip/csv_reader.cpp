// SPDX-License-Identifier: Apache-2.0
#include "examples/trip/csv_reader.hpp"

#include <streambuf>

namespace taxi {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

bool ends_field(int c) {
  return c == ',' || c == '\n' || c == std::char_traits<char>::eof();
}

// A carriage return counts as part of the line's end only right before the line feed.
void drop_carriage_return(std::string& field, int terminator) {
  if (terminator == '\n' && !field.empty() && field.back() == '\r') field.pop_back();
}

}  // namespace

int csv_reader::take() {
  const int c = in_->rdbuf()->sbumpc();
  if (c == end_of_stream) return c;
  ++bytes_read_;
  if (c == '\n') ++line_;
  return c;
}

int csv_reader::peek() {
  return in_->rdbuf()->sgetc();
}

bool csv_reader::next(csv_record& record) {
  while (in_->good()) {
    // The sentry is not needed, but a stream buffer that throws must end as a failed stream.
    try {
      if (peek() == end_of_stream) return false;
      begin(record);
      read_record(record);
    } catch (const std::ios_base::failure&) {
      in_->setstate(std::ios::badbit);
      return false;
    }
    const bool blank = record.fields.size() == 1 && record.fields[0].empty();
    if (!blank || !record.damage.empty()) return true;
  }
  return false;
}

void csv_reader::begin(csv_record& record) {
  record.line = line_;
  record.fields.clear();
  record.damage.clear();
  record_begins_ = bytes_read_;
}

void csv_reader::read_record(csv_record& record) {
  while (true) {
    std::string& field = record.fields.emplace_back();
    const int terminator = peek() == '"' ? read_quoted(record, field) : read_plain(field);
    const bool first_field = record.line == 1 && record.fields.size() == 1;
    if (first_field && field.starts_with(byte_order_mark)) field.erase(0, byte_order_mark.size());
    if (bytes_read_ - record_begins_ > record_bytes_max) {
      record.damage = "longer than " + std::to_string(record_bytes_max) + " bytes";
    }
    if (!record.damage.empty() && terminator != '\n') skip_line();
    if (!record.damage.empty() || terminator != ',') return;
  }
}

// Both return what ended the field: a comma, a line feed or the end of the stream; or any other
// character when the record has become too long.
int csv_reader::read_plain(std::string& field) {
  while (bytes_read_ - record_begins_ <= record_bytes_max) {
    const int c = take();
    if (ends_field(c)) {
      drop_carriage_return(field, c);
      return c;
    }
    field += static_cast<char>(c);
  }
  return '\0';
}

int csv_reader::read_quoted(csv_record& record, std::string& field) {
  take();
  while (bytes_read_ - record_begins_ <= record_bytes_max) {
    const int c = take();
    if (c == end_of_stream) {
      record.damage = "a quote is not closed";
      return c;
    }
    if (c != '"') {
      field += static_cast<char>(c);
      continue;
    }
    if (peek() == '"') {
      field += static_cast<char>(take());
      continue;
    }
    std::string rest;
    const int terminator = read_plain(rest);
    if (!rest.empty()) record.damage = "text follows a closing quote";
    return terminator;
  }
  return '\0';
}

void csv_reader::skip_line() {
  int c = take();
  while (c != '\n' && c != end_of_stream) c = take();
}

}  // namespace taxi
