// SPDX-License-Identifier: Apache-2.0
#include "cluster/link/outbox.hpp"

#include "base/assert.hpp"

#include <utility>

namespace reprise::cluster {

bool outbox::add(std::uint16_t kind, bytes body) {
  const std::size_t size = frame_bytes(body.size());
  if (control_.bytes + size > limits_.control_bytes_max) return false;
  control_.bytes += size;
  control_.frames.push_back({frame_type::message, kind, std::move(body)});
  return true;
}

bool outbox::add_bulk(std::uint16_t kind, bytes body) {
  const std::size_t size = frame_bytes(body.size());
  if (bulk_.bytes + size > limits_.bulk_bytes_max) return false;
  bulk_.bytes += size;
  bulk_.frames.push_back({frame_type::bulk, kind, std::move(body)});
  return true;
}

void outbox::add_own(frame_type type, bytes body) {
  control_.bytes += frame_bytes(body.size());
  control_.frames.push_back({type, 0, std::move(body)});
}

bool outbox::acknowledge(std::uint64_t bulk_bytes) {
  if (bulk_bytes < bulk_acknowledged_ || bulk_bytes > bulk_sent_) return false;
  bulk_acknowledged_ = bulk_bytes;
  return true;
}

bool outbox::may_take_bulk() const {
  if (bulk_.frames.empty()) return false;
  const std::uint64_t unacknowledged = bulk_sent_ - bulk_acknowledged_;
  const std::size_t size = frame_bytes(bulk_.frames.front().body.size());
  return unacknowledged == 0 || unacknowledged + size <= limits_.bulk_window_bytes;
}

std::size_t outbox::move_first(queue& from, bytes& to, frame_seal& seal) {
  const waiting_frame& first = from.frames.front();
  const std::size_t size = frame_bytes(first.body.size());
  append_frame(to, seal, first.type, first.kind, first.body);
  from.frames.pop_front();
  from.bytes -= size;
  return size;
}

void outbox::take(bytes& to, frame_seal& seal, std::size_t bytes_usual) {
  REPRISE_ASSERT(may_take(), "who takes has asked whether there is something");
  do {
    if (!control_.frames.empty()) {
      move_first(control_, to, seal);
    } else {
      bulk_sent_ += move_first(bulk_, to, seal);
    }
  } while (to.size() < bytes_usual && may_take());
}

}  // namespace reprise::cluster
