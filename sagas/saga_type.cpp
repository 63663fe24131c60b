// SPDX-License-Identifier: Apache-2.0
#include "base/checksum.hpp"

#include <reprise/detail/saga_type.hpp>

#include <span>

namespace reprise {

std::string_view to_string(saga_phase phase) noexcept {
  switch (phase) {
    case saga_phase::none:
      return "none";
    case saga_phase::running:
      return "running";
    case saga_phase::compensating:
      return "compensating";
    case saga_phase::completed:
      return "completed";
    case saga_phase::failed:
      return "failed";
    case saga_phase::killed:
      return "killed";
  }
  return "";
}

namespace detail {

aggregate_type_id saga_id(std::string_view name) {
  constexpr std::uint64_t seed_of_sagas = 0x73616761;
  const std::uint64_t hash =
      base::checksum64(std::as_bytes(std::span(name.data(), name.size())), seed_of_sagas);
  return {hash >> 1U};
}

}  // namespace detail
}  // namespace reprise
