// SPDX-License-Identifier: Apache-2.0
#include <reprise/result.hpp>

#include <array>
#include <cstddef>

namespace reprise {
namespace {

enum class retry : std::uint8_t { no, yes };

struct meaning {
  std::string_view name;
  std::string_view sentence;
  retry again;
};

// In the order of errc.
constexpr std::array<meaning, static_cast<std::size_t>(errc::stopped) + 1> meanings{{
    {"invalid_argument", "An argument breaks a stated limit or rule.", retry::no},
    {"not_found", "There is no such thing.", retry::no},
    {"deleted", "The aggregate was deleted.", retry::no},
    {"tombstoned", "The aggregate was closed for ever.", retry::no},
    {"sequence_conflict", "The aggregate stands at another sequence than expected.", retry::no},
    {"inconsistent_retry", "The batch repeats a stored one only in part.", retry::no},
    {"id_conflict", "The command id was used before with another payload.", retry::no},
    {"too_large", "A size limit is exceeded.", retry::no},
    {"overloaded", "A bounded queue is full; nothing was done.", retry::yes},
    {"disk_full", "There is no room on the disk or in the store; nothing was written.", retry::yes},
    {"unavailable", "It cannot be served now; nothing was done.", retry::yes},
    {"expired", "The deadline passed before the command was handled; nothing was done.",
     retry::yes},
    {"timed_out", "The deadline passed; the outcome is unknown.", retry::yes},
    {"commit_unknown", "The append may or may not have been written.", retry::yes},
    {"corrupt", "Stored bytes are damaged.", retry::no},
    {"incompatible", "The format, schema or version is not one that this program can use.",
     retry::no},
    {"locked", "Somebody else has it open.", retry::yes},
    {"io_error", "The operating system refused.", retry::no},
    {"unknown_command", "The aggregate type does not know this command.", retry::no},
    {"malformed", "Bytes could not be decoded.", retry::no},
    {"handler_failed", "The command handler or an applier threw; nothing was written.", retry::no},
    {"replay_failed", "An applier refused a stored event.", retry::no},
    {"reply_failed", "The events are stored, but the reply could not be made.", retry::no},
    {"history_gone", "The events asked for were truncated.", retry::no},
    {"beyond_head", "The sequence asked for is above the last one.", retry::no},
    {"not_hosted", "This node hosts no aggregate of that type.", retry::no},
    {"stopped", "The node is shutting down; nothing was done.", retry::yes},
}};

const meaning& of(errc code) {
  return meanings[static_cast<std::size_t>(code)];
}

}  // namespace

std::string_view to_string(errc code) noexcept {
  return of(code).name;
}
std::string_view describe(errc code) noexcept {
  return of(code).sentence;
}
bool is_retryable(errc code) noexcept {
  return of(code).again == retry::yes;
}
bool is_unknown(errc code) noexcept {
  return code == errc::timed_out || code == errc::commit_unknown;
}

std::string to_string(const error& e) {
  return std::string(to_string(e.code)) + ": " + e.message;
}

}  // namespace reprise
