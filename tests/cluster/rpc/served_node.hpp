// SPDX-License-Identifier: Apache-2.0
//
// A node of a test that serves clients: its requests are answered as the test says, by hand or at
// once.

#pragma once

#include "cluster/link/event_loop.hpp"
#include "cluster/rpc/client_link.hpp"
#include "cluster/rpc/client_requests.hpp"
#include "cluster/rpc/client_server.hpp"
#include "tests/cluster/link/loopback.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace reprise::cluster::test {

using outcome = result<detail::raw_answer>;

[[nodiscard]] detail::raw_answer accepted(const std::string& text, std::uint64_t sequence = 1);
[[nodiscard]] detail::outgoing_command command_of(const std::string& id,
                                                  const std::string& payload = "");

class served_node : private client_requests {
 public:
  using answering = std::function<outcome(const detail::outgoing_command&)>;

  served_node() = default;
  ~served_node() override { stop(); }

  void start(client_server_options options);
  /// At once, as a process that is killed.
  void stop();
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] client_server_options on_same_port() const;

  /// From now on answers at once; without it requests wait for answer().
  void answers(answering with);
  /// Waits until so many were asked in all, and gives them.
  std::vector<detail::outgoing_command> was_asked(std::size_t times);
  [[nodiscard]] std::size_t asked_so_far();
  /// From now on answers say that there are so many partitions, all led by that node.
  void says_who_leads(std::uint32_t partitions, std::string leader);
  /// Answers the oldest request that waits, on the test's thread.
  void answer(outcome how);

 private:
  void ask(detail::outgoing_command command, client_requests::answer then) override;
  std::uint32_t partitions() const override;
  std::string leads_elsewhere(partition_id partition) const override;
  std::string status_json() override { return R"({"node":"a"})"; }

  std::unique_ptr<event_loop> loop_{};
  std::unique_ptr<client_server> server_{};
  client_server_options options_{};
  std::uint16_t port_ = 0;
  std::uint32_t partitions_ = 0;
  std::string leader_{};
  mutable std::mutex mutex_{};
  std::condition_variable changed_{};
  answering answering_{};
  std::vector<detail::outgoing_command> asked_{};
  std::deque<client_requests::answer> waiting_{};
};

/// The answers that a client got, in whatever order they came.
class answers_of {
 public:
  /// To be given to ask().
  [[nodiscard]] client_link::answer next();
  /// Waits for so many in all.
  std::vector<outcome> come(std::size_t count);
  [[nodiscard]] std::size_t so_far();

 private:
  std::mutex mutex_{};
  std::condition_variable changed_{};
  std::vector<outcome> got_{};
};

}  // namespace reprise::cluster::test
