// SPDX-License-Identifier: Apache-2.0
//
// Standard output as a place that can go away: a pipe whose reader left, a full disk, a person who
// pressed Ctrl-C.
//
// Invariants
//  * Once ended() is not `open`, nothing more is written.
//  * At most 64 KiB wait to be written.
// Threading: confined to one thread.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace reprise::cli {

class output {
 public:
  enum class ending : std::uint8_t { open, closed, interrupted, failed };

  /// Does not own the descriptor.
  explicit output(int descriptor);
  output(const output&) = delete;
  output& operator=(const output&) = delete;
  ~output();

  [[nodiscard]] bool is_terminal() const { return terminal_; }
  [[nodiscard]] ending ended() const { return ending_; }
  /// The system's reason, where ended() is `failed`.
  [[nodiscard]] const std::string& reason() const { return reason_; }

  /// From now on SIGINT and SIGTERM end this output instead of the process.
  void catch_signals();

  /// False when the output has ended; so for the next four.
  bool line(std::string_view text);
  /// As it is, without an end of its own.
  bool write(std::string_view piece);
  bool flush();
  /// Looks whether it has ended, without writing.
  bool check() { return ready(0, 0); }
  /// Sleeps, but not beyond the end of the output.
  bool wait(std::chrono::milliseconds time);

 private:
  bool ready(short events, int timeout_ms);
  bool stop(ending how);

  const int descriptor_;
  const bool terminal_;
  int signals_ = -1;
  ending ending_ = ending::open;
  std::string reason_;
  std::string waiting_;
};

}  // namespace reprise::cli
