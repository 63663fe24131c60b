// SPDX-License-Identifier: Apache-2.0
//
// Two actors that write one integer without synchronisation, on two workers at once.
#include "actors/actor_runtime.hpp"

#include <atomic>

namespace {

using reprise::actors::runnable;
using reprise::actors::start_actor_runtime;

class racer final : public runnable {
 public:
  racer(std::atomic<int>& started, int& shared) : started_(started), shared_(shared) {}

  void run() override {
    // Relaxed, so that waiting for the other does not order the writes.
    started_.fetch_add(1, std::memory_order_relaxed);
    while (started_.load(std::memory_order_relaxed) < 2) {
    }
    // Often: two accesses at the very same moment can escape the sanitizer.
    for (int i = 0; i < 1000; ++i) ++shared_;
  }

 private:
  std::atomic<int>& started_;
  int& shared_;
};

}  // namespace

int main() {
  std::atomic<int> started{0};
  int shared = 0;
  racer first(started, shared);
  racer second(started, shared);
  const auto runtime = start_actor_runtime(2);
  const auto a = runtime->spawn(first);
  const auto b = runtime->spawn(second);
  a->wake();
  b->wake();
  runtime->stop();
  return shared > 0 ? 0 : 1;
}
