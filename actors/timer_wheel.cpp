// SPDX-License-Identifier: Apache-2.0
#include "actors/timer_wheel.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <utility>

namespace reprise::actors {
namespace {

// 10 s and a bit: the default deadline of an ask fits into one turn.
constexpr std::uint32_t slot_count = 1024;

}  // namespace

timer_wheel::timer_wheel(instant now) : start_(now), slots_(slot_count, nullptr) {}

timer_wheel::~timer_wheel() {
  for (alarm* head : slots_) {
    while (head != nullptr) {
      alarm* next = head->after_;
      head->before_ = head->after_ = nullptr;
      head->self_.reset();
      head = next;
    }
  }
}

// Rounded up, so that nothing rings early.
std::uint64_t timer_wheel::tick_of(instant when) const {
  if (when <= start_) return 0;
  return static_cast<std::uint64_t>((when - start_ + tick - std::chrono::nanoseconds(1)) / tick);
}

void timer_wheel::schedule(std::shared_ptr<alarm> who, instant when) {
  REPRISE_ASSERT(!who->self_, "an alarm is on the wheel once at most");
  alarm& a = *who;
  a.when_ = when;
  a.slot_ = static_cast<std::uint32_t>(std::max(tick_of(when), passed_ + 1) % slot_count);
  a.before_ = nullptr;
  a.after_ = slots_[a.slot_];
  if (a.after_ != nullptr) a.after_->before_ = &a;
  slots_[a.slot_] = &a;
  a.self_ = std::move(who);
  ++count_;
}

void timer_wheel::unlink(alarm& who) {
  if (who.before_ != nullptr) {
    who.before_->after_ = who.after_;
  } else {
    slots_[who.slot_] = who.after_;
  }
  if (who.after_ != nullptr) who.after_->before_ = who.before_;
  who.before_ = who.after_ = nullptr;
  --count_;
}

std::shared_ptr<alarm> timer_wheel::cancel(alarm& who) {
  if (!who.self_) return {};
  unlink(who);
  return std::exchange(who.self_, {});
}

std::vector<std::shared_ptr<alarm>> timer_wheel::due(instant now) {
  std::vector<std::shared_ptr<alarm>> ringing;
  const auto reached = static_cast<std::uint64_t>(
      std::max<instant::duration>(now - start_, instant::duration::zero()) / tick);
  if (reached <= passed_) return ringing;
  // After a long sleep one turn looks at every slot; more would look at the same ones again.
  const std::uint64_t steps = std::min<std::uint64_t>(reached - passed_, slot_count);
  for (std::uint64_t t = reached - steps + 1; t <= reached; ++t) {
    alarm* a = slots_[t % slot_count];
    while (a != nullptr) {
      alarm* next = a->after_;
      if (a->when_ <= now) {
        unlink(*a);
        ringing.push_back(std::exchange(a->self_, {}));
      }
      a = next;
    }
  }
  passed_ = reached;
  return ringing;
}

}  // namespace reprise::actors
