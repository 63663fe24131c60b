// SPDX-License-Identifier: Apache-2.0
#include "cluster/link/tls_texts.hpp"

#include "cluster/openssl_objects.hpp"

#include <fstream>
#include <iterator>
#include <memory>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <utility>

namespace reprise::cluster {
namespace {

void free_chain(STACK_OF(X509) * chain) {
  sk_X509_pop_free(chain, X509_free);
}

using chain_ptr = owned<STACK_OF(X509), free_chain>;
using store_ptr = owned<X509_STORE, X509_STORE_free>;
using verification_ptr = owned<X509_STORE_CTX, X509_STORE_CTX_free>;

error refused(const std::string& why) {
  // What OpenSSL has to say of PEM is of no use to anybody, and must not be found by others.
  ERR_clear_error();
  return {errc::invalid_argument, why};
}

result<std::string> text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  if (!in || text.empty()) return error{errc::io_error, "cannot read " + path};
  return text;
}

text_ptr opened(const std::string& text) {
  return text_ptr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

certificate_ptr next_certificate(BIO* from) {
  return certificate_ptr(PEM_read_bio_X509(from, nullptr, nullptr, nullptr));
}

// Those behind the first one.
chain_ptr rest_of(BIO* from) {
  chain_ptr chain(sk_X509_new_null());
  while (certificate_ptr next = next_certificate(from)) {
    if (sk_X509_push(chain.get(), next.get()) > 0) static_cast<void>(next.release());
  }
  ERR_clear_error();
  return chain;
}

// Whether it does for this purpose; nodes dial and are dialled.
result<void> verify(X509_STORE* trusted, X509* certificate, STACK_OF(X509) * chain, int purpose,
                    std::chrono::sys_seconds at) {
  const verification_ptr verification(X509_STORE_CTX_new());
  if (!verification || X509_STORE_CTX_init(verification.get(), trusted, certificate, chain) != 1 ||
      X509_STORE_CTX_set_purpose(verification.get(), purpose) != 1) {
    return refused("it cannot be verified");
  }
  X509_STORE_CTX_set_time(verification.get(), 0, at.time_since_epoch().count());
  if (X509_verify_cert(verification.get()) == 1) return {};
  return refused(X509_verify_cert_error_string(X509_STORE_CTX_get_error(verification.get())));
}

}  // namespace

result<tls_texts> read_texts(const tls_files& files) {
  auto authority = text_of(files.authority);
  if (!authority) return authority.error();
  auto certificate = text_of(files.certificate);
  if (!certificate) return certificate.error();
  auto key = text_of(files.key);
  if (!key) return key.error();
  return tls_texts{std::move(*authority), std::move(*certificate), std::move(*key)};
}

result<void> check(const tls_texts& texts, const std::string& node, std::chrono::sys_seconds at) {
  const text_ptr authority_text = opened(texts.authority);
  const text_ptr certificate_text = opened(texts.certificate);
  const text_ptr key_text = opened(texts.key);
  if (!authority_text || !certificate_text || !key_text) return refused("no memory");
  const certificate_ptr authority = next_certificate(authority_text.get());
  if (!authority) return refused("the authority is no whole certificate");
  const certificate_ptr certificate = next_certificate(certificate_text.get());
  if (!certificate) return refused("the certificate is not whole");
  const chain_ptr chain = rest_of(certificate_text.get());
  const key_ptr key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr));
  if (!key) return refused("the key is not whole");
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return refused("the key is not that of the certificate");
  }
  const bool is_named =
      X509_check_host(certificate.get(), node.data(), node.size(), 0, nullptr) == 1;
  if (common_name(certificate.get()) != node || !is_named) {
    return refused("the certificate is not that of " + node);
  }
  const store_ptr trusted(X509_STORE_new());
  if (!trusted || X509_STORE_add_cert(trusted.get(), authority.get()) != 1) {
    return refused("the authority cannot be trusted");
  }
  for (const int purpose : {X509_PURPOSE_SSL_SERVER, X509_PURPOSE_SSL_CLIENT}) {
    auto fine = verify(trusted.get(), certificate.get(), chain.get(), purpose, at);
    if (!fine) return fine;
  }
  return {};
}

}  // namespace reprise::cluster
