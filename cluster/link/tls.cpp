// SPDX-License-Identifier: Apache-2.0
#include "cluster/link/tls.hpp"

#include "cluster/link/event_loop.hpp"

#include <kj/exception.h>

#include <fstream>
#include <iterator>

namespace reprise::cluster {
namespace {

result<std::string> text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  if (!in || text.empty()) return error{errc::io_error, "cannot read " + path};
  return text;
}

kj::StringPtr pem(const std::string& text) {
  return {text.c_str(), text.size()};
}

named_stream named(kj::AuthenticatedStream stream) {
  auto& identity = kj::downcast<kj::TlsPeerIdentity>(*stream.peerIdentity);
  return {.stream = kj::mv(stream.stream), .certificate_name = identity.getCommonName().cStr()};
}

}  // namespace

result<kj::Own<tls_context>> tls_context::open(const tls_files& files,
                                               certificate_complaint complaint) {
  const auto authority = text_of(files.authority);
  if (!authority) return authority.error();
  const auto certificate = text_of(files.certificate);
  if (!certificate) return certificate.error();
  const auto key = text_of(files.key);
  if (!key) return key.error();
  kj::Maybe<kj::Own<tls_context>> made;
  KJ_IF_MAYBE (why, kj::runCatchingExceptions([&] {
                 const kj::TlsCertificate trusted(pem(*authority));
                 const kj::TlsKeypair own{kj::TlsPrivateKey(pem(*key)),
                                          kj::TlsCertificate(pem(*certificate))};
                 kj::TlsContext::Options options;
                 options.useSystemTrustStore = false;
                 options.verifyClients = true;
                 options.trustedCertificates = kj::arrayPtr(&trusted, 1);
                 options.defaultKeypair = own;
                 made = kj::heap<tls_context>(kj::mv(options), std::move(complaint));
               })) {
    return error{errc::invalid_argument, "these do not make TLS: " + files.authority + ", " +
                                             files.certificate + ", " + files.key + ": " +
                                             error_of(*why).message};
  }
  KJ_IF_MAYBE (context, made) {
    return kj::mv(*context);
  }
  return error{errc::invalid_argument, "no TLS"};
}

kj::Promise<named_stream> tls_context::as_dialler(kj::AuthenticatedStream stream,
                                                  const std::string& node) {
  // KJ may throw at once instead of giving a broken promise.
  return kj::evalNow([&] { return context_.wrapClient(kj::mv(stream), pem(node)); })
      .then([](kj::AuthenticatedStream wrapped) { return named(kj::mv(wrapped)); });
}

kj::Promise<named_stream> tls_context::as_acceptor(kj::AuthenticatedStream stream) {
  return kj::evalNow([&] { return context_.wrapServer(kj::mv(stream)); })
      .then([](kj::AuthenticatedStream wrapped) { return named(kj::mv(wrapped)); });
}

}  // namespace reprise::cluster
