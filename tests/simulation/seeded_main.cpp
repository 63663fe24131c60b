// SPDX-License-Identifier: Apache-2.0
//
// Catch2's program, with options for what the environment says elsewhere: `--seed N` tells the
// story of one seed again.
#include <catch2/catch_session.hpp>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <optional>
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

// An option with a whole number.
Opt number(const char* option, std::optional<std::string>& into, const char* help) {
  const auto take = [&into](const std::string& text) {
    if (!is_whole_number(text)) {
      return ParserResult::runtimeError("'" + text + "' is no whole number");
    }
    into = text;
    return ParserResult::ok(Catch::Clara::ParseResultType::Matched);
  };
  return Opt(take, "number")[option](help);
}

}  // namespace

int main(int argc, char** argv) {
  std::optional<std::string> seed;
  std::optional<std::string> campaigns;
  Catch::Session session;
  session.cli(session.cli() | number("--seed", seed, "where to begin; alone, it is the only one") |
              number("--campaigns", campaigns, "how many seeds are run"));
  if (const int wrong = session.applyCommandLine(argc, argv); wrong != 0) return wrong;
  if (seed && !campaigns) campaigns = "1";
  if (seed) ::setenv("REPRISE_SEED", seed->c_str(), 1);
  if (campaigns) ::setenv("REPRISE_CAMPAIGNS", campaigns->c_str(), 1);
  return session.run();
}
