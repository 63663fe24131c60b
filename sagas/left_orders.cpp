// SPDX-License-Identifier: Apache-2.0
#include "sagas/left_orders.hpp"

#include "base/log.hpp"
#include "sagas/message_codec.hpp"
#include "sagas/orders.hpp"

#include <reprise/codec.hpp>
#include <reprise/detail/row_key.hpp>

namespace reprise::sagas {
namespace {

std::string rows_of(const std::string& saga) {
  return "saga:" + saga + ".orders";
}

// 1 and a number, so that they are read in order.
bytes row_of(std::uint64_t number) {
  bytes out{std::byte{1}};
  detail::row_key<std::uint64_t>::encode(number, out);
  out.resize(16);
  return out;
}

using rows_visitor = std::function<void(bytes_view key, log::left_order order)>;

result<void> each_order(const persistence::row_store& rows, const std::string& saga,
                        const rows_visitor& visit) {
  const auto stored = rows.read(rows_of(saga));
  if (!stored) return stored.error();
  std::optional<error> damaged;
  const bytes from{std::byte{1}};
  const bytes below{std::byte{2}};
  auto read = (*stored)->scan(from, below, [&](bytes_view key, bytes_view value) {
    auto order = codec<log::left_order>::decode(value);
    if (!order) {
      damaged = std::move(order).error();
      return false;
    }
    visit(key, std::move(*order));
    return true;
  });
  if (!read) return read;
  if (damaged) return std::move(*damaged);
  return {};
}

bool retries_parked(const log::left_order& order) {
  return order.command == log::saga_cmd::retry_parked::tag;
}

// Its answer does not depend on when it is given.
bool is_final(errc code) {
  switch (code) {
    case errc::overloaded:
    case errc::stopped:
    case errc::expired:
    case errc::timed_out:
    case errc::commit_unknown:
    case errc::unavailable:
    case errc::disk_full:
    case errc::io_error:
      return false;
    default:
      return true;
  }
}

}  // namespace

result<void> leave_orders(persistence::row_store& rows, const std::string& saga,
                          const std::vector<log::left_order>& orders) {
  std::uint64_t last = 0;
  auto read = each_order(rows, saga, [&](bytes_view key, const log::left_order&) {
    bytes_view rest = key.subspan(1);
    std::uint64_t number = 0;
    if (detail::row_key<std::uint64_t>::decode(rest, number)) last = number;
  });
  if (!read) return read;
  persistence::row_changes changes;
  for (const log::left_order& order : orders) {
    bytes value;
    codec<log::left_order>::encode(order, value);
    changes.emplace(row_of(++last), std::move(value));
  }
  return rows.commit(rows_of(saga), changes, {});
}

result<std::vector<log::left_order>> orders_left(const persistence::row_store& rows,
                                                 const std::string& saga) {
  std::vector<log::left_order> out;
  const auto read = each_order(
      rows, saga, [&](bytes_view, log::left_order order) { out.push_back(std::move(order)); });
  if (!read) return read.error();
  return out;
}

left_orders::left_orders(const ports& around, const detail::saga_type& type)
    : ports_(around),
      type_(type.id),
      name_(type.name),
      waits_(std::chrono::milliseconds(100), std::chrono::milliseconds(10'000), around.seed) {}

result<std::unique_ptr<left_orders>> left_orders::open(const ports& around,
                                                       const detail::saga_type& type) {
  std::unique_ptr<left_orders> made(new left_orders(around, type));
  const auto read = each_order(around.rows, type.name, [&](bytes_view key, log::left_order order) {
    made->left_.emplace_back(bytes(key.begin(), key.end()), std::move(order));
  });
  if (!read) return read.error();
  return made;
}

courier::progress left_orders::advance() {
  if (stopped_) return {.is = state::stopped};
  const auto now = ports_.time.steady();
  const bool waits = again_at_ && *again_at_ > now;
  if (!left_.empty() && !under_way_ && !waits) {
    again_at_.reset();
    give();
  }
  return {.is = state::waiting, .due = again_at_};
}

void left_orders::give() {
  const log::left_order& order = left_.front().second;
  detail::outgoing_command out{
      .to = {type_, order.tenant, order.key}, .command = order.command, .payload = order.payload};
  out.how.timeout = answer_within;
  // A round that follows is another command, the same after a crash.
  out.how.id = rounds_ == 0 ? to_id<command_id>(order.id)
                            : derive_command_id(to_hex(order.id) + "/" + std::to_string(rounds_));
  under_way_ = true;
  looks_ = false;
  ports_.sender.send(++token_, std::move(out));
}

void left_orders::look() {
  const log::left_order& order = left_.front().second;
  under_way_ = true;
  looks_ = true;
  ports_.sender.send(++token_, look_at({type_, order.tenant, order.key}));
}

void left_orders::answered(std::uint64_t token, result<detail::raw_answer> outcome) {
  if (token != token_ || !under_way_ || left_.empty()) return;
  under_way_ = false;
  if (!outcome && !is_final(outcome.error().code)) {
    try_later(outcome.error());
    return;
  }
  trouble_.reset();
  waits_so_far_ = 0;
  if (!outcome) {
    done_with_first(outcome.error().message);
    return;
  }
  if (outcome->why) {
    done_with_first("refused, " + outcome->why->why);
    return;
  }
  const log::left_order& order = left_.front().second;
  if (!looks_ && retries_parked(order)) {
    look();
    return;
  }
  if (looks_) {
    // One command releases only so many; those behind have not failed.
    const auto status = status_in(outcome->reply);
    if (status && !status->parked.empty() && status->parked.front().cause.empty()) {
      ++rounds_;
      give();
      return;
    }
  }
  done_with_first("done");
}

void left_orders::try_later(error why) {
  trouble_ = std::move(why);
  trouble_->message =
      "an order for the saga " + name_ + " " + left_.front().second.key + ": " + trouble_->message;
  again_at_ = ports_.time.steady() + waits_.before(++waits_so_far_);
}

void left_orders::done_with_first(const std::string& outcome) {
  persistence::row_changes changes;
  changes.emplace(left_.front().first, std::nullopt);
  if (auto forgotten = ports_.rows.commit(rows_of(name_), changes, {}); !forgotten) {
    // It is given again, and known then.
    try_later(forgotten.error());
    return;
  }
  base::log(base::log_level::info,
            "an order for the saga " + name_ + " " + left_.front().second.key + ": " + outcome);
  left_.pop_front();
  rounds_ = 0;
  // At once.
  if (!left_.empty()) again_at_ = ports_.time.steady();
}

}  // namespace reprise::sagas
