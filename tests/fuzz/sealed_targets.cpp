// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/sealed_targets.hpp"

#include "base/clock.hpp"
#include "clinic.reprise.hpp"
#include "messages/little_endian.hpp"
#include "messages/personal_parts.hpp"
#include "messages/schema_bundle.hpp"
#include "persistence/sealed_payload.hpp"
#include "tests/fuzz/look_at.hpp"

#include <reprise/codec.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>

namespace reprise::fuzz {
namespace {

using received = clinic::visit_ev::received;
constexpr persistence::sealed_as what{.type = clinic::visit_api::type, .event = received::tag};

persistence::subject_keys& keys() {
  static const base::system_clock time;
  static const auto kept = persistence::subject_keys::in_memory(time);
  return *kept;
}

// Guests in lists of lists, with cards in unions, of several owners.
messages::parted_message parted() {
  const auto guest = [](std::int32_t id, const std::string& name) {
    clinic::guest one{.id = id, .name = name};
    one.home = {.street = "street of " + name, .number = 3};
    one.pay = clinic::guest_pay_case::card{.holder = name, .number = "1234", .code = 7};
    return one;
  };
  received event;
  event.room = "hall";
  event.table = {guest(1, "ann"), guest(2, "bob")};
  event.rows = {{guest(3, "cat")}, {guest(1, "ann")}};
  bytes encoded;
  codec<received>::encode(event, encoded);
  static const auto schema = messages::schema_bundle::open(clinic::visit_api::schema());
  return schema->part_event(encoded).value();
}

}  // namespace

void read_sealed(bytes_view stored) {
  if (!persistence::is_sealed(stored)) return;
  if (const auto rest = persistence::without_sealed(stored)) look_at(*rest);
  if (const auto whole = persistence::unseal(stored, what, keys())) look_at(*whole);
}

std::vector<bytes> sealed_payloads() {
  return {persistence::seal(parted(), what, keys())};
}

void read_part(bytes_view stored) {
  if (stored.size() < 8) return;
  const std::uint64_t rest =
      std::min<std::uint64_t>(messages::load<std::uint64_t>(stored.data()), stored.size() - 8);
  const bytes_view behind = stored.subspan(8 + rest);
  const std::array<bytes, 1> parts{bytes(behind.begin(), behind.end())};
  if (const auto whole = messages::join_parts(stored.subspan(8, rest), parts)) {
    look_at(*whole);
    if (const auto read = codec<received>::decode(*whole)) look_at(read->room);
  }
}

std::vector<bytes> message_parts() {
  const messages::parted_message apart = parted();
  std::vector<bytes> all;
  for (const messages::personal_part& part : apart.parts) {
    bytes& one = all.emplace_back(8);
    messages::store(one.data(), std::uint64_t{apart.rest.size()});
    one.insert(one.end(), apart.rest.begin(), apart.rest.end());
    one.insert(one.end(), part.values.begin(), part.values.end());
  }
  return all;
}

}  // namespace reprise::fuzz
