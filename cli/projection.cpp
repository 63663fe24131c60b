// SPDX-License-Identifier: Apache-2.0
//
// `reprise projection`: lists, compares and forgets the rows of projections.

#include "cli/command.hpp"
#include "cli/json.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

#include <reprise/projection_store.hpp>

#include <memory>

namespace reprise::cli {
namespace {

constexpr auto right = table::side::right;

struct version_order {
  std::string name{};
  std::uint32_t version = 0;
  std::uint32_t other = 0;
  bool yes = false;
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

result<exit_code> list(const std::string& directory, output& out, bool as_json) {
  const auto store = projection_store::open(directory);
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

result<exit_code> diff(const std::string& directory, const version_order& order, output& out,
                       bool as_json) {
  const auto store = projection_store::open(directory);
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

result<exit_code> forget(const std::string& directory, const version_order& order, output& out,
                         bool as_json) {
  if (!order.yes) {
    return error{errc::invalid_argument, "this forgets all rows of version " +
                                             std::to_string(order.version) + " of " + order.name +
                                             " and its parked events; say --yes if that is meant"};
  }
  if (auto done = drop_projection(directory, order.name, order.version); !done) {
    return std::move(done).error();
  }
  if (as_json) {
    json line;
    line["forgotten"] = order.name;
    line["version"] = order.version;
    out.line(one_line(line));
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

}  // namespace

void add_projection(CLI::App& line, store_work& chosen) {
  CLI::App* group = line.add_subcommand(
      "projection", "Look at the rows of projections, compare versions, forget one");
  group->require_subcommand(1);
  group->fallthrough();
  group->footer(
      "Examples:\n"
      "  reprise --data ./data projection list\n"
      "  reprise projection diff --help");

  CLI::App* listed = group->add_subcommand("list", "List what projections have stored");
  listed->footer(
      "LAG counts committed records behind the checkpoint, also those that a projection does not\n"
      "care for. BYTES are those of keys and values.\n"
      "Examples:\n"
      "  reprise --data ./data projection list\n"
      "  reprise --data ./data --json projection list | jq 'select(.lag_events > 1000)'");
  listed->callback([&chosen] { chosen = list; });

  CLI::App* compared = group->add_subcommand("diff", "Compare the rows of two versions");
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
    chosen = [both](const std::string& directory, output& out, bool as_json) {
      return diff(directory, *both, out, as_json);
    };
  });

  CLI::App* dropped = group->add_subcommand(
      "delete", "Forget the rows of a version, in a store that nobody has open");
  const auto one = named(*dropped);
  dropped->add_option("version", one->version, "Version to forget")
      ->type_name("VERSION")
      ->required();
  dropped->add_flag("--yes", one->yes, "Yes, forget it");
  dropped->footer(
      "Its checkpoint and its parked events go too; other versions keep theirs. A program that\n"
      "still has this version builds it anew from the beginning: that is how to rebuild one.\n"
      "Examples:\n"
      "  reprise --data ./data projection delete board 1 --yes");
  dropped->callback([&chosen, one] {
    chosen = [one](const std::string& directory, output& out, bool as_json) {
      return forget(directory, *one, out, as_json);
    };
  });
}

}  // namespace reprise::cli
