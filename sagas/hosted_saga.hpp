// SPDX-License-Identifier: Apache-2.0
//
// A saga as actors host it: an aggregate whose commands come from the router, the outbox and
// people.
//
// Threading: see detail::hosted.

#pragma once

#include "sagas/saga_turn.hpp"

#include <reprise/detail/aggregate_type.hpp>
#include <reprise/detail/saga_type.hpp>
#include <reprise/result.hpp>

#include <memory>

namespace reprise::sagas {

/// What a node needs to know of one type of saga; it must outlive the aggregate type made of it.
struct saga_code {
  detail::saga_type type{};
  node_view node{};
  /// The protocol of sagas under this one's name and id.
  bytes schema{};
};

/// `invalid_argument` for options that break a stated limit.
[[nodiscard]] result<std::shared_ptr<const saga_code>> make_saga_code(detail::saga_type type,
                                                                      node_view node);
[[nodiscard]] detail::aggregate_type as_aggregate(const std::shared_ptr<const saga_code>& code);

}  // namespace reprise::sagas
