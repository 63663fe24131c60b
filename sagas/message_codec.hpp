// SPDX-License-Identifier: Apache-2.0
//
// Events on their way to a saga.
//
// Threading: pure functions.

#pragma once

#include "persistence/journal.hpp"
#include "saga_log.reprise.hpp"

#include <reprise/envelope.hpp>
#include <reprise/ids.hpp>

#include <cstddef>
#include <vector>

namespace reprise::sagas {

[[nodiscard]] log::message message_of(const persistence::stored_record& record, bool starts);
[[nodiscard]] envelope envelope_of(const log::message& message);

[[nodiscard]] std::vector<log::header> to_log(const attributes& from);
[[nodiscard]] attributes from_log(const std::vector<log::header>& from);

/// The bytes of an id; empty for the empty id.
template <class Tag>
[[nodiscard]] bytes to_bytes(const id128<Tag>& id) {
  if (id.empty()) return {};
  return {id.value.begin(), id.value.end()};
}
/// The empty id for anything that is not of its size.
template <class Id>
[[nodiscard]] Id to_id(const bytes& from) {
  Id out;
  if (from.size() == out.value.size()) std::copy(from.begin(), from.end(), out.value.begin());
  return out;
}

}  // namespace reprise::sagas
