// SPDX-License-Identifier: Apache-2.0
#include "linked_nodes.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <atomic>
#include <utility>

namespace reprise::cluster::test {

link_options options_of(const std::string& node) {
  static std::atomic<std::uint64_t> incarnations{1};
  link_options options;
  options.self = node;
  options.cluster.fill(std::byte{7});
  options.incarnation = incarnations++;
  options.listen_host = own_loopback();
  options.tick = std::chrono::milliseconds(10);
  options.limits.heartbeat = std::chrono::milliseconds(50);
  // Much longer than a loaded machine holds up a process.
  options.limits.silence = std::chrono::milliseconds(5'000);
  options.limits.backoff_min = std::chrono::milliseconds(10);
  options.limits.backoff_max = std::chrono::milliseconds(100);
  return options;
}

std::vector<link_options> options_of_cluster(const std::vector<std::string>& nodes) {
  std::vector<link_options> all;
  for (const std::string& node : nodes) {
    all.push_back(options_of(node));
    all.back().listen_port = free_port();
  }
  for (link_options& each : all) {
    for (const link_options& other : all) {
      if (other.self == each.self) continue;
      each.peers.push_back(
          {.node = other.self, .host = other.listen_host, .port = other.listen_port});
    }
  }
  return all;
}

void linked_node::start(link_options options) {
  auto started = links::start(std::move(options), *this);
  if (!started) FAIL(to_string(started.error()));
  links_ = std::move(*started);
}

void linked_node::stop() {
  if (links_) links_->stop();
  links_.reset();
}

void linked_node::wait(const char* what, const std::function<bool()>& holds) {
  std::unique_lock hold(mutex_);
  INFO("waited for: " << what);
  const bool held = changed_.wait_for(hold, patience, holds);
  std::string refusals;
  for (const std::string& each : refusals_) refusals += each + "\n";
  INFO("refused were:\n" << refusals);
  REQUIRE(held);
}

void linked_node::note(const std::function<void()>& change) {
  {
    const std::lock_guard hold(mutex_);
    change();
  }
  changed_.notify_all();
}

void linked_node::is_connected(std::size_t peer, std::size_t times) {
  wait("a link", [&] { return connected_[peer] >= times; });
}

void linked_node::is_disconnected(std::size_t peer, std::size_t times) {
  wait("the end of a link", [&] { return disconnected_[peer] >= times; });
}

std::vector<letter> linked_node::has_letters(std::size_t count) {
  wait("letters", [&] { return letters_.size() >= count; });
  const std::lock_guard hold(mutex_);
  CHECK_FALSE(misaligned_);
  return letters_;
}

void linked_node::has_letter(const std::string& text) {
  wait(text.c_str(), [&] {
    return std::ranges::any_of(letters_, [&](const letter& l) { return text_of(l.body) == text; });
  });
}

void linked_node::has_ticked(std::size_t more) {
  std::size_t until = 0;
  note([&] { until = ticks_ + more; });
  wait("ticks", [&] { return ticks_ >= until; });
}

std::string linked_node::refused_because(const std::string& part) {
  std::string found;
  wait(part.c_str(), [&] {
    const auto at = std::ranges::find_if(
        refusals_, [&](const std::string& why) { return why.find(part) != std::string::npos; });
    if (at != refusals_.end()) found = *at;
    return at != refusals_.end();
  });
  return found;
}

std::size_t linked_node::connections(std::size_t peer) {
  const std::lock_guard hold(mutex_);
  return connected_[peer];
}

std::size_t linked_node::disconnections(std::size_t peer) {
  const std::lock_guard hold(mutex_);
  return disconnected_[peer];
}

std::size_t linked_node::wakes() {
  const std::lock_guard hold(mutex_);
  return wakes_;
}

std::size_t linked_node::refusals(const std::string& part) {
  const std::lock_guard hold(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(
      refusals_, [&](const std::string& why) { return why.find(part) != std::string::npos; }));
}

void linked_node::on_loop(std::function<void()> what) {
  bool done = false;
  note([&] {
    errands_.push_back([this, &done, what = std::move(what)] {
      what();
      note([&] { done = true; });
    });
  });
  links_->wake();
  wait("an errand on the loop", [&] { return done; });
}

bool linked_node::send(std::size_t peer, std::uint16_t kind, bytes body) {
  bool sent = false;
  on_loop([&] { sent = links_->send(peer, kind, std::move(body)); });
  return sent;
}

bool linked_node::send_bulk(std::size_t peer, std::uint16_t kind, bytes body) {
  bool sent = false;
  on_loop([&] { sent = links_->send_bulk(peer, kind, std::move(body)); });
  return sent;
}

void linked_node::connected(std::size_t peer) {
  note([&] { ++connected_[peer]; });
}

void linked_node::disconnected(std::size_t peer) {
  note([&] { ++disconnected_[peer]; });
}

void linked_node::received(std::size_t peer, std::uint16_t kind, bytes_view body) {
  if (on_letter) return on_letter(peer, kind, body);
  note([&] {
    misaligned_ = misaligned_ || reinterpret_cast<std::uintptr_t>(body.data()) % 8 != 0;
    letters_.push_back({peer, kind, bytes(body.begin(), body.end())});
  });
}

void linked_node::tick() {
  note([&] { ++ticks_; });
}

void linked_node::woken() {
  std::vector<std::function<void()>> errands;
  note([&] {
    ++wakes_;
    errands.swap(errands_);
  });
  for (const auto& errand : errands) errand();
}

void linked_node::refused(std::string_view who, std::string_view why) {
  note([&] { refusals_.push_back(std::string(who) + ": " + std::string(why)); });
}

}  // namespace reprise::cluster::test
