// SPDX-License-Identifier: Apache-2.0
//
// Reactions that do what events tell them to. An event's text is a list of words, each up to `;`:
//     send WHOM TEXT      retry N    else TEXT      (of the send before)
//     call NAME TEXT      throw
//
// Threading: confined to the test.

#pragma once

#include "tests/sagas/script_saga.hpp"

#include <reprise/effect.hpp>
#include <reprise/reaction.hpp>

#include <chrono>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace script {

[[nodiscard]] inline reprise::step errand(const std::string& whom, const std::string& text) {
  return reprise::send(reprise::of<worker>(whom), worker_cmd::work{.text = text}).named(text);
}

[[nodiscard]] inline reprise::steps errands_in(const std::string& text) {
  std::vector<reprise::step> out;
  std::istringstream words(text);
  for (std::string one; std::getline(words, one, ';');) {
    std::istringstream in(one);
    std::string verb;
    std::string name;
    std::string rest;
    in >> verb >> name;
    std::getline(in >> std::ws, rest);
    if (verb == "send") {
      out.push_back(errand(name, rest));
    } else if (verb == "retry") {
      out.back() =
          std::move(out.back())
              .retry(static_cast<std::uint32_t>(std::stoul(name)), std::chrono::milliseconds(100));
    } else if (verb == "else") {
      out.back() = std::move(out.back()).otherwise(errand("else", name));
    } else if (verb == "elsetwice") {
      out.back() =
          std::move(out.back()).otherwise(errand("else", name), errand("else", name + " again"));
    } else if (verb == "call") {
      out.push_back(reprise::call(name, to_bytes(rest)));
    } else if (verb == "throw" && around.throws) {
      throw std::runtime_error("told to throw");
    }
  }
  return out;
}

inline constexpr reprise::failure_policy patient_once{
    .finally = reprise::failure_policy::then::park,
    .retries = 1,
    .first_delay = std::chrono::milliseconds(10),
    .parked_events_max = 5};

struct errands : reprise::reaction<speaker> {
  static constexpr reprise::reaction_options options{.name = "errands", .failing = patient_once};
  steps on(const speaker_ev::said& e) const { return errands_in(e.text); }
};

/// The program's next version of it.
struct loud_errands : reprise::reaction<speaker> {
  static constexpr reprise::reaction_options options{.name = "errands", .failing = patient_once};
  steps on(const speaker_ev::said& e) const { return {errand("w", "LOUD " + e.text)}; }
};

struct late_errands : reprise::reaction<speaker> {
  static constexpr reprise::reaction_options options{.name = "late", .from_now = true};
  steps on(const speaker_ev::said& e) const { return errands_in(e.text); }
};

struct few_errands : reprise::reaction<speaker> {
  static constexpr reprise::reaction_options options{
      .name = "few", .failing = patient_once, .steps_open_max = 2};
  steps on(const speaker_ev::said& e) const { return errands_in(e.text); }
};

/// What was opened in earlier days is said today.
struct modern_speaker : speaker {
  static std::vector<event> upcast(const ev::opened& e) {
    return {ev::said{.key = e.key, .text = e.text}};
  }
};
struct modern_errands : reprise::reaction<modern_speaker> {
  static constexpr reprise::reaction_options options{.name = "modern"};
  steps on(const speaker_ev::said& e) const { return errands_in(e.text); }
};

/// A second one that takes the same events, and says whose they were.
struct gossip : reprise::reaction<speaker> {
  static constexpr reprise::reaction_options options{.name = "gossip"};
  steps on(const speaker_ev::said& e, const reprise::envelope& m) const {
    if (e.key == "secret") return {};
    return {errand("gossip", m.aggregate.id + " said " + e.text)};
  }
};

/// Takes what others have done: `pass WHOM TEXT` is handed on.
struct chain : reprise::reaction<speaker, worker> {
  static constexpr reprise::reaction_options options{.name = "chain"};
  steps on(const worker_ev::worked& e) const {
    if (!e.text.starts_with("pass ")) return {};
    const auto space = e.text.find(' ', 5);
    return {errand(e.text.substr(5, space - 5), e.text.substr(space + 1))};
  }
};

}  // namespace script
