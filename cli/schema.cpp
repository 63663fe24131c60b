// SPDX-License-Identifier: Apache-2.0
//
// `reprise schema`: what schemas a store keeps, and whether it would take those of a program.

#include "cli/command.hpp"
#include "cli/json.hpp"
#include "cli/schema_compiler.hpp"
#include "cli/text.hpp"

#include <reprise/schema_check.hpp>

#include <algorithm>
#include <memory>

namespace reprise::cli {
namespace {

result<exit_code> show(const std::optional<std::string>& wanted, stage& on) {
  auto schemas = on.store.schemas();
  if (!schemas) return std::move(schemas).error();
  if (wanted) {
    const auto type = on.store.type(*wanted);
    if (!type) return type.error();
    std::erase_if(*schemas, [&](const declared_schema& s) { return s.type != type->id; });
  }
  bool first = true;
  for (const declared_schema& schema : *schemas) {
    const auto text = schema_text(schema.bundle);
    if (!text) {
      return error{text.error().code, "schema of " + schema.name + ": " + text.error().message};
    }
    if (on.json) {
      json line;
      line["type"] = schema.name;
      line["type_id"] = hexadecimal(schema.type.value);
      line["text"] = *text;
      on.out.line(one_line(line));
      continue;
    }
    if (!std::exchange(first, false)) on.out.line("");
    on.out.line(text->substr(0, text->find_last_not_of('\n') + 1));
  }
  if (schemas->empty() && !on.json) {
    on.out.line("The store keeps no schema yet; a node adds them when it hosts types.");
  }
  return exit_code::ok;
}

struct check_order {
  std::vector<std::string> files{};
  std::vector<std::string> import_folders{};
  std::string request{};
  std::string against{};
};

// A file that is something else is not a store that is damaged.
result<std::vector<declared_schema>> declared_in(const bytes& request) {
  auto found = declared_schemas(request);
  if (!found) return error{errc::invalid_argument, found.error().message};
  return found;
}

// What a program declares, with or without running the compiler.
result<std::vector<declared_schema>> declared(const check_order& order) {
  if (order.files.empty() == order.request.empty()) {
    return error{errc::invalid_argument, "give either schema files or --request"};
  }
  const auto request = order.request.empty() ? compile_schemas(order.files, order.import_folders)
                                             : read_whole(order.request);
  if (!request) return request.error();
  auto found = declared_in(*request);
  if (found && found->empty()) {
    return error{errc::invalid_argument, "no interface in it is marked as $Reprise.aggregate"};
  }
  return found;
}

/// What is to become of one type.
struct verdict {
  std::string type{};
  bool known = false;
  std::vector<schema_change> changes{};

  [[nodiscard]] bool accepted() const {
    return std::ranges::none_of(
        changes, [](const schema_change& c) { return c.is == schema_change::kind::refused; });
  }
};

result<std::vector<verdict>> compare(const std::vector<declared_schema>& older,
                                     const std::vector<declared_schema>& newer) {
  std::vector<verdict> all;
  for (const declared_schema& now : newer) {
    verdict& one = all.emplace_back(verdict{.type = now.name});
    const auto before = std::ranges::find(older, now.type, &declared_schema::type);
    if (before == older.end()) continue;
    one.known = true;
    auto changes = schema_changes(before->bundle, now.bundle);
    if (!changes) return std::move(changes).error();
    one.changes = std::move(*changes);
  }
  return all;
}

void print(const verdict& one, output& out) {
  if (!one.known) {
    out.line(one.type + ": new");
  } else if (one.changes.empty()) {
    out.line(one.type + ": as before");
  } else {
    out.line(one.type + ": " + (one.accepted() ? "accepted" : "REFUSED"));
  }
  for (const schema_change& change : one.changes) {
    const std::string kind(to_string(change.is));
    out.line("  " + kind + std::string(9 - kind.size(), ' ') + printable(change.what));
  }
}

json to_json(const verdict& one) {
  json line;
  line["type"] = one.type;
  line["known"] = one.known;
  line["accepted"] = one.accepted();
  line["changes"] = json::array();
  for (const schema_change& change : one.changes) {
    json entry;
    entry["kind"] = to_string(change.is);
    entry["what"] = change.what;
    line["changes"].push_back(std::move(entry));
  }
  return line;
}

result<exit_code> check(const check_order& order, const std::vector<declared_schema>& older,
                        output& out, bool as_json) {
  const auto newer = declared(order);
  if (!newer) return newer.error();
  const auto verdicts = compare(older, *newer);
  if (!verdicts) return verdicts.error();
  for (const verdict& one : *verdicts) {
    if (as_json) {
      out.line(one_line(to_json(one)));
    } else {
      print(one, out);
    }
  }
  return std::ranges::all_of(*verdicts, &verdict::accepted) ? exit_code::ok : exit_code::refused;
}

void add_show(CLI::App& schema, action& chosen) {
  CLI::App* command = schema.add_subcommand("show", "Print the schemas that the store keeps");
  auto type = std::make_shared<std::optional<std::string>>();
  command->add_option("TYPE", *type, "Only of this type, e.g. trip")->type_name("");
  command->footer(
      "Examples:\n"
      "  reprise --data ./data schema show\n"
      "  reprise --data ./data schema show trip");
  command->callback([&chosen, type] { chosen = [type](stage& on) { return show(*type, on); }; });
}

void add_check(CLI::App& schema, action& chosen, errand& without_store) {
  CLI::App* command = schema.add_subcommand(
      "check", "Tell whether the store would take the schemas of a program; exit code 5 when not");
  auto order = std::make_shared<check_order>();
  command->add_option("FILE", order->files, "Schema files, read by `capnp`")->type_name("");
  command
      ->add_option("-I,--import-path", order->import_folders,
                   "Folder of imports that begin with a slash, as of `capnp compile`")
      ->type_name("DIR");
  command
      ->add_option("--request", order->request,
                   "Instead of files: what `capnp compile -o-` printed; `-` for standard input")
      ->type_name("FILE");
  command
      ->add_option("--against", order->against,
                   "Compare with an earlier such request instead of a store")
      ->type_name("FILE");
  command->footer(
      "Compared as by a node when it hosts the type: members may be added; a member that was\n"
      "removed, retyped or renumbered is refused by name, a renamed one unless the schema says so\n"
      "with $Reprise.renamed.\n"
      "Examples:\n"
      "  reprise --data ./data schema check trip.capnp\n"
      "  capnp compile -o- trip.capnp > new.request\n"
      "  reprise schema check --request new.request --against released.request");
  command->callback([&chosen, &without_store, order] {
    if (order->against.empty()) {
      chosen = [order](stage& on) -> result<exit_code> {
        const auto stored = on.store.schemas();
        if (!stored) return stored.error();
        return check(*order, *stored, on.out, on.json);
      };
      return;
    }
    without_store = [order](output& out, bool as_json) -> result<exit_code> {
      const auto request = read_whole(order->against);
      if (!request) return request.error();
      const auto earlier = declared_in(*request);
      if (!earlier) {
        return error{earlier.error().code, order->against + ": " + earlier.error().message};
      }
      return check(*order, *earlier, out, as_json);
    };
  });
}

}  // namespace

void add_schema(CLI::App& line, action& chosen, errand& without_store) {
  CLI::App* command =
      line.add_subcommand("schema", "Show schemas, and check those of a program against them");
  command->require_subcommand(1);
  command->fallthrough();
  command->footer(
      "Examples:\n"
      "  reprise --data ./data schema show trip\n"
      "  reprise --data ./data schema check trip.capnp");
  add_show(*command, chosen);
  add_check(*command, chosen, without_store);
}

}  // namespace reprise::cli
