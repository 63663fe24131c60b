// SPDX-License-Identifier: Apache-2.0
//
// What the generator has against a schema.
//
// Threading: confined to the test.

#pragma once

#include "messages/generator/catalogue.hpp"
#include "messages/generator/model.hpp"
#include "messages/generator/refusal.hpp"
#include "tests/messages/schema_compiler.hpp"

#include <string>

namespace reprise::test {

/// `where: why`, or nothing when the generator takes the schema of these declarations.
inline std::string refused(const std::string& declarations) {
  compiled_schema compiled(schema_text(declarations));
  const auto request = compiled.request();
  try {
    const generator::catalogue all(request);
    for (const auto& file : request.getRequestedFiles()) {
      static_cast<void>(generator::read_file(all, file));
    }
    return {};
  } catch (const generator::refusal& e) {
    return e.where + ": " + e.why;
  }
}

}  // namespace reprise::test
