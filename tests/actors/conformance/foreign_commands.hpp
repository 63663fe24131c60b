// SPDX-License-Identifier: Apache-2.0
//
// What clients that were built otherwise send to an account: a command that it does not know yet,
// and bytes that are no command at all.

#pragma once

#include "account.reprise.hpp"

#include <reprise/aggregate.hpp>
#include <reprise/codec.hpp>

#include <cstdint>
#include <string_view>

namespace reprise::conformance {

/// The account's protocol as a newer client has it.
struct newer_api : bank::account_api {};
struct newer_account : aggregate<newer_api> {};

struct close_down {
  using api = newer_api;
  static constexpr std::uint32_t tag = 99;
  static constexpr std::string_view name = "closeDown";
};

struct garbled_deposit {
  using api = newer_api;
  static constexpr std::uint32_t tag = bank::account_cmd::deposit::tag;
  static constexpr std::string_view name = "deposit";
};

}  // namespace reprise::conformance

template <>
struct reprise::codec<reprise::conformance::close_down> {
  static void encode(const conformance::close_down&, bytes& out) { out.resize(out.size() + 8); }
};

template <>
struct reprise::codec<reprise::conformance::garbled_deposit> {
  // A root pointer that leads far out of the message.
  static void encode(const conformance::garbled_deposit&, bytes& out) {
    out.insert(out.end(), 8, std::byte{0x7c});
  }
};
