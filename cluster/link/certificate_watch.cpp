// SPDX-License-Identifier: Apache-2.0
#include "cluster/link/certificate_watch.hpp"

#include "base/log.hpp"

#include <chrono>
#include <utility>

namespace reprise::cluster {

certificate_watch::certificate_watch(tls_files files, std::string node, const base::clock& time)
    : files_(std::move(files)),
      node_(std::move(node)),
      time_(time),
      used_(read_texts(files_).value_or(tls_texts{})) {}

std::optional<tls_texts> certificate_watch::look() {
  const auto texts = read_texts(files_);
  if (!texts) {
    refuse({}, texts.error().message);
    return {};
  }
  if (*texts == used_) {
    why_.clear();
    return {};
  }
  const auto now = std::chrono::floor<std::chrono::seconds>(time_.now());
  if (const auto fine = check(*texts, node_, now); !fine) {
    refuse(*texts, fine.error().message);
    return {};
  }
  used_ = *texts;
  why_.clear();
  base::log(base::log_level::info, "new certificates are used from now on: " + files_.certificate);
  return used_;
}

void certificate_watch::refuse(const tls_texts& texts, const std::string& why) {
  if (refused_ == texts && why_ == why) return;
  refused_ = texts;
  why_ = why;
  std::string line = "the certificates that were read before stay in use: ";
  line += files_.authority + ", " + files_.certificate + ", " + files_.key + ": " + why;
  base::log(base::log_level::error, line);
}

}  // namespace reprise::cluster
