// SPDX-License-Identifier: Apache-2.0
//
// Work that may be the end of the process that does it: reading a store whose pages are damaged,
// which LMDB takes for sound.
//
// Threading: only while the process has one thread.

#pragma once

#include <functional>
#include <variant>

namespace reprise::cli {

struct ended_by_signal {
  int number = 0;
};

/// Does `work` in a child process that shares the standard streams, and waits for it: what it
/// returned, or the signal that ended it. Where no child can be made, the work is done here.
[[nodiscard]] std::variant<int, ended_by_signal> in_child(const std::function<int()>& work);

}  // namespace reprise::cli
