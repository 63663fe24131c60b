// SPDX-License-Identifier: Apache-2.0
//
// How two nodes find out that they may be linked.
//
//   dialler                          acceptor
//   hello ------------------------>
//         <------------------------  hello, or refused with the reason
//   The node with the lower name decides which of several connections becomes the link. It gives it
//   a number and sends ready; the other side answers with ready, and the link is up on both.
//
// Invariants
//  * ready is sealed with what both drew for this connection (frame.hpp), so a recorded handshake
//    leads nowhere.
//  * Of two links of one pair of processes the one with the higher number is the right one: both
//    sides so agree without a further word.
// Threading: pure functions and values.
//
// Body of hello, little-endian:
//   u16 version  u16 bytes of the name  u32 zero  16 bytes cluster  u64 incarnation  16 bytes nonce
//   u64 incarnation of the peer, and u64 number, of the link with it that was lost last  the name
// Body of ready: u64 number. Of refused: text.

#pragma once

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace reprise::cluster {

inline constexpr std::uint16_t link_version = 1;
/// Of any frame before the link is up; the longest is a hello.
inline constexpr std::size_t handshake_bytes_max = 1024;
inline constexpr std::size_t node_name_bytes_max = 255;

using nonce = std::array<std::byte, 16>;

/// The number of a link, by whose counting. Number 0: there was none.
struct link_number {
  std::uint64_t incarnation = 0;
  std::uint64_t number = 0;

  bool operator==(const link_number&) const = default;
};

struct hello {
  std::array<std::byte, 16> cluster{};
  std::uint64_t incarnation = 0;
  nonce drawn{};
  /// The newest link with the peer that the sender knew of and lost.
  link_number last{};
  std::string node{};
};

[[nodiscard]] bytes encode_hello(const hello& from);
/// `errc::incompatible` for another version, `errc::malformed` for anything else.
[[nodiscard]] result<hello> read_hello(bytes_view body);

[[nodiscard]] bytes encode_number(std::uint64_t number);
[[nodiscard]] result<std::uint64_t> read_number(bytes_view body);

/// What frames of either direction are sealed with.
struct link_session {
  std::uint64_t to_acceptor = 0;
  std::uint64_t to_dialler = 0;
};
[[nodiscard]] link_session session_of(const nonce& dialler, const nonce& acceptor);

/// A connection that is the link with a peer, or is about to become it.
struct chosen_link {
  std::uint64_t peer_incarnation = 0;
  /// By our counting.
  link_number number{};
};

/// What the side that decides does with a further connection: false while the chosen one is of the
/// same process of the peer, and that process does not say that it had it and lost it.
[[nodiscard]] bool replaces(const hello& theirs, const chosen_link& chosen);

}  // namespace reprise::cluster
