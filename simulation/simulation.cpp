// SPDX-License-Identifier: Apache-2.0
#include "simulation/client.hpp"
#include "simulation/fleet.hpp"

#include <reprise/simulation.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace reprise {
namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t nodes_max = 7;
constexpr std::uint32_t partitions_max = 1024;
constexpr milliseconds quiet{2000};
constexpr milliseconds look_every{100};
constexpr milliseconds ask_again_for_rows{5};

class whole_simulation final : public detail::simulated_cluster {
 public:
  explicit whole_simulation(const simulation_options& options)
      : world_(options.seed),
        plan_(plan_of(options)),
        fleet_(world_, plan_, plan_.founders, options.clocks_apart),
        client_(world_, fleet_) {
    fleet_.mend();
    fleet_.check_started();
  }

  std::shared_ptr<detail::pending_ask> ask(detail::outgoing_command command) override {
    return client_.ask(std::move(command));
  }
  result<detail::past_state> at_sequence(const aggregate_key& aggregate, sequence at) override {
    simulated::node* const one = furthest(aggregate);
    if (one == nullptr) return nobody();
    return one->core().at_sequence(aggregate, at);
  }
  result<detail::past_state> at_time(const aggregate_key& aggregate, timestamp at) override {
    simulated::node* const one = furthest(aggregate);
    if (one == nullptr) return nobody();
    return one->core().at_time(aggregate, at);
  }

  // Somebody has to say whether it can be done at all.
  result<void> on_each(std::function<result<void>(detail::node_core&)> what) override {
    const auto up = those_up();
    if (up.empty()) return nobody();
    for (simulated::node* const n : up) {
      if (auto done = what(n->core()); !done) return done;
    }
    set_up_.push_back(std::move(what));
    return {};
  }

  result<detail::row_view> rows(const std::string& projection, std::uint32_t version,
                                const std::vector<receipt>& after, milliseconds timeout) override {
    const milliseconds end = world_.now() + timeout;
    while (true) {
      result<detail::row_view> found = nobody();
      if (const auto up = those_up(); !up.empty()) {
        simulated::node& one = *up[world_.below(up.size())];
        found = one.core().rows(projection, version, after, milliseconds(0));
      }
      const bool may_come = !found && found.error().code == errc::unavailable;
      if (!may_come || world_.now() >= end) return found;
      world_.run_for(ask_again_for_rows);
    }
  }

  [[nodiscard]] milliseconds now() const override { return world_.now() - begun_; }

  void run_for(milliseconds time) override {
    do_well([&] { world_.run_for(time); });
  }
  bool run_until(const std::function<bool()>& holds, milliseconds within) override {
    bool came = false;
    do_well([&] { came = world_.run_until(holds, within); });
    return came;
  }
  bool settle(milliseconds within) override {
    heal();
    last_commit_ = world_.now();
    for (const milliseconds end = world_.now() + within; world_.now() < end;) {
      run_for(look_every);
      if (is_quiet()) return true;
    }
    return false;
  }
  void disturb(const troubles& with) override {
    if (with.within < milliseconds(1)) {
      throw failed({errc::invalid_argument, "something cannot go wrong within less than 1 ms"});
    }
    ++disturbance_;
    something_goes_wrong_later(with);
  }
  void heal() override {
    ++disturbance_;
    behind_what_runs([this] { fleet_.mend(); });
  }

  void crash(std::uint32_t number) override {
    behind_what_runs([&one = at(number)] { one.crash(); });
  }
  void stop(std::uint32_t number) override {
    behind_what_runs([&one = at(number)] { one.stop(); });
  }
  void start(std::uint32_t number) override {
    behind_what_runs([this, &one = at(number)] { fleet_.start(one); });
  }
  void stand_still(std::uint32_t number, milliseconds time) override {
    at(number).stand_still(time);
  }
  void cut(std::uint32_t from, std::uint32_t to) override {
    fleet_.links().cut(at(from).name(), at(to).name());
  }
  [[nodiscard]] bool is_up(std::uint32_t number) const override { return at(number).is_up(); }

 private:
  simulated::cluster_plan plan_of(const simulation_options& options) {
    simulated::cluster_plan plan{.partitions = options.partitions,
                                 .acknowledged = options.durability};
    for (std::uint32_t i = 1; i <= options.nodes; ++i) {
      plan.founders.push_back("n" + std::to_string(i));
    }
    plan.host = [this](const std::string& name, detail::node_core& core) {
      for (const auto& what : set_up_) {
        const auto done = what(core);
        if (!done) throw simulated::broken(name + " is not set up: " + to_string(done.error()));
      }
    };
    plan.committed = [this](const std::string& /*node*/) { last_commit_ = world_.now(); };
    return plan;
  }

  void something_goes_wrong_later(const troubles& with) {
    world_.after(world_.up_to(with.within), [this, with, mine = disturbance_] {
      if (mine != disturbance_) return;
      if (!fleet_.go_wrong(with) && with.moves) fleet_.move_lead();
      something_goes_wrong_later(with);
    });
  }

  [[nodiscard]] simulated::node& at(std::uint32_t number) const {
    if (number == 0 || number > fleet_.nodes().size()) {
      throw failed({errc::not_found, "there is no node " + std::to_string(number) +
                                         ", the last is " + std::to_string(fleet_.nodes().size())});
    }
    return *fleet_.nodes()[number - 1];
  }

  static error nobody() { return {errc::unavailable, "no node is up"}; }

  [[nodiscard]] std::vector<simulated::node*> those_up() const {
    std::vector<simulated::node*> up;
    for (const auto& n : fleet_.nodes()) {
      if (n->is_alive()) up.push_back(n.get());
    }
    return up;
  }

  // Who knows most of that aggregate's partition; null where nobody is up.
  [[nodiscard]] simulated::node* furthest(const aggregate_key& aggregate) const {
    const auto up = those_up();
    const auto known = [&](const simulated::node* one) {
      return one->log().committed(one->log().partition_of(aggregate));
    };
    const auto most = std::ranges::max_element(up, {}, known);
    return most == up.end() ? nullptr : *most;
  }

  // All are there, agree, and have done nothing for a while.
  [[nodiscard]] bool is_quiet() const {
    if (client_.under_way() > 0) return false;
    const auto up = those_up();
    if (up.size() < fleet_.nodes().size()) return false;
    milliseconds busy = last_commit_;
    for (const simulated::node* const n : up) busy = std::max(busy, n->stands_still_until());
    if (world_.now() - busy < quiet) return false;
    for (std::uint32_t i = 0; i < plan_.partitions; ++i) {
      const auto behind = [&](const simulated::node* n) {
        return n->log().committed({i}) != up.front()->log().committed({i});
      };
      if (std::ranges::any_of(up, behind)) return false;
    }
    return true;
  }

  // What is ordered within a handler or a continuation must not take away what it runs on.
  void behind_what_runs(std::function<void()> what) {
    if (world_.is_running()) return world_.after(milliseconds(0), std::move(what));
    do_well(what);
  }

  // Does something in which nodes may start.
  void do_well(const std::function<void()>& what) const {
    what();
    try {
      fleet_.check_started();
    } catch (const simulated::broken& why) {
      throw failed({errc::io_error, why.what()});
    }
  }

  simulated::world world_;
  const milliseconds begun_ = world_.now();
  milliseconds last_commit_{0};
  // The one that goes on, of all that began.
  std::uint64_t disturbance_ = 0;
  std::vector<std::function<result<void>(detail::node_core&)>> set_up_;
  const simulated::cluster_plan plan_;
  simulated::fleet fleet_;
  simulated::client client_;
};

result<void> check(const simulation_options& options) {
  const auto within = [](const char* name, std::uint32_t is, std::uint32_t most) -> result<void> {
    if (is >= 1 && is <= most) return {};
    return error{errc::invalid_argument, std::string("a simulation has ") + std::to_string(is) +
                                             " " + name + ", it must be 1 to " +
                                             std::to_string(most)};
  };
  if (auto fine = within("nodes", options.nodes, nodes_max); !fine) return fine;
  if (auto fine = within("partitions", options.partitions, partitions_max); !fine) return fine;
  if (options.clocks_apart < milliseconds(0)) {
    return error{errc::invalid_argument, "clocks cannot be less than nothing apart"};
  }
  return {};
}

}  // namespace

result<std::unique_ptr<detail::simulated_cluster>> detail::simulate(
    const simulation_options& options) {
  if (auto fine = check(options); !fine) return std::move(fine).error();
  try {
    return std::unique_ptr<simulated_cluster>(std::make_unique<whole_simulation>(options));
  } catch (const std::exception& why) {
    return error{errc::io_error, std::string("nothing can be simulated: ") + why.what()};
  }
}

}  // namespace reprise
