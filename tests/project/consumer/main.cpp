// SPDX-License-Identifier: Apache-2.0
//
// Uses installed headers and the installed library; says what it did, and fails if it is wrong.
#include <reprise/ids.hpp>
#include <reprise/metrics.hpp>
#include <reprise/result.hpp>

#include <iostream>

int main() {
  const reprise::command_id id = reprise::derive_command_id("consumer");
  reprise::command_id read;
  if (!reprise::from_hex(reprise::to_hex(id.value), read.value) || read != id) return 1;

  reprise::metrics metrics;
  metrics.count("consumer.runs").add();
  if (metrics.read().size() != 1) return 1;

  std::cout << "consumer: command " << reprise::to_hex(id.value) << ", "
            << reprise::describe(reprise::errc::commit_unknown) << '\n';
  return 0;
}
