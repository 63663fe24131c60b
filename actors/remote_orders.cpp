// SPDX-License-Identifier: Apache-2.0
#include "actors/remote_orders.hpp"

#include "actors/remote_rows.hpp"
#include "consumers/parked_events.hpp"
#include "consumers/projector.hpp"
#include "consumers/row_overlay.hpp"

#include <utility>
#include <variant>

namespace reprise::actors {
namespace {

using kind = cluster::projection_order::kind;

struct order_writer {
  cluster::projection_order& to;

  void operator()(const consumers::rebuild_order& order) const {
    to.what = kind::rebuild;
    to.from = order.from;
  }
  void operator()(const consumers::retry_order& order) const {
    to.what = kind::retry;
    to.which = order.which;
  }
  void operator()(const consumers::skip_order& order) const {
    to.what = kind::skip;
    to.of = order.of;
    to.event = order.which;
    to.why = order.why;
    to.when = order.when;
  }
  void operator()(const consumers::edit_order& order) const {
    to.what = kind::edit;
    to.of = order.of;
    to.event = order.which;
    to.why = order.why;
    to.json = order.json;
  }
};

}  // namespace

cluster::projection_order wire_form(const consumers::projection_order& what) {
  cluster::projection_order to{.name = what.name, .version = what.version};
  std::visit(order_writer{to}, what.what);
  return to;
}

consumers::projection_order order_in(cluster::projection_order what) {
  consumers::projection_order to{.name = std::move(what.name), .version = what.version};
  switch (what.what) {
    case kind::rebuild:
      to.what = consumers::rebuild_order{std::move(what.from)};
      break;
    case kind::retry:
      to.what = consumers::retry_order{std::move(what.which)};
      break;
    case kind::skip:
      to.what = consumers::skip_order{.of = std::move(what.of),
                                      .which = what.event,
                                      .why = std::move(what.why),
                                      .when = what.when};
      break;
    case kind::edit:
      to.what = consumers::edit_order{.of = std::move(what.of),
                                      .which = what.event,
                                      .json = std::move(what.json),
                                      .why = std::move(what.why)};
      break;
  }
  return to;
}

remote_orders::remote_orders(ask how, std::unique_ptr<remote_store> reads, std::string name,
                             std::uint32_t version)
    : ask_(std::move(how)), reads_(std::move(reads)), name_(std::move(name)), version_(version) {}

result<std::unique_ptr<remote_orders>> remote_orders::open(ask how,
                                                           std::unique_ptr<remote_store> reads,
                                                           const std::string& name,
                                                           std::uint32_t version) {
  const remote_rows rows(*reads);
  const auto stored = rows.read(consumers::stored_name(name, version));
  if (!stored) return stored.error();
  const auto taken = (*stored)->taken_at();
  if (!taken) return taken.error();
  if (!*taken) {
    return error{errc::not_found, "nothing is stored of version " + std::to_string(version) +
                                      " of a projection " + name + " on that node"};
  }
  return std::unique_ptr<remote_orders>(
      new remote_orders(std::move(how), std::move(reads), name, version));
}

result<consumers::order_outcome> remote_orders::carry_out(const order& what) {
  const auto answered = ask_(encode(wire_form({.name = name_, .version = version_, .what = what})));
  if (!answered) return answered.error();
  auto answer = cluster::decode_projection_answer(*answered);
  if (!answer) return std::move(answer).error();
  return consumers::order_outcome{.tried = std::move(answer->tried),
                                  .about = std::move(answer->about)};
}

// Repeated after the node was started again, the order finds another event there, or none.
result<sequence> remote_orders::first_of(const aggregate_key& aggregate) {
  const remote_rows rows(*reads_);
  auto stored = rows.read(consumers::stored_name(name_, version_));
  if (!stored) return std::move(stored).error();
  const consumers::row_reader all(std::move(*stored));
  const auto first = consumers::parked_events({}).first(all, aggregate);
  if (!first) return first.error();
  if (!*first) {
    return error{errc::not_found, "nothing of " + aggregate.id + " is parked in " +
                                      consumers::stored_name(name_, version_)};
  }
  return (*first)->sequence;
}

}  // namespace reprise::actors
