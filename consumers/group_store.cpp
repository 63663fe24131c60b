// SPDX-License-Identifier: Apache-2.0
#include "consumers/group_rows.hpp"
#include "consumers/logged_group.hpp"
#include "consumers/stored_groups.hpp"
#include "persistence/inspected_files.hpp"
#include "persistence/lmdb_checkpoint_store.hpp"
#include "persistence/record_envelope.hpp"

#include <reprise/codec.hpp>
#include <reprise/detail/aggregate_type.hpp>
#include <reprise/group_store.hpp>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

namespace reprise {
namespace {

// With whose event it is, where the log has that still and undamaged: what nobody can read must be
// seen, and skipped, too.
result<parked_event> with_its_event(const persistence::inspected_log& log,
                                    const group_parked_event& parked) {
  parked_event out{.partition = parked.partition,
                   .at = parked.at,
                   .cause = parked.cause,
                   .attempts = parked.assignments,
                   .first_tried = parked.parked_at,
                   .last_tried = parked.parked_at};
  const auto page = log.scan(parked.partition, {.from = parked.at, .limit = 1, .window = 1},
                             [&](const persistence::stored_record& record) {
                               out.aggregate = persistence::aggregate_of(record);
                               out.sequence = record.sequence;
                               return false;
                             });
  if (!page && page.error().code != errc::corrupt) return page.error();
  return out;
}

constexpr std::uint64_t page_records = 1'024;

using ledgers = std::map<std::string, detail::hosted_aggregate<consumers::logged_group>>;

// Those of one partition, of one group or all, by id; each is the fold of its events.
result<ledgers> ledgers_in(const persistence::inspected_log& log, partition_id partition,
                           const std::string& of) {
  ledgers out;
  persistence::partition_range range{.limit = page_records};
  range.filter.types = {consumers::logged_group::api::type};
  if (!of.empty()) range.filter.id_prefix = of + "/";
  while (true) {
    result<void> folded;
    const auto page = log.scan(partition, range, [&](const persistence::stored_record& record) {
      if (record.kind != persistence::record_kind::event) return true;
      folded = out[std::string(record.id)].apply(record.event_type, record.payload);
      return folded.has_value();
    });
    if (!page) return page.error();
    if (!folded) return std::move(folded).error();
    if (page->end) return out;
    range.from = page->next;
  }
}

// Whether groups have kept anything in this log.
result<bool> has_ledgers(const persistence::inspected_log& log) {
  const auto schemas = log.schemas();
  if (!schemas) return schemas.error();
  return std::ranges::find(*schemas, consumers::logged_group::api::type,
                           &persistence::stored_schema::type) != schemas->end();
}

}  // namespace

result<std::vector<parked_event>> consumers::listed(const persistence::inspected_log& log,
                                                    const std::vector<group_parked_event>& parked) {
  std::vector<parked_event> out;
  out.reserve(parked.size());
  for (const group_parked_event& one : parked) {
    auto found = with_its_event(log, one);
    if (!found) return std::move(found).error();
    out.push_back(std::move(*found));
  }
  std::ranges::stable_sort(out, {},
                           [](const parked_event& e) { return std::tie(e.aggregate, e.sequence); });
  return out;
}

result<std::optional<group_store::opened::kept>> group_store::opened::in_rows(
    const std::string& name) const {
  if (!rows) return std::optional<kept>{};
  const auto stored = rows->read(consumers::group_rows(name));
  if (!stored) return stored.error();
  auto taken = (*stored)->taken_at();
  if (!taken) return std::move(taken).error();
  if (!*taken) return std::optional<kept>{};
  auto parked = consumers::parked_in(**stored);
  if (!parked) return std::move(parked).error();
  const auto ordered = consumers::ordered_in(**stored);
  if (!ordered) return ordered.error();
  return std::optional<kept>(kept{.cursors = std::move((*taken)->cursors),
                                  .parked = std::move(*parked),
                                  .ordered = ordered->size()});
}

result<std::map<std::string, group_store::opened::kept>> group_store::opened::in_the_log(
    const std::string& of) const {
  std::map<std::string, kept> out;
  const bool looks = through_node && !of.empty();
  const auto there = looks ? result<bool>(true) : has_ledgers(*log);
  if (!there) return there.error();
  for (std::uint32_t i = 0; *there && i < log->partitions(); ++i) {
    const auto found = ledgers_in(*log, {i}, of);
    if (!found) return found.error();
    for (const auto& [id, ledger] : *found) {
      const auto name = consumers::group_of_ledger(id);
      const auto state = codec<consumers::log::group_ledger_state>::decode(ledger.save());
      if (!state) return state.error();
      if (!name || !state->isBegun) continue;
      kept& group = out[*name];
      consumers::group_share share = consumers::share_of({i}, *state);
      group.cursors.push_back({{i}, share.through});
      group.ordered += share.ordered.size();
      std::ranges::move(share.parked, std::back_inserter(group.parked));
    }
  }
  return out;
}

result<group_store::opened::kept> group_store::opened::read(const std::string& name) const {
  auto found = in_rows(name);
  if (!found) return std::move(found).error();
  if (*found) return std::move(**found);
  auto logged = in_the_log(name);
  if (!logged) return std::move(logged).error();
  const auto one = logged->find(name);
  if (one == logged->end()) return error{errc::not_found, "nothing is stored of a group " + name};
  return std::move(one->second);
}

result<stored_group> group_store::opened::describe(const std::string& name, kept what) const {
  stored_group out{.name = name,
                   .parked = what.parked.size(),
                   .ordered = what.ordered,
                   .cursors = std::move(what.cursors)};
  for (std::uint32_t i = 0; i < log->partitions(); ++i) {
    const auto last = log->committed({i});
    if (!last) return last.error();
    const auto known =
        std::ranges::find(out.cursors, partition_id{i}, &partition_cursor::partition);
    const std::uint64_t through = known == out.cursors.end() ? 0 : known->through.value;
    if (last->value > through) out.lag_events += last->value - through;
  }
  return out;
}

result<std::map<std::string, group_store::opened::kept>> group_store::opened::all() const {
  auto out = in_the_log({});
  if (!out || !rows) return out;
  const auto stored = rows->names();
  if (!stored) return stored.error();
  for (const std::string& one : *stored) {
    const auto name = consumers::group_of_rows(one);
    if (!name) continue;
    auto found = in_rows(*name);
    if (!found) return std::move(found).error();
    if (*found) out->insert_or_assign(*name, std::move(**found));
  }
  return out;
}

group_store::group_store(std::unique_ptr<opened> store) : store_(std::move(store)) {}
group_store::group_store(group_store&&) noexcept = default;
group_store& group_store::operator=(group_store&&) noexcept = default;
group_store::~group_store() = default;

result<group_store> group_store::open(const std::string& directory) {
  auto log = persistence::inspected_files::open(directory);
  if (!log) return std::move(log).error();
  auto store = std::make_unique<opened>();
  store->log = std::move(*log);
  auto kept = persistence::lmdb_checkpoint_store::open_to_read(directory);
  if (kept) {
    store->rows = (*kept)->rows();
    store->rows_live_in = std::move(*kept);
  } else if (kept.error().code != errc::not_found) {
    return std::move(kept).error();
  }
  return group_store(std::move(store));
}

result<std::vector<stored_group>> group_store::list() const {
  auto all = store_->all();
  if (!all) return std::move(all).error();
  std::vector<stored_group> out;
  for (auto& [name, kept] : *all) {
    auto found = store_->describe(name, std::move(kept));
    if (!found) return std::move(found).error();
    out.push_back(std::move(*found));
  }
  return out;
}

result<std::vector<parked_event>> group_store::parked(const std::string& name) const {
  const auto stored = store_->read(name);
  if (!stored) return stored.error();
  return consumers::listed(*store_->log, stored->parked);
}

}  // namespace reprise
