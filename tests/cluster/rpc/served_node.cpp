// SPDX-License-Identifier: Apache-2.0
#include "served_node.hpp"

#include <catch2/catch_test_macros.hpp>

#include <utility>

namespace reprise::cluster::test {

detail::raw_answer accepted(const std::string& text, std::uint64_t sequence) {
  const auto* const begin = reinterpret_cast<const std::byte*>(text.data());
  return {.at = {.partition = {3}, .at = {sequence + 100}, .sequence = {sequence}},
          .reply = {begin, begin + text.size()}};
}

detail::outgoing_command command_of(const std::string& id, const std::string& payload) {
  const auto* const begin = reinterpret_cast<const std::byte*>(payload.data());
  detail::outgoing_command out{.to = {.type = {77}, .tenant = "t", .id = id},
                               .command = 2,
                               .payload = {begin, begin + payload.size()}};
  out.how.id = derive_command_id(id);
  return out;
}

void served_node::start(client_server_options options) {
  if (options.listen_host.empty()) options.listen_host = own_loopback();
  auto loop = event_loop::start();
  REQUIRE(loop);
  loop_ = std::move(*loop);
  auto server = client_server::start(*loop_, options, *this);
  if (!server) FAIL(to_string(server.error()));
  server_ = std::move(*server);
  port_ = server_->port();
  options_ = options;
}

client_server_options served_node::on_same_port() const {
  client_server_options options = options_;
  options.listen_port = port_;
  return options;
}

void served_node::stop() {
  server_.reset();
  loop_.reset();
  const std::lock_guard hold(mutex_);
  waiting_.clear();
}

void served_node::answers(answering with) {
  const std::lock_guard hold(mutex_);
  answering_ = std::move(with);
}

std::vector<detail::outgoing_command> served_node::was_asked(std::size_t times) {
  std::unique_lock hold(mutex_);
  REQUIRE(changed_.wait_for(hold, patience, [&] { return asked_.size() >= times; }));
  return asked_;
}

std::size_t served_node::asked_so_far() {
  const std::lock_guard hold(mutex_);
  return asked_.size();
}

void served_node::answer(outcome how) {
  client_requests::answer then;
  {
    const std::lock_guard hold(mutex_);
    REQUIRE_FALSE(waiting_.empty());
    then = std::move(waiting_.front());
    waiting_.pop_front();
  }
  then(std::move(how));
}

void served_node::says_who_leads(std::uint32_t partitions, std::string leader) {
  const std::lock_guard hold(mutex_);
  partitions_ = partitions;
  leader_ = std::move(leader);
}

std::uint32_t served_node::partitions() const {
  const std::lock_guard hold(mutex_);
  return partitions_;
}

std::string served_node::leads_elsewhere(partition_id /*partition*/) const {
  const std::lock_guard hold(mutex_);
  return leader_;
}

void served_node::ask(detail::outgoing_command command, client_requests::answer then) {
  std::optional<outcome> at_once;
  {
    const std::lock_guard hold(mutex_);
    if (answering_) {
      at_once = answering_(command);
    } else {
      waiting_.push_back(then);
    }
    asked_.push_back(std::move(command));
  }
  changed_.notify_all();
  if (at_once) then(std::move(*at_once));
}

client_link::answer answers_of::next() {
  return [this](outcome how) {
    {
      const std::lock_guard hold(mutex_);
      got_.push_back(std::move(how));
    }
    changed_.notify_all();
  };
}

std::vector<outcome> answers_of::come(std::size_t count) {
  std::unique_lock hold(mutex_);
  REQUIRE(changed_.wait_for(hold, patience, [&] { return got_.size() >= count; }));
  return got_;
}

std::size_t answers_of::so_far() {
  const std::lock_guard hold(mutex_);
  return got_.size();
}

}  // namespace reprise::cluster::test
