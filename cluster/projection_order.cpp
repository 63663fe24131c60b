// SPDX-License-Identifier: Apache-2.0
#include "cluster/projection_order.hpp"

#include "cluster/node_query.capnp.h"
#include "cluster/wire_aggregate.hpp"
#include "cluster/wire_bytes.hpp"

#include <chrono>
#include <utility>

namespace reprise::cluster {
namespace {

using kind = projection_order::kind;

std::int64_t micros_of(timestamp time) {
  return time.time_since_epoch().count();
}

timestamp time_of(std::int64_t micros) {
  return timestamp(std::chrono::microseconds(micros));
}

void write(const start_point& from, query_wire::StartPoint::Builder to) {
  to.setKind(static_cast<std::uint8_t>(from.what));
  to.setTimeMicros(micros_of(from.at));
  auto after = to.initAfter(static_cast<unsigned>(from.after.size()));
  for (unsigned i = 0; i < after.size(); ++i) {
    after[i].setPartition(from.after[i].partition.value);
    after[i].setPosition(from.after[i].through.value);
  }
}

result<start_point> read(query_wire::StartPoint::Reader from) {
  if (from.getKind() > static_cast<std::uint8_t>(start_point::kind::cursors)) {
    return malformed("a place to begin that there is not");
  }
  start_point to{.what = static_cast<start_point::kind>(from.getKind()),
                 .at = time_of(from.getTimeMicros())};
  for (const auto each : from.getAfter()) {
    to.after.push_back({{each.getPartition()}, {each.getPosition()}});
  }
  return to;
}

void write(const parked_choice& from, query_wire::ParkedChoice::Builder to) {
  auto types = to.initTypes(static_cast<unsigned>(from.types.size()));
  for (unsigned i = 0; i < types.size(); ++i) types.set(i, from.types[i].value);
  to.setOne(from.only.has_value());
  if (from.only) write_aggregate(*from.only, to.initOnly());
  to.setQueuesMax(from.queues_max);
}

parked_choice read(query_wire::ParkedChoice::Reader from) {
  parked_choice to{.types = {}, .only = {}, .queues_max = from.getQueuesMax()};
  for (const std::uint64_t type : from.getTypes()) to.types.push_back({type});
  if (from.getOne()) to.only = read_aggregate(from.getOnly());
  return to;
}

void write(const projection_order& from, query_wire::ParkedDecision::Builder to) {
  write_aggregate(from.of, to.initOf());
  to.setSequence(from.event.value);
  to.setWhy(as_data(from.why));
  to.setTimeMicros(micros_of(from.when));
  to.setJson(as_data(from.json));
}

void read(query_wire::ParkedDecision::Reader from, projection_order& to) {
  to.of = read_aggregate(from.getOf());
  to.event = {from.getSequence()};
  to.why = text(from.getWhy());
  to.when = time_of(from.getTimeMicros());
  to.json = text(from.getJson());
}

void write(const parked_event& from, query_wire::ProjectionOrderAnswer::Parked::Builder to) {
  write_aggregate(from.aggregate, to.initOf());
  to.setSequence(from.sequence.value);
  to.setPartition(from.partition.value);
  to.setPosition(from.at.value);
  to.setCause(as_data(from.cause));
  to.setAttempts(from.attempts);
  to.setFirstTriedMicros(micros_of(from.first_tried));
  to.setLastTriedMicros(micros_of(from.last_tried));
  to.setEdited(from.edited);
}

parked_event read(query_wire::ProjectionOrderAnswer::Parked::Reader from) {
  return {.aggregate = read_aggregate(from.getOf()),
          .sequence = {from.getSequence()},
          .partition = {from.getPartition()},
          .at = {from.getPosition()},
          .cause = text(from.getCause()),
          .attempts = from.getAttempts(),
          .first_tried = time_of(from.getFirstTriedMicros()),
          .last_tried = time_of(from.getLastTriedMicros()),
          .edited = from.getEdited()};
}

}  // namespace

bytes encode(const projection_order& order) {
  capnp::MallocMessageBuilder message;
  auto to = message.initRoot<query_wire::ProjectionOrder>();
  to.setName(as_data(order.name));
  to.setVersion(order.version);
  switch (order.what) {
    case kind::rebuild:
      write(order.from, to.initRebuild());
      break;
    case kind::retry:
      write(order.which, to.initRetry());
      break;
    case kind::skip:
      write(order, to.initSkip());
      break;
    case kind::edit:
      write(order, to.initEdit());
      break;
  }
  return flat(message);
}

bytes encode(const projection_answer& answer) {
  capnp::MallocMessageBuilder message;
  auto to = message.initRoot<query_wire::ProjectionOrderAnswer>();
  auto tried = to.initTried(static_cast<unsigned>(answer.tried.size()));
  for (unsigned i = 0; i < tried.size(); ++i) write_aggregate(answer.tried[i], tried[i]);
  if (answer.about) write(*answer.about, to.initAbout(1)[0]);
  return flat(message);
}

result<projection_order> decode_projection_order(bytes_view from) {
  return reading<query_wire::ProjectionOrder>(
      from, [](query_wire::ProjectionOrder::Reader root) -> result<projection_order> {
        projection_order to{.name = text(root.getName()), .version = root.getVersion()};
        switch (root.which()) {
          case query_wire::ProjectionOrder::REBUILD: {
            auto start = read(root.getRebuild());
            if (!start) return std::move(start).error();
            to.what = kind::rebuild;
            to.from = std::move(*start);
            return to;
          }
          case query_wire::ProjectionOrder::RETRY:
            to.what = kind::retry;
            to.which = read(root.getRetry());
            return to;
          case query_wire::ProjectionOrder::SKIP:
            to.what = kind::skip;
            read(root.getSkip(), to);
            return to;
          case query_wire::ProjectionOrder::EDIT:
            to.what = kind::edit;
            read(root.getEdit(), to);
            return to;
        }
        return error{errc::incompatible, "an order of a later version of this node"};
      });
}

result<projection_answer> decode_projection_answer(bytes_view from) {
  return reading<query_wire::ProjectionOrderAnswer>(
      from, [](query_wire::ProjectionOrderAnswer::Reader root) -> result<projection_answer> {
        projection_answer to;
        to.tried.reserve(root.getTried().size());
        for (const auto each : root.getTried()) to.tried.push_back(read_aggregate(each));
        if (root.getAbout().size() > 1) return malformed("an order is about one event");
        if (root.getAbout().size() == 1) to.about = read(root.getAbout()[0]);
        return to;
      });
}

}  // namespace reprise::cluster
