// SPDX-License-Identifier: Apache-2.0
//
// The other end of a connection, made by hand: a socket that sends what the test says, and a peer
// that knows the handshake.

#pragma once

#include "cluster/link/frame.hpp"
#include "cluster/link/hello.hpp"

#include <reprise/ids.hpp>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>

namespace reprise::cluster::test {

class raw_socket {
 public:
  /// Has its descriptor, and is connected to nobody yet.
  raw_socket();
  raw_socket(const std::string& host, std::uint16_t port);
  /// Of a connection that was accepted.
  explicit raw_socket(int fd) : fd_(fd) {}
  ~raw_socket();
  raw_socket(const raw_socket&) = delete;
  raw_socket& operator=(const raw_socket&) = delete;

  void connect(const std::string& host, std::uint16_t port) const;
  [[nodiscard]] int fd() const { return fd_; }
  /// False when the other side has closed it.
  bool send(bytes_view what) const;
  /// Reads and drops until the other side closes; gives how many bytes that were.
  std::size_t is_closed() const;
  /// True when the other side closes it within this time.
  [[nodiscard]] bool closes_within(std::chrono::milliseconds time) const;
  /// At least one byte, none when it is closed.
  [[nodiscard]] bytes receive() const;
  [[nodiscard]] std::size_t receive(std::span<std::byte> into) const;

 private:
  int fd_ = -1;
};

/// Accepts connections on a port of its own.
class raw_listener {
 public:
  raw_listener();
  ~raw_listener();
  raw_listener(const raw_listener&) = delete;
  raw_listener& operator=(const raw_listener&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] int accept() const;

 private:
  int fd_ = -1;
  std::uint16_t port_ = 0;
};

/// A node of frames and hellos that were made one by one. It dials, and never decides.
class raw_peer {
 public:
  raw_peer(const std::string& host, std::uint16_t port, hello ours);

  /// The whole handshake; the link is up on the other side when it returns.
  void becomes_linked();
  void say_hello();
  /// Waits for a frame of this type; others before it are dropped.
  bytes receive(frame_type type);

  void send(frame_type type, std::uint16_t kind, bytes_view body);
  /// The next frame, as it would be sent.
  [[nodiscard]] bytes sealed(frame_type type, std::uint16_t kind, bytes_view body);
  [[nodiscard]] raw_socket& socket() { return socket_; }
  void bind(const hello& theirs);

 private:
  raw_socket socket_;
  hello ours_;
  frame_seal seal_{};
  frame_reader reader_{std::size_t{8} << 20U};
};

}  // namespace reprise::cluster::test
