// SPDX-License-Identifier: Apache-2.0
//
// What OpenSSL gives out, owned by who has it. Only for sources that see OpenSSL.
//
// Threading: values.

#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <optional>
#include <string>

namespace reprise::cluster {

template <class T, void (*Free)(T*)>
struct freed {
  void operator()(T* what) const { Free(what); }
};
template <class T, void (*Free)(T*)>
using owned = std::unique_ptr<T, freed<T, Free>>;

using key_ptr = owned<EVP_PKEY, EVP_PKEY_free>;
using certificate_ptr = owned<X509, X509_free>;
using text_ptr = owned<BIO, BIO_free_all>;

/// Nothing where it has none.
[[nodiscard]] inline std::optional<std::string> common_name(const X509* certificate) {
  std::array<char, 256> buffer{};
  const int size = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName,
                                             buffer.data(), static_cast<int>(buffer.size()));
  if (size < 0) return {};
  return std::string(buffer.data(), static_cast<std::size_t>(size));
}

}  // namespace reprise::cluster
