// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/history.hpp"

#include "base/checksum.hpp"
#include "cluster/log_entry.hpp"

#include <nlohmann/json.hpp>

namespace reprise::simulated {

bool holds(const node& n, partition_id partition) {
  if (n.clients() == nullptr) return false;
  const auto status = nlohmann::json::parse(n.clients()->status_json());
  return status["replicas"][partition.value]["held"].get<bool>();
}
namespace {

std::string name_of(partition_id partition, position at) {
  return "position " + std::to_string(at.value) + " of partition " +
         std::to_string(partition.value);
}

past_record copy_of(const persistence::stored_record& r, std::uint64_t term) {
  return {.aggregate = {r.type, std::string(r.tenant), std::string(r.id)},
          .event_type = r.event_type,
          .event = r.event,
          .at = r.at,
          .place = r.sequence,
          .time = r.time,
          .command = r.command,
          .term = term,
          .payload = {r.payload.begin(), r.payload.end()}};
}

struct entry_seen {
  std::uint64_t term = 0;
  bool is_records = false;
};

template <class T>
T taken(result<T> from, const std::string& what) {
  if (!from) throw broken(what + ": " + to_string(from.error()));
  return std::move(*from);
}

}  // namespace

void history::handled(const std::string& on, const command_id& command, std::uint64_t in_term) {
  runs_[command].insert({on, in_term});
}

void history::look_at(const node& n) {
  if (!n.is_alive()) return;
  for (std::uint32_t i = 0; i < chosen_.size(); ++i) {
    cursor& from = cursors_[{n.name(), i}];
    // In each of its lives everything is looked at anew: it may have read its disk wrongly.
    if (from.life != n.lives()) from = {.life = n.lives()};
    look_at(n, {i}, from);
  }
}

void history::look_at(const node& n, partition_id partition, cursor& from) {
  const position end = n.log().committed(partition);
  check(end >= from.at, n.name() + " takes back what was committed");
  if (end == from.at) return;
  // By the last position of each entry.
  std::map<position, entry_seen> entries;
  position known = from.at;
  while (known < end) {
    const bytes stored =
        taken(n.log().read_entry(partition, ++from.index), n.name() + " cannot read its log");
    const cluster::log_entry entry =
        taken(cluster::open_log_entry(stored), n.name() + " has a damaged log");
    check(entry.header.first == known.next(),
          n.name() + " has a gap before " + name_of(partition, entry.header.first));
    known = entry.header.last();
    entries.emplace(known, entry_seen{.term = entry.header.term,
                                      .is_records = entry.kind == cluster::entry_kind::records});
  }
  // What consensus has written for itself is not shown, and takes a position like all the rest.
  const auto pass_hidden = [&](position upto) {
    while (from.at < upto) {
      const entry_seen& in = entries.lower_bound(from.at.next())->second;
      check(!in.is_records, n.name() + " does not show " + name_of(partition, from.at.next()));
      from.at = from.at.next();
      choose(partition, {.at = from.at, .term = in.term}, n.name());
    }
  };
  const auto page = n.log().scan(
      partition, {.from = from.at.next()}, [&](const persistence::stored_record& record) {
        pass_hidden({record.at.value - 1});
        from.at = record.at;
        choose(partition, copy_of(record, entries.lower_bound(record.at)->second.term), n.name());
        return true;
      });
  static_cast<void>(taken(page, n.name() + " cannot read its log"));
  pass_hidden(end);
}

void history::choose(partition_id partition, past_record fresh, const std::string& seen_on) {
  std::vector<past_record>& all = chosen_[partition.value];
  if (fresh.at.value <= all.size()) {
    check(all[fresh.at.value - 1] == fresh,
          seen_on + " has something else at " + name_of(partition, fresh.at));
    return;
  }
  if (!fresh.is_hidden()) note_event(partition, fresh);
  all.push_back(std::move(fresh));
}

void history::note_event(partition_id partition, const past_record& fresh) {
  timestamp& latest = latest_[partition.value];
  check(latest <= fresh.time, "time goes back at " + name_of(partition, fresh.at));
  latest = fresh.time;
  sequence& head = heads_[fresh.aggregate];
  check(fresh.place == head.next(),
        fresh.aggregate.id + " has a gap at sequence " + std::to_string(fresh.place.value));
  head = fresh.place;
  const auto [stands, is_new] = commands_.try_emplace(fresh.command, partition, fresh.at);
  if (!is_new) {
    const bool same_batch = stands->second.first == partition &&
                            stands->second.second.next() == fresh.at &&
                            chosen_[partition.value].back().aggregate == fresh.aggregate;
    check(same_batch, "a command for " + fresh.aggregate.id + " was handled twice, again at " +
                          name_of(partition, fresh.at));
    stands->second.second = fresh.at;
  }
  check_run(partition, fresh);
}

// Whoever decided it led in the term in which it was committed, and nobody else did.
void history::check_run(partition_id partition, const past_record& fresh) {
  if (!watched_.contains(fresh.aggregate.type)) return;
  const auto runs = runs_.find(fresh.command);
  check(runs != runs_.end(), "nobody decided what stands at " + name_of(partition, fresh.at));
  std::set<std::string> on;
  for (const run& each : runs->second) {
    if (each.in_term == fresh.term) on.insert(each.on);
  }
  check(on.size() == 1, std::to_string(on.size()) + " nodes decided in term " +
                            std::to_string(fresh.term) + " what stands at " +
                            name_of(partition, fresh.at));
  const auto [who, is_first] = decided_by_.try_emplace({partition.value, fresh.term}, *on.begin());
  check(who->second == *on.begin(),
        who->second + " and " + *on.begin() + " both led in term " + std::to_string(fresh.term));
}

void history::acknowledged(const command_id& command, const receipt& at) const {
  const auto stands = commands_.find(command);
  check(stands != commands_.end(),
        "a command was acknowledged that is not committed: its receipt names " +
            name_of(at.partition, at.at) + ", sequence " + std::to_string(at.sequence.value) +
            "; known are " + std::to_string(chosen_[at.partition.value].size()));
  const auto& [partition, last] = stands->second;
  check(partition == at.partition && last == at.at,
        "a receipt names " + name_of(at.partition, at.at) + ", the command stands at " +
            name_of(partition, last));
  check(chosen_[partition.value][last.value - 1].place == at.sequence,
        "a receipt names the wrong sequence");
}

const past_record* history::find(const command_id& command) const {
  const auto stands = commands_.find(command);
  if (stands == commands_.end()) return nullptr;
  return &chosen_[stands->second.first.value][stands->second.second.value - 1];
}

bool history::agrees_with(const node& n) const {
  if (!n.is_alive()) return false;
  for (std::uint32_t i = 0; i < chosen_.size(); ++i) {
    const bool has_copy = n.has_all_copies() || holds(n, {i});
    if (has_copy && n.log().committed({i}).value != chosen_[i].size()) return false;
  }
  return true;
}

std::uint64_t history::digest() const {
  std::uint64_t sum = 0;
  for (const auto& log : chosen_) {
    for (const past_record& r : log) {
      sum = base::checksum64(r.payload, sum ^ (r.term * 0x9e3779b97f4a7c15U));
      sum = base::checksum64(r.event.value,
                             sum ^ static_cast<std::uint64_t>(r.time.time_since_epoch().count()));
    }
  }
  return sum;
}

}  // namespace reprise::simulated
