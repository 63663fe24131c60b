// SPDX-License-Identifier: Apache-2.0
#include "tests/persistence/faults/disk_calls.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <dlfcn.h>
#include <fcntl.h>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <sys/uio.h>
#include <unistd.h>

namespace reprise::persistence {
namespace {

struct observed_files {
  std::mutex mutex;
  std::map<std::string, disk_observer*, std::less<>> by_path;

  // Null where nobody watches.
  [[nodiscard]] disk_observer* observer_of(int file) const {
    std::array<char, PATH_MAX> target{};
    const std::string link = "/proc/self/fd/" + std::to_string(file);
    const ssize_t size = ::readlink(link.c_str(), target.data(), target.size());
    if (size <= 0) return nullptr;
    const auto found =
        by_path.find(std::string_view(target.data(), static_cast<std::size_t>(size)));
    return found == by_path.end() ? nullptr : found->second;
  }
};

observed_files& observed() {
  static observed_files files;
  return files;
}

// So that calls which concern nobody cost nothing, and may come before anything is set up.
std::atomic<bool> observing{false};

template <class F>
F* next(const char* name) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how dlsym is used.
  return reinterpret_cast<F*>(::dlsym(RTLD_NEXT, name));
}

// Does `call` unless the observer makes it fail; then tells it by `tell(observer)`.
template <class Call, class Tell>
auto watched(int file, disk_call what, const Call& call, const Tell& tell) -> decltype(call()) {
  if (!observing.load(std::memory_order_acquire)) return call();
  observed_files& here = observed();
  const std::lock_guard hold(here.mutex);
  disk_observer* const who = here.observer_of(file);
  if (who == nullptr) return call();
  if (const int fate = who->fate_of(what); fate != 0) {
    errno = fate;
    return -1;
  }
  const auto done = call();
  if (done >= 0) tell(*who);
  return done;
}

bool writes_durably(int file) {
  return (::fcntl(file, F_GETFL) & O_DSYNC) != 0;
}

}  // namespace

observation::observation(const std::filesystem::path& file, disk_observer& who)
    : path_(std::filesystem::weakly_canonical(file).string()) {
  observed_files& here = observed();
  const std::lock_guard hold(here.mutex);
  here.by_path.insert_or_assign(path_, &who);
  observing.store(true, std::memory_order_release);
}

observation::~observation() {
  observed_files& here = observed();
  const std::lock_guard hold(here.mutex);
  here.by_path.erase(path_);
  observing.store(!here.by_path.empty(), std::memory_order_release);
}

}  // namespace reprise::persistence

using reprise::persistence::disk_call;
using reprise::persistence::disk_observer;

// The C library's own names; see unistd.h and fcntl.h for what they do.
extern "C" {

ssize_t pwrite(int file, const void* from, size_t size, off_t offset) {
  static auto* const real = reprise::persistence::next<decltype(::pwrite)>("pwrite");
  const auto call = [&] { return real(file, from, size, offset); };
  return reprise::persistence::watched(file, disk_call::write, call, [&](disk_observer& who) {
    who.wrote(static_cast<std::uint64_t>(offset), {static_cast<const std::byte*>(from), size},
              reprise::persistence::writes_durably(file));
  });
}

ssize_t writev(int file, const struct iovec* parts, int count) {
  static auto* const real = reprise::persistence::next<decltype(::writev)>("writev");
  const auto call = [&] { return real(file, parts, count); };
  // Where they go is known before only: the call moves the file's offset.
  const off_t offset = ::lseek(file, 0, SEEK_CUR);
  return reprise::persistence::watched(file, disk_call::write, call, [&](disk_observer& who) {
    auto at = static_cast<std::uint64_t>(offset);
    const bool durable = reprise::persistence::writes_durably(file);
    for (int i = 0; i < count; ++i) {
      who.wrote(at, {static_cast<const std::byte*>(parts[i].iov_base), parts[i].iov_len}, durable);
      at += parts[i].iov_len;
    }
  });
}

int fdatasync(int file) {
  static auto* const real = reprise::persistence::next<decltype(::fdatasync)>("fdatasync");
  return reprise::persistence::watched(
      file, disk_call::sync, [&] { return real(file); }, [](disk_observer& who) { who.synced(); });
}

int fsync(int file) {
  static auto* const real = reprise::persistence::next<decltype(::fsync)>("fsync");
  return reprise::persistence::watched(
      file, disk_call::sync, [&] { return real(file); }, [](disk_observer& who) { who.synced(); });
}

int fallocate(int file, int mode, off_t offset, off_t size) {
  static auto* const real = reprise::persistence::next<decltype(::fallocate)>("fallocate");
  return reprise::persistence::watched(
      file, disk_call::allocate, [&] { return real(file, mode, offset, size); },
      [](disk_observer&) {});
}

}  // extern "C"
