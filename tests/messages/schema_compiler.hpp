// SPDX-License-Identifier: Apache-2.0
//
// Runs Cap'n Proto's schema compiler in tests.

#pragma once

#include <capnp/schema.capnp.h>
#include <capnp/serialize.h>

#include <filesystem>
#include <string>

namespace reprise::test {

/// What a program wrote to both outputs, and how it ended.
struct run_outcome {
  std::string output{};
  int exit_code = 0;
};

/// Runs one command line through the shell.
[[nodiscard]] run_outcome run(const std::string& command);

/// A folder of its own for each test, removed with what is in it.
class temporary_folder {
 public:
  temporary_folder();
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  [[nodiscard]] std::string path(const std::string& name) const { return (path_ / name).string(); }
  void write(const std::string& name, const std::string& content) const;

 private:
  std::filesystem::path path_;
};

/// The annotations' import and a namespace, in front of `declarations`.
[[nodiscard]] std::string schema_text(const std::string& declarations);

/// The request that the compiler hands to plugins for one schema text, called t.capnp.
class compiled_schema {
 public:
  explicit compiled_schema(const std::string& text);

  [[nodiscard]] capnp::schema::CodeGeneratorRequest::Reader request() {
    return message_->getRoot<capnp::schema::CodeGeneratorRequest>();
  }

 private:
  temporary_folder folder_;
  kj::Own<capnp::MessageReader> message_;
};

/// Runs the real plugin on one schema text, called t.capnp, writing into `folder`.
[[nodiscard]] run_outcome generate(const temporary_folder& folder, const std::string& text);

}  // namespace reprise::test
