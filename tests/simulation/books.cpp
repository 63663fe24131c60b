// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/books.hpp"

#include <reprise/detail/visit_event.hpp>

namespace reprise::simulated {
namespace {

struct bookkeeper {
  bank_books& books;
  const past_record& record;

  void on(const bank::account_ev::opened& e) const {
    account_book& a = books.accounts[record.aggregate.id];
    a.owner = e.owner;
    a.cents = e.cents;
    books.brought_in += e.cents;
  }
  void on(const bank::account_ev::withdrawn& e) const {
    books.accounts[record.aggregate.id].cents -= e.cents;
    ++books.transfers[e.transfer].withdrawn;
  }
  void on(const bank::account_ev::deposited& e) const {
    books.accounts[record.aggregate.id].cents += e.cents;
    if (e.transfer.starts_with("gift")) {
      books.brought_in += e.cents;
      return;
    }
    transfer_book& t = books.transfers[e.transfer];
    ++(record.aggregate.id == t.what.from ? t.returned : t.paid);
  }
  void on(const bank::account_ev::closed& /*e*/) const {}
  void on(const bank::transfer_ev::requested& e) const {
    books.transfers[record.aggregate.id].what = e;
  }
  void on(const bank::transfer_ev::completed& /*e*/) const {
    books.transfers[record.aggregate.id].done = true;
  }
  void on(const bank::transfer_ev::failed& /*e*/) const {
    books.transfers[record.aggregate.id].failed = true;
  }
};

}  // namespace

void bank_books::add(const past_record& record) {
  if (record.is_hidden()) return;
  envelope meta{};
  meta.aggregate = record.aggregate;
  meta.event_type = record.event_type;
  if (record.aggregate.type == bank::account_api::type) {
    accounts[record.aggregate.id].last = record.place;
  }
  const auto seen = detail::visit_event(detail::aggregates<bank::account, bank::transfer>{}, meta,
                                        record.payload, [&]<class A, class E>(const E& event) {
                                          bookkeeper{*this, record}.on(event);
                                        });
  check(seen.has_value(), "an event cannot be read");
}

bank_books books_of(const history& all) {
  bank_books out;
  // Transfers say whose money it is.
  for (const bool transfers : {true, false}) {
    for (const auto& log : all.chosen()) {
      for (const past_record& record : log) {
        if ((record.aggregate.type == bank::transfer_api::type) == transfers) out.add(record);
      }
    }
  }
  return out;
}

bank_books books_of(const history& all, const std::vector<partition_cursor>& upto) {
  bank_books out;
  for (const partition_cursor& cursor : upto) {
    const auto& log = all.chosen()[cursor.partition.value];
    check(cursor.through.value <= log.size(), "a projection is ahead of what is committed");
    for (std::size_t i = 0; i < cursor.through.value; ++i) out.add(log[i]);
  }
  return out;
}

account_book account_at(const history& all, const std::string& account, sequence at) {
  bank_books out;
  for (const auto& log : all.chosen()) {
    for (const past_record& record : log) {
      const bool is_its = record.aggregate.type == bank::account_api::type &&
                          record.aggregate.id == account && record.place <= at;
      if (is_its) out.add(record);
    }
  }
  return out.accounts[account];
}

void check_transfers(const history& all) {
  const bank_books books = books_of(all);
  std::int64_t there = 0;
  for (const auto& [name, account] : books.accounts) {
    check(account.cents >= 0, name + " is overdrawn");
    there += account.cents;
  }
  check(there == books.brought_in,
        "of " + std::to_string(books.brought_in) + " cents " + std::to_string(there) + " are left");
  for (const auto& [name, t] : books.transfers) {
    check(!(t.done && t.failed), name + " is done and has failed");
    check(t.withdrawn <= 1 && t.paid <= 1 && t.returned <= 1, name + " moved its money twice");
    check(!t.done || (t.withdrawn == 1 && t.paid == 1 && t.returned == 0),
          name + " is done in part");
    check(!t.failed || (t.withdrawn == t.returned && t.paid == 0), name + " has failed in part");
  }
}

}  // namespace reprise::simulated
