// SPDX-License-Identifier: Apache-2.0
#include "loopback.hpp"

#include <catch2/catch_test_macros.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace reprise::cluster::test {

std::string own_loopback() {
  const auto pid = static_cast<unsigned>(::getpid());
  return "127." + std::to_string(1 + (pid >> 16U) % 254) + "." + std::to_string((pid >> 8U) % 256) +
         "." + std::to_string(1 + pid % 254);
}

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(fd >= 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  REQUIRE(::inet_pton(AF_INET, own_loopback().c_str(), &address.sin_addr) == 1);
  socklen_t size = sizeof address;
  REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  ::close(fd);
  return ntohs(address.sin_port);
}

bytes filled_bytes(std::size_t size, unsigned char with) {
  bytes out(size);
  for (std::size_t n = 0; n < size; ++n) out[n] = static_cast<std::byte>(n * 7 + with);
  return out;
}

bytes text_bytes(const std::string& text) {
  const auto* const begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}

std::string text_of(bytes_view body) {
  return {reinterpret_cast<const char*>(body.data()), body.size()};
}

}  // namespace reprise::cluster::test
