// SPDX-License-Identifier: Apache-2.0
//
// `reprise why`: what led to an event, and what it led to.

#include "cli/command.hpp"
#include "cli/json.hpp"
#include "cli/progress.hpp"
#include "cli/text.hpp"

#include <reprise/lineage.hpp>

#include <chrono>
#include <memory>
#include <vector>

namespace reprise::cli {
namespace {

struct why_options {
  std::string event{};
};

class tree {
 public:
  tree(const lineage& all, output& out) : all_(all), out_(out), below_(all.events.size()) {
    for (std::size_t i = 0; i < all.events.size(); ++i) {
      if (const auto cause = all.events[i].cause) below_[*cause].push_back(i);
    }
  }

  void print() {
    for (std::size_t i = 0; i < all_.events.size(); ++i) {
      if (!all_.events[i].cause) print(i, "", "");
    }
  }

 private:
  // `before`: what the event's own line begins with; `beneath`: what those below it begin with.
  void print(std::size_t i, const std::string& before, const std::string& beneath) {
    const inspected_record& r = all_.events[i].record;
    std::string line = before + printable(r.type) + " " + printable(r.meta.aggregate.id) + " " +
                       printable(r.event) + "  #" + std::to_string(r.meta.sequence.value) + "  ";
    line += all_.events[i].cause ? "+" + delay(i) : iso_time(r.meta.time);
    line += "  " + to_hex(r.meta.id.value);
    if (i == all_.asked) line += "  <- asked for";
    out_.line(line);
    const std::vector<std::size_t>& rest = below_[i];
    for (std::size_t n = 0; n < rest.size(); ++n) {
      const bool last = n + 1 == rest.size();
      print(rest[n], beneath + (last ? "`- " : "|- "), beneath + (last ? "   " : "|  "));
    }
  }

  // Since its cause.
  [[nodiscard]] std::string delay(std::size_t i) const {
    const auto& cause = all_.events[*all_.events[i].cause];
    const auto passed = all_.events[i].record.meta.time - cause.record.meta.time;
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(passed).count()) +
           " ms";
  }

  const lineage& all_;
  output& out_;
  std::vector<std::vector<std::size_t>> below_;
};

result<exit_code> explain(const why_options& options, stage& on) {
  event_id id;
  if (!from_hex(options.event, id.value)) {
    return error{errc::invalid_argument,
                 "an event id has 32 hexadecimal digits, as `reprise --json log` shows them"};
  }
  progress bar("reading");
  const auto found = trace(on.store, id, [&](const read_progress& at) { bar.show(at); });
  if (!found) return found.error();
  if (!on.json) {
    tree(*found, on.out).print();
    return exit_code::ok;
  }
  for (std::size_t i = 0; i < found->events.size(); ++i) {
    json line = to_json(found->events[i].record);
    if (const auto cause = found->events[i].cause) {
      line["cause"] = to_hex(found->events[*cause].record.meta.id.value);
    }
    line["asked"] = i == found->asked;
    on.out.line(one_line(line));
  }
  return exit_code::ok;
}

}  // namespace

void add_why(CLI::App& line, action& chosen) {
  auto options = std::make_shared<why_options>();
  CLI::App* command =
      line.add_subcommand("why", "Show what led to an event, and what it led to, as a tree");
  command->add_option("event", options->event, "Id of the event")
      ->type_name("EVENT-ID")
      ->required();
  command->footer(
      "Shows all events of the conversation, over all aggregates and sagas, with the time that\n"
      "each came after its cause. Reads the whole log, twice.\n"
      "Examples:\n"
      "  reprise --data ./data --json log trip trip-42 | jq -r .event_id\n"
      "  reprise --data ./data why 0b2f6e0c4d9a4f1e8a7b6c5d4e3f2a1b");
  command->callback(
      [options, &chosen] { chosen = [options](stage& on) { return explain(*options, on); }; });
}

}  // namespace reprise::cli
