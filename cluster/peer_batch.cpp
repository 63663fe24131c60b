// SPDX-License-Identifier: Apache-2.0
#include "cluster/peer_batch.hpp"

#include "base/assert.hpp"
#include "messages/little_endian.hpp"

namespace reprise::cluster {
namespace {

using messages::load;
using messages::store;

constexpr std::size_t at_size = 0;
constexpr std::size_t at_partition = 4;
constexpr std::size_t at_reserved = 8;
constexpr std::size_t at_from = 16;
constexpr std::size_t at_to = 24;
constexpr std::size_t message_header_bytes = 32;

}  // namespace

bool peer_batch::add(const peer_message& message) {
  const std::size_t size = message_header_bytes + message.body.size();
  REPRISE_ASSERT(size % 8 == 0 && size <= UINT32_MAX, "messages of consensus are padded");
  if (bytes_waiting_ + size > bytes_max_) {
    ++messages_lost_;
    return false;
  }
  if (pieces_.empty() || pieces_.back().size() + size > piece_bytes_) pieces_.emplace_back();
  bytes& piece = pieces_.back();
  const std::size_t begin = piece.size();
  piece.resize(begin + message_header_bytes);
  std::byte* const to = &piece[begin];
  store(to + at_size, static_cast<std::uint32_t>(message.body.size()));
  store(to + at_partition, message.partition.value);
  store(to + at_reserved, std::uint64_t{0});
  store(to + at_from, message.from.value);
  store(to + at_to, message.to.value);
  piece.insert(piece.end(), message.body.begin(), message.body.end());
  bytes_waiting_ += size;
  return true;
}

bytes peer_batch::take() {
  REPRISE_ASSERT(!pieces_.empty(), "only what waits is taken");
  bytes piece = std::move(pieces_.front());
  pieces_.pop_front();
  bytes_waiting_ -= piece.size();
  return piece;
}

void peer_batch::clear() {
  pieces_.clear();
  bytes_waiting_ = 0;
}

result<std::vector<peer_message>> read_peer_batch(bytes_view piece) {
  const auto malformed = [] {
    return error{errc::malformed, "a batch of messages of consensus does not add up"};
  };
  std::vector<peer_message> read;
  while (!piece.empty()) {
    if (piece.size() < message_header_bytes) return malformed();
    const std::byte* const from = piece.data();
    const std::size_t size = load<std::uint32_t>(from + at_size);
    if (size % 8 != 0 || size > piece.size() - message_header_bytes ||
        load<std::uint64_t>(from + at_reserved) != 0) {
      return malformed();
    }
    read.push_back({.partition = {load<std::uint32_t>(from + at_partition)},
                    .from = {load<std::uint64_t>(from + at_from)},
                    .to = {load<std::uint64_t>(from + at_to)},
                    .body = piece.subspan(message_header_bytes, size)});
    piece = piece.subspan(message_header_bytes + size);
  }
  return read;
}

}  // namespace reprise::cluster
