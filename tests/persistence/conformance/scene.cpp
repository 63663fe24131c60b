// SPDX-License-Identifier: Apache-2.0
#include "tests/persistence/conformance/scene.hpp"

#include "base/checksum.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <chrono>
#include <latch>
#include <thread>

namespace reprise::persistence::conformance {
namespace {

bytes padded(std::string_view text) {
  const auto view = std::as_bytes(std::span(text.data(), text.size()));
  bytes payload(view.begin(), view.end());
  payload.resize((payload.size() + 7) / 8 * 8);
  return payload;
}

}  // namespace

event_id id_of(std::string_view event_name) {
  return {base::checksum128(std::as_bytes(std::span(event_name.data(), event_name.size())))};
}

new_event event(std::string_view name) {
  return event(name, name);
}
new_event event(std::string_view name, std::string_view payload) {
  return event(name, padded(payload));
}
new_event event(std::string_view name, bytes payload) {
  return {.id = id_of(name), .type = 1, .payload = std::move(payload)};
}

std::vector<new_event> events(std::string_view prefix, std::size_t count) {
  std::vector<new_event> all;
  all.reserve(count);
  for (std::size_t i = 1; i <= count; ++i) {
    all.push_back(event(std::string(prefix) + std::to_string(i)));
  }
  return all;
}

timestamp at_second(std::int64_t seconds) {
  using namespace std::chrono;
  return timestamp(sys_days(2026y / January / 1)) + std::chrono::seconds(seconds);
}

fact::fact(const char* name) : what(event(name)) {}
fact::fact(const std::string& name) : what(event(name)) {}

void answers::appended(std::span<append_answer> batch) {
  const std::lock_guard hold(mutex_);
  for (append_answer& a : batch) {
    // A second answer stays visible in the arrivals; of() refuses it.
    known_.insert_or_assign(a.tag, outcome{std::move(a.outcome)});
    arrivals_.push_back(a.tag);
  }
  arrived_.notify_all();
}

outcome answers::of(std::uint64_t tag) {
  std::unique_lock hold(mutex_);
  const bool came =
      arrived_.wait_for(hold, std::chrono::minutes(1), [&] { return known_.count(tag) != 0; });
  if (!came) FAIL("append " << tag << " was not answered within a minute");
  if (std::ranges::count(arrivals_, tag) != 1) FAIL("append " << tag << " was answered twice");
  return known_.at(tag);
}

bool answers::has(std::uint64_t tag) const {
  const std::lock_guard hold(mutex_);
  return known_.count(tag) != 0;
}

std::vector<std::uint64_t> answers::order_of_arrival() const {
  const std::lock_guard hold(mutex_);
  return arrivals_;
}

outcome unsent::expecting(expectation expected) && {
  return std::move(*this).later_expecting(expected).answer();
}

ticket unsent::later_expecting(expectation expected) && {
  request_.expected = expected;
  return where_->send(std::move(request_));
}

scene::scene(const world_options& options) : options_(options), world_(make_world()) {
  const result<void> opened = world_->open(options_);
  INFO("opening: " << (opened ? "ok" : to_string(opened.error())));
  REQUIRE(opened.has_value());
}

scene::~scene() {
  world_->close();
}

void scene::reopen() {
  reopen(options_);
}

void scene::reopen(const world_options& options) {
  world_->close();
  options_ = options;
  const result<void> opened = world_->open(options_);
  INFO("reopening: " << (opened ? "ok" : to_string(opened.error())));
  REQUIRE(opened.has_value());
}

ticket scene::next_ticket() {
  return {answers_, tags_.fetch_add(1)};
}

ticket scene::send(append_request request) {
  const ticket t = next_ticket();
  log().append(std::move(request), answers_, t.tag());
  return t;
}

unsent scene::append(const who& aggregate, std::initializer_list<fact> batch) {
  std::vector<new_event> list;
  for (const fact& f : batch) list.push_back(f.what);
  return append(aggregate, std::move(list));
}

unsent scene::append(const who& aggregate, std::vector<new_event> batch) {
  append_request request;
  request.aggregate = aggregate.key;
  request.events = std::move(batch);
  request.time = at_second(0);
  return {*this, std::move(request)};
}

void scene::append_one_by_one(const who& aggregate, std::initializer_list<fact> facts) {
  for (const fact& f : facts) {
    const std::uint64_t at = head(aggregate).last.value;
    REQUIRE(append(aggregate, {f}).expecting(exact(at)) == stored(at + 1));
  }
}

ticket scene::send_retire(const who& aggregate, record_kind how, expectation expected,
                          std::uint64_t before) {
  const ticket t = next_ticket();
  log().retire(aggregate.key, how, expected, {before}, at_second(0), answers_, t.tag());
  return t;
}

outcome scene::remove(const who& aggregate, expectation expected) {
  return send_retire(aggregate, record_kind::deletion, expected).answer();
}

outcome scene::close_for_ever(const who& aggregate, expectation expected) {
  return send_retire(aggregate, record_kind::tombstone, expected).answer();
}

outcome scene::truncate(const who& aggregate, std::uint64_t before) {
  return send_retire(aggregate, record_kind::truncation, any(), before).answer();
}

reading scene::read(const who& aggregate, const aggregate_range& range) const {
  reading seen;
  seen.page = log().read(aggregate.key, range, [&](const stored_record& r) {
    seen.records.push_back(copy_of(r));
    return true;
  });
  if (seen.page) CHECK(seen.page->records == seen.records.size());
  return seen;
}

std::string scene::history(const who& aggregate) const {
  const reading all = read(aggregate);
  return all.page ? all.shown() : all.text();
}

scanning scene::scan(const partition_range& range, std::uint32_t partition) const {
  scanning seen;
  seen.page = log().scan({partition}, range, [&](const stored_record& r) {
    seen.records.push_back(copy_of(r));
    return true;
  });
  if (seen.page) CHECK(seen.page->records == seen.records.size());
  return seen;
}

aggregate_head scene::head(const who& aggregate) const {
  const result<aggregate_head> found = log().head(aggregate.key);
  INFO("head: " << (found ? "ok" : to_string(found.error())));
  REQUIRE(found.has_value());
  return *found;
}

std::uint64_t scene::committed(std::uint32_t partition) const {
  return log().committed({partition}).value;
}

position scene::first_at_or_after(timestamp time) const {
  const result<position> found = log().first_at_or_after({0}, time);
  REQUIRE(found.has_value());
  return *found;
}

std::string scene::id_in(std::uint32_t partition, std::string_view stem) const {
  // With p partitions one id in p lands where it should, so this ends soon.
  for (std::uint32_t i = 0;; ++i) {
    std::string id = std::string(stem) + '-' + std::to_string(i);
    if (log().partition_of(who(id).key).value == partition) return id;
  }
}

void at_once(std::size_t count, const std::function<void(std::size_t)>& work) {
  std::latch start(static_cast<std::ptrdiff_t>(count));
  std::vector<std::jthread> threads;
  threads.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      work(i);
    });
  }
}

}  // namespace reprise::persistence::conformance
