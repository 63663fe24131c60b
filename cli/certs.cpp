// SPDX-License-Identifier: Apache-2.0
//
// `reprise certs init`: an authority, and certificates for the nodes and clients of a cluster.

#include "cli/command.hpp"
#include "cli/json.hpp"

#include <reprise/certificates.hpp>

#include <memory>

namespace reprise::cli {
namespace {

// Certificates that are valid for longer than this are a mistake; the authority's ends by then.
constexpr unsigned days_max = 3650;

struct certificate_order {
  std::string directory{};
  std::vector<std::string> nodes{};
  unsigned days = 365;
};

result<exit_code> make(const certificate_order& order, output& out, bool as_json) {
  const auto files = make_certificates(
      order.directory, {.nodes = order.nodes, .valid = std::chrono::days(order.days)});
  if (!files) return files.error();
  if (as_json) {
    json line;
    line["files"] = *files;
    line["days"] = order.days;
    out.line(one_line(line));
    return exit_code::ok;
  }
  for (const std::string& file : *files) out.line(file);
  out.line(
      "Each node needs ca.crt and its own two files. Keep ca.key elsewhere: who has it can "
      "make nodes.");
  return exit_code::ok;
}

void add_init(CLI::App& certs, errand& chosen) {
  CLI::App* command =
      certs.add_subcommand("init", "Make an authority, and certificates that it has signed");
  auto order = std::make_shared<certificate_order>();
  command->add_option("DIR", order->directory, "Folder for the files; made when it is not there")
      ->type_name("")
      ->required();
  command->add_option("--nodes", order->nodes, "Names of the nodes, with commas between them")
      ->type_name("NAME,...")
      ->delimiter(',')
      ->required();
  command->add_option("--days", order->days, "How long nodes' certificates are valid (365)")
      ->type_name("N")
      ->check(whole_number())
      ->check(CLI::Range(1U, days_max));
  command->footer(
      "Writes ca.crt and ca.key, NAME.crt and NAME.key for each node, and client.crt and\n"
      "client.key for those who ask the cluster. Keys can be read by their owner only. Nothing\n"
      "is overwritten. A node's name stands in its certificate, its address does not.\n"
      "Examples:\n"
      "  reprise certs init ./certs --nodes a,b,c\n"
      "  reprise certs init ./certs --nodes a,b,c --days 90");
  command->callback([&chosen, order] {
    chosen = [order](output& out, bool as_json) { return make(*order, out, as_json); };
  });
}

}  // namespace

void add_certs(CLI::App& line, errand& chosen) {
  CLI::App* command = line.add_subcommand("certs", "Make certificates for the nodes of a cluster");
  command->require_subcommand(1);
  command->fallthrough();
  command->footer(
      "Examples:\n"
      "  reprise certs init ./certs --nodes a,b,c");
  add_init(*command, chosen);
}

}  // namespace reprise::cli
