// SPDX-License-Identifier: Apache-2.0
//
// The functions that sagas may call: registered by name, run on threads that may block.
//
// Threading: every method may be called from any thread.

#pragma once

#include "actors/worker_pool.hpp"
#include "base/guarded.hpp"

#include <reprise/ids.hpp>
#include <reprise/node.hpp>
#include <reprise/reply.hpp>
#include <reprise/result.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace reprise::actors {

class call_handlers {
 public:
  void set(std::string name, call_handler handler);
  /// Answers later, on another thread; at once where there is no such function.
  void call(const std::string& name, const command_id& key, const bytes& request,
            std::function<void(result<detail::raw_answer>)> then);
  /// Waits for those that run. Idempotent.
  void stop();

 private:
  struct state {
    std::map<std::string, call_handler> handlers{};
    // Made with the first function; a node without any has no threads for them.
    std::shared_ptr<worker_pool> threads{};
  };

  base::guarded<state> state_;
};

}  // namespace reprise::actors
