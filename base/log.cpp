// SPDX-License-Identifier: Apache-2.0
#include "base/log.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <atomic>
#include <memory>
#include <mutex>

namespace reprise::base {
namespace {

constexpr std::size_t lines_waiting_max = 8192;

// The one process-wide object of the library: a process has one standard error.
struct logger {
  std::atomic<log_level> least{log_level::off};
  std::mutex starting;
  std::shared_ptr<spdlog::async_logger> out;
  // Goes first at exit: that joins its thread, which writes to what `out` owns.
  std::shared_ptr<spdlog::details::thread_pool> pool;
};

logger& instance() {
  static logger one;
  return one;
}

spdlog::level::level_enum to_spdlog(log_level level) {
  switch (level) {
    case log_level::debug:
      return spdlog::level::debug;
    case log_level::info:
      return spdlog::level::info;
    case log_level::warning:
      return spdlog::level::warn;
    case log_level::error:
      return spdlog::level::err;
    case log_level::off:
      break;
  }
  return spdlog::level::off;
}

}  // namespace

void set_log_level(log_level level) {
  logger& one = instance();
  const std::lock_guard hold(one.starting);
  if (level != log_level::off && !one.out) {
    one.pool = std::make_shared<spdlog::details::thread_pool>(lines_waiting_max, 1);
    one.out = std::make_shared<spdlog::async_logger>(
        "reprise", std::make_shared<spdlog::sinks::stderr_sink_mt>(), one.pool,
        spdlog::async_overflow_policy::overrun_oldest);
    one.out->set_level(spdlog::level::debug);
    one.out->flush_on(spdlog::level::warn);
  }
  one.least.store(level, std::memory_order_release);
}

void log(log_level level, std::string_view line) {
  logger& one = instance();
  if (level == log_level::off || level < one.least.load(std::memory_order_acquire)) return;
  one.out->log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace reprise::base
