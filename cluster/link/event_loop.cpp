// SPDX-License-Identifier: Apache-2.0
#include "cluster/link/event_loop.hpp"

#include "base/assert.hpp"
#include "base/log.hpp"

#include <kj/async-unix.h>
#include <kj/exception.h>

#include <cerrno>
#include <cstring>
#include <future>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace reprise::cluster {
namespace {

// KJ writes lines of its own to standard error, for example when a peer is gone while TLS says
// goodbye; they become log lines.
class lines_of_kj final : public kj::ExceptionCallback {
 public:
  void logMessage(kj::LogSeverity severity, const char* /*file*/, int /*line*/, int /*depth*/,
                  kj::String&& text) override {
    base::log(
        severity >= kj::LogSeverity::ERROR ? base::log_level::warning : base::log_level::debug,
        std::string("kj: ") + text.cStr());
  }
  // They cost more than what goes wrong on a connection is worth.
  StackTraceMode stackTraceMode() override { return StackTraceMode::NONE; }
};

std::string reason_of_system() {
  return std::strerror(errno);
}

}  // namespace

error error_of(const kj::Exception& exception) {
  std::string text = exception.getDescription().cStr();
  text.resize(std::min(text.size(), text.find('\n')));
  switch (exception.getType()) {
    case kj::Exception::Type::OVERLOADED:
      // KJ says so of timeouts too.
      return {errc::timed_out, std::move(text)};
    case kj::Exception::Type::DISCONNECTED:
      return {errc::unavailable, std::move(text)};
    case kj::Exception::Type::UNIMPLEMENTED:
      return {errc::incompatible, std::move(text)};
    case kj::Exception::Type::FAILED:
      break;
  }
  return {errc::io_error, std::move(text)};
}

struct event_loop::world {
  world(int fd, kj::TaskSet::ErrorHandler& errors)
      : io(kj::setupAsyncIo()),
        wakes(io.unixEventPort, fd, kj::UnixEventPort::FdObserver::OBSERVE_READ),
        tasks(errors),
        ended(kj::newPromiseAndFulfiller<void>()) {}

  kj::AsyncIoContext io;
  kj::UnixEventPort::FdObserver wakes;
  kj::TaskSet tasks;
  kj::PromiseFulfillerPair<void> ended;
};

result<std::unique_ptr<event_loop>> event_loop::start() {
  std::unique_ptr<event_loop> made(new event_loop());
  made->wake_fd_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (made->wake_fd_ < 0) {
    return error{errc::io_error, "no eventfd for an event loop: " + reason_of_system()};
  }
  std::promise<result<void>> begin;
  auto begun = begin.get_future();
  made->thread_ = std::thread([loop = made.get(), started = std::move(begin)]() mutable {
    loop->live([&started](result<void> how) { started.set_value(std::move(how)); });
  });
  if (const auto how = begun.get(); !how) return how.error();
  return made;
}

event_loop::~event_loop() noexcept(false) {
  stop();
  if (wake_fd_ >= 0) ::close(wake_fd_);
}

void event_loop::live(const std::function<void(result<void>)>& started) {
  lines_of_kj lines;
  kj::Maybe<kj::Own<world>> made;
  KJ_IF_MAYBE (why, kj::runCatchingExceptions([&] {
                 made = kj::heap<world>(wake_fd_, static_cast<kj::TaskSet::ErrorHandler&>(*this));
               })) {
    waiting_.with([](waiting& w) { w.ended = true; });
    started(error_of(*why));
    return;
  }
  KJ_IF_MAYBE (here, made) {
    world_ = here->get();
    world_->tasks.add(serve_wakes());
    started({});
    world_->ended.promise.wait(world_->io.waitScope);
    for (; !at_end_.empty(); at_end_.pop_back()) {
      kj::runCatchingExceptions([&] { at_end_.back()(); });
    }
    // Tasks that were posted too late die here, with what they hold of KJ.
    const auto late = waiting_.with([](waiting& w) {
      w.ended = true;
      return std::exchange(w.tasks, {});
    });
    on_wake_ = nullptr;
  }
  world_ = nullptr;
}

void event_loop::signal() {
  if (signalled_.exchange(true)) return;
  const std::uint64_t one = 1;
  // It can only fail when the counter is full, and then the loop is woken anyway.
  [[maybe_unused]] const auto written = ::write(wake_fd_, &one, sizeof one);
}

kj::Promise<void> event_loop::serve_wakes() {
  return world_->wakes.whenBecomesReadable().then([this] {
    std::uint64_t count = 0;
    // The observer sees edges only, so nothing may be left unread.
    while (::read(wake_fd_, &count, sizeof count) > 0) {
    }
    // Before the queue is looked at: who comes later writes again.
    signalled_ = false;
    run_waiting();
    return serve_wakes();
  });
}

void event_loop::run_waiting() {
  const auto run_one = [](const task& what) {
    KJ_IF_MAYBE (why, kj::runCatchingExceptions([&] { what(); })) {
      base::log(base::log_level::error, "a task of the event loop: " + error_of(*why).message);
    }
  };
  if (woken_.exchange(false) && on_wake_) run_one(on_wake_);
  const auto tasks = waiting_.with([](waiting& w) { return std::exchange(w.tasks, {}); });
  for (const task& what : tasks) run_one(what);
}

bool event_loop::post(task what) {
  const bool taken = waiting_.with([&](waiting& w) {
    if (w.ended) return false;
    w.tasks.push_back(std::move(what));
    return true;
  });
  if (taken) signal();
  return taken;
}

namespace {

// Fulfilled when the last copy of a task is gone, so that a task that is dropped unrun is seen too.
class completion {
 public:
  completion() = default;
  completion(const completion&) = delete;
  completion& operator=(const completion&) = delete;
  ~completion() { end_.set_value(std::move(how_)); }
  void is(result<void> how) { how_ = std::move(how); }
  [[nodiscard]] std::future<result<void>> seen() { return end_.get_future(); }

 private:
  std::promise<result<void>> end_{};
  result<void> how_ = error{errc::stopped, "the event loop ended"};
};

}  // namespace

bool event_loop::run(const task& what) {
  REPRISE_ASSERT(!is_here(), "the event loop would wait for itself");
  auto end = std::make_shared<completion>();
  auto done = end->seen();
  const bool taken = post([&what, end] {
    end->is({});
    what();
  });
  end.reset();
  return taken && done.get().has_value();
}

result<void> event_loop::await(std::function<kj::Promise<void>()> what) {
  REPRISE_ASSERT(!is_here(), "the event loop would wait for itself");
  auto end = std::make_shared<completion>();
  auto done = end->seen();
  post([this, what = std::move(what), end] {
    world_->tasks.add(
        kj::evalNow([&] {
          return what();
        }).then([end] { end->is({}); }, [end](kj::Exception&& why) { end->is(error_of(why)); }));
  });
  end.reset();
  return done.get();
}

void event_loop::wake() {
  woken_ = true;
  signal();
}

void event_loop::stop() {
  if (!thread_.joinable()) return;
  REPRISE_ASSERT(!is_here(), "the event loop would wait for itself");
  post([this] { world_->ended.fulfiller->fulfill(); });
  thread_.join();
}

kj::Network& event_loop::network() {
  return world_->io.provider->getNetwork();
}
kj::Timer& event_loop::timer() {
  return world_->io.provider->getTimer();
}
kj::TaskSet& event_loop::tasks() {
  return world_->tasks;
}

void event_loop::taskFailed(kj::Exception&& exception) {
  base::log(base::log_level::error, "a task of the event loop: " + error_of(exception).message);
}

}  // namespace reprise::cluster
