// SPDX-License-Identifier: Apache-2.0
//
// The commands of `trip` that have to do with a cluster: serve, load, check.

#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <functional>
#include <memory>

namespace ride {

/// Adds them; what one returns is the exit code, to be called when it was chosen.
class cluster_commands {
 public:
  explicit cluster_commands(CLI::App& app);
  ~cluster_commands();
  cluster_commands(const cluster_commands&) = delete;
  cluster_commands& operator=(const cluster_commands&) = delete;

  /// Nothing when none of them was chosen.
  [[nodiscard]] std::function<int()> chosen() const;

 private:
  struct options;
  std::unique_ptr<options> options_;
};

}  // namespace ride
