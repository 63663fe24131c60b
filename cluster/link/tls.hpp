// SPDX-License-Identifier: Apache-2.0
//
// TLS with certificates of one authority on both sides.
//
// Invariants
//  * TLS 1.3 only.
//  * A peer without a valid certificate of that authority is refused, by either side.
//  * Certificates can be exchanged for others while connections are up.
//  * A dialler refuses a peer whose certificate does not have the name that was dialled. An
//  acceptor
//    gets the certificate's name, and whoever uses the stream must compare it.
// Threading: made, used and destroyed on an event loop's thread.

#pragma once

#include "cluster/link/links.hpp"
#include "cluster/link/tls_settings.hpp"
#include "cluster/link/tls_texts.hpp"

#include <kj/async-io.h>
#include <kj/compat/tls.h>
#include <kj/refcount.h>

#include <string>
#include <utility>

namespace reprise::cluster {

/// A connection whose other end is known by a certificate. The name is empty without TLS.
struct named_stream {
  kj::Own<kj::AsyncIoStream> stream;
  std::string certificate_name{};
};

class tls_context {
 public:
  /// `io_error` when a file cannot be read, `invalid_argument` when it is not what it should be.
  [[nodiscard]] static result<kj::Own<tls_context>> open(const tls_files& files,
                                                         certificate_complaint complaint);

  explicit tls_context(certificate_complaint complaint) : complaint_(std::move(complaint)) {}

  /// Connections are made with these from now on; those that are up or under way keep what they
  /// have. `invalid_argument`, and nothing has changed, for texts that do not make TLS.
  [[nodiscard]] result<void> use(const tls_texts& texts);

  /// Without a time limit; the caller sets one.
  [[nodiscard]] kj::Promise<named_stream> as_dialler(kj::AuthenticatedStream stream,
                                                     const std::string& node);
  [[nodiscard]] kj::Promise<named_stream> as_acceptor(kj::AuthenticatedStream stream);

 private:
  // Kept by whatever is under way with it.
  struct context : kj::Refcounted {
    context(kj::TlsContext::Options options, const certificate_complaint& complaint)
        : tls(kj::mv(options)) {
      settle(tls, complaint);
    }
    kj::TlsContext tls;
  };

  const certificate_complaint complaint_;
  kj::Own<context> context_{};
};

}  // namespace reprise::cluster
