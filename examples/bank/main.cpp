// SPDX-License-Identifier: Apache-2.0
//
// The program `bank`: accounts, a saga that moves money between them, a summary by owner, and the
// past of every account.
#include "examples/bank/business.hpp"

#include <reprise/inspect.hpp>
#include <reprise/node.hpp>

#include <CLI/CLI.hpp>

#include <cstdint>
#include <exception>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <string>

namespace {

// Exit codes, also in the help text.
constexpr int ok = 0;
constexpr int does_not_add_up = 1;
constexpr int failed = 4;

int say(const reprise::error& why) {
  std::cerr << "bank: " << reprise::to_string(why) << "\n";
  return failed;
}

std::string money(std::int64_t cents) {
  const std::string rest = std::to_string(cents % 100);
  return std::to_string(cents / 100) + "." + (rest.size() < 2 ? "0" : "") + rest;
}

int do_business(reprise::node& node, const bank::business& what) {
  const auto end = bank::run(node, what);
  if (!end) return say(end.error());
  std::cout << "done    " << end->done << " transfers\n";
  for (const auto& [why, count] : end->failed) {
    std::cout << "failed  " << count << " (" << why << ")\n";
  }
  const bool fine = end->cents_before == end->cents_after;
  std::cout << "money   " << money(end->cents_before) << " before, " << money(end->cents_after)
            << " after\n"
            << (fine ? "nothing was lost or made" : "IT DOES NOT ADD UP") << "\n";
  return fine ? ok : does_not_add_up;
}

int show_summary(reprise::node& node, bool anew) {
  const auto lines = bank::summarise(node, anew);
  if (!lines) return say(lines.error());
  for (const bank::owner_line& line : *lines) {
    std::cout << std::left << std::setw(12) << line.owner << std::right << std::setw(4)
              << line.accounts << " accounts " << std::setw(14) << money(line.cents) << "\n";
  }
  return ok;
}

int show_history(reprise::node& node, const std::string& account) {
  const auto lines = bank::history(node, account);
  if (!lines) return say(lines.error());
  for (const bank::history_line& line : *lines) {
    std::cout << std::setw(6) << line.sequence << "  " << reprise::iso_time(line.time)
              << std::setw(14) << money(line.cents) << "\n";
  }
  return ok;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"A bank whose accounts, transfers and past live in one embedded store."};
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(
      "Exit codes: 0 fine, 1 money was lost or made, 4 something failed.\n"
      "Examples:\n"
      "  bank run --data ./bank\n"
      "  bank summary --data ./bank --rebuild\n"
      "  bank history account-7 --data ./bank");
  std::string data;
  app.add_option("--data", data, "Folder of the store; made by `run`")->required();
  bank::business business;
  CLI::App* running = app.add_subcommand("run", "Open accounts and move money between them");
  running->add_option("--accounts", business.accounts, "How many accounts")
      ->check(CLI::Range(2U, 1'000'000U))
      ->capture_default_str();
  running->add_option("--transfers", business.transfers, "How many transfers")
      ->capture_default_str();
  running->add_option("--seed", business.seed, "Which transfers")->capture_default_str();
  bool anew = false;
  CLI::App* summary = app.add_subcommand("summary", "Show who has how much");
  summary->add_flag("--rebuild", anew, "Forget the rows, and fold all events again");
  std::string account;
  CLI::App* history = app.add_subcommand("history", "Show what was on an account, event by event");
  history->add_option("account", account, "Its id, as in `account-7`")->required();
  CLI11_PARSE(app, argc, argv);
  try {
    if (!running->parsed() && !std::filesystem::exists(data)) {
      return say({reprise::errc::not_found, "there is no store at " + data + "; `run` makes one"});
    }
    auto node = reprise::node::open({.data = data, .log = reprise::log_lines::warnings});
    if (!node) return say(node.error());
    if (auto opened = bank::open(*node); !opened) return say(opened.error());
    if (summary->parsed()) return show_summary(*node, anew);
    if (history->parsed()) return show_history(*node, account);
    return do_business(*node, business);
  } catch (const std::exception& e) {
    std::cerr << "bank: " << e.what() << "\n";
    return failed;
  }
}
