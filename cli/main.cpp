// SPDX-License-Identifier: Apache-2.0
//
// `reprise`: looks into a store without the program that wrote it, copies and shrinks it; asks a
// node about its cluster.

#include "cli/cluster_seen.hpp"
#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/files_only.hpp"
#include "cli/in_child.hpp"
#include "cli/output.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <unistd.h>
#include <utility>

namespace reprise::cli {
namespace {

struct command_line {
  std::string directory{};
  bool json = false;
  // Its first word.
  std::string command{};
  action chosen{};
  errand without_store{};
  store_work on_directory{};
  place_work on_place{};
  node_access node{};
  cluster_work on_cluster{};
};

void describe_node(CLI::App& line, node_access& node) {
  auto* where = line.add_option(
      "--node", node.address,
      "Where a node serves clients: for `reprise cluster`, and in place of --data for "
      "whatever looks at a store, or decides about sagas, projections and parked events");
  where->type_name("[NAME=]HOST:PORT");
  auto* ca = line.add_option("--ca", node.authority, "Certificate of the cluster's authority");
  auto* cert = line.add_option("--cert", node.certificate, "Own certificate for --node");
  auto* key = line.add_option("--key", node.key, "Own key for --node");
  for (CLI::Option* each : {ca, cert, key}) each->type_name("FILE");
  ca->needs(cert);
  cert->needs(key);
  key->needs(ca);
  line.add_flag("--stale", node.stale,
                "Read what the node has by itself, which may lack what was acknowledged last: for "
                "one that is cut off from the others")
      ->needs(where);
}

void describe(CLI::App& line, command_line& read) {
  line.name("reprise");
  line.set_version_flag("--version", "reprise " REPRISE_VERSION);
  line.add_option("--data", read.directory,
                  "Directory of the store; another process may have it open")
      ->type_name("DIR");
  describe_node(line, read.node);
  line.add_flag("--json", read.json, "Print JSON, one value a line, for programs");
  line.require_subcommand(1);
  // So that `reprise log trip trip-42 --data ./data` works too.
  line.fallthrough();
  add_get(line, read.chosen);
  add_log(line, read.chosen);
  add_tail(line, read.chosen);
  add_types(line, read.chosen);
  add_schema(line, read.chosen, read.without_store);
  add_stats(line, read.chosen);
  add_space(line, read.chosen);
  add_verify(line, read.chosen);
  add_projection(line, read.on_place);
  add_parked(line, read.on_place);
  add_saga(line, read.on_place);
  add_why(line, read.chosen);
  add_backup(line, read.without_store);
  add_restore(line, read.without_store);
  add_compact(line, read.on_directory);
  add_truncate(line, read.on_directory);
  add_forget(line, read.on_directory);
  add_keys(line, read.on_directory);
  add_export(line, read.on_place);
  add_import(line, read.without_store);
  add_certs(line, read.without_store);
  add_cluster(line, read.on_cluster);
  line.footer(
      "Exit codes: 0 fine, 1 not there, 2 wrong usage, 3 damaged, 4 cannot be opened, read or\n"
      "reached, 5 schema refused, 6 something of a cluster is missing.\n"
      "Examples:\n"
      "  reprise --data ./data types\n"
      "  reprise --data ./data get trip trip-42\n"
      "  reprise --node 10.0.0.1:8001 --ca ca.crt --cert client.crt --key client.key tail\n"
      "  reprise log --help");
}

exit_code refuse(const error& why, exit_code how, const command_line& read) {
  std::fputs((read.json ? error_json(why) : error_text(why)).c_str(), stderr);
  return how;
}

result<exit_code> ask_node(const command_line& read, output& out) {
  if (!read.directory.empty()) {
    return error{errc::invalid_argument, "this command asks a node, not a store: leave --data out"};
  }
  if (read.node.address.empty()) {
    return error{errc::invalid_argument,
                 "which node? Say where it serves clients: --node HOST:PORT"};
  }
  return read.on_cluster(read.node, out, read.json);
}

result<exit_code> look_at(const result<store_reader>& store, const command_line& read,
                          output& out) {
  if (!store) return refuse(store.error(), exit_of_opening(store.error().code), read);
  stage on{
      .store = *store, .out = out, .json = read.json, .through_node = !read.node.address.empty()};
  return read.chosen(on);
}

result<exit_code> work_through_node(const command_line& read, output& out) {
  if (!read.chosen && !read.on_place) {
    return error{errc::invalid_argument, std::string(why_files_only(read.command))};
  }
  if (!read.directory.empty()) {
    return error{errc::invalid_argument, "a store, or a node? Leave --data or --node out"};
  }
  if (read.node.address.empty()) {
    return error{errc::invalid_argument,
                 "which node? Say where it serves clients: --node HOST:PORT"};
  }
  const auto asking = client_of(read.node);
  if (!asking) return asking.error();
  if (read.on_place) return read.on_place({.node = &*asking}, out, read.json);
  return look_at(store_of(*asking), read, out);
}

result<exit_code> carry_out(const command_line& read, output& out) {
  if (read.on_cluster) return ask_node(read, out);
  if (!read.node.address.empty() || !read.node.authority.empty()) {
    return work_through_node(read, out);
  }
  if (read.without_store) return read.without_store(out, read.json);
  if (read.directory.empty()) {
    return error{errc::invalid_argument, "which store? Give its directory with --data DIR"};
  }
  if (read.on_directory) return read.on_directory(read.directory, out, read.json);
  if (read.on_place) return read.on_place({.directory = read.directory}, out, read.json);
  return look_at(store_reader::open(read.directory), read, out);
}

exit_code run(const command_line& read) {
  output out(STDOUT_FILENO);
  const auto ended = carry_out(read, out);
  out.flush();
  if (out.ended() == output::ending::failed) {
    return refuse({errc::io_error, "cannot write the output: " + out.reason()},
                  exit_code::cannot_open, read);
  }
  return ended ? *ended : refuse(ended.error(), exit_of(ended.error().code), read);
}

// Whoever looks for damage must not fall by it.
exit_code run_apart(const command_line& read) {
  const auto ended = in_child([&] { return static_cast<int>(run(read)); });
  if (const auto* const by = std::get_if<ended_by_signal>(&ended)) {
    return refuse({errc::corrupt, "the check was ended by signal " + std::to_string(by->number) +
                                      ": pages of the store are damaged, so that what leads to "
                                      "its records cannot be followed"},
                  exit_code::damaged, read);
  }
  return static_cast<exit_code>(std::get<int>(ended));
}

int tool(int argc, char** argv) {
  CLI::App line(
      "Looks into a store without the program that wrote it, also while it is written, copies "
      "and shrinks it. Asks a node about its cluster.");
  command_line read;
  describe(line, read);
  try {
    line.parse(argc, argv);
  } catch (const CLI::ParseError& why) {
    const bool asked_for_help = line.exit(why) == 0;
    return static_cast<int>(asked_for_help ? exit_code::ok : exit_code::usage);
  }
  read.command = line.get_subcommands().front()->get_name();
  // A reader of our output that leaves is no reason to die without a word.
  std::signal(SIGPIPE, SIG_IGN);
  const bool reads_files = read.node.address.empty();
  const bool is_apart = read.command == "verify" && reads_files;
  return static_cast<int>(is_apart ? run_apart(read) : run(read));
}

}  // namespace
}  // namespace reprise::cli

int main(int argc, char** argv) {
  try {
    return reprise::cli::tool(argc, argv);
  } catch (const std::exception& e) {
    std::fputs((std::string("reprise: ") + e.what() + "\n").c_str(), stderr);
    return static_cast<int>(reprise::cli::exit_code::cannot_open);
  }
}
