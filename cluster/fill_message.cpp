// SPDX-License-Identifier: Apache-2.0
#include "cluster/fill_message.hpp"

#include "messages/little_endian.hpp"

#include <algorithm>
#include <limits>

namespace reprise::cluster {
namespace {

using messages::load;

constexpr std::size_t question_bytes = 40;
constexpr std::size_t answer_header_bytes = 24;
// What one answer may be asked to hold.
constexpr std::uint64_t answer_bytes_max = std::uint64_t{1} << 20U;

void put(bytes& out, std::uint64_t value) {
  out.resize(out.size() + 8);
  messages::store(out.data() + out.size() - 8, value);
}

error malformed() {
  return {errc::malformed, "a message about filling a log cannot be read"};
}

}  // namespace

bytes encode(const fill_question_message& message) {
  bytes out;
  out.reserve(question_bytes);
  put(out, message.partition.value);
  put(out, message.question.target.value);
  put(out, message.question.in_term.value);
  put(out, message.question.from.value);
  put(out, message.question.bytes_max);
  return out;
}

bytes encode(const fill_answer_message& message) {
  bytes out;
  put(out, message.partition.value);
  put(out, message.target.value);
  put(out, message.from.value);
  for (const bytes& entry : message.answer.entries) {
    put(out, entry.size());
    out.insert(out.end(), entry.begin(), entry.end());
  }
  return out;
}

result<fill_question_message> decode_fill_question(bytes_view from) {
  if (from.size() != question_bytes) return malformed();
  const auto partition = load<std::uint64_t>(from.data());
  if (partition > std::numeric_limits<std::uint32_t>::max()) return malformed();
  fill_question_message message{.partition = {static_cast<std::uint32_t>(partition)}};
  message.question = {
      .target = {load<std::uint64_t>(from.data() + 8)},
      .in_term = {load<std::uint64_t>(from.data() + 16)},
      .from = {load<std::uint64_t>(from.data() + 24)},
      .bytes_max = std::min(load<std::uint64_t>(from.data() + 32), answer_bytes_max)};
  if (message.question.from.value == 0 || message.question.from > message.question.target) {
    return malformed();
  }
  return message;
}

result<fill_answer_message> decode_fill_answer(bytes_view from) {
  if (from.size() < answer_header_bytes) return malformed();
  const auto partition = load<std::uint64_t>(from.data());
  if (partition > std::numeric_limits<std::uint32_t>::max()) return malformed();
  fill_answer_message message{.partition = {static_cast<std::uint32_t>(partition)},
                              .target = {load<std::uint64_t>(from.data() + 8)},
                              .from = {load<std::uint64_t>(from.data() + 16)}};
  bytes_view rest = from.subspan(answer_header_bytes);
  while (!rest.empty()) {
    if (rest.size() < 8) return malformed();
    const auto size = load<std::uint64_t>(rest.data());
    rest = rest.subspan(8);
    if (size == 0 || size % 8 != 0 || size > rest.size()) return malformed();
    message.answer.entries.emplace_back(rest.begin(),
                                        rest.begin() + static_cast<std::ptrdiff_t>(size));
    rest = rest.subspan(size);
  }
  return message;
}

}  // namespace reprise::cluster
