// SPDX-License-Identifier: Apache-2.0
//
// What a command of the tool is: options that are added to the command line, and an action that
// runs once the line is read.

#pragma once

#include "cli/exit_code.hpp"
#include "cli/output.hpp"

#include <reprise/client.hpp>
#include <reprise/exchange.hpp>
#include <reprise/group_store.hpp>
#include <reprise/inspect.hpp>
#include <reprise/projection_store.hpp>
#include <reprise/result.hpp>
#include <reprise/saga_store.hpp>

#include <CLI/CLI.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace reprise::cli {

/// What every command is given.
struct stage {
  const store_reader& store;
  output& out;
  bool json = false;
  /// It is read through a node that has it open.
  bool through_node = false;
};

using action = std::function<result<exit_code>(stage&)>;
/// What a command does that opens no store to read.
using errand = std::function<result<exit_code>(output&, bool json)>;
/// What a command does with a store that it opens in its own way.
using store_work =
    std::function<result<exit_code>(const std::string& directory, output&, bool json)>;

/// A node that serves clients, as the command line names it.
struct node_access {
  /// `HOST:PORT` or `NAME=HOST:PORT`.
  std::string address{};
  /// PEM files. None of them: without certificates.
  std::string authority{};
  std::string certificate{};
  std::string key{};
  /// What the node has by itself is enough.
  bool stale = false;
};
/// Where the store is that a command works on: in a directory, or behind a node that has it open.
struct store_place {
  std::string directory{};
  /// Null where it is a directory.
  const client* node = nullptr;
};
/// What a command does with either.
using place_work = std::function<result<exit_code>(const store_place&, output&, bool json)>;

/// What a command does with a node that is running.
using cluster_work = std::function<result<exit_code>(const node_access&, output&, bool json)>;

/// Each adds one command to the line, which sets `chosen` when it is the one that was asked for.
void add_get(CLI::App& line, action& chosen);
void add_log(CLI::App& line, action& chosen);
void add_tail(CLI::App& line, action& chosen);
void add_types(CLI::App& line, action& chosen);
void add_schema(CLI::App& line, action& chosen, errand& without_store);
void add_stats(CLI::App& line, action& chosen);
void add_space(CLI::App& line, action& chosen);
void add_verify(CLI::App& line, action& chosen);
void add_backup(CLI::App& line, errand& chosen);
void add_restore(CLI::App& line, errand& chosen);
void add_compact(CLI::App& line, store_work& chosen);
void add_truncate(CLI::App& line, store_work& chosen);
void add_forget(CLI::App& line, store_work& chosen);
void add_keys(CLI::App& line, store_work& chosen);
void add_projection(CLI::App& line, place_work& chosen);
void add_parked(CLI::App& line, place_work& chosen);
/// Those that change something, to the group of `reprise parked`.
void add_parked_orders(CLI::App& group, place_work& chosen);
void add_saga(CLI::App& line, place_work& chosen);
/// The same for `reprise saga`.
void add_saga_orders(CLI::App& group, place_work& chosen);
/// Of the store there.
[[nodiscard]] result<store_reader> reader_of(const store_place& place);
[[nodiscard]] result<saga_store> sagas_of(const store_place& place);
[[nodiscard]] result<projection_store> projections_of(const store_place& place);
[[nodiscard]] result<group_store> groups_of(const store_place& place);
void add_why(CLI::App& line, action& chosen);
void add_export(CLI::App& line, place_work& chosen);
/// `--format FORM`.
void add_export_format(CLI::App& command, export_format& form);
void add_import(CLI::App& line, errand& chosen);
void add_certs(CLI::App& line, errand& chosen);
void add_cluster(CLI::App& line, cluster_work& chosen);

/// The system's time, for commands that write it or compare with it.
[[nodiscard]] timestamp time_now();

/// Refuses what is no whole number of at least `least`; CLI11 alone takes -1 for a large one.
[[nodiscard]] CLI::Validator whole_number(unsigned least = 1);

/// `TYPE ID [--tenant T]`.
struct aggregate_argument {
  std::string type{};
  std::string id{};
  std::string tenant{};

  void add_to(CLI::App& command);
};

/// `NAME [--version V]`.
struct projection_argument {
  std::string name{};
  /// 0: the newest.
  std::uint32_t version = 0;

  void add_to(CLI::App& command);
  /// With the newest version where none was given. `not_found`.
  [[nodiscard]] result<projection_argument> in(const projection_store& store) const;
  [[nodiscard]] result<projection_argument> in(const store_place& place) const;
};

/// `NAME [--version V | --group]`: who has parked events, a projection or a group of workers.
struct parking_argument {
  projection_argument projection{};
  /// The name is that of a group.
  bool is_group = false;

  void add_to(CLI::App& command);
  [[nodiscard]] const std::string& name() const { return projection.name; }
  /// What it has parked in that place. `invalid_argument` for a version of a group.
  [[nodiscard]] result<std::vector<parked_event>> parked_in(const store_place& place) const;
};

/// `NAME KEY [--tenant T]`.
struct saga_argument {
  std::string name{};
  std::string key{};
  std::string tenant{};

  void add_to(CLI::App& command);
};

/// An aggregate that was found in a store.
struct found_aggregate {
  stored_type type{};
  aggregate_key key{};
  inspected_head head{};
};

/// `not_found` for an unknown type, and for an aggregate that never wrote.
[[nodiscard]] result<found_aggregate> find(const store_reader& store,
                                           const aggregate_argument& wanted);

}  // namespace reprise::cli
