// SPDX-License-Identifier: Apache-2.0
//
// `reprise saga retry` and `cancel`: orders that the program carries out when it runs again.

#include "cli/command.hpp"
#include "cli/json.hpp"
#include "cli/progress.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

#include <reprise/saga_store.hpp>

#include <memory>

namespace reprise::cli {
namespace {

std::string_view name_of(saga_order::kind what) {
  switch (what) {
    case saga_order::kind::retry_step:
      return "retry step";
    case saga_order::kind::retry_parked:
      return "retry parked";
    case saga_order::kind::cancel:
      return "cancel";
    default:
      break;
  }
  return "";
}

json to_json(const left_saga_order& o) {
  json line;
  line["saga"] = o.name;
  line["tenant"] = o.tenant;
  line["key"] = o.key;
  line["order"] = name_of(o.order.what);
  line["step"] = o.order.name;
  line["number"] = o.order.number;
  line["command_id"] = to_hex(o.order.id.value);
  return line;
}

void print(const std::vector<left_saga_order>& orders, output& out, bool as_json) {
  table rows(out, {{"SAGA"}, {"KEY"}, {"ORDER"}, {"STEP"}});
  for (const left_saga_order& o : orders) {
    if (as_json) {
      out.line(one_line(to_json(o)));
    } else {
      rows.row({printable(o.name), printable(o.tenant.empty() ? o.key : o.tenant + "/" + o.key),
                std::string(name_of(o.order.what)), printable(o.order.name)});
    }
  }
  rows.flush();
  if (!as_json) out.line("The program carries this out when it starts.");
}

struct retry_wish {
  saga_retry which{};
  bool all = false;
};

result<exit_code> retry(const std::string& directory, const retry_wish& wish, output& out,
                        bool as_json) {
  if (wish.which.key.empty() == !wish.all) {
    return error{errc::invalid_argument, "say what to try again: NAME KEY, or --all"};
  }
  progress bar("reading");
  const auto ordered = order_retries(directory, wish.which, time_now(),
                                     [&](const read_progress& at) { bar.show(at); });
  if (!ordered) return ordered.error();
  if (ordered->empty()) {
    return error{errc::not_found, "nothing was given up or parked there"};
  }
  print(*ordered, out, as_json);
  return exit_code::ok;
}

struct cancel_wish {
  saga_argument which{};
  std::string reason{};
};

result<exit_code> cancel(const std::string& directory, const cancel_wish& wish, output& out,
                         bool as_json) {
  auto ordered = order_cancel(directory, wish.which.name, wish.which.tenant, wish.which.key,
                              wish.reason, time_now());
  if (!ordered) return std::move(ordered).error();
  print({std::move(*ordered)}, out, as_json);
  return exit_code::ok;
}

}  // namespace

void add_saga_orders(CLI::App& group, store_work& chosen) {
  {
    CLI::App* command = group.add_subcommand(
        "retry", "Have steps that were given up, and parked events, tried again");
    auto wish = std::make_shared<retry_wish>();
    command->add_option("name", wish->which.name, "Name of the saga (with --all default: all)")
        ->type_name("NAME");
    command->add_option("key", wish->which.key, "The instance's key")->type_name("KEY");
    command->add_option("--tenant", wish->which.tenant, "Tenant of the instance (default: none)")
        ->type_name("TENANT");
    command->add_flag("--all", wish->all, "Those of all instances; reads the whole log");
    command->add_option("--limit", wish->which.instances_max, "Of so many instances at most")
        ->type_name("N")
        ->check(whole_number());
    command->footer(
        "Nobody may have the store open. The program that runs the saga is told when it starts\n"
        "next, instance by instance, those first that were not tried for the longest time.\n"
        "Examples:\n"
        "  reprise --data ./data saga retry fulfilment order-7\n"
        "  reprise --data ./data saga retry fulfilment --all --limit 100");
    command->callback([&chosen, wish] {
      chosen = [wish](const std::string& directory, output& out, bool as_json) {
        return retry(directory, *wish, out, as_json);
      };
    });
  }
  CLI::App* command = group.add_subcommand("cancel", "Have an instance take back what it has done");
  auto wish = std::make_shared<cancel_wish>();
  wish->which.add_to(*command);
  command->add_option("--reason", wish->reason, "Why; it becomes the reason of its end")
      ->type_name("TEXT")
      ->required();
  command->footer(
      "Nobody may have the store open. The program does it when it starts next.\n"
      "Examples:\n"
      "  reprise --data ./data saga cancel fulfilment order-7 --reason 'customer has died'");
  command->callback([&chosen, wish] {
    chosen = [wish](const std::string& directory, output& out, bool as_json) {
      return cancel(directory, *wish, out, as_json);
    };
  });
}

}  // namespace reprise::cli
