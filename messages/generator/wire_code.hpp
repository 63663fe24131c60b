// SPDX-License-Identifier: Apache-2.0
//
// Cap'n Proto's own C++ of the same schema, on which the generated codecs rest.

#pragma once

#include "messages/generator/catalogue.hpp"

namespace reprise::generator {

/// Runs `capnpc-c++` (from PATH) on the request in the current folder. Files that choose no
/// namespace with `$Cxx.namespace` get catalogue::wire_namespace: in the global one, two schemas of
/// one program that both declare `Place` would silently share their code.
void write_wire_code(const catalogue& all, schema::CodeGeneratorRequest::Reader request);

}  // namespace reprise::generator
