// SPDX-License-Identifier: Apache-2.0
//
// What a person orders of a projection, on its way through a client to a node and back.
//
// Threading: pure functions; a remote_orders is confined to one thread, and its calls wait.

#pragma once

#include "actors/remote_store.hpp"
#include "cluster/projection_order.hpp"
#include "consumers/projection_change.hpp"
#include "consumers/stored_projections.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace reprise::actors {

[[nodiscard]] cluster::projection_order wire_form(const consumers::projection_order& what);
[[nodiscard]] consumers::projection_order order_in(cluster::projection_order what);

/// Has the node carry it out that reads are answered by.
class remote_orders final : public consumers::version_orders {
 public:
  /// Sends an encoded order, and waits for its answer.
  using ask = std::function<result<bytes>(bytes order)>;

  /// `not_found` when the node keeps no rows of the version.
  [[nodiscard]] static result<std::unique_ptr<remote_orders>> open(
      ask how, std::unique_ptr<remote_store> reads, const std::string& name, std::uint32_t version);

  [[nodiscard]] result<consumers::order_outcome> carry_out(const order& what) override;
  [[nodiscard]] result<sequence> first_of(const aggregate_key& aggregate) override;

 private:
  remote_orders(ask how, std::unique_ptr<remote_store> reads, std::string name,
                std::uint32_t version);

  const ask ask_;
  const std::unique_ptr<remote_store> reads_;
  const std::string name_;
  const std::uint32_t version_;
};

}  // namespace reprise::actors
