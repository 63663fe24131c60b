// SPDX-License-Identifier: Apache-2.0
#include "persistence/exchange_reader.hpp"

#include "persistence/exchange_line_reader.hpp"
#include "persistence/exchange_message_reader.hpp"

#include <fstream>

namespace reprise::persistence {

// A message begins with the number of its segments less one, which is 0; no text does.
result<std::unique_ptr<exchange_reader>> exchange_reader::open(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return error{errc::not_found, file.string() + " cannot be opened"};
  if (in.peek() == 0) return exchange_message_reader::open(file);
  return exchange_line_reader::open(file);
}

}  // namespace reprise::persistence
