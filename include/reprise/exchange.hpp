// SPDX-License-Identifier: Apache-2.0
//
// Writes the records of a store in a form that any program can read, also while another process
// writes to the store; and makes a store of that.
//
//   auto done = reprise::export_to_file("./data", "monday.jsonl");
//   auto made = reprise::import_file("monday.jsonl", "./copy");
//
// Invariants
//  * All that was committed when the export began is in it, once, and nothing newer: records of
//    every kind, in the order of their times; those of one partition in that of their positions.
//  * What comes last tells that the export is whole; whoever reads it can find out that one was
//  cut.
//  * A file is under its name only when it is whole and durable.
//  * At most a page of records (64, or about 256 KiB and one more) is held for each partition.
// Format: docs/exchange.md. Threading: may be called from any thread; blocks until it is done. The
// process must not have the store open as a node.

#pragma once

#include <reprise/inspect.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reprise {

/// What an export is written as; both say the same.
enum class export_format : std::uint8_t {
  /// JSON objects, one a line.
  lines,
  /// Messages of Cap'n Proto, see reprise/exchange.capnp; smaller.
  messages,
};

struct export_options {
  /// Names as store_reader::type() takes them; empty: all types.
  std::vector<std::string> types{};
  /// Only aggregates with this id.
  std::optional<std::string> id{};
  export_format format = export_format::lines;
  /// Written at most; 0: as fast as the disks can.
  std::uint64_t bytes_per_second = 0;
  /// A file that is there already is replaced instead of refused.
  bool replace = false;
};

struct export_summary {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
};

/// Takes what a file would hold, one line with its end, or one message, after the other. An error
/// ends the export and is its result.
using export_sink = std::function<result<void>(std::string_view)>;

/// `not_found` when `from` is no store or has no such type, `corrupt` with the position of a
/// damaged record, `too_large` when one is larger than a message may be.
[[nodiscard]] result<export_summary> export_records(const std::filesystem::path& from,
                                                    const export_sink& to,
                                                    const export_options& what = {},
                                                    const progress_listener& listener = {});

/// The same into a file, written beside it as `to` with `.part` at its end and then renamed. What
/// a killed export left there is written over. `invalid_argument` when `to` is there already,
/// `locked` while another export writes it, `disk_full`, `io_error`.
[[nodiscard]] result<export_summary> export_to_file(const std::filesystem::path& from,
                                                    const std::filesystem::path& to,
                                                    const export_options& what = {},
                                                    const progress_listener& listener = {});

struct import_summary {
  std::uint64_t records = 0;
};

/// Makes a store of what export_to_file() wrote, in whichever form: the first bytes tell. The file
/// is read twice, so that one that was cut or changed makes no store. Sequences are as they were,
/// and positions too if the export was of the whole store. The new store has an id of its own, and
/// no snapshots yet. It is under its name only when it is whole. `not_found` when there is no file,
/// `incompatible` for an unknown format, `corrupt` for a file that was cut or changed, `malformed`
/// with the line or message that says something wrong, `invalid_argument` when `to` is there
/// already, `disk_full`, `io_error`.
[[nodiscard]] result<import_summary> import_file(const std::filesystem::path& from,
                                                 const std::filesystem::path& to,
                                                 const progress_listener& listener = {});

}  // namespace reprise
