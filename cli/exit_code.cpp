// SPDX-License-Identifier: Apache-2.0
#include "cli/exit_code.hpp"

#include "cli/json.hpp"
#include "cli/text.hpp"

#include <algorithm>
#include <array>

namespace reprise::cli {
namespace {

struct ending {
  errc code;
  exit_code exit;
  std::string_view advice;
};

// The codes that reading a store can answer. Any other one is a failure to read.
constexpr std::array endings{
    ending{errc::not_found, exit_code::negative, ""},
    ending{errc::deleted, exit_code::negative,
           "Its records are still in the log: see them with `reprise tail --from 1`."},
    ending{errc::tombstoned, exit_code::negative,
           "Its records are still in the log: see them with `reprise tail --from 1`."},
    ending{errc::history_gone, exit_code::negative,
           "Those events were truncated on purpose; ask for later ones."},
    ending{errc::beyond_head, exit_code::negative, "Leave the number out to see the newest."},
    ending{errc::invalid_argument, exit_code::usage, "See `reprise --help`."},
    ending{errc::not_hosted, exit_code::usage,
           "Give that store's directory with --data, on its own machine."},
    ending{errc::corrupt, exit_code::damaged,
           "Of a store, `reprise verify` shows what is damaged; copy its directory before anything "
           "else."},
    ending{errc::malformed, exit_code::damaged,
           "Of a store, `reprise verify` shows what is damaged; copy its directory before anything "
           "else."},
    ending{
        errc::incompatible, exit_code::cannot_open,
        "Use the version of reprise that wrote this store or runs in that node, or a newer one."},
    ending{errc::locked, exit_code::cannot_open,
           "Wait until that process is done, or end it, and try again."},
    ending{errc::io_error, exit_code::cannot_open,
           "Check that the path is right and that you may read it."},
};

const ending* find(errc code) {
  const auto* const found = std::ranges::find(endings, code, &ending::code);
  return found == endings.end() ? nullptr : found;
}

}  // namespace

exit_code exit_of(errc code) {
  const ending* known = find(code);
  return known == nullptr ? exit_code::cannot_open : known->exit;
}

exit_code exit_of_opening(errc code) {
  return code == errc::not_found ? exit_code::cannot_open : exit_of(code);
}

std::string_view advice(errc code) {
  const ending* known = find(code);
  return known == nullptr ? std::string_view() : known->advice;
}

std::string error_text(const error& why) {
  std::string text = "reprise: " + printable(why.message) + "\n";
  if (!advice(why.code).empty()) text += "  " + std::string(advice(why.code)) + "\n";
  return text;
}

std::string error_json(const error& why) {
  json inner;
  inner["code"] = to_string(why.code);
  inner["message"] = why.message;
  json whole;
  whole["error"] = std::move(inner);
  return one_line(whole) + "\n";
}

}  // namespace reprise::cli
