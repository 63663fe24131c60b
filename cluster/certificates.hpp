// SPDX-License-Identifier: Apache-2.0
//
// Makes and signs certificates: P-256 keys, X.509 version 3. Behind <reprise/certificates.hpp>, and
// for tests, which also need such as are not valid.
//
// Invariants
//  * Time is a parameter; only make_certificates() looks at a clock.
// Threading: confined to their owner.

#pragma once

#include <reprise/certificates.hpp>
#include <reprise/result.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace reprise::cluster {

struct validity {
  std::chrono::sys_seconds from{};
  std::chrono::sys_seconds until{};
};

/// Texts in PEM.
struct certificate_pair {
  std::string certificate{};
  std::string key{};
};

enum class certificate_use : std::uint8_t {
  /// Dials and is dialled.
  node,
  /// Only dials.
  client,
};

/// Signs certificates with a key that lives as long as it does.
class certificate_authority {
 public:
  [[nodiscard]] static result<certificate_authority> make(const std::string& name,
                                                          const validity& valid);
  certificate_authority(certificate_authority&&) noexcept;
  certificate_authority& operator=(certificate_authority&&) noexcept;
  ~certificate_authority();

  [[nodiscard]] const certificate_pair& own() const { return own_; }
  /// `invalid_argument` for what cannot be the name of a node.
  [[nodiscard]] result<certificate_pair> issue(const std::string& name, certificate_use use,
                                               const validity& valid) const;

 private:
  struct keys;
  certificate_authority(std::unique_ptr<keys> held, certificate_pair own);

  std::unique_ptr<keys> keys_;
  certificate_pair own_;
};

/// Writes NAME.crt and NAME.key, of which only the owner can read the second. `invalid_argument`
/// when one of them is there.
[[nodiscard]] result<void> write_certificate(const std::string& directory, const std::string& name,
                                             const certificate_pair& pair);

}  // namespace reprise::cluster
