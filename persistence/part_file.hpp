// SPDX-License-Identifier: Apache-2.0
//
// A file that is under its name only when it is whole and durable. Until then it lies beside, with
// `.part` at its end, and is locked against others who would write the same.
//
// Threading: confined to one thread.

#pragma once

#include <reprise/result.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace reprise::persistence {

class part_file {
 public:
  /// `invalid_argument` when `to` is there and is not to be replaced, `locked` when somebody else
  /// writes it, `io_error`. What a killed process left is written over.
  [[nodiscard]] static result<std::unique_ptr<part_file>> open(const std::filesystem::path& to,
                                                               bool replace);
  part_file(const part_file&) = delete;
  part_file& operator=(const part_file&) = delete;
  /// Removes what did not get its name.
  ~part_file();

  /// Nobody but its owner may read it. `io_error`.
  [[nodiscard]] result<void> keep_to_owner();
  /// `disk_full`, `io_error`.
  [[nodiscard]] result<void> write(std::string_view piece);
  /// The last step. `invalid_argument` as of open(), for a file that came meanwhile.
  [[nodiscard]] result<void> give_name(bool replace);

 private:
  part_file(std::filesystem::path to, int descriptor);
  [[nodiscard]] std::filesystem::path part() const { return to_.string() + ".part"; }
  [[nodiscard]] error failed(int number) const;
  [[nodiscard]] result<void> flush();

  const std::filesystem::path to_;
  const int descriptor_;
  std::string waiting_;
  bool named_ = false;
};

}  // namespace reprise::persistence
