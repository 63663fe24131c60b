// SPDX-License-Identifier: Apache-2.0
//
// What is in the files with which a node proves who it is, and whether others would believe it.
//
// Threading: pure but for reading the files.

#pragma once

#include "cluster/link/links.hpp"

#include <chrono>
#include <string>

namespace reprise::cluster {

/// Texts in PEM.
struct tls_texts {
  std::string authority{};
  std::string certificate{};
  std::string key{};

  bool operator==(const tls_texts&) const = default;
};

/// `io_error` for a file that cannot be read, or is empty.
[[nodiscard]] result<tls_texts> read_texts(const tls_files& files);

/// What other nodes would refuse, and what no connection could be made with: `invalid_argument`,
/// with the reason, for texts that are not whole, a key of another certificate, a certificate of
/// another name or another authority, and one that is not valid at that time.
[[nodiscard]] result<void> check(const tls_texts& texts, const std::string& node,
                                 std::chrono::sys_seconds at);

}  // namespace reprise::cluster
