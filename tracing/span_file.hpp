// SPDX-License-Identifier: Apache-2.0
//
// A file that spans are appended to as OTLP/JSON, by a thread of its own.
//
// Invariants
//  * record() never waits for the disk: what comes while so many spans wait is dropped and counted.
//  * The file holds whole lines only. What cannot be written is dropped and counted, and the next
//    is tried anew.
//  * File and predecessor take no more than twice the bound, and one line.
// Threading: record() from any thread; the rest confined to the owner.

#pragma once

#include <reprise/metrics.hpp>
#include <reprise/result.hpp>
#include <reprise/trace.hpp>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace reprise::tracing {

class span_file final : public span_sink {
 public:
  /// Opens or makes it. One that would become larger than `bytes_max` gets the name `PATH.1`, and
  /// what had that name goes. `io_error`. `measured` must outlive it.
  [[nodiscard]] static result<std::unique_ptr<span_file>> open(std::string path,
                                                               std::uint64_t bytes_max,
                                                               metrics& measured);
  span_file(const span_file&) = delete;
  span_file& operator=(const span_file&) = delete;
  /// Writes what waits.
  ~span_file() override;

  void record(trace_span one) noexcept override;

 private:
  span_file(std::string path, std::uint64_t bytes_max, metrics& measured);
  void run();
  [[nodiscard]] result<void> reopen();
  void write(const std::vector<trace_span>& spans);
  [[nodiscard]] bool append(const std::string& line);
  void turn_over();

  const std::string path_;
  const std::uint64_t bytes_max_;
  counter& written_;
  counter& dropped_;
  // Used by the thread, once it runs.
  int file_ = -1;
  std::uint64_t size_ = 0;

  std::mutex mutex_;
  std::condition_variable came_;
  // Guarded by mutex_.
  std::vector<trace_span> waiting_;
  bool ending_ = false;

  std::thread thread_;
};

}  // namespace reprise::tracing
