// SPDX-License-Identifier: Apache-2.0
#include "examples/trip/cluster_commands.hpp"

#include "examples/trip/addresses.hpp"
#include "examples/trip/board.hpp"
#include "examples/trip/check.hpp"
#include "examples/trip/exit_code.hpp"
#include "examples/trip/load.hpp"
#include "examples/trip/progress_bar.hpp"
#include "examples/trip/trip.hpp"

#include <reprise/node.hpp>

#include <chrono>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <signal.h>
#include <string>
#include <utility>
#include <vector>

namespace ride {
namespace {

// A client's port, where none is given.
constexpr std::uint16_t client_port_offset = 1000;

struct certificate_options {
  std::string authority;
  std::string certificate;
  std::string key;
  bool insecure = false;

  void add_to(CLI::App& command) {
    auto* ca = command.add_option("--ca", authority, "certificate of the authority, PEM");
    auto* cert = command.add_option("--cert", certificate, "own certificate, PEM")->needs(ca);
    auto* own = command.add_option("--key", key, "own key, PEM")->needs(cert);
    ca->needs(own);
    command.add_flag("--insecure", insecure, "no certificates; on this machine only")->excludes(ca);
  }
};

struct serve_options {
  std::string name;
  std::string data;
  std::string listen;
  std::string client;
  std::string cluster;
  bool join = false;
  bool board = false;
  reprise::node_copies copies = reprise::node_copies::all;
  std::uint32_t partitions = 0;
  certificate_options certificates;
};

// Blocked in all threads that come later, so that only sigwait() sees them.
sigset_t block_signals() {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  return stop;
}

int serve(const serve_options& o) {
  const auto listen = parse_address(o.listen, false);
  if (!listen) return say(listen.error());
  auto nodes = parse_addresses(o.cluster, true);
  if (!nodes) return say(nodes.error());
  reprise::cluster_node client = *listen;
  client.port = static_cast<std::uint16_t>(client.port + client_port_offset);
  if (!o.client.empty()) {
    const auto given = parse_address(o.client, false);
    if (!given) return say(given.error());
    client = *given;
  }

  const sigset_t stop = block_signals();
  auto node = reprise::node::open({.data = o.data,
                                   .partitions = o.partitions,
                                   .log = reprise::log_lines::warnings,
                                   .cluster = {.self = o.name,
                                               .nodes = std::move(*nodes),
                                               .join = o.join,
                                               .copies = o.copies,
                                               .listen_host = listen->host,
                                               .listen_port = listen->port,
                                               .client_host = client.host,
                                               .client_port = client.port,
                                               .authority = o.certificates.authority,
                                               .certificate = o.certificates.certificate,
                                               .key = o.certificates.key,
                                               .insecure = o.certificates.insecure}});
  if (!node) return say(node.error());
  if (auto hosted = node->try_host<trip>(); !hosted) return say(hosted.error());
  if (o.board) {
    if (auto started = node->try_project<board>(); !started) return say(started.error());
  }
  std::cout << o.name << " serves clients at " << client.host << ":" << client.port << std::endl;
  int signal = 0;
  sigwait(&stop, &signal);
  std::cout << o.name << " stops" << std::endl;
  node->close();
  return exit_code::done;
}

struct client_options {
  std::string nodes;
  certificate_options certificates;
  bool json = false;

  void add_to(CLI::App& command) {
    command
        .add_option("--nodes", nodes,
                    "where nodes serve clients: HOST:PORT or NAME=HOST:PORT, separated by commas")
        ->required();
    certificates.add_to(command);
    command.add_flag("--json", json, "one JSON object instead of a table");
  }
  [[nodiscard]] reprise::result<reprise::client> open() const {
    auto all = parse_addresses(nodes, true);
    if (!all) return std::move(all).error();
    return reprise::client::open({.nodes = std::move(*all),
                                  .insecure = certificates.authority.empty(),
                                  .authority = certificates.authority,
                                  .certificate = certificates.certificate,
                                  .key = certificates.key});
  }
};

struct load_options {
  client_options client;
  std::uint64_t trips = 1000;
  std::uint32_t in_flight = 64;
  std::uint32_t reads = 0;
  std::uint32_t seconds = 0;
  std::uint32_t timeout_ms = 10'000;
  std::string history;
  std::string prefix;
};

std::string fresh_prefix() {
  std::random_device device;
  return "load-" + std::to_string(device());
}

int run_load(const load_options& o) {
  auto client = o.client.open();
  if (!client) return say(client.error());
  auto bar = taxi::progress_bar::on_standard_error(std::max<std::uint64_t>(o.trips, 1));
  const auto report = load(*client, {.trips = o.trips,
                                     .time = std::chrono::seconds(o.seconds),
                                     .in_flight = o.in_flight,
                                     .reads = o.reads,
                                     .timeout = std::chrono::milliseconds(o.timeout_ms),
                                     .history = o.history,
                                     .prefix = o.prefix.empty() ? fresh_prefix() : o.prefix,
                                     .progress = [&](std::uint64_t trips) {
                                       if (o.trips > 0)
                                         bar.show(trips, std::to_string(trips) + " trips");
                                     }});
  bar.clear();
  if (!report) return say(report.error());
  std::cout << (o.client.json ? as_json(*report) + "\n" : as_table(*report));
  return exit_code::done;
}

struct check_options {
  client_options client;
  std::string history;
};

int run_check(const check_options& o) {
  std::ifstream in(o.history, std::ios::binary);
  if (!in) {
    std::cerr << "trip: cannot open " << o.history << "; `trip load --history` makes such a file\n";
    return exit_code::failed;
  }
  std::vector<asked_command> asked;
  const auto read = read_history(in, [&](asked_command each) { asked.push_back(std::move(each)); });
  if (!read) return say({read.error().code, o.history + ": " + read.error().message});
  auto client = o.client.open();
  if (!client) return say(client.error());
  const auto report = check(*client, asked);
  if (!report) return say(report.error());
  std::cout << (o.client.json ? as_json(*report) + "\n" : as_table(*report));
  return report->violated == 0 ? exit_code::done : exit_code::contradiction;
}

}  // namespace

struct cluster_commands::options {
  serve_options serve;
  load_options load;
  check_options check;
  CLI::App* serve_command = nullptr;
  CLI::App* load_command = nullptr;
  CLI::App* check_command = nullptr;
};

cluster_commands::cluster_commands(CLI::App& app) : options_(std::make_unique<options>()) {
  options& o = *options_;
  o.serve_command =
      app.add_subcommand("serve", "Be a node of a cluster, until it is told to stop.");
  CLI::App& serve = *o.serve_command;
  serve.add_option("--name", o.serve.name, "which of the nodes this one is")->required();
  serve.add_option("--data", o.serve.data, "folder of the store; made if it is not there")
      ->required();
  serve.add_option("--listen", o.serve.listen, "HOST:PORT for the other nodes")->required();
  serve.add_option("--client", o.serve.client,
                   "HOST:PORT for clients; by default 1000 above the port of --listen");
  serve.add_option("--cluster", o.serve.cluster, "all nodes: NAME=HOST:PORT, separated by commas")
      ->required();
  serve.add_flag("--join", o.serve.join,
                 "the others have a cluster already; wait for `reprise cluster add`");
  serve.add_flag("--board", o.serve.board, "fold the board of all trips beside");
  serve
      .add_option("--copies", o.serve.copies,
                  "which partitions to have copies of: all, or those chosen for its vote")
      ->transform(CLI::CheckedTransformer(std::map<std::string, reprise::node_copies>{
          {"all", reprise::node_copies::all}, {"chosen", reprise::node_copies::chosen}}))
      ->type_name("all|chosen")
      ->default_str("all");
  serve
      .add_option("--partitions", o.serve.partitions,
                  "of a new cluster, the same on all nodes; 0: 64, or what the store has")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  o.serve.certificates.add_to(serve);

  o.load_command = app.add_subcommand("load", "Drive trips through a cluster, and measure.");
  CLI::App& load = *o.load_command;
  o.load.client.add_to(load);
  load.add_option("--trips", o.load.trips, "how many; 0: as many as there is time for")
      ->capture_default_str();
  load.add_option("--in-flight", o.load.in_flight, "trips under way at once")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  load.add_option("--reads", o.load.reads,
                  "trips under way that are read at once, beside the commands")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str();
  load.add_option("--seconds", o.load.seconds, "stop after this time; 0: when all trips are done")
      ->capture_default_str();
  load.add_option("--timeout", o.load.timeout_ms, "milliseconds that a command may take")
      ->check(CLI::Range(1, 600'000))
      ->capture_default_str();
  load.add_option("--history", o.load.history, "file to write each command to, for `trip check`");
  load.add_option("--prefix", o.load.prefix, "of the trips' ids; drawn anew by default");

  o.check_command =
      app.add_subcommand("check", "Check what a load was answered against what is stored.");
  CLI::App& check = *o.check_command;
  o.check.client.add_to(check);
  check.add_option("--history", o.check.history, "file that `trip load --history` wrote")
      ->required();
}

cluster_commands::~cluster_commands() = default;

std::function<int()> cluster_commands::chosen() const {
  const options& o = *options_;
  if (o.serve_command->parsed()) return [&o] { return serve(o.serve); };
  if (o.load_command->parsed()) return [&o] { return run_load(o.load); };
  if (o.check_command->parsed()) return [&o] { return run_check(o.check); };
  return {};
}

}  // namespace ride
