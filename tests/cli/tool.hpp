// SPDX-License-Identifier: Apache-2.0
//
// Runs the tool on a store.

#pragma once

#include "running_program.hpp"
#include "written_store.hpp"

#include <nlohmann/json.hpp>

#include <initializer_list>
#include <sstream>
#include <string>
#include <vector>

namespace reprise::test {

inline std::vector<std::string> tool_on(const std::string& directory,
                                        std::initializer_list<std::string> arguments) {
  std::vector<std::string> command{REPRISE_PROGRAM, "--data", directory};
  command.insert(command.end(), arguments);
  return command;
}

inline program_end tool(const written_store& store, std::initializer_list<std::string> arguments) {
  return run(tool_on(store.directory(), arguments));
}

/// Each line of the text as JSON.
inline std::vector<nlohmann::json> lines_of(const std::string& text) {
  std::vector<nlohmann::json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

inline std::string hex(std::string_view command) {
  return to_hex(derive_command_id(command).value);
}

}  // namespace reprise::test
