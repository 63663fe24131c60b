// SPDX-License-Identifier: Apache-2.0
//
// `reprise keys`: the keys that personal data is sealed with.

#include "cli/command.hpp"
#include "cli/json.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

#include <reprise/personal.hpp>

#include <cstddef>
#include <string>

namespace reprise::cli {
namespace {

// Enough to tell one from another by eye.
constexpr std::size_t digits_shown = 12;

result<exit_code> list_in_store(const std::string& directory, output& out, bool as_json) {
  const auto found = list_keys(directory);
  if (!found) return found.error();
  if (as_json) {
    for (const listed_key& key : found->keys) {
      json line;
      line["key"] = key.id;
      line["subject"] = key.subject;
      line["generation"] = key.generation;
      line["current"] = !key.destroyed && key.generation == found->generation;
      line["destroyed"] = key.destroyed;
      line["created"] = iso_time(key.created);
      if (!out.line(one_line(line))) break;
    }
  } else {
    table rows(out,
               {{"KEY"}, {"SUBJECT"}, {"GENERATION", table::side::right}, {"CREATED"}, {"STATE"}});
    std::uint64_t whole = 0;
    for (const listed_key& key : found->keys) {
      if (!key.destroyed) ++whole;
      const std::string state = key.destroyed                         ? "destroyed"
                                : key.generation == found->generation ? "current"
                                                                      : "old";
      rows.row({key.id.substr(0, digits_shown), key.subject.substr(0, digits_shown),
                std::to_string(key.generation), iso_time(key.created), state});
    }
    rows.flush();
    out.line("Generation " + std::to_string(found->generation) + ": " + grouped(whole) +
             " keys, and " + grouped(found->keys.size() - whole) + " that were destroyed.");
  }
  return found->damaged == 0 ? exit_code::ok : exit_code::damaged;
}

result<exit_code> rotate_in_store(const std::string& directory, output& out, bool as_json) {
  const auto generation = rotate_keys(directory);
  if (!generation) return generation.error();
  if (as_json) {
    json line;
    line["generation"] = *generation;
    out.line(one_line(line));
  } else {
    out.line("What is new is sealed with keys of generation " + std::to_string(*generation) + ".");
  }
  return exit_code::ok;
}

}  // namespace

void add_keys(CLI::App& line, store_work& chosen) {
  CLI::App* group =
      line.add_subcommand("keys", "Look after the keys that personal data is sealed with");
  group->require_subcommand(1);
  group->fallthrough();
  group->footer(
      "Examples:\n"
      "  reprise --data ./data keys list\n"
      "  reprise --data ./data keys rotate");
  CLI::App* list = group->add_subcommand("list", "List the keys, without what is secret of them");
  list->footer(
      "Subjects are shown as keyed hashes, the same for all keys of one. Another process may have\n"
      "the store open. Ends with 3 when slots of the file are damaged.\n"
      "Examples:\n"
      "  reprise --data ./data keys list\n"
      "  reprise --data ./data --json keys list | jq 'select(.destroyed)'");
  list->callback([&chosen] { chosen = list_in_store; });
  CLI::App* rotate = group->add_subcommand("rotate", "Seal what is new with new keys");
  rotate->footer(
      "What was sealed before keeps the keys that it has: who has an old copy of the keys cannot\n"
      "read what comes from now on. A subject gets its new key with the first event. Works on a\n"
      "store that nobody has open; a program that runs has node::rotate_keys().\n"
      "Examples:\n"
      "  reprise --data ./data keys rotate");
  rotate->callback([&chosen] { chosen = rotate_in_store; });
}

}  // namespace reprise::cli
