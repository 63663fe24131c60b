// SPDX-License-Identifier: Apache-2.0
//
// `reprise log`: the events of one aggregate.

#include "cli/command.hpp"
#include "cli/record_printer.hpp"

#include <memory>

namespace reprise::cli {
namespace {

struct log_options {
  aggregate_argument aggregate{};
  std::uint64_t from = 1;
  std::optional<std::uint64_t> to{};
  std::optional<std::uint64_t> limit{};
};

result<exit_code> print_log(const log_options& options, stage& on) {
  const auto found = find(on.store, options.aggregate);
  if (!found) return found.error();
  if (options.to && *options.to < options.from) {
    return error{errc::invalid_argument, "--to " + std::to_string(*options.to) +
                                             " lies before --from " + std::to_string(options.from)};
  }
  if (found->head.is == inspected_head::state::live && options.from > found->head.last.value) {
    return error{errc::beyond_head,
                 found->type.name + " '" + found->key.id + "' is at sequence " +
                     std::to_string(found->head.last.value) + "; there is no " +
                     std::to_string(options.from) + " yet",
                 found->head.last.value};
  }
  history_range range{.from = {options.from}};
  if (options.to) range.to = {*options.to};
  if (options.limit) range.limit = *options.limit;
  record_printer printer(on.out, record_printer::view::history, on.json);
  const result<void> read = on.store.read(
      found->key, range, [&](const inspected_record& record) { return printer.print(record); });
  printer.flush();
  if (!read) return read.error();
  return exit_code::ok;
}

}  // namespace

void add_log(CLI::App& line, action& chosen) {
  auto options = std::make_shared<log_options>();
  CLI::App* command = line.add_subcommand("log", "Show the events of one aggregate");
  options->aggregate.add_to(*command);
  command->add_option("--from", options->from, "First sequence")
      ->type_name("N")
      ->capture_default_str()
      ->check(whole_number());
  command->add_option("--to", options->to, "Last sequence (default: the newest)")
      ->type_name("N")
      ->check(whole_number());
  command->add_option("--limit", options->limit, "At most so many events (default: all)")
      ->type_name("K")
      ->check(whole_number());
  command->footer(
      "Examples:\n"
      "  reprise --data ./data log trip trip-42\n"
      "  reprise --data ./data log trip trip-42 --from 3 --limit 2\n"
      "  reprise --data ./data --json log trip trip-42 | jq .payload");
  command->callback(
      [options, &chosen] { chosen = [options](stage& on) { return print_log(*options, on); }; });
}

}  // namespace reprise::cli
