// SPDX-License-Identifier: Apache-2.0
#include "messages/generator/wire_code.hpp"

#include "messages/generator/refusal.hpp"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <cerrno>
#include <cstring>
#include <spawn.h>
#include <string>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace reprise::generator {
namespace {

constexpr const char* program = "capnpc-c++";

void add_namespace(schema::Node::Builder file, const std::string& name) {
  const auto old = file.asReader().getAnnotations();
  const unsigned count = old.size();
  auto orphan =
      capnp::Orphanage::getForMessageContaining(file).newOrphan<capnp::List<schema::Annotation>>(
          count + 1);
  auto annotations = orphan.get();
  for (unsigned i = 0; i < count; ++i) annotations.setWithCaveats(i, old[i]);
  annotations[count].setId(annotations::cxx_namespace);
  annotations[count].initValue().setText(name);
  file.adoptAnnotations(kj::mv(orphan));
}

// A file in memory from which the child reads the request.
kj::AutoCloseFd as_input(capnp::MessageBuilder& message) {
  const int fd = ::memfd_create("reprise-request", MFD_CLOEXEC);
  if (fd < 0) refuse(program, std::string("no memory for its request: ") + std::strerror(errno));
  kj::AutoCloseFd out(fd);
  capnp::writeMessageToFd(out.get(), message);
  ::lseek(out.get(), 0, SEEK_SET);
  return out;
}

}  // namespace

void write_wire_code(const catalogue& all, schema::CodeGeneratorRequest::Reader request) {
  capnp::MallocMessageBuilder message;
  message.setRoot(request);
  for (auto node : message.getRoot<schema::CodeGeneratorRequest>().getNodes()) {
    if (node.isFile() &&
        !annotation(node.asReader().getAnnotations(), annotations::cxx_namespace)) {
      add_namespace(node, all.wire_namespace(node.getId()));
    }
  }
  const kj::AutoCloseFd input = as_input(message);

  posix_spawn_file_actions_t actions{};
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input.get(), STDIN_FILENO);
  std::string name = program;
  char* arguments[] = {name.data(), nullptr};
  pid_t child = 0;
  const int failed =
      ::posix_spawnp(&child, program, &actions, nullptr, static_cast<char**>(arguments), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    refuse(program, std::string("cannot be run: ") + std::strerror(failed) +
                        " (it comes with Cap'n Proto and must be on the PATH)");
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) refuse(program, "failed");
}

}  // namespace reprise::generator
