// SPDX-License-Identifier: Apache-2.0
//
// How types and default values are spelled in generated C++.
//
// Threading: pure functions.

#pragma once

#include "messages/generator/catalogue.hpp"
#include "messages/generator/model.hpp"

#include <capnp/dynamic.h>
#include <capnp/schema.h>

#include <set>
#include <string>
#include <vector>

namespace reprise::generator {

/// A struct around the place where a type is named.
struct enclosing {
  /// Fully qualified.
  std::string cpp{};
  std::set<std::string> types{};
  std::set<std::string> members{};

  [[nodiscard]] bool declares(const std::string& name) const {
    return types.contains(name) || members.contains(name);
  }
};

/// Where a type is named. `around` begins with the outermost struct.
struct scope {
  std::string name_space{};
  std::vector<enclosing> around{};
};

/// The shortest spelling of `::ride::foo::bar` that means it in that scope. A member that is called
/// like a type hides the type, and GCC refuses a name that changes its meaning: then in full.
[[nodiscard]] std::string shortest(const std::string& qualified, const scope& where);

/// `std::vector<place>` for List(Place).
[[nodiscard]] std::string type_name(const catalogue& all, capnp::Type type, const scope& where);

/// What stands between the braces of a member's initialiser; empty for zero and nothing.
[[nodiscard]] std::string default_of(const catalogue& all, const member& m);

}  // namespace reprise::generator
