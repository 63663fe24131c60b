// SPDX-License-Identifier: Apache-2.0
#include "tests/actors/conformance/node_world.hpp"

#include <cstdlib>
#include <latch>
#include <stdexcept>
#include <thread>
#include <vector>

namespace reprise::conformance {

temporary_folder::temporary_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "reprise-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void at_once(std::size_t threads, const std::function<void(std::size_t)>& work) {
  std::latch ready(static_cast<std::ptrdiff_t>(threads));
  std::vector<std::jthread> running;
  running.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    running.emplace_back([&, i] {
      ready.arrive_and_wait();
      work(i);
    });
  }
}

std::uint64_t scaled(std::uint64_t usual, std::uint64_t full) {
  return std::getenv("REPRISE_FULL") == nullptr ? usual : full;
}

}  // namespace reprise::conformance
