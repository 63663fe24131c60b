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
  if (!o.order.id.empty()) line["command_id"] = to_hex(o.order.id.value);
  return line;
}

void print(const std::vector<left_saga_order>& orders, const store_place& place, output& out,
           bool as_json) {
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
  if (as_json) return;
  out.line(place.node == nullptr ? "The program carries this out when it starts."
                                 : "It is ordered.");
}

// Instances go on meanwhile, so one may refuse what was due when it was looked at.
result<void> have_done(const client& node, const std::vector<left_saga_order>& orders) {
  result<void> outcome;
  std::size_t refused = 0;
  for (const left_saga_order& each : orders) {
    auto done = node.order(each);
    if (done) continue;
    ++refused;
    if (outcome) outcome = std::move(done);
  }
  if (outcome) return outcome;
  error why = outcome.error();
  why.message = std::to_string(orders.size() - refused) + " of " + std::to_string(orders.size()) +
                " orders were carried out; one was refused: " + why.message;
  return why;
}

struct retry_wish {
  saga_retry which{};
  bool all = false;
};

result<std::vector<left_saga_order>> order_retries_at(const store_place& place,
                                                      const saga_retry& which) {
  progress bar("reading");
  const auto show = [&](const read_progress& at) { bar.show(at); };
  if (place.node == nullptr) return order_retries(place.directory, which, time_now(), show);
  const auto store = place.node->sagas();
  if (!store) return store.error();
  auto orders = retries_in(*store, which, show);
  if (!orders) return orders;
  if (auto done = have_done(*place.node, *orders); !done) return std::move(done).error();
  return orders;
}

result<exit_code> retry(const store_place& place, const retry_wish& wish, output& out,
                        bool as_json) {
  if (wish.which.key.empty() == !wish.all) {
    return error{errc::invalid_argument, "say what to try again: NAME KEY, or --all"};
  }
  const auto ordered = order_retries_at(place, wish.which);
  if (!ordered) return ordered.error();
  if (ordered->empty()) {
    return error{errc::not_found, "nothing was given up or parked there"};
  }
  print(*ordered, place, out, as_json);
  return exit_code::ok;
}

struct cancel_wish {
  saga_argument which{};
  std::string reason{};
};

result<left_saga_order> order_cancel_at(const store_place& place, const cancel_wish& wish) {
  const saga_argument& which = wish.which;
  if (place.node == nullptr) {
    return order_cancel(place.directory, which.name, which.tenant, which.key, wish.reason,
                        time_now());
  }
  const auto store = place.node->sagas();
  if (!store) return store.error();
  auto order = cancel_in(*store, which.name, which.tenant, which.key, wish.reason);
  if (!order) return order;
  if (auto done = place.node->order(*order); !done) return std::move(done).error();
  return order;
}

result<exit_code> cancel(const store_place& place, const cancel_wish& wish, output& out,
                         bool as_json) {
  auto ordered = order_cancel_at(place, wish);
  if (!ordered) return std::move(ordered).error();
  print({std::move(*ordered)}, place, out, as_json);
  return exit_code::ok;
}

}  // namespace

void add_saga_orders(CLI::App& group, place_work& chosen) {
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
        "With --data, nobody may have the store open, and the program that runs the saga is told\n"
        "when it starts next; with --node it is told at once. Instance by instance, those first\n"
        "that were not tried for the longest time.\n"
        "Examples:\n"
        "  reprise --data ./data saga retry fulfilment order-7\n"
        "  reprise --data ./data saga retry fulfilment --all --limit 100");
    command->callback([&chosen, wish] {
      chosen = [wish](const store_place& place, output& out, bool as_json) {
        return retry(place, *wish, out, as_json);
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
      "With --data, nobody may have the store open, and the program does it when it starts next;\n"
      "with --node it does it at once.\n"
      "Examples:\n"
      "  reprise --data ./data saga cancel fulfilment order-7 --reason 'customer has died'");
  command->callback([&chosen, wish] {
    chosen = [wish](const store_place& place, output& out, bool as_json) {
      return cancel(place, *wish, out, as_json);
    };
  });
}

}  // namespace reprise::cli
