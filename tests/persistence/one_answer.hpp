// SPDX-License-Identifier: Apache-2.0
//
// Waits for the answer to one append or retirement.
//
// Threading: the journal answers on any thread; wait() once, on another.

#pragma once

#include "persistence/journal.hpp"

#include <future>
#include <span>
#include <utility>

namespace reprise::persistence {

class one_answer final : public append_listener {
 public:
  void appended(std::span<append_answer> answers) override {
    promise_.set_value(std::move(answers.front().outcome));
  }
  [[nodiscard]] result<append_receipt> wait() { return promise_.get_future().get(); }

 private:
  std::promise<result<append_receipt>> promise_;
};

}  // namespace reprise::persistence
