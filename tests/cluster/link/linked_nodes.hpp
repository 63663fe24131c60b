// SPDX-License-Identifier: Apache-2.0
//
// Nodes of a test that are linked over loopback, and what the test can see of them.
//
// Everything that waits, waits for something that the links tell; a wait that is in vain ends the
// test after half a minute.

#pragma once

#include "cluster/link/links.hpp"
#include "loopback.hpp"

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace reprise::cluster::test {

/// Short times, so that a test of what happens in the end comes to it soon.
[[nodiscard]] link_options options_of(const std::string& node);

struct letter {
  std::size_t peer = 0;
  std::uint16_t kind = 0;
  bytes body{};
};

/// One node: its links, and all that they told.
class linked_node : public link_events {
 public:
  linked_node() = default;
  ~linked_node() override { stop(); }

  /// Must succeed.
  void start(link_options options);
  void stop();
  [[nodiscard]] links& net() { return *links_; }
  [[nodiscard]] std::uint16_t port() const { return links_->port(); }

  // Waits.
  void is_connected(std::size_t peer, std::size_t times = 1);
  void is_disconnected(std::size_t peer, std::size_t times = 1);
  /// As many letters in all, and gives them.
  std::vector<letter> has_letters(std::size_t count);
  void has_letter(const std::string& text);
  void has_ticked(std::size_t more);
  /// Until a refusal whose reason has this in it; gives the whole reason.
  std::string refused_because(const std::string& part);

  [[nodiscard]] std::size_t connections(std::size_t peer);
  [[nodiscard]] std::size_t disconnections(std::size_t peer);
  [[nodiscard]] std::size_t wakes();
  [[nodiscard]] std::size_t refusals(const std::string& part);

  /// Runs it on the loop's thread, and waits.
  void on_loop(std::function<void()> what);
  bool send(std::size_t peer, std::uint16_t kind, bytes body);
  bool send_bulk(std::size_t peer, std::uint16_t kind, bytes body);

  /// Called on the loop's thread instead of keeping the letter.
  std::function<void(std::size_t, std::uint16_t, bytes_view)> on_letter{};

 private:
  void connected(std::size_t peer) override;
  void disconnected(std::size_t peer) override;
  void received(std::size_t peer, std::uint16_t kind, bytes_view body) override;
  void tick() override;
  void woken() override;
  void refused(std::string_view who, std::string_view why) override;

  void wait(const char* what, const std::function<bool()>& holds);
  void note(const std::function<void()>& change);

  std::unique_ptr<links> links_{};
  std::mutex mutex_{};
  std::condition_variable changed_{};
  std::map<std::size_t, std::size_t> connected_{};
  std::map<std::size_t, std::size_t> disconnected_{};
  std::vector<letter> letters_{};
  std::vector<std::string> refusals_{};
  std::vector<std::function<void()>> errands_{};
  std::size_t ticks_ = 0;
  std::size_t wakes_ = 0;
  bool misaligned_ = false;
};

/// Options for nodes that know each other, in the order of their names.
[[nodiscard]] std::vector<link_options> options_of_cluster(const std::vector<std::string>& nodes);

}  // namespace reprise::cluster::test
