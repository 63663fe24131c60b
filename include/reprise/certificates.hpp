// SPDX-License-Identifier: Apache-2.0
//
// Certificates for the nodes of a cluster and for those who ask it: an authority of its own, and
// what that has signed.
//
// Invariants
//  * A certificate's common name, and its DNS name, is the node's name: that is what the nodes
//    compare. Addresses stand in no certificate.
//  * Nothing is overwritten. Private keys can be read by their owner only.
// Threading: any thread; not on the same folder from two at once.

#pragma once

#include <reprise/result.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace reprise {

struct certificate_plan {
  /// Names of nodes: 1 to 64 letters, digits, dots, dashes and underscores; not `ca`, not `client`.
  std::vector<std::string> nodes{};
  /// How long certificates are valid; the authority is for at least ten years.
  std::chrono::days valid{365};
};

/// Makes `ca.crt` and `ca.key`, and for each node, and once for clients, `NAME.crt` and `NAME.key`
/// (the last two are named `client`), and gives their paths. The folder is made when it is not
/// there. A node needs `ca.crt` and its own two files; `ca.key` should be kept elsewhere.
/// `invalid_argument` for a name that cannot be one, or when one of the files is there already.
[[nodiscard]] result<std::vector<std::string>> make_certificates(const std::string& directory,
                                                                 const certificate_plan& plan);

}  // namespace reprise
