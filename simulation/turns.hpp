// SPDX-License-Identifier: Apache-2.0
//
// The turns of a simulated node's consumers.
//
// Threading: one thread.

#pragma once

#include "actors/task_pool.hpp"
#include "simulation/computer.hpp"

#include <list>
#include <memory>
#include <utility>

namespace reprise::simulated {

class turns final : public actors::task_pool {
 public:
  turns(computer& on, std::shared_ptr<life> of) : computer_(on), life_(std::move(of)) {}

  void add(std::shared_ptr<actors::pooled_task> task) override {
    if (stopped_) return;
    tasks_.push_back({.number = ++last_number_, .task = std::move(task)});
    give_turn(tasks_.back());
  }
  void wake(const actors::pooled_task& task) override {
    for (entry& e : tasks_) {
      if (e.task.get() == &task) give_turn(e);
    }
  }
  void wake_all() override {
    for (entry& e : tasks_) give_turn(e);
  }
  [[nodiscard]] bool is_running_here(const actors::pooled_task& task) override {
    return running_ == &task;
  }
  // Nobody else runs.
  void wait_for(const actors::pooled_task& /*task*/) override {}
  void remove(const actors::pooled_task& task) override {
    std::erase_if(tasks_, [&](const entry& e) { return e.task.get() == &task; });
  }
  void stop() override {
    stopped_ = true;
    tasks_.clear();
  }

 private:
  struct entry {
    std::uint64_t number = 0;
    std::shared_ptr<actors::pooled_task> task{};
    bool has_turn = false;
    // Of the time for which it waits.
    std::uint64_t waits = 0;
  };

  [[nodiscard]] entry* find(std::uint64_t number) {
    for (entry& e : tasks_) {
      if (e.number == number) return &e;
    }
    return nullptr;
  }
  void give_turn(entry& e) {
    if (std::exchange(e.has_turn, true)) return;
    life_->after(computer_.soon(), [this, number = e.number] { take_turn(number); });
  }
  void take_turn(std::uint64_t number) {
    entry* const mine = find(number);
    if (mine == nullptr) return;
    mine->has_turn = false;
    const std::uint64_t wait = ++mine->waits;
    const std::shared_ptr<actors::pooled_task> task = mine->task;
    running_ = task.get();
    const auto next = task->run();
    running_ = nullptr;
    entry* const still = find(number);
    if (still == nullptr) return;
    if (next.when == actors::pooled_task::again::never) return remove(*task);
    if (next.when == actors::pooled_task::again::at_once) return give_turn(*still);
    if (!next.due) return;
    const milliseconds left = computer_.clock.in_world(*next.due - computer_.clock.steady());
    life_->after(left, [this, number, wait] {
      entry* const waiting = find(number);
      if (waiting != nullptr && waiting->waits == wait) give_turn(*waiting);
    });
  }

  computer& computer_;
  const std::shared_ptr<life> life_;
  std::list<entry> tasks_;
  std::uint64_t last_number_ = 0;
  const actors::pooled_task* running_ = nullptr;
  bool stopped_ = false;
};

}  // namespace reprise::simulated
