// SPDX-License-Identifier: Apache-2.0
//
// The program `trip`: a taxi company's trips on an embedded store.
#include "examples/trip/board.hpp"
#include "examples/trip/cluster_commands.hpp"
#include "examples/trip/exit_code.hpp"
#include "examples/trip/progress_bar.hpp"
#include "examples/trip/replay.hpp"
#include "examples/trip/report.hpp"
#include "examples/trip/rides.hpp"
#include "examples/trip/show.hpp"
#include "examples/trip/taxi_file.hpp"
#include "examples/trip/taxi_generator.hpp"
#include "examples/trip/trip.hpp"

#include <reprise/node.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

namespace {

using ride::say;
using ride::exit_code::failed;
using ride::exit_code::no_such_trip;
constexpr int ok = ride::exit_code::done;

reprise::result<reprise::node> open_company(const std::string& data) {
  auto node = reprise::node::open({.data = data, .log = reprise::log_lines::warnings});
  if (!node) return node;
  if (auto hosted = node->try_host<ride::trip>(); !hosted) return std::move(hosted).error();
  return node;
}

struct replay_options {
  std::string file;
  std::string data;
  std::uint32_t in_flight = 1024;
  bool json = false;
};

int replay(const replay_options& o) {
  std::ifstream in(o.file, std::ios::binary);
  if (!in) {
    std::cerr << "trip: cannot open " << o.file << "; `trip generate` makes such a file\n";
    return failed;
  }
  auto file = taxi::taxi_file::open(in);
  if (!file) return say({file.error().code, o.file + ": " + file.error().message});
  auto node = open_company(o.data);
  if (!node) return say(node.error());

  auto bar = taxi::progress_bar::on_standard_error(std::filesystem::file_size(o.file));
  const auto report = ride::replay(
      *file, *node,
      {.in_flight = o.in_flight,
       .progress = [&](std::uint64_t rows,
                       std::uint64_t bytes) { bar.show(bytes, std::to_string(rows) + " rows"); },
       .skipped =
           [&](const taxi::bad_row& bad) {
             bar.clear();
             std::cerr << "trip: " << o.file << ":" << bad.line << ": skipped: " << bad.why << "\n";
           }});
  bar.clear();
  if (!report) return say(report.error());
  std::cout << (o.json ? taxi::as_json(*report) + "\n" : taxi::as_table(*report));
  return ok;
}

struct generate_options {
  std::uint64_t trips = 1000;
  std::uint64_t seed = 1;
};

int generate(const generate_options& o) {
  taxi::taxi_generator generator(o.seed);
  taxi::write_header(std::cout);
  for (std::uint64_t i = 0; i < o.trips && std::cout; ++i) {
    taxi::write_row(std::cout, generator.next());
  }
  std::cout.flush();
  if (std::cout) return ok;
  std::cerr << "trip: standard output cannot be written\n";
  return failed;
}

struct show_options {
  std::string id;
  std::string data;
  std::optional<std::uint64_t> at;
  bool json = false;
};

// True, and said, when there is none.
bool is_missing(const std::string& data) {
  if (std::filesystem::exists(data)) return false;
  std::cerr << "trip: there is no store at " << data << "; `trip replay` makes one\n";
  return true;
}

int show(const show_options& o) {
  if (is_missing(o.data)) return failed;
  auto node = open_company(o.data);
  if (!node) return say(node.error());
  const auto found = ride::look_up(*node, o.id, o.at);
  if (!found) return say(found.error());
  if (found->sequence.value == 0 && !o.at) {
    std::cerr << "trip: there is no trip " << o.id << " in " << o.data << "\n";
    return no_such_trip;
  }
  std::cout << (o.json ? ride::as_json(o.id, *found) + "\n" : ride::as_table(o.id, *found));
  return ok;
}

struct board_options {
  std::string data;
  bool json = false;
};

int board(const board_options& o) {
  if (is_missing(o.data)) return failed;
  auto node = open_company(o.data);
  if (!node) return say(node.error());
  constexpr std::uint64_t steps = 1000;
  auto bar = taxi::progress_bar::on_standard_error(steps);
  std::uint64_t most = 1;
  const auto done = ride::catch_up(*node, [&](std::uint64_t left) {
    most = std::max(most, left);
    bar.show((most - left) * steps / most, std::to_string(left) + " events left");
  });
  bar.clear();
  if (!done) return say(done.error());
  const auto seen = node->view<ride::board>();
  std::cout << (o.json ? ride::as_json(*seen) + "\n" : ride::as_table(*seen));
  return ok;
}

struct rides_options {
  std::string data;
  bool json = false;
};

int rides(const rides_options& o) {
  auto node = open_company(o.data);
  if (!node) return say(node.error());
  if (auto hosted = node->try_host<ride::rider>(); !hosted) return say(hosted.error());
  if (auto hosted = node->try_host<ride::ride_saga>(); !hosted) return say(hosted.error());
  const auto done = ride::drive(*node);
  if (!done) return say(done.error());
  std::cout << (o.json ? ride::as_json(*done) : ride::as_table(*done));
  return ok;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("A taxi company's trips on an embedded store of Reprise");
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  trip generate --trips 10000 --seed 7 > trips.csv\n"
      "  trip replay trips.csv --data ./data\n"
      "  trip show trip-42 --data ./data --at 3\n"
      "  trip board --data ./data\n"
      "  trip rides --data ./rides\n"
      "  trip serve --name n1 --data ./n1 --listen 127.0.0.1:7001 --insecure \\\n"
      "    --cluster n1=127.0.0.1:7001,n2=127.0.0.1:7002,n3=127.0.0.1:7003\n"
      "  trip load --nodes 127.0.0.1:8001,127.0.0.1:8002 --trips 10000 --history load.jsonl\n"
      "  trip check --nodes 127.0.0.1:8001,127.0.0.1:8002 --history load.jsonl\n"
      "Exit codes: 0 done, 1 no such trip, or a contradiction found by check, 4 failed; usage "
      "errors have codes above 100.");

  replay_options r;
  auto* replay_command = app.add_subcommand(
      "replay", "Drive one trip for each row of a taxi file. Safe to repeat, also after a crash.");
  replay_command->add_option("file", r.file, "file of trips, comma-separated")->required();
  replay_command->add_option("--data", r.data, "folder of the store; made if it is not there")
      ->required();
  replay_command->add_option("--in-flight", r.in_flight, "trips under way at once")
      ->check(CLI::Range(1, 65'536))
      ->capture_default_str();
  replay_command->add_flag("--json", r.json, "one JSON object instead of a table");

  generate_options g;
  auto* generate_command =
      app.add_subcommand("generate", "Write a file of made-up trips to standard output.");
  generate_command->add_option("--trips", g.trips, "how many")->capture_default_str();
  generate_command->add_option("--seed", g.seed, "equal seeds give equal files")
      ->capture_default_str();

  show_options s;
  auto* show_command = app.add_subcommand("show", "Show one trip, now or as it was.");
  show_command->add_option("id", s.id, "the trip, e.g. trip-42")->required();
  show_command->add_option("--data", s.data, "folder of the store")->required();
  show_command->add_option("--at", s.at, "as it was after this event");
  show_command->add_flag("--json", s.json, "one JSON object instead of a table");

  board_options b;
  auto* board_command =
      app.add_subcommand("board", "Show trips by phase, and what was paid by borough and hour.");
  board_command->add_option("--data", b.data, "folder of the store")->required();
  board_command->add_flag("--json", b.json, "one JSON object instead of a table");

  const ride::cluster_commands cluster(app);
  rides_options d;
  auto* rides_command = app.add_subcommand(
      "rides", "Drive three trips with a saga that has them paid, or cancelled without a driver.");
  rides_command->add_option("--data", d.data, "folder of a store of its own; made if need be")
      ->required();
  rides_command->add_flag("--json", d.json, "one JSON object for each trip");

  CLI11_PARSE(app, argc, argv);
  try {
    if (const auto chosen = cluster.chosen()) return chosen();
    if (*replay_command) return replay(r);
    if (*generate_command) return generate(g);
    if (*board_command) return board(b);
    if (*rides_command) return rides(d);
    return show(s);
  } catch (const std::exception& e) {
    std::cerr << "trip: " << e.what() << "\n";
    return failed;
  }
}
