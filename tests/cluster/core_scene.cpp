// SPDX-License-Identifier: Apache-2.0
#include "tests/cluster/core_scene.hpp"

#include "messages/record.hpp"

#include <algorithm>

namespace reprise::cluster {
namespace {

messages::entry_header header_of(log_index index, term in, position first) {
  return {.partition = scene_partition,
          .records = 1,
          .first = first,
          .index = index.value,
          .term = in.value};
}

struct encoded_records {
  bytes body;
  std::vector<std::uint32_t> offsets;
};

encoded_records encode_records(position first, std::uint32_t records, std::size_t payload) {
  encoded_records made;
  const bytes content(payload, std::byte{'x'});
  for (std::uint32_t i = 0; i < records; ++i) {
    made.offsets.push_back(static_cast<std::uint32_t>(made.body.size()));
    messages::encode_record({.kind = 1, .id = "a", .payload = content}, {first.value + i},
                            made.body);
  }
  return made;
}

}  // namespace

bytes records_entry(log_index index, term in, position first, std::uint32_t records,
                    position committed) {
  const encoded_records made = encode_records(first, records, 16);
  messages::entry_header header = header_of(index, in, first);
  header.records = records;
  header.committed = committed;
  const std::size_t prefix = messages::entry_prefix_size(records);
  bytes stored(prefix + made.body.size());
  messages::encode_entry_prefix(header, made.offsets, made.body.size(), stored.data());
  std::ranges::copy(made.body, stored.data() + prefix);
  return stored;
}

bytes barrier_entry(log_index index, term in, position first) {
  return encode_barrier(header_of(index, in, first));
}

bytes members_entry(log_index index, term in, position first, const membership& who) {
  return encode_members(header_of(index, in, first), who);
}

membership voters(std::uint64_t count) {
  membership made;
  for (std::uint64_t id = 1; id <= count; ++id) made.push_back({{id}});
  return made;
}

result<log_index> stored_log::membership_at(log_index up_to) const {
  for (log_index at = std::min(up_to, last()); at.value > 0; at = {at.value - 1}) {
    const auto entry = open_log_entry(entries[at.value - 1]);
    if (!entry) return entry.error();
    if (entry->kind == entry_kind::members) return at;
  }
  return log_index{};
}

void stored_log::apply(const log_write& write) {
  if (write.state) saved = *write.state;
  if (write.cut_from) entries.resize(write.cut_from->value - 1);
  for (const log_entry& entry : write.entries) {
    REQUIRE(entry.header.index == entries.size() + 1);
    entries.emplace_back(entry.stored.begin(), entry.stored.end());
  }
}

core_scene::core_scene(const membership& members_given, raft_options options_given)
    : options(options_given) {
  options.partition = scene_partition;
  options.self = {1};
  options.election_timeout = std::chrono::milliseconds(300);
  options.heartbeat = std::chrono::milliseconds(50);
  if (members_given.empty()) return;
  log.entries.push_back(first_entry(scene_partition, members_given));
  log.saved = {.term = {1}};
}

void core_scene::start() {
  auto recovered = recover_log(log, {.partition = scene_partition});
  REQUIRE(recovered.has_value());
  auto made = raft_core::start(options, *recovered, clock, budget);
  REQUIRE(made.has_value());
  core_ = *std::move(made);
  take();
}

void core_scene::take() {
  consensus_output output = core_->take_output();
  for (log_write& write : output.writes) unsynced.push_back(std::move(write));
  for (outbound_message& message : output.messages) {
    auto body = std::make_shared<bytes>(std::move(message.body));
    auto said = decode_raft_message(scene_partition, *body);
    REQUIRE(said.has_value());
    messages.push_back({message.to, *std::move(said), body});
  }
  settled.insert(settled.end(), output.settled.begin(), output.settled.end());
  if (output.fill) fill = output.fill;
  if (output.members) members = output.members;
  if (output.failure) failure = output.failure;
}

void core_scene::sync() {
  while (!unsynced.empty()) sync_one();
}

void core_scene::sync_one() {
  REQUIRE_FALSE(unsynced.empty());
  const write_number number = unsynced.front().number;
  log.apply(unsynced.front());
  unsynced.pop_front();
  core_->written(number);
  take();
}

void core_scene::crash() {
  unsynced.clear();
  core_.reset();
  messages.clear();
  settled.clear();
}

void core_scene::receive(std::uint64_t from, raft_message said) {
  if (said.version == 0)
    said.version =
        said.type == raft_message_type::vote_request || said.type == raft_message_type::vote_result
            ? 2
            : 1;
  bytes body;
  encode_raft_message(said, body);
  const auto received = core_->receive({from}, body);
  INFO((received ? "" : received.error().message));
  REQUIRE(received.has_value());
  take();
}

void core_scene::elapse(std::chrono::milliseconds time) {
  for (std::chrono::milliseconds gone{}; gone < time; gone += options.heartbeat) {
    clock.add(options.heartbeat);
    core_->tick();
    take();
  }
}

void core_scene::win_election() {
  const auto leads = [this] { return core_->leadership().state == replica_state::leader; };
  for (int i = 0; i < 200 && !leads(); ++i) {
    sync();
    elapse(options.heartbeat);
    sync();
    for (const sent_message& asked : said(raft_message_type::vote_request)) {
      receive(asked.to.value, {.type = raft_message_type::vote_result,
                               .term = asked.said.term,
                               .pre_vote = asked.said.pre_vote,
                               .granted = true});
    }
  }
  REQUIRE(leads());
}

void core_scene::lead() {
  win_election();
  for (int i = 0; i < 200 && !core_->leadership().ready; ++i) {
    sync();
    elapse(options.heartbeat);
    for (const sent_message& told : said(raft_message_type::append)) confirm(told.to.value);
    sync();
  }
  REQUIRE(core_->leadership().ready);
  static_cast<void>(said(raft_message_type::append));
}

void core_scene::confirm(std::uint64_t from) {
  receive(from, {.type = raft_message_type::append_result,
                 .term = core_->leadership().term,
                 .last = core_->last_index()});
}

result<std::uint64_t> core_scene::propose(std::uint32_t records, std::size_t payload) {
  const encoded_records made = encode_records(core_->next_position(), records, payload);
  auto request = core_->propose({.records = records,
                                 .first = core_->next_position(),
                                 .offsets = made.offsets,
                                 .body = made.body});
  take();
  return request;
}

std::vector<sent_message> core_scene::said(raft_message_type type) {
  std::vector<sent_message> found;
  std::erase_if(messages, [&](const sent_message& each) {
    if (each.said.type != type) return false;
    found.push_back(each);
    return true;
  });
  return found;
}

sent_message core_scene::last_said(raft_message_type type) {
  std::vector<sent_message> found = said(type);
  REQUIRE_FALSE(found.empty());
  return found.back();
}

std::optional<bool> core_scene::outcome(std::uint64_t request) const {
  const auto found = std::ranges::find(settled, request, &settled_request::request);
  if (found == settled.end()) return std::nullopt;
  return found->committed;
}

raft_message append_of(term in, log_index previous, term previous_term,
                       const std::vector<bytes>& entries, log_index leader_commit) {
  raft_message made{.type = raft_message_type::append,
                    .term = in,
                    .previous = previous,
                    .previous_term = previous_term,
                    .leader_commit = leader_commit};
  for (const bytes& stored : entries) made.entries.push_back({.stored = stored});
  return made;
}

}  // namespace reprise::cluster
