// SPDX-License-Identifier: Apache-2.0
#include "tests/persistence/store_scene.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

namespace reprise::persistence {

temporary_folder::temporary_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "reprise-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void waiting_listener::appended(std::span<append_answer> answers) {
  const std::lock_guard hold(mutex_);
  for (append_answer& a : answers) known_.emplace(a.tag, std::move(a.outcome));
  arrived_.notify_all();
}

result<append_receipt> waiting_listener::of(std::uint64_t tag) {
  std::unique_lock hold(mutex_);
  if (!arrived_.wait_for(hold, std::chrono::minutes(1), [&] { return known_.count(tag) != 0; })) {
    return error{errc::timed_out, "no answer within a minute"};
  }
  return known_.extract(tag).mapped();
}

store_scene::store_scene(std::uint32_t partitions) {
  options.directory = made_.path() / "store";
  options.partitions = partitions;
  options.map_size_bytes = std::uint64_t{1} << 30U;
  options.snapshot_map_size_bytes = std::uint64_t{64} << 20U;
}

result<void> store_scene::try_open() {
  auto opened = lmdb_journal::open(options, measured_, time_);
  if (!opened) return std::move(opened).error();
  journal_ = std::move(*opened);
  return {};
}

void store_scene::open() {
  const auto opened = try_open();
  INFO("opening: " << (opened ? "ok" : to_string(opened.error())));
  REQUIRE(opened.has_value());
}

void store_scene::close() {
  journal_.reset();
}

void store_scene::reopen() {
  close();
  open();
}

std::string store_scene::id_in(std::uint32_t partition, const std::string& stem) {
  for (std::uint32_t i = 0;; ++i) {
    std::string id = stem + "-" + std::to_string(i);
    if (log().partition_of(key(id)).value == partition) return id;
  }
}

append_request store_scene::request(const std::string& id) {
  append_request made;
  made.aggregate = key(id);
  made.time = time_.now();
  return made;
}

result<append_receipt> store_scene::append(const std::string& id,
                                           const std::vector<std::string>& names,
                                           expectation expected) {
  append_request made = request(id);
  made.expected = expected;
  for (const std::string& name : names) {
    const auto view = std::as_bytes(std::span(name.data(), name.size()));
    made.events.push_back({.id = {derive_command_id(name).value},
                           .type = 1,
                           .payload = bytes(view.begin(), view.end())});
  }
  const std::uint64_t tag = ++tags_;
  log().append(std::move(made), answers_, tag);
  return answers_.of(tag);
}

std::uint64_t store_scene::send(const std::string& id, std::size_t count, std::size_t size,
                                const std::string& name) {
  append_request made = request(id);
  made.expected = expectation::any();
  made.command = derive_command_id(name);
  for (std::size_t i = 0; i < count; ++i) {
    made.events.push_back({.type = 1, .payload = bytes(size, std::byte{0x42})});
  }
  const std::uint64_t tag = ++tags_;
  log().append(std::move(made), answers_, tag);
  return tag;
}

std::string store_scene::history(const std::string& id) {
  return history_of(log(), key(id));
}

std::unique_ptr<read_only_store> look(const std::filesystem::path& folder) {
  auto store = read_only_store::open(folder);
  INFO((store ? "" : to_string(store.error())));
  REQUIRE(store.has_value());
  return std::move(*store);
}

std::size_t damage(const std::filesystem::path& file, std::string_view text) {
  std::ifstream in(file, std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(in), {}};
  std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
  std::size_t copies = 0;
  for (auto at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) {
    out.seekp(static_cast<std::streamoff>(at));
    out.put(static_cast<char>(all[at] ^ 1));
    ++copies;
  }
  return copies;
}

}  // namespace reprise::persistence
