// SPDX-License-Identifier: Apache-2.0
#include "cluster/store_query.hpp"

#include "cluster/node_query.capnp.h"
#include "cluster/wire_aggregate.hpp"
#include "cluster/wire_bytes.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace reprise::cluster {
namespace {

using persistence::aggregate_head;
using persistence::direction;
using persistence::record_kind;
using persistence::stored_record;

// An answer of a page and its largest record must fit into one message of a client.
constexpr std::size_t page_bytes_max = std::size_t{1} << 20U;
constexpr std::size_t page_records_max = 8192;
// Of a record on the wire, beside what differs in size.
constexpr std::size_t record_bytes_fixed = 200;

timestamp time_of(std::int64_t micros) {
  return timestamp(std::chrono::microseconds(micros));
}

void write(const aggregate_head& from, query_wire::StoreHead::Builder to) {
  to.setSequence(from.last.value);
  to.setPosition(from.at.value);
  to.setState(static_cast<std::uint8_t>(from.is));
  to.setBegins(from.begins.value);
  to.setFirstReadable(from.first_readable.value);
}

result<aggregate_head> read(query_wire::StoreHead::Reader from) {
  if (from.getState() > static_cast<std::uint8_t>(aggregate_head::state::tombstoned)) {
    return malformed("a state of an aggregate that is unknown here");
  }
  return aggregate_head{.last = {from.getSequence()},
                        .at = {from.getPosition()},
                        .is = static_cast<aggregate_head::state>(from.getState()),
                        .begins = {from.getBegins()},
                        .first_readable = {from.getFirstReadable()}};
}

template <class List>
void write(const attributes& from, List to) {
  unsigned n = 0;
  for (const auto& [name, value] : from) {
    to[n].setName(as_data(name));
    to[n++].setValue(as_data(value));
  }
}

template <class List>
attributes read_attributes(const List& from) {
  attributes all;
  all.reserve(from.size());
  for (const auto each : from) all.emplace_back(text(each.getName()), text(each.getValue()));
  return all;
}

bytes copy(capnp::Data::Reader from) {
  const bytes_view all = view(from);
  return {all.begin(), all.end()};
}

// Text that is only looked at.
std::string_view seen(capnp::Data::Reader from) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes seen as characters.
  return {reinterpret_cast<const char*>(from.begin()), from.size()};
}

std::size_t size_of(const attributes& all) {
  std::size_t size = 0;
  for (const auto& [name, value] : all) size += name.size() + value.size() + 32;
  return size;
}

struct query_writer {
  query_wire::StoreQuery::Builder to;

  void operator()(const schemas_query& /*all*/) { to.setSchemas(); }
  void operator()(const committed_query& query) { to.setCommitted(query.partition.value); }
  void operator()(const head_query& query) { write_aggregate(query.of, to.initHead()); }
  void operator()(const events_query& query) {
    auto range = to.initHistory();
    write_aggregate(query.of, range.initOf());
    range.setFrom(query.range.from.value);
    range.setTo(query.range.to.value);
    range.setLimit(query.range.limit);
    range.setBackward(query.range.order == direction::backward);
  }
  void operator()(const scan_query& query) {
    auto range = to.initScan();
    range.setPartition(query.partition.value);
    range.setFrom(query.range.from.value);
    range.setLimit(query.range.limit);
    range.setWindow(query.range.window);
    range.setBackward(query.range.order == direction::backward);
    auto types = range.initTypes(static_cast<unsigned>(query.range.filter.types.size()));
    for (unsigned i = 0; i < types.size(); ++i) {
      types.set(i, query.range.filter.types[i].value);
    }
  }
  void operator()(const saved_query& query) {
    auto range = to.initSaved();
    write_aggregate(query.of, range.initOf());
    range.setFrom(query.bounds.from.value);
    range.setTo(query.bounds.to.value);
  }
  void operator()(const projections_query& /*all*/) { to.setProjections(); }
  void operator()(const rows_query& query) {
    auto range = to.initRows();
    range.setProjection(as_data(query.projection));
    range.setFrom(as_data(bytes_view(query.from)));
    range.setBelow(as_data(bytes_view(query.below)));
  }
  void operator()(const facts_query& /*all*/) { to.setFacts(); }
  void operator()(const heads_query& query) {
    auto all = to.initHeads().initOf(static_cast<unsigned>(query.of.size()));
    for (unsigned i = 0; i < all.size(); ++i) write_aggregate(query.of[i], all[i]);
  }
  void operator()(const snapshots_query& query) {
    to.setSnapshots(as_data(bytes_view(query.behind)));
  }
  void operator()(const check_query& query) { to.setCheck(as_data(bytes_view(query.id))); }
  void operator()(const ends_query& /*all*/) { to.setEnds(); }
};

direction order_of(bool backward) {
  return backward ? direction::backward : direction::forward;
}

scan_query read(query_wire::ScanRange::Reader from) {
  scan_query query{.partition = {from.getPartition()},
                   .range = {.from = {from.getFrom()},
                             .limit = from.getLimit(),
                             .window = from.getWindow(),
                             .order = order_of(from.getBackward())}};
  for (const std::uint64_t type : from.getTypes()) query.range.filter.types.push_back({type});
  return query;
}

result<store_query> read(query_wire::AggregateList::Reader from) {
  const std::size_t count = from.getOf().size();
  if (count == 0 || count > heads_max) return malformed("it asks for too many heads, or for none");
  heads_query query;
  query.of.reserve(count);
  for (const auto each : from.getOf()) query.of.push_back(read_aggregate(each));
  return store_query(std::move(query));
}

// False for an id of the wrong size.
bool read(query_wire::Record::Reader from, stored_record& to) {
  to.kind = static_cast<record_kind>(from.getKind());
  to.type = {from.getType()};
  to.tenant = seen(from.getTenant());
  to.id = seen(from.getId());
  to.event_type = from.getEventType();
  to.batch_index = from.getBatchIndex();
  to.at = {from.getPosition()};
  to.previous = {from.getPrevious()};
  to.sequence = {from.getSequence()};
  to.time = time_of(from.getTimeMicros());
  to.command_hash = from.getCommandHash();
  to.headers = read_attributes(from.getHeaders());
  to.tags = read_attributes(from.getTags());
  to.payload = view(from.getPayload());
  to.stored_bytes = from.getStoredBytes();
  return read_id(from.getEvent(), to.event) && read_id(from.getCommand(), to.command) &&
         read_id(from.getCorrelation(), to.correlation);
}

result<store_query> read(query_wire::StoreQuery::Reader root) {
  switch (root.which()) {
    case query_wire::StoreQuery::SCHEMAS:
      return store_query(schemas_query{});
    case query_wire::StoreQuery::COMMITTED:
      return store_query(committed_query{{root.getCommitted()}});
    case query_wire::StoreQuery::HEAD:
      return store_query(head_query{read_aggregate(root.getHead())});
    case query_wire::StoreQuery::HISTORY: {
      const auto range = root.getHistory();
      return store_query(events_query{.of = read_aggregate(range.getOf()),
                                      .range = {.from = {range.getFrom()},
                                                .to = {range.getTo()},
                                                .limit = range.getLimit(),
                                                .order = order_of(range.getBackward())}});
    }
    case query_wire::StoreQuery::SCAN:
      return store_query(read(root.getScan()));
    case query_wire::StoreQuery::SAVED: {
      const auto range = root.getSaved();
      return store_query(saved_query{
          .of = read_aggregate(range.getOf()),
          .bounds = {.from = {range.getFrom()}, .to = {range.getTo()}, .not_after = {}}});
    }
    case query_wire::StoreQuery::PROJECTIONS:
      return store_query(projections_query{});
    case query_wire::StoreQuery::ROWS: {
      const auto range = root.getRows();
      return store_query(rows_query{.projection = text(range.getProjection()),
                                    .from = copy(range.getFrom()),
                                    .below = copy(range.getBelow())});
    }
    case query_wire::StoreQuery::FACTS:
      return store_query(facts_query{});
    case query_wire::StoreQuery::HEADS:
      return read(root.getHeads());
    case query_wire::StoreQuery::SNAPSHOTS:
      return store_query(snapshots_query{copy(root.getSnapshots())});
    case query_wire::StoreQuery::CHECK: {
      check_query query;
      const bytes_view id = view(root.getCheck());
      if (id.size() != query.id.size()) return malformed("an id has the wrong size");
      std::ranges::copy(id, query.id.begin());
      return store_query(query);
    }
    case query_wire::StoreQuery::ENDS:
      return store_query(ends_query{});
  }
  return error{errc::incompatible, "this node knows no such query"};
}

}  // namespace

// The size of a list of Cap'n Proto's is given when it is begun, so the records wait in a message
// of their own until all of them are known.
struct record_page_builder::content {
  capnp::MallocMessageBuilder waiting;
  std::vector<capnp::Orphan<query_wire::Record>> records;
  std::size_t bytes = 0;
};

record_page_builder::record_page_builder() : content_(std::make_unique<content>()) {}
record_page_builder::~record_page_builder() = default;

bool record_page_builder::add(const stored_record& record) {
  auto made = content_->waiting.getOrphanage().newOrphan<query_wire::Record>();
  auto to = made.get();
  to.setKind(static_cast<std::uint8_t>(record.kind));
  to.setType(record.type.value);
  to.setTenant(as_data(record.tenant));
  to.setId(as_data(record.id));
  to.setEventType(record.event_type);
  to.setEvent(as_data(record.event.value));
  to.setBatchIndex(record.batch_index);
  to.setPosition(record.at.value);
  to.setPrevious(record.previous.value);
  to.setSequence(record.sequence.value);
  to.setTimeMicros(record.time.time_since_epoch().count());
  to.setCommand(as_data(record.command.value));
  to.setCommandHash(record.command_hash);
  to.setCorrelation(as_data(record.correlation.value));
  to.setStoredBytes(record.stored_bytes);
  write(record.headers, to.initHeaders(static_cast<unsigned>(record.headers.size())));
  write(record.tags, to.initTags(static_cast<unsigned>(record.tags.size())));
  to.setPayload(as_data(record.payload));
  content_->bytes += record_bytes_fixed + record.tenant.size() + record.id.size() +
                     record.payload.size() + size_of(record.headers) + size_of(record.tags);
  content_->records.push_back(std::move(made));
  return content_->bytes < page_bytes_max && content_->records.size() < page_records_max;
}

bytes record_page_builder::finish(const page_end& end) {
  capnp::MallocMessageBuilder message;
  auto page = message.initRoot<query_wire::RecordPage>();
  page.setNext(end.next);
  page.setLast(end.last.value);
  page.setEnd(end.end);
  page.setCut(end.cut);
  auto records = page.initRecords(static_cast<unsigned>(content_->records.size()));
  for (unsigned i = 0; i < records.size(); ++i) {
    records.setWithCaveats(i, content_->records[i].getReader());
  }
  return flat(message);
}

bytes encode(const store_query& query, position after) {
  capnp::MallocMessageBuilder message;
  auto root = message.initRoot<query_wire::StoreQuery>();
  root.setAfter(after.value);
  std::visit(query_writer{root}, query);
  return flat(message);
}

bytes encode(const committed_ends& ends) {
  capnp::MallocMessageBuilder message;
  auto all = message.initRoot<query_wire::StoreEnds>().initEnds(static_cast<unsigned>(ends.size()));
  for (unsigned i = 0; i < all.size(); ++i) all.set(i, ends[i].value);
  return flat(message);
}

bytes encode(const schemas_answer& answer) {
  capnp::MallocMessageBuilder message;
  auto to = message.initRoot<query_wire::StoreSchemas>();
  to.setPartitions(answer.partitions);
  auto all = to.initSchemas(static_cast<unsigned>(answer.schemas.size()));
  for (unsigned i = 0; i < all.size(); ++i) {
    all[i].setType(answer.schemas[i].type.value);
    all[i].setName(as_data(answer.schemas[i].name));
    all[i].setBundle(as_data(bytes_view(answer.schemas[i].bundle)));
  }
  return flat(message);
}

bytes encode(position committed) {
  capnp::MallocMessageBuilder message;
  message.initRoot<query_wire::StoreNumber>().setValue(committed.value);
  return flat(message);
}

bytes encode(const aggregate_head& head) {
  capnp::MallocMessageBuilder message;
  write(head, message.initRoot<query_wire::StoreHead>());
  return flat(message);
}

bytes encode(const std::vector<std::string>& names) {
  capnp::MallocMessageBuilder message;
  auto all =
      message.initRoot<query_wire::StoreNames>().initNames(static_cast<unsigned>(names.size()));
  for (unsigned i = 0; i < all.size(); ++i) all.set(i, as_data(names[i]));
  return flat(message);
}

bytes encode(const row_page& page) {
  capnp::MallocMessageBuilder message;
  auto to = message.initRoot<query_wire::RowPage>();
  to.setCut(page.cut);
  auto rows = to.initRows(static_cast<unsigned>(page.rows.size()));
  for (unsigned i = 0; i < rows.size(); ++i) {
    rows[i].setKey(as_data(bytes_view(page.rows[i].first)));
    rows[i].setValue(as_data(bytes_view(page.rows[i].second)));
  }
  to.setTaken(page.taken_at.has_value());
  if (!page.taken_at) return flat(message);
  to.setChoice(page.taken_at->choice);
  auto cursors = to.initCursors(static_cast<unsigned>(page.taken_at->cursors.size()));
  for (unsigned i = 0; i < cursors.size(); ++i) {
    cursors[i].setPartition(page.taken_at->cursors[i].partition.value);
    cursors[i].setPosition(page.taken_at->cursors[i].through.value);
  }
  return flat(message);
}

bytes encode(const facts_answer& facts) {
  capnp::MallocMessageBuilder message;
  auto to = message.initRoot<query_wire::StoreFacts>();
  to.setStoreId(as_data(bytes_view(facts.identity.uuid)));
  to.setFormat(facts.identity.format);
  const persistence::store_inventory& has = facts.inventory;
  auto files = to.initFiles(static_cast<unsigned>(has.files.size()));
  for (unsigned i = 0; i < files.size(); ++i) {
    files[i].setName(as_data(has.files[i].name));
    files[i].setSizeBytes(has.files[i].size_bytes);
    files[i].setDiskBytes(has.files[i].disk_bytes);
  }
  auto tables = to.initTables(static_cast<unsigned>(has.tables.size()));
  for (unsigned i = 0; i < tables.size(); ++i) {
    tables[i].setName(as_data(has.tables[i].name));
    tables[i].setRows(has.tables[i].rows);
    tables[i].setBytes(has.tables[i].bytes);
  }
  auto unknown = to.initUnknown(static_cast<unsigned>(has.unknown.size()));
  for (unsigned i = 0; i < unknown.size(); ++i) unknown.set(i, as_data(has.unknown[i]));
  return flat(message);
}

bytes encode(const std::vector<aggregate_head>& heads) {
  capnp::MallocMessageBuilder message;
  auto all =
      message.initRoot<query_wire::StoreHeads>().initHeads(static_cast<unsigned>(heads.size()));
  for (unsigned i = 0; i < all.size(); ++i) write(heads[i], all[i]);
  return flat(message);
}

bytes encode(const persistence::snapshot_tally& tally) {
  capnp::MallocMessageBuilder message;
  auto to = message.initRoot<query_wire::SnapshotTally>();
  to.setSnapshots(tally.snapshots);
  to.setBytes(tally.bytes);
  to.setLast(as_data(bytes_view(tally.last)));
  to.setEnd(tally.end);
  return flat(message);
}

bytes encode(const check_answer& answer) {
  capnp::MallocMessageBuilder message;
  auto to = message.initRoot<query_wire::StoreCheck>();
  to.setDone(answer.at.done);
  to.setTotal(answer.at.total);
  to.setFinished(answer.found.has_value());
  if (!answer.found) return flat(message);
  to.setPartitions(answer.found->partitions);
  to.setRecords(answer.found->records);
  to.setSnapshots(answer.found->snapshots);
  to.setSnapshotsDamaged(answer.found->snapshots_damaged);
  auto damages = to.initDamages(static_cast<unsigned>(answer.found->damages.size()));
  for (unsigned i = 0; i < damages.size(); ++i) {
    const found_damage& damage = answer.found->damages[i];
    damages[i].setHasPartition(damage.partition.has_value());
    damages[i].setPartition(damage.partition.value_or(partition_id{}).value);
    damages[i].setPosition(damage.at.value);
    damages[i].setWhat(as_data(damage.what));
    damages[i].setDerived(damage.derived);
  }
  return flat(message);
}

bytes encode(const std::optional<persistence::snapshot>& saved) {
  capnp::MallocMessageBuilder message;
  auto to = message.initRoot<query_wire::StoreSnapshot>();
  to.setFound(saved.has_value());
  if (saved) {
    to.setSequence(saved->at.value);
    to.setPosition(saved->place.value);
    to.setTimeMicros(saved->time.time_since_epoch().count());
    to.setStateVersion(saved->state_version);
    to.setState(as_data(bytes_view(saved->state)));
  }
  return flat(message);
}

result<placed_query> decode_store_query(bytes_view from) {
  return reading<query_wire::StoreQuery>(
      from, [](query_wire::StoreQuery::Reader root) -> result<placed_query> {
        auto what = read(root);
        if (!what) return std::move(what).error();
        return placed_query{.what = std::move(*what), .after = {root.getAfter()}};
      });
}

result<committed_ends> decode_committed_ends(bytes_view from) {
  return reading<query_wire::StoreEnds>(
      from, [](query_wire::StoreEnds::Reader root) -> result<committed_ends> {
        committed_ends ends;
        for (const std::uint64_t end : root.getEnds()) ends.push_back({end});
        return ends;
      });
}

result<schemas_answer> decode_schemas(bytes_view from) {
  return reading<query_wire::StoreSchemas>(
      from, [](query_wire::StoreSchemas::Reader root) -> result<schemas_answer> {
        schemas_answer answer{.partitions = root.getPartitions()};
        for (const auto each : root.getSchemas()) {
          const bytes_view bundle = view(each.getBundle());
          answer.schemas.push_back({.type = {each.getType()},
                                    .name = text(each.getName()),
                                    .bundle = {bundle.begin(), bundle.end()}});
        }
        return answer;
      });
}

result<position> decode_committed(bytes_view from) {
  return reading<query_wire::StoreNumber>(
      from,
      [](query_wire::StoreNumber::Reader root) -> result<position> { return {{root.getValue()}}; });
}

result<aggregate_head> decode_head(bytes_view from) {
  return reading<query_wire::StoreHead>(
      from, [](query_wire::StoreHead::Reader root) { return read(root); });
}

result<std::vector<aggregate_head>> decode_heads(bytes_view from) {
  return reading<query_wire::StoreHeads>(
      from, [](query_wire::StoreHeads::Reader root) -> result<std::vector<aggregate_head>> {
        std::vector<aggregate_head> heads;
        heads.reserve(std::min<std::size_t>(root.getHeads().size(), heads_max));
        for (const auto each : root.getHeads()) {
          const auto head = read(each);
          if (!head) return head.error();
          heads.push_back(*head);
        }
        return heads;
      });
}

result<persistence::snapshot_tally> decode_tally(bytes_view from) {
  return reading<query_wire::SnapshotTally>(
      from, [](query_wire::SnapshotTally::Reader root) -> result<persistence::snapshot_tally> {
        return persistence::snapshot_tally{.snapshots = root.getSnapshots(),
                                           .bytes = root.getBytes(),
                                           .last = copy(root.getLast()),
                                           .end = root.getEnd()};
      });
}

result<std::optional<persistence::snapshot>> decode_saved(bytes_view from) {
  using found = std::optional<persistence::snapshot>;
  return reading<query_wire::StoreSnapshot>(
      from, [](query_wire::StoreSnapshot::Reader root) -> result<found> {
        if (!root.getFound()) return found();
        const bytes_view state = view(root.getState());
        return found(persistence::snapshot{.at = {root.getSequence()},
                                           .place = {root.getPosition()},
                                           .time = time_of(root.getTimeMicros()),
                                           .state_version = root.getStateVersion(),
                                           .commands = {},
                                           .delivered = {},
                                           .state = {state.begin(), state.end()}});
      });
}

result<std::vector<std::string>> decode_names(bytes_view from) {
  return reading<query_wire::StoreNames>(
      from, [](query_wire::StoreNames::Reader root) -> result<std::vector<std::string>> {
        std::vector<std::string> names;
        names.reserve(root.getNames().size());
        for (const auto name : root.getNames()) names.push_back(text(name));
        return names;
      });
}

result<row_page> decode_rows(bytes_view from) {
  return reading<query_wire::RowPage>(
      from, [](query_wire::RowPage::Reader root) -> result<row_page> {
        row_page page{.cut = root.getCut()};
        page.rows.reserve(root.getRows().size());
        for (const auto row : root.getRows()) {
          page.rows.emplace_back(copy(row.getKey()), copy(row.getValue()));
        }
        if (!root.getTaken()) return page;
        persistence::checkpoint taken{.choice = root.getChoice()};
        for (const auto cursor : root.getCursors()) {
          taken.cursors.push_back({{cursor.getPartition()}, {cursor.getPosition()}});
        }
        page.taken_at = std::move(taken);
        return page;
      });
}

result<check_answer> decode_check(bytes_view from) {
  return reading<query_wire::StoreCheck>(
      from, [](query_wire::StoreCheck::Reader root) -> result<check_answer> {
        check_answer answer{.at = {.done = root.getDone(), .total = root.getTotal()}};
        if (!root.getFinished()) return answer;
        verification found{.partitions = root.getPartitions(),
                           .records = root.getRecords(),
                           .snapshots = root.getSnapshots(),
                           .snapshots_damaged = root.getSnapshotsDamaged()};
        for (const auto each : root.getDamages()) {
          found_damage& damage = found.damages.emplace_back();
          if (each.getHasPartition()) damage.partition = partition_id{each.getPartition()};
          damage.at = {each.getPosition()};
          damage.what = text(each.getWhat());
          damage.derived = each.getDerived();
        }
        answer.found = std::move(found);
        return answer;
      });
}

result<facts_answer> decode_facts(bytes_view from) {
  return reading<query_wire::StoreFacts>(
      from, [](query_wire::StoreFacts::Reader root) -> result<facts_answer> {
        facts_answer facts{.identity = {.uuid = {}, .format = root.getFormat()}};
        const bytes_view id = view(root.getStoreId());
        if (id.size() != facts.identity.uuid.size()) return malformed("an id has the wrong size");
        std::ranges::copy(id, facts.identity.uuid.begin());
        persistence::store_inventory& has = facts.inventory;
        for (const auto file : root.getFiles()) {
          has.files.push_back({text(file.getName()), file.getSizeBytes(), file.getDiskBytes()});
        }
        for (const auto table : root.getTables()) {
          has.tables.push_back({text(table.getName()), table.getRows(), table.getBytes()});
        }
        for (const auto name : root.getUnknown()) has.unknown.push_back(text(name));
        return facts;
      });
}

result<page_end> decode_records(bytes_view from, partition_id partition,
                                const persistence::record_visitor& visit) {
  return reading<query_wire::RecordPage>(
      from, [&](query_wire::RecordPage::Reader root) -> result<page_end> {
        for (const auto each : root.getRecords()) {
          stored_record record{.partition = partition};
          if (!read(each, record)) return malformed("an id has the wrong size");
          if (!visit(record)) break;
        }
        return page_end{.next = root.getNext(),
                        .last = {root.getLast()},
                        .end = root.getEnd(),
                        .cut = root.getCut()};
      });
}

}  // namespace reprise::cluster
