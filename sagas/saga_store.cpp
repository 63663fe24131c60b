// SPDX-License-Identifier: Apache-2.0
#include "persistence/inspected_files.hpp"
#include "persistence/lmdb_checkpoint_store.hpp"
#include "sagas/effect_codec.hpp"
#include "sagas/left_orders.hpp"
#include "sagas/message_codec.hpp"
#include "sagas/saga_fold.hpp"
#include "sagas/stored_sagas.hpp"

#include <reprise/detail/saga_type.hpp>
#include <reprise/saga_store.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

namespace reprise {
namespace {

using persistence::stored_record;

constexpr std::uint64_t page_records = 1'024;

// Ids of sagas have no highest bit, those of schemas always have.
bool is_saga(aggregate_type_id type) {
  return (type.value >> 63U) == 0;
}

struct folded {
  sagas::log::saga_state state{};
  timestamp began{};
  timestamp changed{};
  std::uint64_t events = 0;

  result<void> take(const stored_record& record) {
    auto event = sagas::decode_event(record.event_type, record.payload);
    if (!event) {
      return error{event.error().code,
                   "the saga " + std::string(record.id) + " at sequence " +
                       std::to_string(record.sequence.value) + ": " + event.error().message,
                   record.at.value};
    }
    sagas::fold(state, *event);
    if (events++ == 0) began = record.time;
    changed = record.time;
    return {};
  }
};

}  // namespace

result<std::map<std::string, aggregate_type_id>> saga_store::opened::sagas() const {
  const auto schemas = log->schemas();
  if (!schemas) return schemas.error();
  std::map<std::string, aggregate_type_id> out;
  for (const persistence::stored_schema& schema : *schemas) {
    if (is_saga(schema.type)) out.emplace(schema.name, schema.type);
  }
  return out;
}

result<aggregate_type_id> saga_store::opened::type_of(const std::string& name) const {
  const auto all = sagas();
  if (!all) return all.error();
  const auto found = all->find(name);
  if (found != all->end()) return found->second;
  std::string why = "there is no saga " + name + "; there are";
  for (const auto& [other, type] : *all) why += " " + other;
  if (all->empty()) why += " none";
  return error{errc::not_found, std::move(why)};
}

namespace {

using instances = std::map<aggregate_key, folded>;

result<void> fold_partition(const persistence::inspected_log& log, partition_id partition,
                            const persistence::record_filter& wanted, position last,
                            instances& out) {
  position from{1};
  std::optional<error> wrong;
  while (from <= last) {
    const persistence::partition_range range{.from = from, .limit = page_records, .filter = wanted};
    const auto page = log.scan(partition, range, [&](const stored_record& r) {
      if (r.kind != persistence::record_kind::event) return true;
      auto taken = out[{r.type, std::string(r.tenant), std::string(r.id)}].take(r);
      if (!taken) wrong = std::move(taken).error();
      return !wrong;
    });
    if (!page) return page.error();
    if (wrong) return std::move(*wrong);
    if (page->end) return {};
    from = page->next;
  }
  return {};
}

}  // namespace

saga_store::saga_store(std::unique_ptr<opened> store) : store_(std::move(store)) {}
saga_store::saga_store(saga_store&&) noexcept = default;
saga_store& saga_store::operator=(saga_store&&) noexcept = default;
saga_store::~saga_store() = default;

result<saga_store> saga_store::open(const std::string& directory) {
  auto log = persistence::inspected_files::open(directory);
  if (!log) return std::move(log).error();
  return saga_store(std::make_unique<opened>(std::move(*log), directory));
}

result<std::vector<std::string>> saga_store::names() const {
  const auto all = store_->sagas();
  if (!all) return all.error();
  std::vector<std::string> out;
  for (const auto& [name, type] : *all) out.push_back(name);
  return out;
}

result<std::vector<stored_saga>> saga_store::list(const std::string& name,
                                                  const progress_listener& progress) const {
  const auto all = store_->sagas();
  if (!all) return all.error();
  std::map<std::uint64_t, std::string> wanted;
  if (name.empty()) {
    for (const auto& [one, type] : *all) wanted.emplace(type.value, one);
  } else {
    const auto type = store_->type_of(name);
    if (!type) return type.error();
    wanted.emplace(type->value, name);
  }
  if (wanted.empty()) return std::vector<stored_saga>();
  persistence::record_filter filter;
  for (const auto& [type, one] : wanted) filter.types.push_back({type});
  instances found;
  read_progress at;
  std::vector<position> last;
  for (std::uint32_t i = 0; i < store_->log->partitions(); ++i) {
    const auto committed = store_->log->committed({i});
    if (!committed) return committed.error();
    last.push_back(*committed);
    at.total += committed->value;
  }
  for (std::uint32_t i = 0; i < last.size(); ++i) {
    if (auto done = fold_partition(*store_->log, {i}, filter, last[i], found); !done) {
      return std::move(done).error();
    }
    at.done += last[i].value;
    if (progress) progress(at);
  }
  std::vector<stored_saga> out;
  for (auto& [key, one] : found) {
    out.push_back({.name = wanted.at(key.type.value),
                   .tenant = key.tenant,
                   .key = key.id,
                   .status = sagas::status_of(one.state),
                   .began = one.began,
                   .changed = one.changed,
                   .events = one.events});
  }
  std::ranges::sort(out, {},
                    [](const stored_saga& s) { return std::tie(s.name, s.tenant, s.key); });
  return out;
}

result<stored_saga> saga_store::find(const std::string& name, const std::string& tenant,
                                     const std::string& key) const {
  const auto type = store_->type_of(name);
  if (!type) return type.error();
  folded one;
  std::optional<error> wrong;
  const auto read = store_->log->read({*type, tenant, key}, {}, [&](const stored_record& r) {
    auto taken = one.take(r);
    if (!taken) wrong = std::move(taken).error();
    return !wrong;
  });
  if (!read) return read.error();
  if (wrong) return std::move(*wrong);
  return stored_saga{.name = name,
                     .tenant = tenant,
                     .key = key,
                     .status = sagas::status_of(one.state),
                     .began = one.began,
                     .changed = one.changed,
                     .events = one.events};
}

result<std::vector<left_saga_order>> saga_store::orders(const std::string& name) const {
  if (const auto type = store_->type_of(name); !type) return type.error();
  std::vector<left_saga_order> out;
  if (store_->directory.empty()) return out;
  auto kept = persistence::lmdb_checkpoint_store::open_to_read(store_->directory);
  if (!kept && kept.error().code == errc::not_found) return out;
  if (!kept) return std::move(kept).error();
  const auto left = sagas::orders_left(*(*kept)->rows(), name);
  if (!left) return left.error();
  for (const sagas::log::left_order& one : *left) {
    out.push_back({.name = name,
                   .tenant = one.tenant,
                   .key = one.key,
                   .order = {.what = static_cast<saga_order::kind>(one.what),
                             .number = one.number,
                             .id = sagas::to_id<command_id>(one.id)}});
  }
  return out;
}

}  // namespace reprise
