// SPDX-License-Identifier: Apache-2.0
#include "cluster/remote_command.hpp"

#include "cluster/remote_command.capnp.h"
#include "cluster/wire_bytes.hpp"

#include <algorithm>

namespace reprise::cluster {
namespace {

void write(const remote_command& from, peer_wire::Command::Builder to) {
  to.setRequest(from.request);
  to.setTimeoutMs(static_cast<std::uint32_t>(from.timeout.count()));
  to.setType(from.to.type.value);
  to.setTenant(as_data(from.to.tenant));
  to.setId(as_data(from.to.id));
  to.setCommand(from.command);
  to.setPayload(as_data(from.payload));
  to.setCommandId(as_data(from.id.value));
  to.setHash(from.hash);
  to.setCorrelation(as_data(from.correlation.value));
  auto headers = to.initHeaders(static_cast<unsigned>(from.headers.size()));
  unsigned n = 0;
  for (const auto& [name, value] : from.headers) {
    headers[n].setName(as_data(name));
    headers[n++].setValue(as_data(value));
  }
  to.setLinearizable(from.linearizable);
  if (!from.from) return;
  auto source = to.initSource();
  source.setConsumer(from.from->consumer);
  source.setPartition(from.from->partition.value);
  source.setPosition(from.from->at.value);
  source.setIndex(from.from->index);
}

// False for an id of the wrong size.
bool read(peer_wire::Command::Reader from, remote_command& to) {
  to.request = from.getRequest();
  to.timeout = std::chrono::milliseconds(from.getTimeoutMs());
  to.to = {{from.getType()}, text(from.getTenant()), text(from.getId())};
  to.command = from.getCommand();
  to.payload = view(from.getPayload());
  to.hash = from.getHash();
  to.linearizable = from.getLinearizable();
  for (const auto header : from.getHeaders()) {
    to.headers.emplace_back(text(header.getName()), text(header.getValue()));
  }
  if (from.hasSource()) {
    const auto source = from.getSource();
    to.from = detail::delivery{.consumer = source.getConsumer(),
                               .partition = {source.getPartition()},
                               .at = {source.getPosition()},
                               .index = source.getIndex()};
  }
  return read_id(from.getCommandId(), to.id) && read_id(from.getCorrelation(), to.correlation);
}

void write(const remote_outcome& from, peer_wire::Outcome::Builder to) {
  to.setRequest(from.request);
  if (!from.outcome) {
    auto failed = to.initFailed();
    failed.setCode(static_cast<std::uint8_t>(from.outcome.error().code));
    failed.setMessage(as_data(from.outcome.error().message));
    failed.setNumber(from.outcome.error().number);
    return;
  }
  if (from.outcome->why) {
    auto rejected = to.initRejected();
    rejected.setCode(as_data(from.outcome->why->code));
    rejected.setWhy(as_data(from.outcome->why->why));
    return;
  }
  auto accepted = to.initAccepted();
  accepted.setPartition(from.outcome->at.partition.value);
  accepted.setPosition(from.outcome->at.at.value);
  accepted.setSequence(from.outcome->at.sequence.value);
  accepted.setReply(as_data(from.outcome->reply));
}

// False for a kind of outcome, or a code, that is unknown here.
bool read(peer_wire::Outcome::Reader from, remote_outcome& to) {
  to.request = from.getRequest();
  if (from.isFailed()) {
    const auto failed = from.getFailed();
    to.outcome =
        error{static_cast<errc>(failed.getCode()), text(failed.getMessage()), failed.getNumber()};
    return failed.getCode() <= static_cast<std::uint8_t>(errc::stopped);
  }
  if (from.isRejected()) {
    to.outcome->why =
        rejection{text(from.getRejected().getCode()), text(from.getRejected().getWhy())};
    return true;
  }
  if (!from.isAccepted()) return false;
  const auto accepted = from.getAccepted();
  const bytes_view reply = view(accepted.getReply());
  to.outcome->at = {{accepted.getPartition()}, {accepted.getPosition()}, {accepted.getSequence()}};
  to.outcome->reply.assign(reply.begin(), reply.end());
  return true;
}

template <class T, class List>
result<std::vector<T>> read_all(const List& from) {
  std::vector<T> all(from.size());
  for (unsigned i = 0; i < from.size(); ++i) {
    if (!read(from[i], all[i])) return malformed("it holds what is unknown here");
  }
  return all;
}

}  // namespace

bytes encode(std::span<const remote_command> commands) {
  capnp::MallocMessageBuilder message;
  auto list =
      message.initRoot<peer_wire::Commands>().initCommands(static_cast<unsigned>(commands.size()));
  for (unsigned i = 0; i < commands.size(); ++i) write(commands[i], list[i]);
  return flat(message);
}

bytes encode(std::span<const remote_outcome> outcomes) {
  capnp::MallocMessageBuilder message;
  auto list =
      message.initRoot<peer_wire::Outcomes>().initOutcomes(static_cast<unsigned>(outcomes.size()));
  for (unsigned i = 0; i < outcomes.size(); ++i) write(outcomes[i], list[i]);
  return flat(message);
}

result<std::vector<remote_command>> decode_commands(bytes_view message) {
  return reading<peer_wire::Commands>(message, [](peer_wire::Commands::Reader root) {
    return read_all<remote_command>(root.getCommands());
  });
}

result<std::vector<remote_outcome>> decode_outcomes(bytes_view message) {
  return reading<peer_wire::Outcomes>(message, [](peer_wire::Outcomes::Reader root) {
    return read_all<remote_outcome>(root.getOutcomes());
  });
}

}  // namespace reprise::cluster
