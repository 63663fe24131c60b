// SPDX-License-Identifier: Apache-2.0
//
// How messages are cut out of the stream of bytes of a link: frames, each with a header of 32 bytes
// and a body that is padded to a multiple of 8.
//
// Invariants
//  * Frames of one direction are numbered from 0 without gaps. All but number 0, the hello, are
//    sealed with a session that both sides made of numbers which they drew for this connection: a
//    frame that was recorded elsewhere, repeated, left out or turned round is refused.
//  * Memory is taken as bytes arrive, never because a header claims a length.
// Threading: confined to their owner. No clock, no socket.
//
// Header, little-endian:
//   u32 magic   u32 bytes of the body   u8 type   u8 zero   u16 kind   u32 zero
//   u64 number  u64 XXH3 of the padded body, and of the header before this field, with the session

#pragma once

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <optional>
#include <span>

namespace reprise::cluster {

enum class frame_type : std::uint8_t {
  hello = 1,
  /// Instead of an answer: the reason as text.
  refused,
  /// The connection is the link.
  ready,
  message,
  bulk,
  /// How many bytes of bulk were received in all.
  credit,
  /// Says that the sender is alive. Both sides send it when they have nothing else to say.
  ping,
  goaway,
};

inline constexpr std::size_t frame_header_bytes = 32;

/// A frame that was received. A view into its reader.
struct frame {
  frame_type type{};
  std::uint16_t kind = 0;
  bytes_view body{};
};

/// What a frame takes with its header and padding.
[[nodiscard]] std::size_t frame_bytes(std::size_t body_bytes);

/// Numbers and seals the frames of one direction.
class frame_seal {
 public:
  /// From number 1 on.
  void bind(std::uint64_t session) { session_ = session; }
  [[nodiscard]] std::uint64_t number() const { return number_; }
  /// The checksum's seed for the frame whose turn it is.
  [[nodiscard]] std::uint64_t seed() const { return number_ == 0 ? 0 : session_; }
  void next() { ++number_; }

 private:
  std::uint64_t number_ = 0;
  std::uint64_t session_ = 0;
};

/// Writes one frame behind what `to` holds.
void append_frame(bytes& to, frame_seal& seal, frame_type type, std::uint16_t kind,
                  bytes_view body);

/// Takes bytes as they come and gives frames.
class frame_reader {
 public:
  explicit frame_reader(std::size_t body_bytes_max) : body_bytes_max_(body_bytes_max) {}

  /// For the frames to come.
  void body_bytes_max(std::size_t most) { body_bytes_max_ = most; }
  void bind(std::uint64_t session) { seal_.bind(session); }

  /// Where the next bytes go; never empty. Ends the life of frames that were given.
  [[nodiscard]] std::span<std::byte> space();
  void filled(std::size_t size) { end_ += size; }

  /// The next whole frame, or none yet. `errc::malformed` for what no peer sends; nothing can be
  /// read after it.
  [[nodiscard]] result<std::optional<frame>> next();
  /// True when a part of a frame is there.
  [[nodiscard]] bool is_inside() const { return end_ > begin_; }
  [[nodiscard]] std::size_t capacity() const { return buffer_.size(); }

 private:
  [[nodiscard]] result<std::size_t> body_size() const;

  std::size_t body_bytes_max_;
  frame_seal seal_{};
  bytes buffer_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace reprise::cluster
