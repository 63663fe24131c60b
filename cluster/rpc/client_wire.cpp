// SPDX-License-Identifier: Apache-2.0
#include "cluster/rpc/client_wire.hpp"

#include "cluster/wire_bytes.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace reprise::cluster {
namespace {

// Of names, ids and what surrounds them.
constexpr std::size_t command_bytes_fixed = 256;
constexpr std::size_t header_bytes_fixed = 32;

bytes own_bytes(capnp::Data::Reader from) {
  const bytes_view all = view(from);
  return {all.begin(), all.end()};
}

std::string own_text(capnp::Text::Reader from) {
  return {from.begin(), from.size()};
}

// An id that is left out is empty.
template <class Tag>
bool read_optional_id(capnp::Data::Reader from, id128<Tag>& to) {
  return from.size() == 0 || read_id(from, to);
}

template <class Tag>
capnp::Data::Reader wire_id(const id128<Tag>& id) {
  if (id.empty()) return {};
  return as_data(id.value);
}

std::optional<errc> code_named(std::string_view name) {
  for (std::size_t code = 0; code <= static_cast<std::size_t>(errc::stopped); ++code) {
    if (to_string(static_cast<errc>(code)) == name) return static_cast<errc>(code);
  }
  return {};
}

error read_failure(wire::Failure::Reader from) {
  const std::string name = own_text(from.getName());
  // A code of a newer node: what matters most of it is kept.
  const errc otherwise = from.getUnknown()     ? errc::commit_unknown
                         : from.getRetryable() ? errc::unavailable
                                               : errc::io_error;
  const auto code = code_named(name);
  return {.code = code.value_or(otherwise),
          .message = (code ? "" : name + ": ") + own_text(from.getMessage()),
          .number = from.getNumber()};
}

}  // namespace

void write(const detail::outgoing_command& from, std::chrono::milliseconds timeout,
           wire::Command::Builder to) {
  to.setType(from.to.type.value);
  to.setTenant(as_data(from.to.tenant));
  to.setId(as_data(from.to.id));
  to.setCommand(from.command);
  to.setPayload(as_data(bytes_view(from.payload)));
  to.setCommandId(wire_id(from.how.id));
  to.setCorrelation(wire_id(from.how.correlation));
  // Not 0, which would be a wish for the usual.
  to.setTimeoutMs(static_cast<std::uint32_t>(
      std::clamp(timeout, std::chrono::milliseconds(1), ask_timeout_max).count()));
  to.setLinearizable(from.how.linearizable);
  auto headers = to.initHeaders(static_cast<unsigned>(from.how.headers.size()));
  for (unsigned n = 0; n < headers.size(); ++n) {
    headers[n].setName(from.how.headers[n].first);
    headers[n].setValue(from.how.headers[n].second);
  }
}

result<detail::outgoing_command> read(wire::Command::Reader from) {
  detail::outgoing_command out;
  out.to = {.type = {from.getType()}, .tenant = text(from.getTenant()), .id = text(from.getId())};
  out.command = from.getCommand();
  out.payload = own_bytes(from.getPayload());
  if (!read_optional_id(from.getCommandId(), out.how.id) ||
      !read_optional_id(from.getCorrelation(), out.how.correlation)) {
    return error{errc::invalid_argument, "an id has 16 bytes, or none"};
  }
  const std::chrono::milliseconds wanted(from.getTimeoutMs());
  out.how.timeout = wanted.count() == 0 ? ask_timeout_usual : std::min(wanted, ask_timeout_max);
  out.how.linearizable = from.getLinearizable();
  for (const auto header : from.getHeaders()) {
    out.how.headers.emplace_back(own_text(header.getName()), own_text(header.getValue()));
  }
  return out;
}

void write(const result<detail::raw_answer>& from, wire::Outcome::Builder to) {
  if (!from) {
    const error& why = from.error();
    auto failure = to.initFailure();
    failure.setName(std::string(to_string(why.code)));
    failure.setMessage(why.message);
    failure.setNumber(why.number);
    failure.setRetryable(is_retryable(why.code));
    failure.setUnknown(is_unknown(why.code));
  } else if (from->why) {
    auto rejection = to.initRejection();
    rejection.setCode(from->why->code);
    rejection.setWhy(from->why->why);
  } else {
    auto reply = to.initReply();
    reply.setPayload(as_data(bytes_view(from->reply)));
    reply.setPartition(from->at.partition.value);
    reply.setPosition(from->at.at.value);
    reply.setSequence(from->at.sequence.value);
  }
}

result<detail::raw_answer> read(wire::Outcome::Reader from) {
  switch (from.which()) {
    case wire::Outcome::REPLY: {
      const auto reply = from.getReply();
      return detail::raw_answer{.at = {.partition = {reply.getPartition()},
                                       .at = {reply.getPosition()},
                                       .sequence = {reply.getSequence()}},
                                .reply = own_bytes(reply.getPayload())};
    }
    case wire::Outcome::REJECTION:
      return detail::raw_answer{.why = rejection{.code = own_text(from.getRejection().getCode()),
                                                 .why = own_text(from.getRejection().getWhy())}};
    case wire::Outcome::FAILURE:
      return read_failure(from.getFailure());
  }
  return error{errc::incompatible, "an outcome that this program does not know"};
}

std::size_t bytes_of(const detail::outgoing_command& command) {
  std::size_t size = command_bytes_fixed + command.to.tenant.size() + command.to.id.size() +
                     command.payload.size();
  for (const auto& [name, value] : command.how.headers) {
    size += header_bytes_fixed + name.size() + value.size();
  }
  return size;
}

}  // namespace reprise::cluster
