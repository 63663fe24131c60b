// SPDX-License-Identifier: Apache-2.0
//
// What people tell an instance, as a command for it.
//
// Threading: pure functions.

#pragma once

#include <reprise/ids.hpp>
#include <reprise/node.hpp>
#include <reprise/result.hpp>
#include <reprise/saga.hpp>

namespace reprise::sagas {

[[nodiscard]] detail::outgoing_command command_of(const aggregate_key& saga,
                                                  const saga_order& order);
/// Asks for the state of an instance, changes nothing.
[[nodiscard]] detail::outgoing_command look_at(const aggregate_key& saga);
/// What look_at() is answered.
[[nodiscard]] result<saga_status> status_in(bytes_view reply);

}  // namespace reprise::sagas
