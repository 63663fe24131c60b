// SPDX-License-Identifier: Apache-2.0
//
// What is known of a stored record beside its payload, as users are told it.
//
// Threading: pure functions.

#pragma once

#include "persistence/journal.hpp"

#include <reprise/envelope.hpp>

namespace reprise::persistence {

/// Holds nothing of the record's views.
[[nodiscard]] aggregate_key aggregate_of(const stored_record& record);

/// Its causation is the command that decided it, or the event that the command was sent for. Holds
/// nothing of the record's views.
[[nodiscard]] envelope envelope_of(const stored_record& record);

/// The same, into one that there is already, whose memory is used again.
void describe(const stored_record& record, envelope& out);

}  // namespace reprise::persistence
