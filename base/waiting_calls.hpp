// SPDX-License-Identifier: Apache-2.0
//
// Calls that are told an answer later, at their deadline at the latest, by one thread that takes
// them up from whichever threads they come.

#pragma once

#include "base/clock.hpp"
#include "base/guarded.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>
#include <vector>

namespace reprise::base {

template <class Answer>
struct waiting_call {
  clock::instant deadline{};
  std::function<void(const Answer&)> then{};
};
template <class Answer>
using waiting_calls = std::vector<waiting_call<Answer>>;

template <class Answer>
void tell(const waiting_calls<Answer>& calls, const Answer& answer) {
  for (const waiting_call<Answer>& each : calls) each.then(answer);
}

/// Moves those whose deadline has come behind `to`. Both keep their order.
template <class Answer>
void move_late(waiting_calls<Answer>& from, clock::instant now, waiting_calls<Answer>& to) {
  const auto is_late = [&](const waiting_call<Answer>& call) { return call.deadline <= now; };
  std::ranges::copy_if(from, std::back_inserter(to), is_late);
  std::erase_if(from, is_late);
}

/// Those that have come and were not taken up. Threading: any thread.
template <class Answer>
class arrived_calls {
 public:
  /// False behind end(): the call is told by whoever brought it.
  [[nodiscard]] bool add(const waiting_call<Answer>& call) {
    return content_.with([&](content& c) {
      if (!c.ended) c.calls.push_back(call);
      return !c.ended;
    });
  }
  [[nodiscard]] bool empty() const {
    return content_.with([](const content& c) { return c.calls.empty(); });
  }
  [[nodiscard]] waiting_calls<Answer> take() {
    return content_.with([](content& c) { return std::exchange(c.calls, {}); });
  }
  void move_late(clock::instant now, waiting_calls<Answer>& to) {
    content_.with([&](content& c) { base::move_late(c.calls, now, to); });
  }
  /// The last ones; none come any more.
  [[nodiscard]] waiting_calls<Answer> end() {
    return content_.with([](content& c) {
      c.ended = true;
      return std::exchange(c.calls, {});
    });
  }

 private:
  struct content {
    waiting_calls<Answer> calls{};
    bool ended = false;
  };

  guarded<content> content_{};
};

}  // namespace reprise::base
