// SPDX-License-Identifier: Apache-2.0
#include "examples/trip/history.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <optional>

namespace ride {
namespace {

constexpr std::array<std::string_view, 4> names{"ok", "rejected", "unknown", "error"};

std::optional<outcome> outcome_of(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<outcome>(i);
  }
  return {};
}

// Throws where the line is not what it should be.
asked_command parse(const std::string& line) {
  const auto object = nlohmann::json::parse(line);
  asked_command command{.aggregate = object.at("aggregate").get<std::string>(),
                        .command = object.at("command").get<std::string>(),
                        .invoked_ns = object.at("invoke_ns").get<std::int64_t>(),
                        .returned_ns = object.at("return_ns").get<std::int64_t>(),
                        .sequence = object.at("sequence").get<std::uint64_t>()};
  if (!reprise::from_hex(object.at("command_id").get<std::string>(), command.id.value)) {
    throw std::invalid_argument("command_id is no id");
  }
  const auto how = outcome_of(object.at("outcome").get<std::string>());
  if (!how) throw std::invalid_argument("outcome is unknown");
  command.how = *how;
  return command;
}

}  // namespace

std::string_view to_string(outcome how) {
  return names[static_cast<std::size_t>(how)];
}

history_writer::history_writer(const std::string& path) : path_(path) {
  if (!path.empty()) out_.open(path, std::ios::binary | std::ios::trunc);
}

void history_writer::add(const asked_command& command) {
  if (path_.empty()) return;
  // Written by hand: a load writes hundreds of thousands. Ids are of this program's making and need
  // no escapes.
  std::string line = "{\"command_id\":\"" + reprise::to_hex(command.id.value);
  line += "\",\"aggregate\":\"" + command.aggregate;
  line += "\",\"command\":\"" + command.command;
  line += "\",\"invoke_ns\":" + std::to_string(command.invoked_ns);
  line += ",\"return_ns\":" + std::to_string(command.returned_ns);
  line += ",\"outcome\":\"";
  line += to_string(command.how);
  line += "\",\"sequence\":" + std::to_string(command.sequence) + "}\n";
  const std::lock_guard hold(mutex_);
  out_ << line;
}

bool history_writer::finish() {
  if (path_.empty()) return true;
  const std::lock_guard hold(mutex_);
  out_.close();
  return out_.good();
}

reprise::result<void> read_history(std::istream& from,
                                   const std::function<void(asked_command)>& each) {
  std::string line;
  for (std::uint64_t number = 1; std::getline(from, line); ++number) {
    const bool ends = !from.eof();
    try {
      each(parse(line));
    } catch (const std::exception& e) {
      if (!ends) return {};
      return reprise::error{reprise::errc::malformed,
                            "line " + std::to_string(number) + ": " + e.what(), number};
    }
  }
  return {};
}

}  // namespace ride
