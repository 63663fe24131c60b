// SPDX-License-Identifier: Apache-2.0
#include "persistence/unsealed_read.hpp"

#include "base/log.hpp"
#include "persistence/sealed_payload.hpp"

#include <string>
#include <utility>

namespace reprise::persistence {
namespace {

// Shows records to a visitor, opened.
class unsealing {
 public:
  unsealing(const key_source& keys, const record_visitor& visit) : keys_(keys), visit_(visit) {}

  bool show(const stored_record& record) {
    if (record.kind != record_kind::event || !is_sealed(record.payload)) return visit_(record);
    const auto opened =
        unseal(record.payload, {.type = record.type, .event = record.event_type}, keys_);
    if (!opened) {
      failed_at_ = record.at;
      failed_ = error{
          opened.error().code,
          "record at position " + std::to_string(record.at.value) + ": " + opened.error().message,
          record.at.value};
      return false;
    }
    stored_record shown = record;
    shown.payload = *opened;
    return visit_(shown);
  }
  [[nodiscard]] const std::optional<error>& failed() const { return failed_; }
  [[nodiscard]] position failed_at() const { return failed_at_; }

 private:
  const key_source& keys_;
  const record_visitor& visit_;
  std::optional<error> failed_;
  position failed_at_;
};

}  // namespace

result<aggregate_page> read_unsealed(const read_records& read, const key_source& keys,
                                     const record_visitor& visit) {
  unsealing opened(keys, visit);
  auto page = read([&](const stored_record& record) { return opened.show(record); });
  if (opened.failed()) return *opened.failed();
  return page;
}

result<partition_page> scan_unsealed(const scan_records& scan, const key_source& keys,
                                     const record_visitor& visit) {
  unsealing opened(keys, visit);
  auto page = scan([&](const stored_record& record) { return opened.show(record); });
  if (!page || !opened.failed()) return page;
  // The one that could not be shown was counted.
  --page->records;
  if (page->records == 0) return *opened.failed();
  page->next = opened.failed_at();
  page->end = false;
  return page;
}

result<std::optional<snapshot>> load_unsealed(const load_snapshot& load, const key_source& keys,
                                              const aggregate_key& aggregate,
                                              snapshot_bounds bounds) {
  while (true) {
    auto found = load(aggregate, bounds);
    if (!found || !*found || !is_sealed((*found)->state)) return found;
    auto opened = unseal((*found)->state, {.type = aggregate.type, .event = {}}, keys);
    if (opened) {
      (*found)->state = std::move(*opened);
      return found;
    }
    base::log(base::log_level::warning,
              "a snapshot of " + aggregate.id + " is passed over: " + opened.error().message);
    if ((*found)->at <= bounds.from || (*found)->at.value == 0) return std::optional<snapshot>();
    bounds.to = {(*found)->at.value - 1};
  }
}

}  // namespace reprise::persistence
