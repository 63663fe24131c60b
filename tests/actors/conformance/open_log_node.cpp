// SPDX-License-Identifier: Apache-2.0
#include "tests/actors/conformance/open_log_node.hpp"

#include "actors/storage.hpp"
#include "actors/thread_drive.hpp"
#include "tests/persistence/one_answer.hpp"

#include <stdexcept>
#include <utility>

namespace reprise::conformance {
open_log_node::open_log_node(storage where) {
  watch.reset();
  node_options options = cramped();
  options.workers = 2;
  options.log_bytes_max = log_room;
  auto time = std::make_unique<base::system_clock>();
  auto measured = std::make_unique<reprise::metrics>();
  if (where == storage::disk) options.data = folder_.emplace().path();
  constexpr std::uint64_t hash_seed = 1;
  auto store = where == storage::disk ? actors::storage_on_disk(options, *measured, *time)
                                      : actors::storage_in_memory(options, hash_seed, *time);
  if (!store) throw failed(store.error());
  log_ = store->events.get();
  core_ = std::make_unique<actors::local_node>(options, std::move(time), std::move(measured),
                                               std::move(*store), std::array<std::byte, 16>{},
                                               std::make_unique<actors::thread_drive>());
}

std::vector<stored_event> open_log_node::events(const aggregate_key& key) const {
  std::vector<stored_event> all;
  const auto page = log_->read(key, {}, [&](const persistence::stored_record& r) {
    all.push_back({.type = r.event_type,
                   .sequence = r.sequence,
                   .at = r.at,
                   .partition = r.partition,
                   .command = r.command,
                   .correlation = r.correlation,
                   .headers = r.headers,
                   .tags = r.tags});
    return true;
  });
  if (!page) throw failed(page.error());
  return all;
}

void open_log_node::append(const aggregate_key& key, std::uint32_t event_type, bytes payload) {
  persistence::one_answer done;
  persistence::append_request request;
  request.aggregate = key;
  request.time = base::system_clock().now();
  request.command = derive_command_id("somebody else's");
  request.events = {{.type = event_type, .payload = std::move(payload)}};
  log_->append(std::move(request), done, 1);
  if (const auto outcome = done.wait(); !outcome) throw failed(outcome.error());
}

void open_log_node::truncate(const aggregate_key& key, reprise::sequence before) {
  persistence::one_answer done;
  log_->retire(key, persistence::record_kind::truncation, persistence::expectation::any(), before,
               base::system_clock().now(), done, 1);
  if (const auto outcome = done.wait(); !outcome) throw failed(outcome.error());
}

}  // namespace reprise::conformance
