// SPDX-License-Identifier: Apache-2.0
//
// Visits of patients whose names and notes are personal, a bell that is nobody's, and who follows
// them.
//
// Threading: as any aggregate.

#pragma once

#include "clinic.reprise.hpp"

#include <reprise/aggregate.hpp>
#include <reprise/decision.hpp>
#include <reprise/node.hpp>
#include <reprise/projection.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace reprise::testing {

struct every_event {
  static constexpr options value{.snapshot_every = 1};
};
struct no_snapshots {
  static constexpr options value{.snapshot_every = 0,
                                 .snapshot_when_replay_exceeds = std::chrono::microseconds::zero()};
};

template <class Settings>
struct visit_with : aggregate<clinic::visit_api> {
  static constexpr reprise::options options = Settings::value;

  decision on(const cmd::admit& c) const {
    return ev::admitted{.patient = c.patient, .called = c.called};
  }
  decision on(const cmd::note& c) const { return ev::noted{.about = c.about, .text = c.text}; }
  decision on(const cmd::leave&) const { return ev::left{}; }

  void apply(const ev::admitted& e) {
    patient = e.patient;
    called = e.called;
    ++visits;
  }
  void apply(const ev::noted& e) { notes.push_back({.about = e.about, .text = e.text}); }
  void apply(const ev::left&) {}
  void apply(const ev::measured&) {}
  void apply(const ev::received&) {}
};
using visit = visit_with<no_snapshots>;
using saved_visit = visit_with<every_event>;

struct bell : aggregate<clinic::bell_api> {
  decision on(const cmd::ring&) const { return ev::rung{}; }
  void apply(const ev::rung&) { ++rings; }
  void apply(const ev::broken&) {}
};

/// The name of each visit, as it was shown.
struct door_list : projection<visit> {
  static constexpr projection_options options{.name = "doors"};
  table<std::string, std::string> names{*this, "names"};

  void on(const clinic::visit_ev::admitted& e, const envelope& m) {
    names.put(m.aggregate.id, e.called);
  }
};

/// Success when it was accepted.
template <class V>
result<void> admit(const node& here, const std::string& id, const std::string& patient,
                   const std::string& name) {
  const auto done =
      here.of<V>(id).ask(clinic::visit_cmd::admit{.patient = patient, .called = name}).result();
  return done ? result<void>{} : done.error();
}

/// `NAME; NOTE; NOTE`, as the visit shows itself.
template <class V>
std::string shown(const node& here, const std::string& id) {
  const auto state = here.of<V>(id).ask(clinic::visit_cmd::get{}).result();
  if (!state) return to_string(state.error());
  std::string text = state->value().called;
  for (const clinic::note& note : state->value().notes) text += "; " + note.text;
  return text;
}

}  // namespace reprise::testing
