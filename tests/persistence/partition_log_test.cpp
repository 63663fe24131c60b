// SPDX-License-Identifier: Apache-2.0
//
// The staging core alone: no disk, no threads, commits by hand.

#include "persistence/partition_log.hpp"

#include "persistence/repeat_check.hpp"

#include <catch2/catch_test_macros.hpp>

#include <map>
#include <string>

namespace reprise::persistence {
namespace {

// Committed entries, kept as the committer would.
class kept_entries final : public record_lookup {
 public:
  void keep(const staged_entry& e) {
    for (std::size_t i = 0; i < e.offsets.size(); ++i) {
      const std::size_t end = i + 1 < e.offsets.size() ? e.offsets[i + 1] : e.body.size();
      records_[e.header.first.value + i] =
          bytes(e.body.begin() + e.offsets[i], e.body.begin() + static_cast<std::ptrdiff_t>(end));
    }
  }
  result<void> look(position at, const record_visit& visit) const override {
    ++looks;
    const auto found = records_.find(at.value);
    if (found == records_.end()) return error{errc::corrupt, "not there", at.value};
    const auto record = messages::decode_record(found->second, at);
    if (!record) return record.error();
    visit(*record);
    return {};
  }

  mutable std::uint64_t looks = 0;

 private:
  std::map<std::uint64_t, bytes> records_;
};

// A partition whose answers are texts.
struct bench {
  kept_entries kept;
  partition_log log{{3}, append_limits{}, kept};
  std::uint64_t tags = 0;

  static aggregate_key key(const std::string& id) { return {{1}, "", id}; }
  static event_id id_of(const std::string& name) { return {derive_command_id(name).value}; }

  std::uint64_t append(const std::string& id, std::vector<std::string> names, expectation expected,
                       timestamp time = {}) {
    append_request request;
    request.aggregate = key(id);
    request.expected = expected;
    request.time = time;
    for (const std::string& name : names) {
      const auto view = std::as_bytes(std::span(name.data(), name.size()));
      request.events.push_back({.id = id_of(name), .payload = bytes(view.begin(), view.end())});
    }
    log.append(request, hash_of(request.aggregate, 1), {nullptr, ++tags});
    return tags;
  }

  void take_all() {
    while (log.take() != nullptr) {
    }
  }
  void commit_one(const std::optional<error>& instead = {}) {
    const staged_entry* entry = log.next();
    REQUIRE(entry != nullptr);
    kept.keep(*log.take());
    log.committed(instead);
  }
  // Tags and outcomes of what is due.
  std::string due() {
    std::string text;
    for (const pending_answer& a : log.take_due()) {
      if (!text.empty()) text += ", ";
      text += std::to_string(a.tag) + " ";
      if (!a.outcome) {
        text += std::string(to_string(a.outcome.error().code));
      } else {
        text += (a.outcome->repeated ? "repeated " : "stored ") +
                std::to_string(a.outcome->last.sequence.value) + "@" +
                std::to_string(a.outcome->last.at.value);
      }
    }
    return text;
  }
};

const expectation any = expectation::any();
const expectation none = expectation::none();
expectation exact(std::uint64_t n) {
  return expectation::exact({n});
}

}  // namespace

TEST_CASE("nothing is answered before its commit") {
  bench b;
  b.append("a", {"e1"}, none);
  b.append("a", {"e2"}, exact(1));
  CHECK(b.due().empty());
  CHECK(b.log.tail().last == position{0});
  b.commit_one();
  CHECK(b.due() == "1 stored 1@1, 2 stored 2@2");
  CHECK(b.log.tail().last == position{2});
  CHECK(b.log.head(hash_of(bench::key("a"), 1)).last == sequence{2});
}

TEST_CASE("what came after an entry was taken goes into the next one") {
  bench b;
  b.append("a", {"e1"}, none);
  const staged_entry* first = b.log.take();
  REQUIRE(first != nullptr);
  b.append("a", {"e2"}, exact(1));
  CHECK(first->header.records == 1);
  const staged_entry* second = b.log.next();
  REQUIRE(second != nullptr);
  CHECK(second->header.first == position{2});
  CHECK(second->header.index == 2);
  b.kept.keep(*first);
  b.log.committed();
  CHECK(b.due() == "1 stored 1@1");
  b.commit_one();
  CHECK(b.due() == "2 stored 2@2");
}

TEST_CASE("a refusal waits behind what it rests on, and behind all that was asked before") {
  bench b;
  b.append("a", {"e1"}, none);
  b.append("a", {"x"}, none);
  b.log.refuse({nullptr, 99}, {errc::overloaded, ""});
  CHECK(b.due().empty());
  b.commit_one();
  CHECK(b.due() == "1 stored 1@1, 2 sequence_conflict, 99 overloaded");
  b.log.refuse({nullptr, 100}, {errc::overloaded, ""});
  CHECK(b.due() == "100 overloaded");
}

TEST_CASE("when staged records are lost, everything that rests on them is") {
  bench b;
  b.append("a", {"e1"}, none);
  b.commit_one();
  CHECK(b.due() == "1 stored 1@1");
  b.append("a", {"e2"}, exact(1));
  b.take_all();
  b.append("a", {"e3"}, exact(2));
  b.append("a", {"x"}, none);
  b.log.refuse({nullptr, 99}, {errc::too_large, ""});
  b.log.lost({errc::commit_unknown, ""}, {errc::unavailable, ""});
  CHECK(b.due() == "2 commit_unknown, 3 unavailable, 4 unavailable, 99 too_large");
  CHECK(b.log.tail().last == position{1});
  b.append("a", {"e2"}, exact(1));
  b.commit_one();
  CHECK(b.due() == "5 stored 2@2");
}

TEST_CASE("an unknown outcome that turned out well is told as unknown and counts") {
  bench b;
  b.append("a", {"e1"}, none);
  b.commit_one(error{errc::commit_unknown, ""});
  CHECK(b.due() == "1 commit_unknown");
  b.append("a", {"e1"}, none);
  CHECK(b.due() == "2 repeated 1@1");
}

TEST_CASE("a batch that does not fit the staged entry begins another one") {
  bench b;
  std::vector<std::string> many;
  for (int i = 0; i < 3000; ++i) many.push_back("a" + std::to_string(i));
  std::vector<std::string> more;
  for (int i = 0; i < 3000; ++i) more.push_back("b" + std::to_string(i));
  b.append("a", many, none);
  b.append("b", more, none);
  b.append("c", {"c"}, none);
  const staged_entry* first = b.log.take();
  const staged_entry* second = b.log.take();
  REQUIRE(second != nullptr);
  CHECK(first->header.records == 3000);
  CHECK(second->header.records == 3001);
  CHECK(second->header.first == position{3001});
  CHECK(b.log.take() == nullptr);
}

TEST_CASE("times never go back, also across commits and losses") {
  using std::chrono::seconds;
  const timestamp start{};
  bench b;
  b.append("a", {"e1"}, any, start + seconds(10));
  b.commit_one();
  b.append("a", {"e2"}, any, start + seconds(20));
  b.log.lost({errc::disk_full, ""}, {errc::disk_full, ""});
  b.append("a", {"e3"}, any, start + seconds(5));
  CHECK(b.log.next()->last_time == start + seconds(10));
  b.append("a", {"e4"}, any, start + seconds(15));
  CHECK(b.log.next()->last_time == start + seconds(15));
}

TEST_CASE("a matching expectation looks back at nothing") {
  bench b;
  b.append("a", {"e1"}, none);
  b.commit_one();
  b.append("a", {"e2"}, exact(1));
  b.append("b", {"f1"}, none);
  b.append("a", {"e3"}, expectation::exists());
  CHECK(b.kept.looks == 0);
}

TEST_CASE("how far back a repeat is looked for has a bound") {
  bench b;
  constexpr std::uint64_t count = 2 * repeat_check::events_behind_max;
  for (std::uint64_t i = 0; i < count; ++i) {
    b.append("a", {"e" + std::to_string(i + 1)}, i == 0 ? none : exact(i));
  }
  while (b.log.next() != nullptr) b.commit_one();
  static_cast<void>(b.due());

  SECTION("a conflict on a long history costs nothing") {
    b.append("a", {"e1"}, none);
    CHECK(b.due() == std::to_string(b.tags) + " sequence_conflict");
    CHECK(b.kept.looks == 0);
  }
  SECTION("a repeat with exact is found as far back as is promised") {
    const std::uint64_t far = count - repeat_check::events_behind_max;
    b.append("a", {"e" + std::to_string(far)}, exact(far - 1));
    const std::string at = std::to_string(far);
    CHECK(b.due() == std::to_string(b.tags) + " repeated " + at + "@" + at);
    b.append("a", {"e" + std::to_string(far - 1)}, exact(far - 2));
    CHECK(b.due() == std::to_string(b.tags) + " sequence_conflict");
  }
  SECTION("a repeat with any is found as far back as is promised") {
    const std::uint64_t far = count - repeat_check::events_behind_max_any;
    b.append("a", {"e" + std::to_string(far)}, any);
    const std::string at = std::to_string(far);
    CHECK(b.due() == std::to_string(b.tags) + " repeated " + at + "@" + at);
    const std::uint64_t looks = b.kept.looks;
    b.append("a", {"fresh"}, any);
    CHECK(b.kept.looks - looks <= repeat_check::events_behind_max_any + 1);
  }
}

}  // namespace reprise::persistence
