// SPDX-License-Identifier: Apache-2.0
//
// A writer's own thread.
//
// Threading: see writer_drive.

#pragma once

#include "persistence/writer_drive.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace reprise::persistence {

class writer_thread final : public writer_drive {
 public:
  ~writer_thread() override { finish(); }

  void start(driven_writer& work) override;
  void ring() override;
  void finish() override;

 private:
  [[nodiscard]] bool wait(std::chrono::milliseconds patience);

  // Set by whoever rings; while the writer works, others need not ring again.
  std::atomic<bool> rung_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::thread thread_;
};

}  // namespace reprise::persistence
