// SPDX-License-Identifier: Apache-2.0
#include "cluster/link/tls_settings.hpp"

#include "base/assert.hpp"
#include "cluster/openssl_objects.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <string>

namespace reprise::cluster {
namespace {

void* context_in(kj::TlsContext& of);

// KJ keeps OpenSSL's context to itself. Names in an explicit instantiation are exempt from access
// checks, so this is C++ as it should be; should the member ever change, it does not compile.
template <void* kj::TlsContext::*Member>
struct opened {
  friend void* context_in(kj::TlsContext& of) { return of.*Member; }
};
template struct opened<&kj::TlsContext::ctx>;

int place_of_complaint() {
  static const int place = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return place;
}

std::string whose(const X509* certificate) {
  if (certificate == nullptr) return "no certificate";
  return common_name(certificate).value_or("a certificate without a name");
}

int verified(int fine, X509_STORE_CTX* store) {
  if (fine == 1) return fine;
  const auto* const connection = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const auto* const complaint = static_cast<const certificate_complaint*>(
      SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), place_of_complaint()));
  (*complaint)(whose(X509_STORE_CTX_get0_cert(store)),
               X509_verify_cert_error_string(X509_STORE_CTX_get_error(store)));
  return fine;
}

}  // namespace

void settle(kj::TlsContext& context, const certificate_complaint& complaint) {
  auto* const settings = static_cast<SSL_CTX*>(context_in(context));
  // The mode is what KJ's verifyClients asks for; new is who is told.
  SSL_CTX_set_verify(settings, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, verified);
  SSL_CTX_set_session_cache_mode(settings, SSL_SESS_CACHE_OFF);
  const bool settled =
      SSL_CTX_set_num_tickets(settings, 0) == 1 &&
      (SSL_CTX_set_options(settings, SSL_OP_NO_TICKET) & SSL_OP_NO_TICKET) != 0 &&
      SSL_CTX_set_min_proto_version(settings, TLS1_3_VERSION) == 1 &&
      // OpenSSL only keeps it.
      SSL_CTX_set_ex_data(settings, place_of_complaint(),
                          const_cast<certificate_complaint*>(&complaint)) == 1;  // NOLINT
  REPRISE_ASSERT(settled, "OpenSSL 3 takes all of these settings");
}

}  // namespace reprise::cluster
