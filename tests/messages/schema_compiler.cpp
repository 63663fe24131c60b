// SPDX-License-Identifier: Apache-2.0
#include "tests/messages/schema_compiler.hpp"

#include <array>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <stdexcept>
#include <stdlib.h>
#include <sys/wait.h>

namespace reprise::test {
namespace {

const std::string compile = std::string(REPRISE_CAPNP) + " compile -I" + REPRISE_SCHEMA_PATH;

capnp::ReaderOptions generous() {
  capnp::ReaderOptions out;
  out.traversalLimitInWords = 1U << 24U;
  return out;
}

}  // namespace

run_outcome run(const std::string& command) {
  std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  run_outcome out;
  std::array<char, 4096> block{};
  while (const std::size_t size = std::fread(block.data(), 1, block.size(), pipe)) {
    out.output.append(block.data(), size);
  }
  const int status = ::pclose(pipe);
  out.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return out;
}

temporary_folder::temporary_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "reprise-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void temporary_folder::write(const std::string& name, const std::string& content) const {
  std::ofstream(path(name), std::ios::binary) << content;
}

std::string schema_text(const std::string& declarations) {
  return "@0xd3a1f0c2b4e69785;\n"
         "using Reprise = import \"/reprise/schema.capnp\";\n"
         "$Reprise.namespace(\"t\");\n" +
         declarations;
}

compiled_schema::compiled_schema(const std::string& text) {
  folder_.write("t.capnp", text);
  const run_outcome done = run(compile + " -o- --src-prefix=" + folder_.path("") + " " +
                               folder_.path("t.capnp") + " >" + folder_.path("request"));
  if (done.exit_code != 0) throw std::runtime_error("capnp refuses the schema:\n" + text);
  kj::AutoCloseFd fd(::open(folder_.path("request").c_str(), O_RDONLY | O_CLOEXEC));
  message_ = kj::heap<capnp::StreamFdMessageReader>(kj::mv(fd), generous());
  static_cast<void>(request());
}

run_outcome generate(const temporary_folder& folder, const std::string& text) {
  folder.write("t.capnp", text);
  return run(compile + " -o" + REPRISE_PLUGIN + ":" + folder.path("") +
             " --src-prefix=" + folder.path("") + " " + folder.path("t.capnp"));
}

}  // namespace reprise::test
