// SPDX-License-Identifier: Apache-2.0
//
// Certificates for tests, also such as no node should have, in a folder that goes with them.

#pragma once

#include "cluster/certificates.hpp"
#include "cluster/link/links.hpp"

#include <string>

namespace reprise::cluster::test {

/// From an hour ago for a day.
[[nodiscard]] validity valid_now();
[[nodiscard]] validity valid_until_yesterday();
[[nodiscard]] validity valid_from_tomorrow();

class test_certificates {
 public:
  test_certificates();
  ~test_certificates();
  test_certificates(const test_certificates&) = delete;
  test_certificates& operator=(const test_certificates&) = delete;

  /// Of the authority that all trust.
  tls_files of(const std::string& name, certificate_use use = certificate_use::node);
  tls_files of(const std::string& name, const validity& valid,
               certificate_use use = certificate_use::node);
  /// Signed by an authority that nobody trusts; it trusts the right one itself.
  tls_files by_a_stranger(const std::string& name);

 private:
  tls_files write(const std::string& name, const certificate_authority& by, const validity& valid,
                  certificate_use use);

  std::string folder_;
  certificate_authority authority_;
  certificate_authority stranger_;
  int written_ = 0;
};

}  // namespace reprise::cluster::test
