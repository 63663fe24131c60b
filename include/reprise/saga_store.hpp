// SPDX-License-Identifier: Apache-2.0
//
// The instances of sagas in a store, seen without the program that runs them.
//
//   auto store = reprise::saga_store::open("./data");
//   for (const auto& s : store->list("ride").value()) print(s.key, to_string(s.status.phase));
//
// Invariant: nothing in the directory is changed but by order_retries() and order_cancel().
// Threading: confined to one thread. Also while another process writes, but for those two.

#pragma once

#include <reprise/envelope.hpp>
#include <reprise/inspect.hpp>
#include <reprise/result.hpp>
#include <reprise/saga.hpp>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace reprise {

/// One instance.
struct stored_saga {
  std::string name{};
  std::string tenant{};
  std::string key{};
  saga_status status{};
  /// Of its first and last event, and how many there are.
  timestamp began{};
  timestamp changed{};
  std::uint64_t events = 0;
};

/// What was ordered of one instance.
struct left_saga_order {
  std::string name{};
  std::string tenant{};
  std::string key{};
  saga_order order{};
};

class client;

class saga_store {
 public:
  /// `not_found` when there is no store in the directory; one without sagas is no error.
  [[nodiscard]] static result<saga_store> open(const std::string& directory);
  saga_store(saga_store&&) noexcept;
  saga_store& operator=(saga_store&&) noexcept;
  ~saga_store();

  /// Of all sagas that were ever hosted, in order.
  [[nodiscard]] result<std::vector<std::string>> names() const;
  /// All instances of a saga, or of all when the name is empty; by name, tenant and key. Reads the
  /// whole log, and takes memory for each instance. `not_found` for an unknown name.
  [[nodiscard]] result<std::vector<stored_saga>> list(const std::string& name,
                                                      const progress_listener& progress = {}) const;
  /// Reads only its own events. `not_found`.
  [[nodiscard]] result<stored_saga> find(const std::string& name, const std::string& tenant,
                                         const std::string& key) const;
  /// Orders that were left and not carried out yet, in their order. `not_found` for an unknown
  /// name.
  [[nodiscard]] result<std::vector<left_saga_order>> orders(const std::string& name) const;

 private:
  // Makes one that reads through nodes.
  friend class client;
  struct opened;
  explicit saga_store(std::unique_ptr<opened> store);

  std::unique_ptr<opened> store_;
};

/// Whose steps that were given up, and whose parked events, are to be tried again.
struct saga_retry {
  /// Empty: of all sagas.
  std::string name{};
  /// Empty: of all instances, those first that were not tried for the longest time.
  std::string key{};
  std::string tenant{};
  std::uint64_t instances_max = std::numeric_limits<std::uint64_t>::max();
};

/// What is to be ordered for that; empty when nothing was given up or parked. `not_found`.
[[nodiscard]] result<std::vector<left_saga_order>> retries_in(
    const saga_store& store, const saga_retry& which, const progress_listener& progress = {});
/// The same to cancel an instance: `not_found`, and `invalid_argument` when it does not run.
[[nodiscard]] result<left_saga_order> cancel_in(const saga_store& store, const std::string& name,
                                                const std::string& tenant, const std::string& key,
                                                const std::string& why);

/// Leaves orders in a store that no process has open, for the program that runs the saga: it
/// carries them out when it is started next. `locked` with the process that has it open. `now`
/// makes two orders that are alike two commands.
/// Says what was ordered; empty when there is nothing to be tried again. `not_found`.
[[nodiscard]] result<std::vector<left_saga_order>> order_retries(
    const std::string& directory, const saga_retry& which, timestamp now,
    const progress_listener& progress = {});
/// Has an instance cancelled: what was done is taken back. `not_found`, and `invalid_argument` when
/// it does not run.
[[nodiscard]] result<left_saga_order> order_cancel(const std::string& directory,
                                                   const std::string& name,
                                                   const std::string& tenant,
                                                   const std::string& key, const std::string& why,
                                                   timestamp now);

}  // namespace reprise
