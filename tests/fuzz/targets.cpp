// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/targets.hpp"

#include "base/checksum.hpp"
#include "cluster/peer_batch.hpp"
#include "cluster/raft_message.hpp"
#include "messages/entry.hpp"
#include "messages/little_endian.hpp"
#include "messages/record.hpp"
#include "messages/schema_bundle.hpp"
#include "persistence/snapshot_codec.hpp"
#include "tests/fuzz/look_at.hpp"
#include "tests/fuzz/sealed_targets.hpp"
#include "tests/fuzz/wire_targets.hpp"
#include "trip.reprise.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace reprise::fuzz {
namespace {

constexpr position place{7};

using fuzz::look_at;

void look_at(const messages::record& r) {
  look_at(r.tenant);
  look_at(r.id);
  look_at(r.headers);
  look_at(r.tags);
  look_at(r.payload);
  if (const auto headers = messages::decode_attributes(r.headers)) look_at(*headers);
}

messages::record some_record(std::uint64_t n) {
  static const std::array<std::string, 3> ids{"a", "trip-42", std::string(300, 'x')};
  static const bytes payload(40, std::byte{5});
  static const bytes attributes = [] {
    bytes out;
    static_cast<void>(messages::encode_attributes({{"user", "ann"}, {"trace", "0123"}}, out));
    return out;
  }();
  messages::record r{.kind = 1,
                     .type = {77},
                     .tenant = n % 2 == 0 ? "" : "north",
                     .id = ids[n % ids.size()],
                     .sequence = {n + 1},
                     .previous = {n},
                     .event_type = 3,
                     .payload = bytes_view(payload).first(8 * (n % 6))};
  if (n % 3 != 0) r.command = derive_command_id("c" + std::to_string(n));
  if (n % 3 == 1) r.correlation = {r.command.value};
  if (n % 4 == 1) r.event = {derive_command_id("e" + std::to_string(n)).value};
  if (n % 4 == 2) r.headers = attributes;
  if (n % 4 == 3) r.tags = attributes;
  return r;
}

void read_record(bytes_view stored) {
  if (stored.size() >= messages::record_header_bytes) {
    sum_of_all = sum_of_all + messages::claimed_record_size(stored);
  }
  if (const auto read = messages::decode_record(stored, place)) look_at(*read);
}
std::vector<bytes> records() {
  std::vector<bytes> all;
  for (std::uint64_t n = 0; n < 12; ++n) {
    messages::encode_record(some_record(n), place, all.emplace_back());
  }
  return all;
}
void mend_record(bytes_view whole, std::byte* at, position where) {
  const std::uint64_t left = static_cast<std::uint64_t>(whole.data() + whole.size() - at);
  if (left < messages::record_header_bytes) return;
  const std::uint64_t claimed = messages::claimed_record_size({at, left});
  if (claimed < messages::record_header_bytes || claimed > left) return;
  messages::store(at, base::checksum64({at + 8, claimed - 8}, where.value));
}
void mend_only_record(bytes& stored) {
  mend_record(stored, stored.data(), place);
}

void read_entry(bytes_view stored) {
  const auto opened = messages::entry::open(stored);
  if (!opened) return;
  const messages::entry_header& header = opened->header();
  for (std::uint32_t i = 0; i < header.records; ++i) {
    const position at{header.first.value + i};
    look_at(opened->bytes_at(at));
    if (const auto read = opened->at(at)) look_at(*read);
  }
}
std::vector<bytes> entries() {
  std::vector<bytes> all;
  for (const std::uint32_t count : {1U, 2U, 3U, 9U}) {
    bytes body;
    std::vector<std::uint32_t> offsets;
    for (std::uint32_t i = 0; i < count; ++i) {
      offsets.push_back(static_cast<std::uint32_t>(body.size()));
      messages::encode_record(some_record(i + count), {place.value + i}, body);
    }
    bytes& entry = all.emplace_back(messages::entry_prefix_size(count));
    messages::encode_entry_prefix({.partition = {3}, .records = count, .first = place, .index = 1},
                                  offsets, body.size(), entry.data());
    entry.insert(entry.end(), body.begin(), body.end());
  }
  return all;
}
void mend_entry(bytes& stored) {
  if (stored.size() < messages::entry_header_bytes) return;
  const std::uint32_t count = messages::entry::claimed_header(stored).records;
  if (count == 0 || count > messages::entry_records_max) return;
  const std::size_t prefix = messages::entry_prefix_size(count);
  if (prefix > stored.size()) return;
  messages::store(stored.data(), base::checksum64(bytes_view(stored).subspan(8, prefix - 8)));
}

void read_snapshot(bytes_view stored) {
  if (const auto read = persistence::decode_snapshot(stored)) look_at(read->taken.state);
}
std::vector<bytes> snapshots() {
  persistence::snapshot taken{.at = {9}, .place = {12}, .state = bytes(56, std::byte{1})};
  taken.commands.resize(3);
  return {persistence::encode_snapshot({{7}, "", "trip-1"}, {}),
          persistence::encode_snapshot({{7}, "north", std::string(200, 'y')}, taken)};
}
void mend_snapshot(bytes& stored) {
  if (stored.size() >= 16) {
    messages::store(stored.data(), base::checksum64(bytes_view(stored).subspan(8)));
  }
}

const messages::schema_bundle& trips() {
  static const auto bundle = messages::schema_bundle::open(ride::trip_api::schema());
  return bundle.value();
}

void read_payload(bytes_view stored) {
  if (const auto read = codec<ride::trip_state>::decode(stored)) look_at(read->rider);
  if (const auto read = codec<ride::trip_ev::requested>::decode(stored)) look_at(read->rider);
  if (const auto text = trips().state_json(stored)) look_at(*text);
  for (std::uint32_t event = 0; event < 3; ++event) {
    if (const auto text = trips().event_json(event, stored)) look_at(*text);
  }
}
std::vector<bytes> payloads() {
  std::vector<bytes> all(2);
  codec<ride::trip_state>::encode({.rider = "ann",
                                   .driver = "bob",
                                   .pickup = {"Midtown East", "Manhattan"},
                                   .dropoff = {"Astoria", "Queens"},
                                   .passengers = 2},
                                  all[0]);
  codec<ride::trip_ev::requested>::encode({.rider = "ann", .passengers = 1}, all[1]);
  return all;
}

void read_schema(bytes_view stored) {
  const auto opened = messages::schema_bundle::open(stored);
  if (!opened) return;
  look_at(opened->name());
  for (const std::string& name : opened->event_names()) look_at(name);
  static_cast<void>(opened->accepts(trips()));
}
std::vector<bytes> schemas() {
  const bytes_view encoded = ride::trip_api::schema();
  return {bytes(encoded.begin(), encoded.end())};
}

// Messages of consensus, as they lie behind one another on their way to a node.
void read_consensus(bytes_view stored) {
  const auto batch = cluster::read_peer_batch(stored);
  if (!batch) return;
  for (const cluster::peer_message& message : *batch) {
    const auto read = cluster::decode_raft_message(message.partition, message.body);
    if (!read) continue;
    for (const cluster::log_entry& entry : read->entries) look_at(entry.stored);
  }
}
std::vector<bytes> consensus_messages() {
  const std::vector<bytes> stored = entries();
  const cluster::membership members{{{1}}, {{2}, cluster::member_role::learner}};
  const bytes membership =
      cluster::encode_members({.partition = {3}, .records = 1, .first = {8}, .index = 2}, members);
  using type = cluster::raft_message_type;
  const std::vector<cluster::raft_message> all{
      {.type = type::append,
       .term = {2},
       .entries = {{.stored = stored[0]}, {.stored = membership}}},
      {.type = type::append, .term = {2}, .entries = {{.stored = stored[3]}}},
      {.type = type::append_result, .term = {2}, .rejected = {9}, .last = {4}},
      {.type = type::vote_request, .term = {2}, .last = {9}, .last_term = {1}, .pre_vote = true},
      {.type = type::vote_result, .term = {2}, .granted = true},
      {.type = type::timeout_now, .term = {2}, .last = {9}, .last_term = {2}},
      {.type = type::install,
       .term = {2},
       .last = {9},
       .last_term = {2},
       .membership_at = {1},
       .members = members}};
  std::vector<bytes> pieces;
  for (const cluster::raft_message& message : all) {
    bytes body;
    cluster::encode_raft_message(message, body);
    cluster::peer_batch batch(std::size_t{1} << 20U, std::size_t{1} << 20U);
    for (int times = 0; times < 2; ++times) {
      static_cast<void>(batch.add({.partition = {3}, .from = {1}, .to = {2}, .body = body}));
    }
    pieces.push_back(batch.take());
  }
  return pieces;
}

constexpr std::array all_targets{
    target{"record", read_record, records, mend_only_record},
    target{"entry", read_entry, entries, mend_entry},
    target{"snapshot", read_snapshot, snapshots, mend_snapshot},
    target{"payload", read_payload, payloads, nullptr},
    target{"schema", read_schema, schemas, nullptr},
    target{"sealed", read_sealed, sealed_payloads, nullptr},
    target{"part", read_part, message_parts, nullptr},
    target{"consensus", read_consensus, consensus_messages, nullptr},
    target{"commands", read_commands, command_messages, nullptr},
    target{"queries", read_queries, query_messages, nullptr},
    target{"orders", read_orders, order_messages, nullptr},
};

}  // namespace

std::span<const target> targets() {
  return all_targets;
}

}  // namespace reprise::fuzz
