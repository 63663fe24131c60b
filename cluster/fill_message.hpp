// SPDX-License-Identifier: Apache-2.0
//
// How questions and answers of filling (log_fill.hpp) travel between nodes.
//
// Format: little-endian numbers of 8 bytes; entries one behind the other, each behind its size.
// Threading: pure functions.

#pragma once

#include "cluster/log_fill.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

namespace reprise::cluster {

struct fill_question_message {
  partition_id partition{};
  fill_question question{};
};
struct fill_answer_message {
  partition_id partition{};
  /// Of the question that is answered.
  log_index target{};
  log_index from{};
  /// Empty when the log that was asked does not hold the target.
  fill_answer answer{};
};

[[nodiscard]] bytes encode(const fill_question_message& message);
[[nodiscard]] bytes encode(const fill_answer_message& message);
/// `errc::malformed` for anything that encode() does not write.
[[nodiscard]] result<fill_question_message> decode_fill_question(bytes_view from);
[[nodiscard]] result<fill_answer_message> decode_fill_answer(bytes_view from);

}  // namespace reprise::cluster
