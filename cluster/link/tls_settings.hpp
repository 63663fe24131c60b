// SPDX-License-Identifier: Apache-2.0
//
// What KJ's TLS cannot be told: why a certificate was refused, no TLS below 1.3, no resumed
// sessions.
//
// Invariants
//  * Sessions are never resumed. KJ sets no context for them, and OpenSSL then refuses a client
//  that
//    tries; so none is given what it would resume with.
// Threading: the event loop's thread.

#pragma once

#include <kj/compat/tls.h>

#include <functional>
#include <string_view>

namespace reprise::cluster {

/// Told, during a handshake, the common name in a certificate and why that is not accepted.
using certificate_complaint =
    std::function<void(std::string_view common_name, std::string_view why)>;

/// `complaint` must outlive the context and all its connections.
void settle(kj::TlsContext& context, const certificate_complaint& complaint);

}  // namespace reprise::cluster
