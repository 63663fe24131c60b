// SPDX-License-Identifier: Apache-2.0
#include "sagas/orders.hpp"

#include "saga_log.reprise.hpp"
#include "sagas/effect_codec.hpp"

#include <reprise/codec.hpp>

namespace reprise::sagas {
namespace {

using log::saga_cmd;

template <class Command>
void encode(const Command& command, detail::outgoing_command& out) {
  out.command = Command::tag;
  codec<Command>::encode(command, out.payload);
}

}  // namespace

detail::outgoing_command command_of(const aggregate_key& saga, const saga_order& order) {
  detail::outgoing_command out{.to = saga};
  out.how.id = order.id;
  switch (order.what) {
    case saga_order::kind::answer:
      encode(saga_cmd::answer{.wait = order.name, .payload = order.payload}, out);
      break;
    case saga_order::kind::cancel:
      encode(saga_cmd::cancel{.reason = order.reason}, out);
      break;
    case saga_order::kind::kill:
      encode(saga_cmd::kill{.reason = order.reason}, out);
      break;
    case saga_order::kind::pause:
      encode(saga_cmd::pause{.reason = order.reason}, out);
      break;
    case saga_order::kind::resume:
      encode(saga_cmd::resume{.reason = order.reason}, out);
      break;
    case saga_order::kind::retry_step:
      encode(saga_cmd::retry_step{.number = order.number, .payload = order.payload}, out);
      break;
    case saga_order::kind::drop_step:
      encode(saga_cmd::drop_step{.number = order.number, .reason = order.reason}, out);
      break;
    case saga_order::kind::retry_parked:
      encode(saga_cmd::retry_parked{}, out);
      break;
    case saga_order::kind::skip_parked:
      encode(saga_cmd::skip_parked{.reason = order.reason}, out);
      break;
    case saga_order::kind::edit_parked:
      encode(saga_cmd::edit_parked{.payload = order.payload, .reason = order.reason}, out);
      break;
  }
  return out;
}

detail::outgoing_command look_at(const aggregate_key& saga) {
  detail::outgoing_command out{.to = saga};
  encode(saga_cmd::look{}, out);
  return out;
}

result<saga_status> status_in(bytes_view reply) {
  auto state = codec<log::saga_state>::decode(reply);
  if (!state) return std::move(state).error();
  return status_of(*state);
}

}  // namespace reprise::sagas
