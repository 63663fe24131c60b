// SPDX-License-Identifier: Apache-2.0
#include "tracing/span_file.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <csignal>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace reprise::tracing {
namespace {

using nlohmann::json;

class span_scene {
 public:
  span_scene() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "reprise-spans-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
  }
  span_scene(const span_scene&) = delete;
  span_scene& operator=(const span_scene&) = delete;
  ~span_scene() { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path() const { return (folder_ / "spans.json").string(); }
  [[nodiscard]] std::unique_ptr<span_file> open(std::uint64_t bytes_max = 1U << 20U) {
    auto file = span_file::open(path(), bytes_max, measured);
    REQUIRE(file);
    return std::move(*file);
  }
  // All names of spans in a file, which must be valid to its last line.
  static std::vector<std::string> names_in(const std::string& file) {
    std::vector<std::string> out;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
      const json request = json::parse(line);
      for (const json& span : request["resourceSpans"][0]["scopeSpans"][0]["spans"]) {
        out.push_back(span["name"]);
      }
    }
    return out;
  }
  [[nodiscard]] std::uint64_t count(const std::string& name) {
    return measured.count(name).value();
  }

  metrics measured;

 private:
  std::filesystem::path folder_;
};

trace_span named(const std::string& name) {
  return {.name = name, .at = *trace_in("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")};
}

}  // namespace

TEST_CASE("what was recorded is in the file when it is closed, behind what was there") {
  span_scene scene;
  scene.open()->record(named("first"));
  {
    const auto file = scene.open();
    file->record(named("second"));
    file->record(named("third"));
  }
  CHECK(span_scene::names_in(scene.path()) == std::vector<std::string>{"first", "second", "third"});
  CHECK(scene.count("spans.written") == 3);
  CHECK(scene.count("spans.dropped") == 0);
}

TEST_CASE("a file that would become too large makes room, and takes no more than twice its bound") {
  span_scene scene;
  constexpr std::uint64_t bound = 4'096;
  for (int i = 0; i < 100; ++i) scene.open(bound)->record(named(std::to_string(i)));
  CHECK(std::filesystem::file_size(scene.path()) <= bound);
  CHECK(std::filesystem::file_size(scene.path() + ".1") <= bound);
  auto kept = span_scene::names_in(scene.path() + ".1");
  for (const std::string& name : span_scene::names_in(scene.path())) kept.push_back(name);
  // The newest, without a gap.
  REQUIRE(kept.size() >= 10);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    CHECK(kept[i] == std::to_string(100 - kept.size() + i));
  }
}

TEST_CASE("a file that cannot be opened is refused by name") {
  span_scene scene;
  const auto file = span_file::open(scene.path() + "/not/there", 1U << 20U, scene.measured);
  REQUIRE_FALSE(file);
  CHECK(file.error().code == errc::io_error);
  CHECK(file.error().message.find("spans.json/not/there") != std::string::npos);
}

TEST_CASE("what cannot be written is counted, and neither waits nor leaves a part of a line") {
  span_scene scene;
  // As a full disk, for this process alone.
  struct rlimit before {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto ignored = ::signal(SIGXFSZ, SIG_IGN);
  {
    const auto file = scene.open();
    struct rlimit tight = before;
    tight.rlim_cur = 100;
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
    file->record(named("lost"));
  }
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  ::signal(SIGXFSZ, ignored);
  CHECK(scene.count("spans.dropped") == 1);
  CHECK(std::filesystem::file_size(scene.path()) == 0);
  scene.open()->record(named("kept"));
  CHECK(span_scene::names_in(scene.path()) == std::vector<std::string>{"kept"});
}

TEST_CASE("more than may wait is dropped and counted while the file takes nothing") {
  span_scene scene;
  // A pipe that nobody reads holds the writer up, as a disk that hangs does.
  REQUIRE(::mkfifo(scene.path().c_str(), 0600) == 0);
  const int reader = ::open(scene.path().c_str(), O_RDONLY | O_NONBLOCK);
  REQUIRE(reader >= 0);
  auto file = scene.open(std::uint64_t{1} << 40U);
  constexpr std::uint64_t spans = 40'000;
  for (std::uint64_t i = 0; i < spans; ++i) file->record(named("one of many"));
  CHECK(scene.count("spans.dropped") > 0);
  CHECK(scene.count("spans.dropped") < spans);
  // Without a reader it ends with an error instead of waiting.
  const auto ignored = ::signal(SIGPIPE, SIG_IGN);
  ::close(reader);
  file.reset();
  ::signal(SIGPIPE, ignored);
  CHECK(scene.count("spans.dropped") + scene.count("spans.written") == spans);
}

}  // namespace reprise::tracing
