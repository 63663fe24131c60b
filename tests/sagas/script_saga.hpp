// SPDX-License-Identifier: Apache-2.0
//
// A saga that does what the events tell it to. An event's text is a list of words, each up to `;`:
//     send WHOM TEXT      retry N    else TEXT    undo TEXT    elsecomp       (of the send before)
//     call NAME           deadline NAME MILLIS [PAYLOAD]       wait NAME MILLIS
//     cancel NAME         finish     compensate WHY            throw          big
//     key NAME            unkey NAME
// A deadline or an answer whose name begins with `then ` has the rest of it done as well.
//
// Threading: confined to the test.

#pragma once

#include "script.reprise.hpp"

#include <reprise/aggregate.hpp>
#include <reprise/effect.hpp>
#include <reprise/saga.hpp>

#include <chrono>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace script {

/// What a test may change from outside, as a program that is mended would.
struct surroundings {
  bool throws = true;
  bool keys_throw = true;
  /// What was handled, by all instances, in order.
  std::vector<std::string> handled{};
};
inline surroundings around{};

struct speaker : reprise::aggregate<speaker_api> {
  decision on(const cmd::open& c) const { return ev::opened{.key = c.key, .text = c.text}; }
  decision on(const cmd::say& c) const { return ev::said{.key = c.key, .text = c.text}; }
  void apply(const ev::opened&) { ++events; }
  void apply(const ev::said&) { ++events; }
};

struct worker : reprise::aggregate<worker_api> {
  decision on(const cmd::work& c) const {
    if (c.text.starts_with("no")) return reprise::reject("no", "it does not want to");
    if (ill) throw std::runtime_error("the worker is ill");
    return ev::worked{.text = c.text};
  }
  decision on(const cmd::fall_ill&) const { return ev::fell_ill{}; }
  decision on(const cmd::recover&) const { return ev::recovered{}; }
  void apply(const ev::worked& e) { done.push_back(e.text); }
  void apply(const ev::fell_ill&) { ill = true; }
  void apply(const ev::recovered&) { ill = false; }
};

[[nodiscard]] inline reprise::bytes to_bytes(std::string_view text) {
  reprise::bytes out(text.size());
  if (!text.empty()) std::memcpy(out.data(), text.data(), text.size());
  return out;
}
[[nodiscard]] inline std::string to_text(const reprise::bytes& from) {
  std::string out(from.size(), ' ');
  if (!from.empty()) std::memcpy(out.data(), from.data(), from.size());
  return out;
}

[[nodiscard]] inline reprise::effect work(const std::string& whom, const std::string& text) {
  return reprise::send(reprise::of<worker>(whom), worker_cmd::work{.text = text}).named(text);
}

[[nodiscard]] inline reprise::effects perform(const std::string& text) {
  std::vector<reprise::effect> out;
  std::istringstream words(text);
  for (std::string one; std::getline(words, one, ';');) {
    std::istringstream in(one);
    std::string verb;
    std::string name;
    std::string rest;
    in >> verb >> name;
    std::getline(in >> std::ws, rest);
    if (verb == "send") {
      out.push_back(work(name, rest));
    } else if (verb == "retry") {
      out.back() =
          std::move(out.back())
              .retry(static_cast<std::uint32_t>(std::stoul(name)), std::chrono::milliseconds(100));
    } else if (verb == "else") {
      out.back() = std::move(out.back()).otherwise(work("else", name));
    } else if (verb == "elsecomp") {
      out.back() = std::move(out.back()).otherwise(reprise::compensate("a step failed"));
    } else if (verb == "undo") {
      out.back() = std::move(out.back()).undo(work("undo", name));
    } else if (verb == "undosick") {
      out.back() =
          std::move(out.back()).undo(work("sick", name).retry(2, std::chrono::milliseconds(1)));
    } else if (verb == "call") {
      out.push_back(reprise::call(name, to_bytes(rest)));
    } else if (verb == "deadline" || verb == "wait") {
      std::istringstream numbers(rest);
      std::int64_t millis = 0;
      std::string payload;
      numbers >> millis >> payload;
      const std::chrono::milliseconds after(millis);
      out.push_back(verb == "wait" ? reprise::wait_for(name, after)
                                   : reprise::deadline(name, after, to_bytes(payload)));
    } else if (verb == "cancel") {
      out.push_back(reprise::cancel(name));
    } else if (verb == "key") {
      out.push_back(reprise::also_keyed(name));
    } else if (verb == "unkey") {
      out.push_back(reprise::no_longer_keyed(name));
    } else if (verb == "finish") {
      out.push_back(reprise::finish());
    } else if (verb == "compensate") {
      out.push_back(reprise::compensate(name));
    } else if (verb == "throw" && around.throws) {
      throw std::runtime_error("told to throw");
    }
  }
  return out;
}

/// Without a handler for answers: what fails for good and has no other branch becomes a dead
/// letter.
struct plain_saga : reprise::saga<script_state, speaker> {
  static constexpr reprise::saga_options options{
      .name = "script",
      .failing = {.finally = reprise::failure_policy::then::park,
                  .retries = 1,
                  .first_delay = std::chrono::milliseconds(10),
                  .parked_events_max = 5}};
  using started_by = reprise::events<speaker_ev::opened>;

  template <class E>
  static std::vector<std::string> key_of(const E& e, const reprise::envelope&) {
    if (e.key == "bad" && around.keys_throw) throw std::runtime_error("no key can be made of it");
    std::vector<std::string> out;
    std::istringstream keys(e.key);
    for (std::string key; std::getline(keys, key, ',');) out.push_back(key);
    return out;
  }

  effects on(const speaker_ev::opened& e, const reprise::envelope& m) {
    return heard_and_done("opened " + e.text, e.text, m);
  }
  effects on(const speaker_ev::said& e, const reprise::envelope& m) {
    return heard_and_done("said " + e.text, e.text, m);
  }
  effects due(std::string_view name) {
    heard.push_back("due " + std::string(name) +
                    (payload().empty() ? "" : " " + to_text(payload())));
    if (name == "endless") return {reprise::finish()};
    if (name == "sends") return {work("w", "because of a deadline")};
    return {};
  }
  effects told(std::string_view name) {
    heard.push_back("told " + std::string(name) + " " + to_text(payload()));
    return {};
  }

 private:
  effects heard_and_done(std::string what, const std::string& text, const reprise::envelope&) {
    effects wanted = perform(text);
    around.handled.push_back(key() + " " + what);
    heard.push_back(std::move(what));
    return wanted;
  }
};

/// Also hears how its steps end, and takes them back by itself.
struct answered_saga : plain_saga {
  static constexpr reprise::saga_options options{.name = "answered"};

  effects answered(std::string_view step, const reprise::step_result& r) {
    std::string line = "answered " + std::string(step);
    if (!r.accepted()) {
      line += " " + r.code();
    } else if (const auto worked = r.reply<worker_cmd::work>()) {
      line += " " + std::to_string(worked->done.size());
    } else {
      line += " raw " + to_text(r.raw());
    }
    heard.push_back(line);
    return {};
  }
  effects undo(std::string_view step, const reprise::step_result& r) {
    const auto worked = r.reply<worker_cmd::work>();
    if (step == "plain") return {};
    return {work("undo", "back " + std::string(step) + " " +
                             std::to_string(worked ? worked->done.size() : 0))};
  }
};

}  // namespace script
