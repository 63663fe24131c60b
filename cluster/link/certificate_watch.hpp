// SPDX-License-Identifier: Apache-2.0
//
// Looks whether there is something else than before in the files with which a node proves who it
// is. The files are small, and read whole each time: what a file system tells of changes is not
// certain.
//
// Invariants
//  * What it hands out has passed check(): certificates in use are never given up for worse ones.
//  * Of files that are refused a line is logged once for each reason and each content. They are
//    looked at until they are fine, since a set of files is not replaced at one moment.
// Threading: one call at a time, on a thread that may wait for the disk.

#pragma once

#include "base/clock.hpp"
#include "cluster/link/tls_texts.hpp"

#include <optional>
#include <string>

namespace reprise::cluster {

class certificate_watch {
 public:
  /// Takes what is in the files at this moment for what is in use. The clock must outlive it.
  certificate_watch(tls_files files, std::string node, const base::clock& time);

  /// What is in the files, where that is new and may be used from now on.
  [[nodiscard]] std::optional<tls_texts> look();

 private:
  void refuse(const tls_texts& texts, const std::string& why);

  const tls_files files_;
  const std::string node_;
  const base::clock& time_;
  tls_texts used_;
  // The last ones that were not used, and why; no reason when nothing was refused since.
  tls_texts refused_;
  std::string why_;
};

}  // namespace reprise::cluster
