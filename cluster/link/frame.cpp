// SPDX-License-Identifier: Apache-2.0
#include "cluster/link/frame.hpp"

#include "base/checksum.hpp"
#include "messages/little_endian.hpp"

#include <algorithm>
#include <cstring>

namespace reprise::cluster {
namespace {

using messages::load;
using messages::padded;
using messages::store;

constexpr std::uint32_t magic = 0x4b4c5052;  // "RPLK"
constexpr std::size_t checksum_at = 24;
constexpr std::size_t buffer_bytes_least = std::size_t{64} << 10U;
// An idle connection holds no more than this.
constexpr std::size_t buffer_bytes_kept = std::size_t{1} << 20U;

std::uint64_t checksum_of(const std::byte* frame, std::size_t body_bytes, std::uint64_t seed) {
  const std::uint64_t body =
      base::checksum64({frame + frame_header_bytes, padded(body_bytes)}, seed);
  return base::checksum64({frame, checksum_at}, body);
}

bool is_known(std::uint8_t type) {
  return type >= static_cast<std::uint8_t>(frame_type::hello) &&
         type <= static_cast<std::uint8_t>(frame_type::goaway);
}

}  // namespace

std::size_t frame_bytes(std::size_t body_bytes) {
  return frame_header_bytes + padded(body_bytes);
}

void append_frame(bytes& to, frame_seal& seal, frame_type type, std::uint16_t kind,
                  bytes_view body) {
  const std::size_t at = to.size();
  to.resize(at + frame_bytes(body.size()));
  std::byte* const out = to.data() + at;
  store(out, magic);
  store(out + 4, static_cast<std::uint32_t>(body.size()));
  store(out + 8, static_cast<std::uint8_t>(type));
  store(out + 10, kind);
  store(out + 16, seal.number());
  if (!body.empty()) std::memcpy(out + frame_header_bytes, body.data(), body.size());
  store(out + checksum_at, checksum_of(out, body.size(), seal.seed()));
  seal.next();
}

std::span<std::byte> frame_reader::space() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (buffer_.size() > buffer_bytes_kept) buffer_ = bytes();
  }
  if (begin_ > 0 && end_ == buffer_.size()) {
    // Bodies stay aligned: frames are multiples of 8, and the buffer's beginning is one.
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) {
    const std::size_t most = std::max(frame_bytes(body_bytes_max_), buffer_bytes_least);
    buffer_.resize(std::min(std::max(buffer_.size() * 2, buffer_bytes_least), most));
  }
  return {buffer_.data() + end_, buffer_.size() - end_};
}

result<std::size_t> frame_reader::body_size() const {
  const std::byte* const at = buffer_.data() + begin_;
  if (load<std::uint32_t>(at) != magic) return error{errc::malformed, "this is no frame"};
  const std::size_t size = load<std::uint32_t>(at + 4);
  if (size > body_bytes_max_) {
    return error{errc::malformed, "a frame of " + std::to_string(size) + " bytes is larger than " +
                                      std::to_string(body_bytes_max_)};
  }
  if (!is_known(load<std::uint8_t>(at + 8)) || load<std::uint8_t>(at + 9) != 0 ||
      load<std::uint32_t>(at + 12) != 0) {
    return error{errc::malformed, "a frame of a type that is not known"};
  }
  if (load<std::uint64_t>(at + 16) != seal_.number()) {
    return error{errc::malformed, "a frame was repeated or left out"};
  }
  return size;
}

result<std::optional<frame>> frame_reader::next() {
  if (end_ - begin_ < frame_header_bytes) return std::optional<frame>();
  const auto size = body_size();
  if (!size) return size.error();
  if (end_ - begin_ < frame_bytes(*size)) return std::optional<frame>();
  const std::byte* const at = buffer_.data() + begin_;
  if (load<std::uint64_t>(at + checksum_at) != checksum_of(at, *size, seal_.seed())) {
    return error{errc::malformed, "a frame is damaged, or was made for another connection"};
  }
  begin_ += frame_bytes(*size);
  seal_.next();
  return std::optional<frame>(frame{.type = static_cast<frame_type>(load<std::uint8_t>(at + 8)),
                                    .kind = load<std::uint16_t>(at + 10),
                                    .body = {at + frame_header_bytes, *size}});
}

}  // namespace reprise::cluster
