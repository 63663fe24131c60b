// SPDX-License-Identifier: Apache-2.0
//
// Patients whose names are sealed: verbs for tests of keys and of what is sealed with them.
//
// Threading: confined to the test.

#pragma once

#include "clinic.reprise.hpp"
#include "persistence/journal.hpp"
#include "persistence/sealing.hpp"
#include "persistence/subject_keys.hpp"
#include "tests/persistence/one_answer.hpp"

#include <reprise/codec.hpp>

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace reprise::persistence {

inline aggregate_key visit_of(const std::string& patient) {
  return {clinic::visit_api::type, "", "visit-" + patient};
}

inline bytes admission_of(const std::string& patient, const std::string& name) {
  bytes out;
  codec<clinic::visit_ev::admitted>::encode({.patient = patient, .called = name}, out);
  return out;
}

inline void learn_visits(sealing& seals) {
  auto schema = messages::schema_bundle::open(clinic::visit_api::schema());
  REQUIRE(schema.has_value());
  seals.learn(std::move(*schema));
}

inline result<append_receipt> admit(journal& log, const std::string& patient,
                                    const std::string& name) {
  append_request request{.aggregate = visit_of(patient)};
  request.time = base::system_clock().now();
  request.command = derive_command_id(patient + "/" + name);
  request.events.push_back(
      {.id = {}, .type = clinic::visit_ev::admitted::tag, .payload = admission_of(patient, name)});
  one_answer answer;
  log.append(std::move(request), answer, 1);
  return answer.wait();
}

/// The names that the patient was admitted with, or why they cannot be read.
inline std::vector<std::string> names_of(const journal& log, const std::string& patient) {
  std::vector<std::string> names;
  const auto page = log.read(visit_of(patient), {}, [&](const stored_record& record) {
    const auto event = codec<clinic::visit_ev::admitted>::decode(record.payload);
    names.push_back(event ? event->called : to_string(event.error()));
    return true;
  });
  if (!page) names.push_back(to_string(page.error()));
  return names;
}

/// Whether the text stands in any file below the folder.
inline bool stands_in(const std::filesystem::path& folder, const std::string& text) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string content((std::istreambuf_iterator<char>(in)), {});
    if (content.find(text) != std::string::npos) return true;
  }
  return false;
}

}  // namespace reprise::persistence
