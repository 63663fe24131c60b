// SPDX-License-Identifier: Apache-2.0
#include "cluster/link/tls.hpp"

#include "cluster/link/event_loop.hpp"

#include <kj/exception.h>

#include <utility>

namespace reprise::cluster {
namespace {

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
  const auto texts = read_texts(files);
  if (!texts) return texts.error();
  auto made = kj::heap<tls_context>(std::move(complaint));
  if (auto used = made->use(*texts); !used) {
    return error{used.error().code, "these do not make TLS: " + files.authority + ", " +
                                        files.certificate + ", " + files.key + ": " +
                                        used.error().message};
  }
  return made;
}

result<void> tls_context::use(const tls_texts& texts) {
  KJ_IF_MAYBE (why, kj::runCatchingExceptions([&] {
                 const kj::TlsCertificate trusted(pem(texts.authority));
                 const kj::TlsKeypair own{kj::TlsPrivateKey(pem(texts.key)),
                                          kj::TlsCertificate(pem(texts.certificate))};
                 kj::TlsContext::Options options;
                 options.useSystemTrustStore = false;
                 options.verifyClients = true;
                 options.trustedCertificates = kj::arrayPtr(&trusted, 1);
                 options.defaultKeypair = own;
                 context_ = kj::refcounted<context>(kj::mv(options), complaint_);
               })) {
    return error{errc::invalid_argument, error_of(*why).message};
  }
  return {};
}

kj::Promise<named_stream> tls_context::as_dialler(kj::AuthenticatedStream stream,
                                                  const std::string& node) {
  // KJ may throw at once instead of giving a broken promise.
  return kj::evalNow([&] { return context_->tls.wrapClient(kj::mv(stream), pem(node)); })
      .then([](kj::AuthenticatedStream wrapped) { return named(kj::mv(wrapped)); })
      .attach(kj::addRef(*context_));
}

kj::Promise<named_stream> tls_context::as_acceptor(kj::AuthenticatedStream stream) {
  return kj::evalNow([&] { return context_->tls.wrapServer(kj::mv(stream)); })
      .then([](kj::AuthenticatedStream wrapped) { return named(kj::mv(wrapped)); })
      .attach(kj::addRef(*context_));
}

}  // namespace reprise::cluster
