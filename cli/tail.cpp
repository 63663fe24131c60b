// SPDX-License-Identifier: Apache-2.0
//
// `reprise tail`: the logs of all partitions, or of one, as they were and as they grow.

#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/merged_log.hpp"
#include "cli/record_printer.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

namespace reprise::cli {
namespace {

constexpr std::chrono::milliseconds poll_interval{200};
constexpr std::uint64_t last_default = 20;
// They are held in memory to be sorted.
constexpr std::uint64_t last_max = 100'000;

struct tail_options {
  std::vector<std::string> types{};
  std::optional<std::uint32_t> partition{};
  std::optional<std::uint64_t> from{};
  std::optional<std::uint64_t> limit{};
  bool follow = false;
};

result<std::vector<partition_id>> partitions_of(const tail_options& options,
                                                const store_reader& store) {
  const std::uint32_t count = store.partitions();
  if (options.partition && *options.partition >= count) {
    return error{errc::invalid_argument, "there is no partition " +
                                             std::to_string(*options.partition) +
                                             "; this store has 0 to " + std::to_string(count - 1)};
  }
  if (options.partition) return std::vector{partition_id{*options.partition}};
  std::vector<partition_id> all;
  for (std::uint32_t i = 0; i < count; ++i) all.push_back({i});
  return all;
}

result<std::vector<record_choice>> choices_of(const tail_options& options,
                                              const store_reader& store) {
  std::vector<record_choice> only;
  for (const std::string& name : options.types) {
    const auto one = store.choice(name);
    if (!one) return one.error();
    only.push_back(*one);
  }
  return only;
}

exit_code told(const std::vector<error>& damages, stage& on) {
  for (const error& damage : damages) {
    std::fputs((on.json ? error_json(damage) : error_text(damage)).c_str(), stderr);
  }
  return damages.empty() ? exit_code::ok : exit_code::damaged;
}

result<exit_code> print_tail(const tail_options& options, stage& on) {
  const auto partitions = partitions_of(options, on.store);
  if (!partitions) return partitions.error();
  const auto only = choices_of(options, on.store);
  if (!only) return only.error();
  record_printer printer(on.out, record_printer::view::log, on.json);
  std::vector<log_place> places;
  exit_code worst = exit_code::ok;
  if (options.from) {
    for (const partition_id partition : *partitions) places.push_back({partition, {*options.from}});
  } else {
    const std::uint64_t count = options.limit.value_or(last_default);
    if (count > last_max) {
      return error{errc::invalid_argument, "--limit without --from is at most " +
                                               std::to_string(last_max) + "; give --from 1 too"};
    }
    auto recent = last_records(on.store, *partitions, *only, count);
    if (!recent) return std::move(recent).error();
    for (const inspected_record& record : recent->records) printer.print(record);
    if (!printer.flush() || !options.follow) return told(recent->damages, on);
    worst = told(recent->damages, on);
    places = std::move(recent->rest);
  }

  // Without --from, the limit was for where to begin.
  std::optional<std::uint64_t> left = options.from ? options.limit : std::nullopt;
  if (options.follow) on.out.catch_signals();
  merged_log log(on.store, places, *only);
  const auto print = [&](const inspected_record& record) {
    if (left) --*left;
    return printer.print(record) && (!left || *left != 0);
  };
  do {
    const result<void> drained = log.drain(print, [&] { return on.out.check(); });
    if (!drained) return drained.error();
    worst = std::max(worst, told(log.take_damages(), on));
    if (!printer.flush() || (left && *left == 0)) break;
  } while (options.follow && on.out.wait(poll_interval));
  return worst;
}

}  // namespace

void add_tail(CLI::App& line, action& chosen) {
  auto options = std::make_shared<tail_options>();
  CLI::App* command = line.add_subcommand(
      "tail", "Show the records of all partitions in order of time, and follow them");
  command
      ->add_option("--type", options->types,
                   "Only this type, or one of its events as Trip.requested; may be repeated "
                   "(default: all)")
      ->type_name("T")
      ->allow_extra_args(false);
  command->add_option("--partition", options->partition, "Only this partition (default: all)")
      ->type_name("N")
      ->check(whole_number(0));
  command
      ->add_option("--from", options->from,
                   "Begin at this position of each partition (default: see --limit)")
      ->type_name("P")
      ->check(whole_number());
  command
      ->add_option("--limit", options->limit,
                   "With --from: end after so many records (default: none). Without: begin with "
                   "the last so many, at most 100000 (default: 20)")
      ->type_name("K")
      ->check(whole_number());
  command->add_flag("--follow", options->follow,
                    "Go on with what is committed meanwhile, until SIGINT or SIGTERM");
  command->footer(
      "Examples:\n"
      "  reprise --data ./data tail\n"
      "  reprise --data ./data tail --type Trip.paid --type Trip.cancelled --follow\n"
      "  reprise --data ./data --json tail --partition 7 --from 1000 --limit 50");
  command->callback(
      [options, &chosen] { chosen = [options](stage& on) { return print_tail(*options, on); }; });
}

}  // namespace reprise::cli
