// SPDX-License-Identifier: Apache-2.0
#include "actors/work_groups.hpp"

#include "actors/group_task.hpp"
#include "consumers/group_rows.hpp"
#include "consumers/logged_group.hpp"
#include "consumers/rows_ledger.hpp"

#include <chrono>
#include <utility>

namespace reprise::actors {
namespace {

// Each keeping is a record of the log there, which stays.
constexpr consumers::keeping_limits in_the_log{.within = std::chrono::seconds(10)};

}  // namespace

result<detail::joined> work_groups::join(group_options options, std::uint32_t window,
                                         group_worker worker) {
  if (!worker) return error{errc::invalid_argument, "a worker that does nothing"};
  return state_.with([&](state& s) -> result<detail::joined> {
    if (s.stopped) return error{errc::stopped, "the node is closed"};
    auto group = find_or_make(std::move(options), s);
    if (!group) return std::move(group).error();
    auto member = (*group)->join(window, std::move(worker));
    if (!member) return std::move(member).error();
    if (auto runs = host_.run(*member); !runs) return std::move(runs).error();
    host_.pool()->wake(**group);
    return detail::joined{.group = *group, .place = *member};
  });
}

result<std::shared_ptr<group_task>> work_groups::find_or_make(group_options options, state& s) {
  const std::string name = options.name;
  if (auto there = s.all[name].lock()) return there;
  auto ledger = ledger_of(name);
  if (!ledger) return std::move(ledger).error();
  auto what =
      consumers::work_group::open({.log = log_,
                                   .time = time_,
                                   .keeping = cluster_ ? in_the_log : consumers::keeping_limits{},
                                   .seed = seed_ + s.all.size()},
                                  std::move(options));
  if (!what) return std::move(what).error();
  auto made = std::make_shared<group_task>(group_home{.time = time_,
                                                      .partitions = log_.partitions(),
                                                      .leads = cluster_ ? cluster_->leads : nullptr,
                                                      .ledger = std::move(*ledger)},
                                           std::move(*what), host_.pool());
  if (auto runs = host_.run(made); !runs) return std::move(runs).error();
  s.all[name] = made;
  return made;
}

result<std::shared_ptr<consumers::group_ledger>> work_groups::ledger_of(const std::string& name) {
  if (cluster_) {
    if (auto done = cluster_->host(detail::describe<consumers::logged_group>()); !done) {
      return std::move(done).error();
    }
    return std::shared_ptr<consumers::group_ledger>(
        std::make_shared<logged_ledger>(cluster_->ledgers, name));
  }
  auto stores = host_.stores();
  if (!stores) return std::move(stores).error();
  auto ledger = consumers::rows_ledger::open(*(*stores)->rows, name);
  if (!ledger) return std::move(ledger).error();
  return std::shared_ptr<consumers::group_ledger>(std::move(*ledger));
}

std::vector<group_status> work_groups::all() const {
  const auto all = state_.with([](const state& s) { return s.all; });
  std::vector<group_status> out;
  for (const auto& [name, group] : all) {
    const auto there = group.lock();
    if (there && there->has_members()) out.push_back(there->status());
  }
  return out;
}

result<void> work_groups::drop(const std::string& name) {
  return state_.with([&](state& s) -> result<void> {
    if (s.stopped) return error{errc::stopped, "the node is closed"};
    const auto found = s.all.find(name);
    if (found != s.all.end()) {
      if (const auto there = found->second.lock()) {
        if (there->has_members()) {
          return error{errc::locked, "the group " + name + " has workers"};
        }
        there->stop();
      }
      s.all.erase(found);
    }
    return forget(name);
  });
}

result<void> work_groups::forget(const std::string& name) {
  if (cluster_) {
    if (auto done = cluster_->host(detail::describe<consumers::logged_group>()); !done) return done;
    return logged_ledger(cluster_->ledgers, name).forget();
  }
  auto stores = host_.stores();
  if (!stores) return std::move(stores).error();
  return (*stores)->rows->remove(consumers::group_rows(name));
}

void work_groups::stop() {
  const auto all = state_.with([](state& s) {
    s.stopped = true;
    return s.all;
  });
  for (const auto& [name, group] : all) {
    if (const auto there = group.lock()) there->stop();
  }
}

}  // namespace reprise::actors
