// SPDX-License-Identifier: Apache-2.0
//
// capnpc-reprise: the plugin of Cap'n Proto's schema compiler that makes Reprise's C++.
//
//   capnp compile -o capnpc-reprise:OUT --src-prefix=DIR -I DIR... DIR/trip.capnp
//
// For each file it writes trip.reprise.hpp and trip.reprise.cpp, and has `capnpc-c++` write
// trip.capnp.h and trip.capnp.c++, on which they rest. Nothing is written when one file is refused.
#include "messages/generator/catalogue.hpp"
#include "messages/generator/header_code.hpp"
#include "messages/generator/model.hpp"
#include "messages/generator/refusal.hpp"
#include "messages/generator/source_code.hpp"
#include "messages/generator/spelling.hpp"
#include "messages/generator/wire_code.hpp"

#include <capnp/serialize.h>

#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <unistd.h>

namespace {

using reprise::generator::refusal;

void write_file(const std::string& path, const std::string& content) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder);
  std::ofstream out(path, std::ios::binary);
  out << content;
  if (!out.flush()) reprise::generator::refuse(path, "cannot be written");
}

void generate() {
  capnp::ReaderOptions options;
  options.traversalLimitInWords = 1U << 30U;
  capnp::StreamFdMessageReader message(STDIN_FILENO, options);
  const auto request = message.getRoot<capnp::schema::CodeGeneratorRequest>();
  const reprise::generator::catalogue all(request);

  std::map<std::string, std::string> files;
  for (const auto& file : request.getRequestedFiles()) {
    const reprise::generator::file_model model = reprise::generator::read_file(all, file);
    const std::string base = reprise::generator::output_base(model.filename);
    files[base + ".hpp"] = reprise::generator::header_code(all, model);
    files[base + ".cpp"] = reprise::generator::source_code(all, model);
  }
  reprise::generator::write_wire_code(all, request);
  for (const auto& [path, content] : files) write_file(path, content);
}

}  // namespace

int main(int argc, char**) {
  if (argc > 1 || ::isatty(STDIN_FILENO) != 0) {
    std::cerr << "capnpc-reprise is run by the schema compiler:\n"
                 "  capnp compile -o capnpc-reprise:OUT --src-prefix=DIR -I DIR DIR/trip.capnp\n";
    return 2;
  }
  try {
    generate();
    return 0;
  } catch (const refusal& e) {
    std::cerr << e.where << ": " << e.why << "\n";
  } catch (const kj::Exception& e) {
    std::cerr << "capnpc-reprise: " << e.getDescription().cStr() << "\n";
  } catch (const std::exception& e) {
    std::cerr << "capnpc-reprise: " << e.what() << "\n";
  }
  return 1;
}
