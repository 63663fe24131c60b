// SPDX-License-Identifier: Apache-2.0
//
// The instances of sagas in a store, seen without the program that runs them.
//
//   auto store = reprise::saga_store::open("./data");
//   for (const auto& s : store->list("ride").value()) print(s.key, to_string(s.status.phase));
//
// Invariant: nothing in the directory is changed.
// Threading: confined to one thread. Also while another process writes.

#pragma once

#include <reprise/envelope.hpp>
#include <reprise/inspect.hpp>
#include <reprise/result.hpp>
#include <reprise/saga.hpp>

#include <cstdint>
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

 private:
  struct opened;
  explicit saga_store(std::unique_ptr<opened> store);

  std::unique_ptr<opened> store_;
};

}  // namespace reprise
