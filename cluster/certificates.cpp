// SPDX-License-Identifier: Apache-2.0
#include "cluster/certificates.hpp"

#include "cluster/link/links.hpp"
#include "cluster/openssl_objects.hpp"

#include <algorithm>
#include <cctype>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string_view>
#include <utility>

namespace reprise::cluster {
namespace {

using number_ptr = owned<BIGNUM, BN_free>;
using extension_ptr = owned<X509_EXTENSION, X509_EXTENSION_free>;

// What fits into a common name, and into the name of a file.
constexpr std::size_t name_bytes_max = 64;
// Fewer than 160, so that the number is positive in the 20 bytes that are allowed.
constexpr int serial_bits = 152;

struct extension {
  int kind;
  std::string value;
};

error failed(const char* what) {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return {errc::io_error, std::string("certificates: ") + what + " failed" +
                              (reason == nullptr ? "" : std::string(": ") + reason)};
}

bool is_name(std::string_view name) {
  const auto fits = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_';
  };
  return !name.empty() && name.size() <= name_bytes_max && std::ranges::all_of(name, fits) &&
         name.front() != '.' && name.front() != '-';
}

template <class Write>
result<std::string> pem_text(Write&& write) {
  const text_ptr out(BIO_new(BIO_s_mem()));
  if (!out || write(out.get()) != 1) return failed("writing PEM");
  char* begin = nullptr;
  const long size = BIO_get_mem_data(out.get(), &begin);
  return std::string(begin, static_cast<std::size_t>(size));
}

result<certificate_pair> pair_of(X509* certificate, EVP_PKEY* key) {
  auto first = pem_text([&](BIO* to) { return PEM_write_bio_X509(to, certificate); });
  if (!first) return first.error();
  auto second = pem_text([&](BIO* to) {
    return PEM_write_bio_PrivateKey(to, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
  if (!second) return second.error();
  return certificate_pair{.certificate = std::move(*first), .key = std::move(*second)};
}

bool set_serial(X509* certificate) {
  const number_ptr number(BN_new());
  return number && BN_rand(number.get(), serial_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_times(X509* certificate, const validity& valid) {
  return ASN1_TIME_set(X509_getm_notBefore(certificate), valid.from.time_since_epoch().count()) !=
             nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), valid.until.time_since_epoch().count()) !=
             nullptr;
}

bool set_name(X509* certificate, const std::string& name) {
  return X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(name.data()),
                                    static_cast<int>(name.size()), -1, 0) == 1;
}

bool add(X509* certificate, X509* issuer, const extension& what) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const extension_ptr made(X509V3_EXT_conf_nid(nullptr, &context, what.kind, what.value.c_str()));
  return made && X509_add_ext(certificate, made.get(), -1) == 1;
}

// A certificate without a signature. Its issuer is itself where none is given.
result<certificate_ptr> unsigned_certificate(const std::string& name, const validity& valid,
                                             EVP_PKEY* key, X509* issuer,
                                             const std::vector<extension>& extensions) {
  certificate_ptr made(X509_new());
  if (!made || X509_set_version(made.get(), 2) != 1 || !set_serial(made.get()) ||
      !set_times(made.get(), valid) || !set_name(made.get(), name) ||
      X509_set_pubkey(made.get(), key) != 1) {
    return failed("making a certificate");
  }
  X509* const by = issuer == nullptr ? made.get() : issuer;
  if (X509_set_issuer_name(made.get(), X509_get_subject_name(by)) != 1) {
    return failed("naming the authority");
  }
  for (const extension& each : extensions) {
    if (!add(made.get(), by, each)) return failed("adding an extension");
  }
  return made;
}

key_ptr new_key() {
  return key_ptr(EVP_EC_gen("P-256"));
}

}  // namespace

struct certificate_authority::keys {
  key_ptr key{};
  certificate_ptr certificate{};
};

certificate_authority::certificate_authority(std::unique_ptr<keys> held, certificate_pair own)
    : keys_(std::move(held)), own_(std::move(own)) {}
certificate_authority::certificate_authority(certificate_authority&&) noexcept = default;
certificate_authority& certificate_authority::operator=(certificate_authority&&) noexcept = default;
certificate_authority::~certificate_authority() = default;

result<certificate_authority> certificate_authority::make(const std::string& name,
                                                          const validity& valid) {
  auto held = std::make_unique<keys>();
  held->key = new_key();
  if (!held->key) return failed("making a key");
  auto made = unsigned_certificate(name, valid, held->key.get(), nullptr,
                                   {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                                    {NID_key_usage, "critical,keyCertSign,cRLSign"},
                                    {NID_subject_key_identifier, "hash"}});
  if (!made) return made.error();
  held->certificate = std::move(*made);
  if (X509_sign(held->certificate.get(), held->key.get(), EVP_sha256()) == 0) {
    return failed("signing");
  }
  auto own = pair_of(held->certificate.get(), held->key.get());
  if (!own) return own.error();
  return certificate_authority(std::move(held), std::move(*own));
}

result<certificate_pair> certificate_authority::issue(const std::string& name, certificate_use use,
                                                      const validity& valid) const {
  if (!is_name(name)) {
    return error{errc::invalid_argument,
                 "a node's name has 1 to 64 letters, digits, dots, dashes and underscores and "
                 "begins with none but a letter, digit or underscore: \"" +
                     name + "\""};
  }
  const key_ptr key = new_key();
  if (!key) return failed("making a key");
  const auto made = unsigned_certificate(
      name, valid, key.get(), keys_->certificate.get(),
      {{NID_basic_constraints, "critical,CA:FALSE"},
       {NID_key_usage, "critical,digitalSignature"},
       {NID_ext_key_usage, use == certificate_use::node ? "serverAuth,clientAuth" : "clientAuth"},
       {NID_subject_alt_name,
        use == certificate_use::node ? "DNS:" + name + ",DNS:" + any_node_name : "DNS:" + name},
       {NID_subject_key_identifier, "hash"},
       {NID_authority_key_identifier, "keyid:always"}});
  if (!made) return made.error();
  if (X509_sign(made->get(), keys_->key.get(), EVP_sha256()) == 0) return failed("signing");
  return pair_of(made->get(), key.get());
}

}  // namespace reprise::cluster
