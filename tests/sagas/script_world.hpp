// SPDX-License-Identifier: Apache-2.0
//
// The saga that is told what to do, and the verbs to tell it:
//     script_world<> world;
//     world.open("k", "send w tidy");
//     CHECK(world.heard("k") == "opened send w tidy");
//     CHECK(world.worked("w") == "tidy");
//
// Threading: confined to the test.

#pragma once

#include "tests/sagas/saga_world.hpp"
#include "tests/sagas/script_saga.hpp"

#include <string>
#include <utility>
#include <vector>

namespace reprise::sagas::testing {

[[nodiscard]] inline std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += (out.empty() ? "" : ", ") + line;
  return out;
}

template <class S = script::plain_saga>
class script_world : public saga_world {
 public:
  explicit script_world(std::uint64_t seed = 1, std::uint32_t partitions = 3)
      : saga_world(seed, partitions) {
    script::around = {};
    host<script::speaker>();
    host<script::worker>();
    host_saga<S>();
  }

  /// An event that starts an instance, and all that follows from it at once.
  void open(const std::string& key, const std::string& text, const std::string& speaker = "sue") {
    ask<script::speaker>(speaker, script::speaker_cmd::open{.key = key, .text = text});
    soon();
  }
  /// One that only goes on.
  void say(const std::string& key, const std::string& text, const std::string& speaker = "sue") {
    ask<script::speaker>(speaker, script::speaker_cmd::say{.key = key, .text = text});
    soon();
  }
  /// All that is due within a tenth of a second.
  void soon() { settle(std::chrono::milliseconds(100)); }

  [[nodiscard]] std::string heard(const std::string& key) { return joined(data<S>(key).heard); }
  [[nodiscard]] std::string worked(const std::string& whom) {
    return joined(state<script::worker>(whom).done);
  }
  [[nodiscard]] saga_status at(const std::string& key) { return status<S>(key); }
  [[nodiscard]] saga_phase phase(const std::string& key) { return at(key).phase; }

  void fall_ill(const std::string& whom) {
    ask<script::worker>(whom, script::worker_cmd::fall_ill{});
  }
  void recover(const std::string& whom) {
    ask<script::worker>(whom, script::worker_cmd::recover{});
  }

  std::string answer(const std::string& key, std::string name, std::string_view text,
                     command_id id = {}) {
    const std::string said = steer<S>(key, {.what = saga_order::kind::answer,
                                            .name = std::move(name),
                                            .payload = script::to_bytes(text),
                                            .id = id});
    soon();
    return said;
  }
  std::string tell(const std::string& key, saga_order::kind what, std::uint64_t number = 0,
                   std::string_view payload = {}) {
    const std::string said = steer<S>(key, {.what = what,
                                            .reason = "by hand",
                                            .payload = script::to_bytes(payload),
                                            .number = number});
    soon();
    return said;
  }
};

}  // namespace reprise::sagas::testing
