// SPDX-License-Identifier: Apache-2.0
#include "tool.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fstream>
#include <iterator>
#include <sstream>

using namespace reprise::test;

namespace {

const std::vector<std::string> commands{"get",
                                        "log",
                                        "tail",
                                        "types",
                                        "stats",
                                        "space",
                                        "verify",
                                        "backup",
                                        "restore",
                                        "schema",
                                        "schema show",
                                        "schema check",
                                        "compact",
                                        "truncate",
                                        "forget",
                                        "keys",
                                        "keys list",
                                        "keys rotate",
                                        "export",
                                        "import",
                                        "certs",
                                        "certs init",
                                        "cluster",
                                        "cluster status",
                                        "cluster add",
                                        "cluster drain",
                                        "cluster remove",
                                        "cluster voters",
                                        "cluster move",
                                        "projection",
                                        "projection list",
                                        "projection diff",
                                        "projection delete",
                                        "projection lag",
                                        "projection rebuild",
                                        "parked",
                                        "parked list",
                                        "parked show",
                                        "parked retry",
                                        "parked skip",
                                        "parked edit",
                                        "saga",
                                        "saga list",
                                        "saga show",
                                        "saga retry",
                                        "saga cancel",
                                        "why"};

// The words that call the program to help with a command, which may be of several words.
std::vector<std::string> call_for_help(const std::string& command) {
  std::vector<std::string> words{REPRISE_PROGRAM};
  std::istringstream in(command);
  for (std::string word; in >> word;) words.push_back(word);
  words.emplace_back("--help");
  return words;
}

// Exactly as docs/tool.md shows it.
std::string block(const std::string& call, const std::string& help) {
  return "```text\n$ " + call + "\n" + help + "```\n";
}

}  // namespace

TEST_CASE("the document of the tool shows the help of every command as it is") {
  std::ifstream in(REPRISE_TOOL_DOCUMENT);
  const std::string document((std::istreambuf_iterator<char>(in)), {});
  REQUIRE_FALSE(document.empty());
  const program_end whole = run({REPRISE_PROGRAM, "--help"});
  CHECK(whole.code == 0);
  INFO(whole.out);
  CHECK(document.find(block("reprise --help", whole.out)) != std::string::npos);
  for (const std::string& command : commands) {
    const program_end help = run(call_for_help(command));
    CHECK(help.code == 0);
    INFO(help.out);
    CHECK(document.find(block("reprise " + command + " --help", help.out)) != std::string::npos);
    const std::size_t space = command.find(' ');
    if (space == std::string::npos) {
      CHECK(whole.out.find("\n  " + command + " ") != std::string::npos);
    }
  }
}

TEST_CASE("the help of every command has examples") {
  for (const std::string& command : commands) {
    INFO(command);
    CHECK(run(call_for_help(command)).out.find("Examples:\n  reprise ") != std::string::npos);
  }
}

TEST_CASE("a wrong command line is told from a wrong result") {
  const auto refused = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), REPRISE_PROGRAM);
    const program_end ended = run(arguments);
    CHECK(ended.out.empty());
    CHECK_FALSE(ended.err.empty());
    return ended.code;
  };
  CHECK(refused({}) == 2);
  CHECK(refused({"types"}) == 2);
  CHECK(refused({"--data", "/tmp", "fly"}) == 2);
  CHECK(refused({"--data", "/tmp", "log", "trip"}) == 2);
  CHECK(refused({"--data", "/tmp", "log", "trip", "trip-1", "--from", "0"}) == 2);
  CHECK(refused({"--data", "/tmp", "log", "trip", "trip-1", "--from", "-1"}) == 2);
  CHECK(refused({"--data", "/tmp", "log", "trip", "trip-1", "--from", "one"}) == 2);
  CHECK(refused({"--data", "/tmp", "tail", "--limit", "0"}) == 2);
}

TEST_CASE("the version is printed") {
  const program_end version = run({REPRISE_PROGRAM, "--version"});
  CHECK(version.code == 0);
  CHECK(version.out.starts_with("reprise 0."));
}
