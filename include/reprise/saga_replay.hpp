// SPDX-License-Identifier: Apache-2.0
//
// Tests of a changed saga against what its instances went through in a store, in any test
// framework:
//
//   auto seen = reprise::testing::replay_saga<ride>("./copy-of-data").value();
//   for (const auto& d : seen.differences) print(d.key, d.at, d.handled, d.recorded, d.now);
//
// All that an instance handled is handled once more by this program's code: events, answers,
// deadlines, what it was told, what it took back. What that asks for is compared with what is in
// the log. The data goes from one step to the next as this code makes it; what is open, and how
// what was asked for ended, is as it was recorded.
//
// Not compared is the data itself. Not seen is what left no trace: events that the saga did not
// listen to then.
//
// Invariant: nothing is written, and nothing is sent.
// Threading: confined to the test. Takes memory for every instance. Also while a program has the
// store open; what it commits meanwhile may be in it or not.

#pragma once

#include <reprise/detail/saga_type.hpp>
#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace reprise {

namespace testing {

/// One thing that an instance handled, where this program's code asks for something else.
struct saga_difference {
  std::string tenant{};
  std::string key{};
  /// Of the record in the instance's log.
  reprise::sequence at{};
  /// What was handled: `event 3 of order o-1`, `the answer to charge`, `the deadline "late"`.
  std::string handled{};
  /// What was asked for, each as a line of text: `send charge to ann, 24 bytes 0x...`.
  std::vector<std::string> recorded{};
  std::vector<std::string> now{};
};

/// Something that could not be handled once more, and why: what it was told is not in the log.
struct saga_gap {
  std::string tenant{};
  std::string key{};
  reprise::sequence at{};
  std::string why{};
};

struct saga_replay {
  std::uint64_t instances = 0;
  /// What was handled once more.
  std::uint64_t steps = 0;
  /// By instance, in the order of its records.
  std::vector<saga_difference> differences{};
  std::vector<saga_gap> gaps{};
};

}  // namespace testing

namespace detail {

[[nodiscard]] result<testing::saga_replay> replay_saga(const std::string& directory,
                                                       const saga_type& type);

}  // namespace detail

namespace testing {

/// `not_found` when there is no store in the directory or no such saga in it, `corrupt` with the
/// position of a damaged record.
template <class S>
[[nodiscard]] result<saga_replay> replay_saga(const std::string& directory) {
  return reprise::detail::replay_saga(directory, reprise::detail::describe_saga<S>());
}

}  // namespace testing
}  // namespace reprise
