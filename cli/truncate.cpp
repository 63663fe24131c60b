// SPDX-License-Identifier: Apache-2.0
//
// `reprise truncate`: hides old events of a store.

#include "cli/command.hpp"
#include "cli/json.hpp"
#include "cli/progress.hpp"
#include "cli/text.hpp"

#include <reprise/truncate.hpp>

#include <memory>

namespace reprise::cli {
namespace {

struct truncate_order {
  std::string type{};
  std::string keep_for{};
  truncate_options how{};
};

bool is_archived(const truncate_options& how, const truncate_summary& done) {
  return !how.archive.empty() && !how.dry_run && done.events_hidden > 0;
}

json to_json(const truncate_summary& done, const truncate_options& how) {
  json line;
  line["aggregates"] = done.aggregates;
  line["truncated"] = done.truncated;
  line["events_hidden"] = done.events_hidden;
  line["archived"] = is_archived(how, done);
  line["dry_run"] = how.dry_run;
  return line;
}

// The store is closed again, so that it can be opened to write.
result<aggregate_type_id> find_type(const std::string& directory, const std::string& name) {
  const auto store = store_reader::open(directory);
  if (!store) return store.error();
  const auto type = store->type(name);
  if (!type) return type.error();
  return type->id;
}

result<exit_code> truncate_store(const std::string& directory, truncate_order order, output& out,
                                 bool as_json) {
  if (order.how.id.empty() && !order.how.tenant.empty()) {
    return error{errc::invalid_argument, "--tenant needs --id"};
  }
  if (!order.keep_for.empty()) {
    const auto span = duration_in(order.keep_for);
    if (!span) return span.error();
    order.how.keep_events_for = *span;
  }
  const auto type = find_type(directory, order.type);
  if (!type) return type.error();
  order.how.type = *type;
  const auto done = [&] {
    progress bar("truncate");
    return truncate(directory, order.how, [&](const read_progress& at) { bar.show(at); });
  }();
  if (!done) return done.error();
  if (as_json) {
    out.line(one_line(to_json(*done, order.how)));
  } else {
    std::string told = order.how.dry_run ? "Would hide " : "Hid ";
    told += grouped(done->events_hidden) + " events of " + grouped(done->truncated) +
            " aggregates; looked at " + grouped(done->aggregates) + ".";
    if (is_archived(order.how, *done)) {
      told += " They are in " + printable(order.how.archive.string()) + ".";
    }
    out.line(told);
  }
  return exit_code::ok;
}

}  // namespace

void add_truncate(CLI::App& line, store_work& chosen) {
  CLI::App* command =
      line.add_subcommand("truncate", "Hide old events of a store that nobody has open");
  auto order = std::make_shared<truncate_order>();
  command->add_option("--type", order->type, "Aggregate type, as in `reprise types`")
      ->type_name("TYPE")
      ->required();
  command->add_option("--id", order->how.id, "Only this aggregate (default: all of the type)")
      ->type_name("ID");
  command->add_option("--tenant", order->how.tenant, "Tenant of that aggregate (default: none)")
      ->type_name("T");
  command
      ->add_option("--keep-events", order->how.keep_events_max,
                   "Keep so many of the newest events of each")
      ->type_name("N")
      ->check(whole_number());
  command
      ->add_option("--keep-for", order->keep_for,
                   "Keep events that are not older: 90s, 15m, 12h or 30d")
      ->type_name("TIME");
  command
      ->add_option("--archive", order->how.archive,
                   "Write what it hides to this file first; it must not be there")
      ->type_name("FILE");
  add_export_format(*command, order->how.archive_format);
  command->add_flag("--dry-run", order->how.dry_run, "Only say how many events it would hide");
  command->footer(
      "Gives each aggregate a truncation record; events below it are read no more, and numbers go\n"
      "on. Events that the older of the two newest snapshots does not cover stay, whatever the\n"
      "limits say; so do all events of an aggregate with fewer snapshots. What is hidden does not\n"
      "come back: make a copy with `reprise backup` first, or name an archive. It is an export of\n"
      "those events, durable before any is hidden; when it cannot be written none is, and when\n"
      "there are none there is no file. If the command was ended while it hid them, do it again\n"
      "with another file, which gets the rest.\n"
      "Examples:\n"
      "  reprise --data ./data truncate --type Trip --keep-for 30d --dry-run\n"
      "  reprise --data ./data truncate --type Trip --id trip-42 --keep-events 100\n"
      "  reprise --data ./data truncate --type Trip --keep-for 30d --archive trips-11.jsonl");
  command->callback([&chosen, order] {
    chosen = [order](const std::string& directory, output& out, bool as_json) {
      return truncate_store(directory, *order, out, as_json);
    };
  });
}

}  // namespace reprise::cli
