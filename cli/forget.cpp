// SPDX-License-Identifier: Apache-2.0
//
// `reprise forget`: destroys the keys of people's data.

#include "cli/command.hpp"
#include "cli/json.hpp"
#include "cli/text.hpp"

#include <reprise/personal.hpp>

#include <memory>
#include <string>
#include <vector>

namespace reprise::cli {
namespace {

result<exit_code> forget_in_store(const std::string& directory,
                                  const std::vector<std::string>& subjects, output& out,
                                  bool as_json) {
  const auto done = forget(directory, subjects);
  if (!done) return done.error();
  if (as_json) {
    json line;
    line["subjects"] = subjects;
    line["keys_destroyed"] = done->keys;
    out.line(one_line(line));
    return exit_code::ok;
  }
  std::string told = "Forgot ";
  told += grouped(subjects.size()) + (subjects.size() == 1 ? " subject: " : " subjects: ");
  told += grouped(done->keys) + (done->keys == 1 ? " key was" : " keys were") + " destroyed.";
  if (done->keys == 0) told += " They had been forgotten before.";
  out.line(told);
  return exit_code::ok;
}

}  // namespace

void add_forget(CLI::App& line, store_work& chosen) {
  CLI::App* command = line.add_subcommand("forget", "Destroy the keys of somebody's personal data");
  auto subjects = std::make_shared<std::vector<std::string>>();
  command->add_option("SUBJECT", *subjects, "Whose: values of the fields that mark the data")
      ->type_name("")
      ->required();
  command->footer(
      "What fields marked with $Reprise.personal hold of them reads as its default from now on, "
      "in\n"
      "events and snapshots of this store; all else stays. Works on a store that nobody has open; "
      "a\n"
      "program that runs forgets by node::forget(). When one of several was never there, nobody "
      "is\n"
      "forgotten. If it fails, do it again: only one that succeeded is safe from a power loss.\n"
      "Copies of the store have keys of their own: forget in each, see docs/personal.md.\n"
      "Examples:\n"
      "  reprise --data ./data forget ann\n"
      "  reprise --data ./data --json forget ann bob 4711");
  command->callback([&chosen, subjects] {
    chosen = [subjects](const std::string& directory, output& out, bool as_json) {
      return forget_in_store(directory, *subjects, out, as_json);
    };
  });
}

}  // namespace reprise::cli
