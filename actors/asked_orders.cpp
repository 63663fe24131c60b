// SPDX-License-Identifier: Apache-2.0
#include "actors/asked_orders.hpp"

#include "base/checksum.hpp"

#include <utility>

namespace reprise::actors {

void asked_orders::ask(const command_id& id, bytes_view text, work what, answer then) {
  std::optional<result<bytes>> at_once;
  const std::uint64_t text_hash = base::checksum64(text);
  const bool begins = state_.with([&](state& s) {
    const auto known = id.empty() ? s.known.end() : s.known.find(id);
    if (known != s.known.end() && known->second->text_hash != text_hash) {
      at_once = error{errc::id_conflict, "another order had this command id"};
      return false;
    }
    if (known != s.known.end() && known->second->outcome) {
      at_once = known->second->outcome;
      return false;
    }
    const std::size_t waiting =
        known != s.known.end() ? known->second->waiting.size() : s.waiting.size();
    if (waiting >= waiting_max) {
      at_once = error{errc::overloaded, "too many orders wait to be carried out by this node"};
      return false;
    }
    if (known != s.known.end()) {
      known->second->waiting.push_back(std::move(then));
      return false;
    }
    auto one = std::make_shared<order>();
    one->id = id;
    one->text_hash = text_hash;
    one->what = std::move(what);
    one->waiting.push_back(std::move(then));
    if (!id.empty()) s.known.emplace(id, one);
    s.waiting.push_back(std::move(one));
    return !std::exchange(s.working, true);
  });
  if (at_once) return then(*at_once);
  if (begins) jobs_.submit([this] { work_on(); });
}

// One, so that others get at the thread between two.
void asked_orders::work_on() {
  const auto one = state_.with([](state& s) {
    auto first = std::move(s.waiting.front());
    s.waiting.pop_front();
    return first;
  });
  auto outcome = std::exchange(one->what, {})();
  if (finish(one, std::move(outcome))) jobs_.submit([this] { work_on(); });
}

// Whether there is another one.
bool asked_orders::finish(const std::shared_ptr<order>& one, result<bytes> outcome) {
  std::vector<answer> waiting;
  const bool more = state_.with([&](state& s) {
    waiting = std::exchange(one->waiting, {});
    const bool is_final = outcome || !is_retryable(outcome.error().code);
    if (!one->id.empty() && !is_final) s.known.erase(one->id);
    if (!one->id.empty() && is_final) {
      one->outcome = outcome;
      s.done.push_back(one->id);
      if (s.done.size() > remembered_max) {
        s.known.erase(s.done.front());
        s.done.pop_front();
      }
    }
    s.working = !s.waiting.empty();
    return s.working;
  });
  for (const answer& then : waiting) then(outcome);
  return more;
}

}  // namespace reprise::actors
