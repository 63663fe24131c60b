// SPDX-License-Identifier: Apache-2.0
//
// Catch2's program, with options for what the environment says elsewhere: `--seed N` tells the
// story of one seed again.
#include <catch2/catch_session.hpp>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <system_error>

namespace {

using Catch::Clara::Opt;
using Catch::Clara::ParserResult;

bool is_whole_number(const std::string& text) {
  std::uint64_t ignored = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), ignored);
  return wrong == std::errc{} && end == text.data() + text.size();
}

// An option whose number stands in the environment from then on.
Opt number(
    const char* option, const char* variable, const char* help,
    const std::function<void()>& then = [] {}) {
  const auto take = [variable, then](const std::string& text) {
    if (!is_whole_number(text)) {
      return ParserResult::runtimeError("'" + text + "' is no whole number");
    }
    ::setenv(variable, text.c_str(), 1);
    then();
    return ParserResult::ok(Catch::Clara::ParseResultType::Matched);
  };
  return Opt(take, "number")[option](help);
}

}  // namespace

int main(int argc, char** argv) {
  Catch::Session session;
  session.cli(session.cli() |
              number("--seed", "REPRISE_SEED", "where to begin; alone, it is the only one",
                     [] { ::setenv("REPRISE_CAMPAIGNS", "1", 0); }) |
              number("--campaigns", "REPRISE_CAMPAIGNS", "how many seeds are run"));
  if (const int wrong = session.applyCommandLine(argc, argv); wrong != 0) return wrong;
  return session.run();
}
