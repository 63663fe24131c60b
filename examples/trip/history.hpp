// SPDX-License-Identifier: Apache-2.0
//
// What a load has asked and was answered, one command a line, so that it can be checked against
// what the cluster has stored.
//
// Format: JSON lines {command_id, aggregate, command, invoke_ns, return_ns, outcome, sequence}; the
// clock is monotonic, outcome is ok, rejected, unknown or error, sequence is 0 unless ok.

#pragma once

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <fstream>
#include <functional>
#include <istream>
#include <mutex>
#include <string>
#include <string_view>

namespace ride {

enum class outcome : std::uint8_t { ok, rejected, unknown, error };
[[nodiscard]] std::string_view to_string(outcome how);

struct asked_command {
  reprise::command_id id{};
  std::string aggregate{};
  std::string command{};
  std::int64_t invoked_ns = 0;
  std::int64_t returned_ns = 0;
  outcome how = outcome::error;
  std::uint64_t sequence = 0;
};

/// The command of reads, which decide nothing: theirs is the sequence that the trip had then.
inline constexpr std::string_view read_command = "get";

/// Threading: add() from any thread.
class history_writer {
 public:
  /// Truncates the file; is_open() tells whether it could. An empty path writes nothing.
  explicit history_writer(const std::string& path);
  [[nodiscard]] bool is_open() const { return path_.empty() || out_.is_open(); }
  void add(const asked_command& command);
  /// False when something could not be written.
  [[nodiscard]] bool finish();

 private:
  const std::string path_;
  std::mutex mutex_;
  std::ofstream out_;
};

/// Calls `each` for every line. A last line that does not end is left out: its writer was killed.
/// `malformed` with the line's number.
[[nodiscard]] reprise::result<void> read_history(std::istream& from,
                                                 const std::function<void(asked_command)>& each);

}  // namespace ride
