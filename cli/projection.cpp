// SPDX-License-Identifier: Apache-2.0
//
// `reprise projection`: lists, compares and forgets the rows of projections.

#include "cli/command.hpp"
#include "cli/json.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

#include <reprise/projection_store.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace reprise::cli {
namespace {

constexpr auto right = table::side::right;

struct version_order {
  std::string name{};
  std::uint32_t version = 0;
  std::uint32_t other = 0;
  bool yes = false;
  /// Not for good.
  bool rebuilds = false;
  /// Where it begins then: `PARTITION:POSITION` each, or a time; neither: at the beginning.
  std::vector<std::string> after{};
  std::string since{};
};

json to_json(const stored_projection& p) {
  json line;
  line["name"] = p.name;
  line["version"] = p.version;
  line["built"] = p.built;
  line["rows"] = p.rows;
  line["row_bytes"] = p.row_bytes;
  line["lag_events"] = p.lag_events;
  line["parked_keys"] = p.parked_keys;
  line["parked_events"] = p.parked_events;
  line["skipped_events"] = p.skipped_events;
  return line;
}

result<exit_code> list(const store_place& place, output& out, bool as_json) {
  const auto store = projections_of(place);
  if (!store) return store.error();
  const auto found = store->list();
  if (!found) return found.error();
  table rows(out, {{"NAME"},
                   {"VERSION", right},
                   {"STATE"},
                   {"ROWS", right},
                   {"BYTES", right},
                   {"LAG", right},
                   {"PARKED", right},
                   {"SKIPPED", right}});
  for (const stored_projection& p : *found) {
    if (as_json) {
      out.line(one_line(to_json(p)));
    } else {
      rows.row({printable(p.name), std::to_string(p.version), p.built ? "built" : "building",
                grouped(p.rows), byte_size(p.row_bytes), grouped(p.lag_events),
                grouped(p.parked_events), grouped(p.skipped_events)});
    }
  }
  rows.flush();
  if (found->empty() && !as_json) out.line("No projection has stored anything here.");
  return exit_code::ok;
}

// As long as a person would say it.
std::string waited(const partition_lag& one, timestamp now) {
  if (!one.waiting_since) return "";
  const auto span = std::chrono::duration_cast<std::chrono::milliseconds>(now - *one.waiting_since);
  return grouped(static_cast<std::uint64_t>(std::max<std::int64_t>(span.count(), 0)));
}

result<exit_code> lag(const store_place& place, const projection_argument& wanted, output& out,
                      bool as_json) {
  const auto store = projections_of(place);
  if (!store) return store.error();
  const auto which = wanted.in(*store);
  if (!which) return which.error();
  const auto found = store->lag(which->name, which->version);
  if (!found) return found.error();
  table rows(out, {{"PARTITION", right},
                   {"POSITION", right},
                   {"END", right},
                   {"LAG", right},
                   {"MILLISECONDS", right}});
  std::uint64_t events = 0;
  for (const partition_lag& one : *found) {
    events += one.events();
    if (as_json) {
      json line;
      line["partition"] = one.at.partition.value;
      line["position"] = one.at.through.value;
      line["end"] = one.end.value;
      line["lag_events"] = one.events();
      line["waiting_since"] = one.waiting_since ? json(iso_time(*one.waiting_since)) : json();
      out.line(one_line(line));
    } else if (one.events() > 0) {
      rows.row({std::to_string(one.at.partition.value), grouped(one.at.through.value),
                grouped(one.end.value), grouped(one.events()), waited(one, time_now())});
    }
  }
  rows.flush();
  if (!as_json) {
    out.line("Version " + std::to_string(which->version) + " of " + printable(which->name) +
             (events == 0 ? " has no lag." : " lags by " + grouped(events) + " records."));
  }
  return exit_code::ok;
}

std::string_view name_of(row_difference::kind what) {
  switch (what) {
    case row_difference::kind::added:
      return "added";
    case row_difference::kind::removed:
      return "removed";
    case row_difference::kind::changed:
      break;
  }
  return "changed";
}

// Keys of text are text between other things; those are shown as they are, the rest as dots.
std::string shown(const bytes& key) {
  std::string text;
  for (const std::byte b : key) {
    const auto c = static_cast<char>(b);
    text += c >= ' ' && c <= '~' ? c : '.';
  }
  return text;
}

result<exit_code> diff(const store_place& place, const version_order& order, output& out,
                       bool as_json) {
  const auto store = projections_of(place);
  if (!store) return store.error();
  std::uint64_t found = 0;
  table rows(out, {{"ROW"}, {"TABLE"}, {"KEY"}});
  const auto done =
      store->compare(order.name, order.version, order.other, [&](const row_difference& d) {
        ++found;
        if (!as_json)
          return rows.row({std::string(name_of(d.what)), printable(d.table), shown(d.key)});
        json line;
        line["row"] = name_of(d.what);
        line["table"] = d.table;
        line["key"] = to_hex(d.key);
        return out.line(one_line(line));
      });
  if (!done) return done.error();
  rows.flush();
  if (!as_json && found == 0) out.line("No row is different.");
  return exit_code::ok;
}

result<start_point> start_of(const version_order& order) {
  if (!order.since.empty()) {
    const auto when = time_in(order.since);
    if (!when) return when.error();
    return start_point::time(*when);
  }
  if (order.after.empty()) return start_point::beginning();
  std::vector<partition_cursor> after;
  for (const std::string& text : order.after) {
    partition_cursor where;
    const char* const end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, where.partition.value);
    const bool split = first.ec == std::errc{} && first.ptr != end && *first.ptr == ':';
    const auto second = split ? std::from_chars(first.ptr + 1, end, where.through.value) : first;
    if (!split || second.ec != std::errc{} || second.ptr != end) {
      return error{errc::invalid_argument,
                   text + " is no PARTITION:POSITION, two numbers as in 3:1200"};
    }
    after.push_back(where);
  }
  return start_point::behind(std::move(after));
}

result<void> rebuild_at(const store_place& place, const version_order& order,
                        const start_point& from) {
  if (place.node != nullptr) return place.node->rebuild_projection(order.name, order.version, from);
  return rebuild_projection(place.directory, order.name, order.version, from);
}

result<exit_code> forget(const store_place& place, const version_order& order, output& out,
                         bool as_json) {
  if (!order.yes) {
    return error{errc::invalid_argument, "this forgets all rows of version " +
                                             std::to_string(order.version) + " of " + order.name +
                                             " and its parked events; say --yes if that is meant"};
  }
  const auto from = start_of(order);
  if (!from) return from.error();
  if (auto done = rebuild_at(place, order, *from); !done) return std::move(done).error();
  if (as_json) {
    json line;
    line["forgotten"] = order.name;
    line["version"] = order.version;
    out.line(one_line(line));
  } else if (order.rebuilds) {
    out.line("Version " + std::to_string(order.version) + " of " + order.name +
             (place.node == nullptr ? " will be built anew when the program starts."
                                    : " is built anew by that node, if its program has it."));
  } else {
    out.line("Forgot version " + std::to_string(order.version) + " of " + order.name + ".");
  }
  return exit_code::ok;
}

std::shared_ptr<version_order> named(CLI::App& command) {
  auto order = std::make_shared<version_order>();
  command.add_option("name", order->name, "Name of the projection")->type_name("NAME")->required();
  return order;
}

void add_list(CLI::App& group, place_work& chosen) {
  CLI::App* listed = group.add_subcommand("list", "List what projections have stored");
  listed->footer(
      "LAG counts committed records behind the checkpoint, also those that a projection does not\n"
      "care for. BYTES are those of keys and values.\n"
      "Examples:\n"
      "  reprise --data ./data projection list\n"
      "  reprise --data ./data --json projection list | jq 'select(.lag_events > 1000)'");
  listed->callback([&chosen] { chosen = list; });
}

void add_diff(CLI::App& group, place_work& chosen) {
  CLI::App* compared = group.add_subcommand("diff", "Compare the rows of two versions");
  const auto both = named(*compared);
  compared->add_option("from", both->version, "Version to start from")
      ->type_name("VERSION")
      ->required();
  compared->add_option("to", both->other, "Version to compare with it")
      ->type_name("VERSION")
      ->required();
  compared->footer(
      "Prints the rows that were added, removed or changed; nothing when all are alike. Bytes of "
      "a\n"
      "key that are no letters are shown as dots, and whole with --json. Both versions should be\n"
      "built, and without lag.\n"
      "Examples:\n"
      "  reprise --data ./data projection diff board 1 2");
  compared->callback([&chosen, both] {
    chosen = [both](const store_place& place, output& out, bool as_json) {
      return diff(place, *both, out, as_json);
    };
  });
}

void add_delete(CLI::App& group, place_work& chosen) {
  CLI::App* dropped = group.add_subcommand("delete", "Forget the rows of a version");
  const auto one = named(*dropped);
  dropped->add_option("version", one->version, "Version to forget")
      ->type_name("VERSION")
      ->required();
  dropped->add_flag("--yes", one->yes, "Yes, forget it");
  dropped->footer(
      "Its checkpoint and its parked events go too; other versions keep theirs. With --data,\n"
      "nobody may have the store open; with --node it is that node's rows, and other nodes keep\n"
      "theirs. A program that still has this version builds it anew from the beginning: when it\n"
      "starts next, or on that node at once.\n"
      "Examples:\n"
      "  reprise --data ./data projection delete board 1 --yes\n"
      "  reprise --node 127.0.0.1:8001 projection delete board 1 --yes");
  dropped->callback([&chosen, one] {
    chosen = [one](const store_place& place, output& out, bool as_json) {
      return forget(place, *one, out, as_json);
    };
  });
}

void add_lag(CLI::App& group, place_work& chosen) {
  CLI::App* measured = group.add_subcommand("lag", "Say how far behind a version is, by partition");
  auto which = std::make_shared<projection_argument>();
  which->add_to(*measured);
  measured->footer(
      "LAG counts committed records, also those that the projection does not care for; "
      "MILLISECONDS\n"
      "is how long the first of them has been there. Partitions without lag are left out, but not\n"
      "with --json.\n"
      "Examples:\n"
      "  reprise --data ./data projection lag board");
  measured->callback([&chosen, which] {
    chosen = [which](const store_place& place, output& out, bool as_json) {
      return lag(place, *which, out, as_json);
    };
  });
}

void add_rebuild(CLI::App& group, place_work& chosen) {
  CLI::App* rebuilt = group.add_subcommand("rebuild", "Have a version built anew");
  const auto anew = named(*rebuilt);
  anew->rebuilds = true;
  rebuilt->add_option("version", anew->version, "Version to build anew")
      ->type_name("VERSION")
      ->required();
  CLI::Option* const after =
      rebuilt
          ->add_option("--after", anew->after,
                       "Build it of the events behind this position; once for each partition, "
                       "others from their beginning")
          ->type_name("PARTITION:POSITION");
  rebuilt
      ->add_option("--since", anew->since,
                   "Build it of the events from this time on, as 2026-11-29T12:30:00Z")
      ->type_name("TIME")
      ->excludes(after);
  rebuilt->add_flag("--yes", anew->yes, "Yes, build it anew");
  rebuilt->footer(
      "Its rows, its checkpoint and its parked events go. With --data, nobody may have the\n"
      "store open, and the program that has this version builds it when it starts next. With\n"
      "--node that node builds it at once, and other nodes keep their rows. Until that is done\n"
      "there is nothing to be queried; another version beside this one can be built without\n"
      "such a gap. With --after or --since its rows hold nothing of earlier events.\n"
      "Examples:\n"
      "  reprise --data ./data projection rebuild board 1 --yes\n"
      "  reprise --data ./data projection rebuild board 1 --since 2026-11-01T00:00:00Z --yes\n"
      "  reprise --data ./data projection rebuild board 1 --after 0:1200 --after 1:900 --yes\n"
      "  reprise --node 127.0.0.1:8001 projection rebuild board 1 --yes");
  rebuilt->callback([&chosen, anew] {
    chosen = [anew](const store_place& place, output& out, bool as_json) {
      return forget(place, *anew, out, as_json);
    };
  });
}

}  // namespace

result<projection_store> projections_of(const store_place& place) {
  return place.node == nullptr ? projection_store::open(place.directory)
                               : place.node->projections();
}

void add_projection(CLI::App& line, place_work& chosen) {
  CLI::App* group = line.add_subcommand(
      "projection", "Look at the rows of projections, compare versions, forget or rebuild one");
  group->require_subcommand(1);
  group->fallthrough();
  group->footer(
      "Examples:\n"
      "  reprise --data ./data projection list\n"
      "  reprise projection diff --help");

  add_list(*group, chosen);
  add_diff(*group, chosen);
  add_delete(*group, chosen);
  add_lag(*group, chosen);
  add_rebuild(*group, chosen);
}

}  // namespace reprise::cli
