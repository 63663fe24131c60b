// SPDX-License-Identifier: Apache-2.0
//
// What this process asks of the disk for some files. The program's own definitions of write(),
// fdatasync() and so on stand before the C library's, for LMDB as well as for our own code, and
// show each call to an observer, which may make it fail.
//
// Threading: an observation begins and ends while nobody works on the file; the observer is called
// on whichever thread makes the call, one at a time.

#pragma once

#include <reprise/ids.hpp>

#include <cstdint>
#include <filesystem>
#include <string>

namespace reprise::persistence {

enum class disk_call : std::uint8_t { write, sync, allocate };

class disk_observer {
 public:
  virtual ~disk_observer() = default;
  /// Before each call; an errno with which it shall fail, or 0.
  virtual int fate_of(disk_call call) = 0;
  /// After a write; `durable` when it was made durable by itself.
  virtual void wrote(std::uint64_t offset, bytes_view what, bool durable) = 0;
  /// After what was written before was made durable.
  virtual void synced() = 0;
};

/// Shows `who` the calls for `file`, which need not be there yet, until this goes. One for a file.
class observation {
 public:
  observation(const std::filesystem::path& file, disk_observer& who);
  ~observation();
  observation(const observation&) = delete;
  observation& operator=(const observation&) = delete;

 private:
  const std::string path_;
};

}  // namespace reprise::persistence
