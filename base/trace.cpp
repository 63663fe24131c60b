// SPDX-License-Identifier: Apache-2.0
#include "base/checksum.hpp"
#include "base/trace_step.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

namespace reprise {
namespace {

// `VV-` and two ids and flags with a `-` between.
constexpr std::size_t text_bytes = 55;
constexpr std::size_t trace_at = 3;
constexpr std::size_t span_at = 36;
constexpr std::size_t flags_at = 53;

std::optional<unsigned> digit_of(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  return {};
}

// Lower-case digits only, as the standard wants them.
bool read_hex(std::string_view text, std::span<std::byte> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto high = digit_of(text[2 * i]);
    const auto low = digit_of(text[2 * i + 1]);
    if (!high || !low) return false;
    out[i] = static_cast<std::byte>(*high * 16 + *low);
  }
  return true;
}

bool is_zero(std::span<const std::byte> id) {
  return std::ranges::all_of(id, [](std::byte b) { return b == std::byte{0}; });
}

bool is_called(const std::string& name, std::string_view wanted) {
  return std::ranges::equal(name, wanted, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

bool carries_a_trace(const std::string& name) {
  return is_called(name, traceparent_header) || is_called(name, tracestate_header);
}

void drop_trace(attributes& headers) {
  std::erase_if(headers, [](const auto& h) { return carries_a_trace(h.first); });
}

}  // namespace

std::optional<trace_context> trace_in(std::string_view text) {
  if (text.size() < text_bytes) return {};
  std::array<std::byte, 1> version{};
  std::array<std::byte, 1> flags{};
  trace_context out;
  if (!read_hex(text, version) || !read_hex(text.substr(trace_at), out.trace) ||
      !read_hex(text.substr(span_at), out.span) || !read_hex(text.substr(flags_at), flags)) {
    return {};
  }
  if (text[trace_at - 1] != '-' || text[span_at - 1] != '-' || text[flags_at - 1] != '-') return {};
  if (version[0] == std::byte{0xff} || is_zero(out.trace) || is_zero(out.span)) return {};
  // A later version may have more behind it; this one has not.
  const bool more = text.size() > text_bytes;
  if (more && (version[0] == std::byte{0} || text[text_bytes] != '-')) return {};
  out.sampled = (flags[0] & std::byte{1}) != std::byte{0};
  return out;
}

std::string to_traceparent(const trace_context& context) {
  std::string out = "00-";
  out += to_hex(context.trace);
  out += '-';
  out += to_hex(context.span);
  out += context.sampled ? "-01" : "-00";
  return out;
}

namespace base {

trace_context step_of(const trace_context& context, const command_id& command) {
  trace_context out = context;
  std::uint64_t made = checksum64(command.value, 0x7370616e);
  // All zero is no id.
  if (made == 0) made = 1;
  std::memcpy(out.span.data(), &made, sizeof made);
  return out;
}

std::optional<trace_context> trace_among(const attributes& headers) {
  const std::string* found = nullptr;
  for (const auto& [name, value] : headers) {
    if (!is_called(name, traceparent_header)) continue;
    if (found != nullptr) return {};
    found = &value;
  }
  return found == nullptr ? std::nullopt : trace_in(*found);
}

attributes carried_headers(const attributes& headers) {
  attributes out;
  for (const auto& h : headers) {
    if (carries_a_trace(h.first)) out.push_back(h);
  }
  return out;
}

attributes with_trace(const attributes& headers, const trace_context& context) {
  attributes out;
  out.emplace_back(traceparent_header, to_traceparent(context));
  for (const auto& h : headers) {
    if (is_called(h.first, tracestate_header)) out.push_back(h);
  }
  return out;
}

std::optional<trace_step> take_step(attributes& headers, const command_id& command) {
  if (std::ranges::none_of(headers, [](const auto& h) { return carries_a_trace(h.first); })) {
    return {};
  }
  const std::optional<trace_context> given = trace_among(headers);
  if (!given) {
    drop_trace(headers);
    return {};
  }
  const trace_context own = step_of(*given, command);
  for (auto& [name, value] : headers) {
    if (is_called(name, traceparent_header)) value = to_traceparent(own);
  }
  return trace_step{.at = own, .parent = given->span};
}

trace_step begin_trace(attributes& headers, const command_id& command,
                       const correlation_id& conversation) {
  const trace_context own = step_of({.trace = conversation.value, .sampled = true}, command);
  headers.emplace_back(traceparent_header, to_traceparent(own));
  return {.at = own};
}

}  // namespace base
}  // namespace reprise
