// SPDX-License-Identifier: Apache-2.0
//
// The journal against a plain model of it: random appends, conflicts, repeats, retirements,
// snapshots and reopenings, and after each step everything that can be read. A run that differs is
// cut down to the steps that matter before it is shown. REPRISE_SEED and REPRISE_MODEL_RUNS say
// where to begin and how often.

#include "base/random.hpp"
#include "tests/environment.hpp"
#include "tests/persistence/conformance/scene.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <sstream>

namespace reprise::persistence::conformance {
namespace {

constexpr std::uint64_t steps_per_run = 60;
constexpr std::uint64_t runs_usual = 12;
constexpr std::uint64_t aggregates = 4;

enum class verb : std::uint8_t { append, repeat, remove, close_for_ever, truncate, save, reopen };

/// One step, complete in itself, so that any of them can be left out.
struct step {
  verb what{};
  std::uint64_t aggregate = 0;
  expectation::kind expected{};
  /// For `exact`, and for truncations: how far from what holds. 0 is what holds.
  std::int64_t off = 0;
  std::uint64_t events = 0;
};

std::string to_text(const step& s) {
  static const std::map<verb, const char*> names{
      {verb::append, "append"},     {verb::repeat, "repeat"},
      {verb::remove, "remove"},     {verb::close_for_ever, "close for ever"},
      {verb::truncate, "truncate"}, {verb::save, "save"},
      {verb::reopen, "reopen"}};
  std::ostringstream text;
  text << names.at(s.what) << " acct-" << s.aggregate << " expecting "
       << static_cast<int>(s.expected) << " off " << s.off << " events " << s.events;
  return text.str();
}

step draw_step(base::random& choose) {
  constexpr auto frequent =
      std::to_array<verb>({verb::append, verb::append, verb::append, verb::append, verb::append,
                           verb::append, verb::repeat, verb::repeat, verb::remove, verb::truncate,
                           verb::truncate, verb::save, verb::save, verb::reopen});
  step s;
  s.what = frequent[choose.below(frequent.size())];
  if (s.what == verb::remove && choose.below(6) == 0) s.what = verb::close_for_ever;
  s.aggregate = choose.below(aggregates);
  s.expected = static_cast<expectation::kind>(choose.below(4));
  s.off = choose.below(4) == 0 ? static_cast<std::int64_t>(choose.below(5)) - 2 : 0;
  s.events = choose.below(4);
  return s;
}

/// What the journal is, in the plainest words.
struct plain_aggregate {
  enum class state : std::uint8_t { absent, live, deleted, closed };
  state is = state::absent;
  std::vector<std::string> events{};
  std::uint64_t begins = 1;
  std::uint64_t readable = 1;
  /// The last batch that was stored, and what it expected.
  std::vector<std::string> last_batch{};
  std::map<std::uint64_t, std::string> snapshots{};

  [[nodiscard]] std::uint64_t last() const { return events.size(); }
  [[nodiscard]] std::string history() const {
    if (is == state::absent) return "not_found";
    if (is == state::deleted) return "deleted";
    if (is == state::closed) return "tombstoned";
    if (readable > last()) return "history_gone " + std::to_string(readable);
    std::string text;
    for (std::uint64_t n = readable; n <= last(); ++n) {
      text += (text.empty() ? "" : " ") + std::to_string(n) + ":" + events[n - 1];
    }
    return text;
  }
};

bool matches(const plain_aggregate& a, const expectation& expected) {
  const bool live = a.is == plain_aggregate::state::live;
  switch (expected.what) {
    case expectation::kind::any:
      return true;
    case expectation::kind::none:
      return !live;
    case expectation::kind::exists:
      return live;
    case expectation::kind::exact:
      return expected.at.value == 0 ? !live : live && expected.at.value == a.last();
  }
  return false;
}

/// Why nothing can be written to it at all, if so.
std::optional<std::string> shut(const plain_aggregate& a, const expectation& expected) {
  if (a.is == plain_aggregate::state::closed) return "tombstoned";
  const bool believes = expected.what == expectation::kind::exists ||
                        (expected.what == expectation::kind::exact && expected.at.value != 0);
  if (a.is == plain_aggregate::state::deleted && believes) return "deleted";
  return {};
}

class run_beside_model {
 public:
  /// Where journal and model differ first, or nothing.
  std::string difference(const std::vector<step>& steps) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const std::string found = perform(steps[i]);
      if (!found.empty())
        return "step " + std::to_string(i) + ", " + to_text(steps[i]) + ": " + found;
    }
    return {};
  }

 private:
  static std::string id(std::uint64_t n) { return "acct-" + std::to_string(n); }

  static expectation expected_by(const step& s, const plain_aggregate& a) {
    if (s.expected != expectation::kind::exact) return {s.expected, {}};
    const auto at = static_cast<std::int64_t>(a.last()) + s.off;
    return exact(static_cast<std::uint64_t>(std::max<std::int64_t>(at, 0)));
  }

  // Compares what the journal answered with what it should have.
  static std::string compare(const outcome& answer, const std::optional<std::string>& refusal) {
    std::ostringstream text;
    text << answer;
    if (refusal && text.str().rfind(*refusal, 0) != 0) {
      return "answered " + text.str() + ", not " + *refusal;
    }
    if (!refusal && answer.refused()) return "refused: " + text.str();
    return {};
  }

  std::string perform(const step& s) {
    plain_aggregate& a = model_[s.aggregate];
    const expectation expected = expected_by(s, a);
    std::string found;
    switch (s.what) {
      case verb::append:
        found = append(s, a, expected);
        break;
      case verb::repeat:
        found = repeat(s, a);
        break;
      case verb::remove:
        found = retire(s, a, expected, record_kind::deletion);
        break;
      case verb::close_for_ever:
        found = retire(s, a, expected, record_kind::tombstone);
        break;
      case verb::truncate:
        found = truncate(s, a);
        break;
      case verb::save:
        found = save(s, a);
        break;
      case verb::reopen:
        // A journal in memory keeps nothing.
        if (journal_.world().files() != nullptr) journal_.reopen();
        break;
    }
    return found.empty() ? compare_everything() : found;
  }

  std::string append(const step& s, plain_aggregate& a, const expectation& expected) {
    std::vector<std::string> names;
    for (std::uint64_t i = 0; i < s.events; ++i) names.push_back("e" + std::to_string(++events_));
    std::optional<std::string> refusal = shut(a, expected);
    if (!refusal && !matches(a, expected)) refusal = "sequence_conflict";
    const std::string found = compare(send(s, names, expected), refusal);
    if (!found.empty() || refusal || names.empty()) return found;
    if (a.is == plain_aggregate::state::deleted) {
      a.begins = a.last() + 1;
      a.readable = a.begins;
    }
    a.is = plain_aggregate::state::live;
    a.events.insert(a.events.end(), names.begin(), names.end());
    a.last_batch = names;
    return {};
  }

  // The last batch once more, expecting what is no longer so.
  std::string repeat(const step& s, plain_aggregate& a) {
    if (a.is != plain_aggregate::state::live || a.last_batch.empty()) return {};
    const std::uint64_t before = a.last() - a.last_batch.size();
    if (before + 1 < a.begins) return {};
    const outcome answer = send(s, a.last_batch, before == 0 ? none() : exact(before));
    std::string found = compare(answer, {});
    if (found.empty() && !answer.is->repeated) found = "the repeat was stored again";
    return found;
  }

  outcome send(const step& s, const std::vector<std::string>& names, const expectation& expected) {
    std::vector<new_event> batch;
    for (const std::string& name : names) batch.push_back(event(name));
    return journal_.append(id(s.aggregate), std::move(batch)).expecting(expected);
  }

  std::string retire(const step& s, plain_aggregate& a, const expectation& expected,
                     record_kind how) {
    std::optional<std::string> refusal = shut(a, expected);
    if (!refusal && a.is == plain_aggregate::state::deleted && how == record_kind::deletion) {
      refusal = "deleted";
    }
    if (!refusal && !matches(a, expected)) refusal = "sequence_conflict";
    const std::string found =
        compare(journal_.send_retire(id(s.aggregate), how, expected).answer(), refusal);
    if (!found.empty() || refusal) return found;
    if (how == record_kind::tombstone) a.is = plain_aggregate::state::closed;
    if (how == record_kind::deletion && a.is == plain_aggregate::state::live) {
      a.is = plain_aggregate::state::deleted;
    }
    return {};
  }

  std::string truncate(const step& s, plain_aggregate& a) {
    std::optional<std::string> refusal = shut(a, any());
    if (a.is == plain_aggregate::state::absent) refusal = "not_found";
    if (a.is == plain_aggregate::state::deleted) refusal = "deleted";
    const std::uint64_t before = a.readable + s.events;
    const std::string found = compare(journal_.truncate(id(s.aggregate), before), refusal);
    if (found.empty() && !refusal)
      a.readable = std::max(a.readable, std::min(before, a.last() + 1));
    return found;
  }

  std::string save(const step& s, plain_aggregate& a) {
    const std::string text = "state-" + std::to_string(++events_);
    const auto view = std::as_bytes(std::span(text.data(), text.size()));
    snapshot taken{.at = {a.last()}, .state = bytes(view.begin(), view.end())};
    const auto keep = static_cast<std::uint32_t>(s.events);
    if (auto done = journal_.snapshots().save(who(id(s.aggregate)).key, taken, keep); !done) {
      return to_string(done.error());
    }
    a.snapshots[a.last()] = text;
    while (keep != 0 && a.snapshots.size() > keep) a.snapshots.erase(a.snapshots.begin());
    return {};
  }

  std::string compare_everything() {
    for (auto& [n, a] : model_) {
      if (const std::string is = journal_.history(id(n)); is != a.history()) {
        return id(n) + " is [" + is + "], not [" + a.history() + "]";
      }
      if (journal_.head(id(n)).last.value != a.last()) return id(n) + " stands elsewhere";
      const auto newest = journal_.snapshots().load(who(id(n)).key, {});
      if (!newest) return to_string(newest.error());
      std::string is;
      if (*newest) {
        for (const std::byte b : (*newest)->state) is += static_cast<char>(b);
      }
      const std::string should = a.snapshots.empty() ? "" : a.snapshots.rbegin()->second;
      if (is != should) return id(n) + " has snapshot " + is + ", not " + should;
    }
    return {};
  }

  scene journal_;
  std::map<std::uint64_t, plain_aggregate> model_;
  std::uint64_t events_ = 0;
};

std::string difference(const std::vector<step>& steps) {
  return run_beside_model().difference(steps);
}

/// Leaves out steps, many at first, as long as journal and model still differ.
std::vector<step> shrunk(std::vector<step> steps) {
  for (std::size_t size = steps.size() / 2; size > 0; size /= 2) {
    for (std::size_t from = 0; from + size <= steps.size();) {
      std::vector<step> fewer = steps;
      const auto first = fewer.begin() + static_cast<std::ptrdiff_t>(from);
      fewer.erase(first, first + static_cast<std::ptrdiff_t>(size));
      if (difference(fewer).empty()) {
        from += size;
      } else {
        steps = std::move(fewer);
      }
    }
  }
  return steps;
}

}  // namespace

TEST_CASE("the journal is what a plain model of it is, whatever is done to it") {
  const std::uint64_t seed = test::number_from("REPRISE_SEED", 2026);
  const std::uint64_t runs = test::number_from("REPRISE_MODEL_RUNS", runs_usual);
  for (std::uint64_t run = 0; run < runs; ++run) {
    base::random choose(seed + run);
    std::vector<step> steps;
    for (std::uint64_t i = 0; i < steps_per_run; ++i) steps.push_back(draw_step(choose));
    if (difference(steps).empty()) continue;
    std::string text;
    const std::vector<step> few = shrunk(steps);
    for (const step& s : few) text += "\n  " + to_text(s);
    FAIL("seed " << seed + run << text << "\n" << difference(few));
  }
}

}  // namespace reprise::persistence::conformance
