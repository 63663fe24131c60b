// SPDX-License-Identifier: Apache-2.0
#include "tests/actors/cluster/node_group.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdexcept>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

namespace reprise::testing {
namespace {

// Ports that were free a moment ago; all are held until all are known.
std::vector<std::uint16_t> free_ports(std::uint64_t count) {
  std::vector<int> sockets;
  std::vector<std::uint16_t> ports;
  for (std::uint64_t i = 0; i < count; ++i) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): the sockets API wants it so.
    if (::bind(socket, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no free port");
    }
    // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
    ports.push_back(ntohs(address.sin_port));
    sockets.push_back(socket);
  }
  for (const int socket : sockets) ::close(socket);
  return ports;
}

}  // namespace

node_group::node_group(const group_options& options) : options_(options) {
  std::string name = std::filesystem::temp_directory_path().string();
  name += "/reprise-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  root_ = name;
  const std::vector<std::uint16_t> ports = free_ports(options.nodes * 2);
  client_ports_.assign(ports.begin() + static_cast<std::ptrdiff_t>(options.nodes), ports.end());
  for (std::uint64_t i = 0; i < options.nodes; ++i) {
    cluster_node& member = members_.emplace_back();
    member.name = "n";
    member.name += std::to_string(i + 1);
    member.host = "127.0.0.1";
    member.port = ports[i];
  }
}

node_group::~node_group() {
  nodes_.clear();
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

node_options node_group::options_of(std::uint64_t number) const {
  const std::string& name = members_[number - 1].name;
  // One that joins was told of all before it.
  const std::uint64_t known = std::max(number, std::min(options_.founders, options_.nodes));
  return {.data = (root_ / name).string(),
          .partitions = options_.partitions,
          .workers = 2,
          .waiting_bytes_max = options_.waiting_bytes_max,
          .log_bytes_max = std::uint64_t{1} << 30U,
          .rows_bytes_max = std::uint64_t{1} << 28U,
          .cluster = {
              .self = name,
              .nodes = {members_.begin(), members_.begin() + static_cast<std::ptrdiff_t>(known)},
              .join = number > options_.founders,
              .copies = options_.with_chosen_copies.contains(number) ? node_copies::chosen
                                                                     : node_copies::all,
              .client_port = client_ports_[number - 1],
              .insecure = true}};
}

client node_group::client_of(std::uint64_t number) const {
  return client(
      {.nodes = {{.host = "127.0.0.1", .port = client_ports_[number - 1]}}, .insecure = true});
}

void node_group::start(std::uint64_t number) {
  auto made = std::make_unique<node>(options_of(number));
  made->host<counter>();
  nodes_.emplace(number, std::move(made));
}

void node_group::start_all() {
  for (std::uint64_t i = 1; i <= options_.nodes; ++i) {
    if (!nodes_.contains(i)) start(i);
  }
}

void node_group::stop(std::uint64_t number) {
  nodes_.erase(number);
}

}  // namespace reprise::testing
