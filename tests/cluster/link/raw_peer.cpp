// SPDX-License-Identifier: Apache-2.0
#include "raw_peer.hpp"

#include "loopback.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace reprise::cluster::test {
namespace {

sockaddr_in address_of(const std::string& host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  REQUIRE(::inet_pton(AF_INET, host.c_str(), &address.sin_addr) == 1);
  return address;
}

bool becomes_readable(int fd, std::chrono::milliseconds within) {
  pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, static_cast<int>(within.count())) == 1;
}

}  // namespace

raw_socket::raw_socket() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  REQUIRE(fd_ >= 0);
}

raw_socket::raw_socket(const std::string& host, std::uint16_t port) : raw_socket() {
  connect(host, port);
}

void raw_socket::connect(const std::string& host, std::uint16_t port) const {
  const sockaddr_in address = address_of(host, port);
  REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

raw_socket::~raw_socket() {
  ::close(fd_);
}

bool raw_socket::send(bytes_view what) const {
  while (!what.empty()) {
    const auto sent = ::send(fd_, what.data(), what.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    what = what.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

std::size_t raw_socket::receive(std::span<std::byte> into) const {
  REQUIRE(becomes_readable(fd_, patience));
  return static_cast<std::size_t>(std::max<ssize_t>(::recv(fd_, into.data(), into.size(), 0), 0));
}

bytes raw_socket::receive() const {
  bytes out(4096);
  out.resize(receive(out));
  return out;
}

std::size_t raw_socket::is_closed() const {
  std::size_t all = 0;
  for (bytes next = receive(); !next.empty(); next = receive()) all += next.size();
  return all;
}

bool raw_socket::closes_within(std::chrono::milliseconds time) const {
  return becomes_readable(fd_, time) && receive().empty();
}

raw_listener::raw_listener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  REQUIRE(fd_ >= 0);
  sockaddr_in address = address_of(own_loopback(), 0);
  socklen_t size = sizeof address;
  REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
  REQUIRE(::listen(fd_, 16) == 0);
  REQUIRE(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
}

raw_listener::~raw_listener() {
  ::close(fd_);
}

int raw_listener::accept() const {
  REQUIRE(becomes_readable(fd_, patience));
  const int accepted = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
  REQUIRE(accepted >= 0);
  return accepted;
}

raw_peer::raw_peer(const std::string& host, std::uint16_t port, hello ours)
    : socket_(host, port), ours_(std::move(ours)) {}

bytes raw_peer::sealed(frame_type type, std::uint16_t kind, bytes_view body) {
  bytes out;
  append_frame(out, seal_, type, kind, body);
  return out;
}

void raw_peer::send(frame_type type, std::uint16_t kind, bytes_view body) {
  socket_.send(sealed(type, kind, body));
}

void raw_peer::say_hello() {
  send(frame_type::hello, 0, encode_hello(ours_));
}

void raw_peer::bind(const hello& theirs) {
  const auto session = session_of(ours_.drawn, theirs.drawn);
  seal_.bind(session.to_acceptor);
  reader_.bind(session.to_dialler);
}

bytes raw_peer::receive(frame_type type) {
  for (;;) {
    const auto next = reader_.next();
    if (!next) FAIL(to_string(next.error()));
    if (!*next) {
      const auto space = reader_.space();
      const std::size_t got = socket_.receive(space);
      REQUIRE(got > 0);
      reader_.filled(got);
      continue;
    }
    if ((*next)->type == frame_type::hello) {
      const auto theirs = read_hello((*next)->body);
      REQUIRE(theirs);
      bind(*theirs);
    }
    if ((*next)->type == type) return {(*next)->body.begin(), (*next)->body.end()};
  }
}

void raw_peer::becomes_linked() {
  say_hello();
  receive(frame_type::hello);
  const bytes number = receive(frame_type::ready);
  send(frame_type::ready, 0, number);
}

}  // namespace reprise::cluster::test
