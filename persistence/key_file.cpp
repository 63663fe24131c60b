// SPDX-License-Identifier: Apache-2.0
#include "persistence/key_file.hpp"

#include "base/checksum.hpp"
#include "messages/little_endian.hpp"
#include "persistence/part_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace reprise::persistence {
namespace {

using messages::load;
using messages::store;

constexpr std::size_t sector_bytes = 512;
constexpr std::size_t slots_begin = 2 * sector_bytes;
constexpr std::size_t slot_bytes = 128;
constexpr std::size_t header_bytes = 64;
constexpr std::uint32_t magic = 0x59454b31;  // `1KEY`
constexpr std::uint32_t format = 1;
// A slot that is being written may look damaged to somebody who reads.
constexpr int readings_max = 4;
// A file that claims more is no file of keys.
constexpr std::uint64_t slots_max = std::uint64_t{1} << 32U;

using raw_slot = std::array<std::byte, slot_bytes>;
using raw_header = std::array<std::byte, header_bytes>;

error failed(std::string_view what, int number) {
  return {number == ENOSPC || number == EDQUOT ? errc::disk_full : errc::io_error,
          std::string(what) + " the file of keys: " + std::strerror(number)};
}

std::int64_t micros(timestamp time) {
  return time.time_since_epoch().count();
}

raw_header encode(const key_header& from) {
  raw_header out{};
  store(out.data() + 8, magic);
  store(out.data() + 12, format);
  store(out.data() + 16, from.written);
  store(out.data() + 24, from.generation);
  store(out.data() + 32, from.hashing);
  store(out.data(), base::checksum64(bytes_view(out).subspan(8)));
  return out;
}

raw_slot encode(std::uint64_t number, const key_slot& from) {
  raw_slot out{};
  store(out.data() + 8, static_cast<std::uint32_t>(from.is));
  store(out.data() + 16, from.generation);
  store(out.data() + 24, micros(from.created));
  store(out.data() + 32, from.id);
  store(out.data() + 48, from.subject);
  store(out.data() + 80, from.secret);
  store(out.data(), base::checksum64(bytes_view(out).subspan(8), number));
  return out;
}

key_slot decode_slot(std::uint64_t number, bytes_view from) {
  using state = key_slot::state;
  if (std::ranges::all_of(from, [](std::byte b) { return b == std::byte{0}; })) return {};
  const auto is = static_cast<state>(load<std::uint32_t>(from.data() + 8));
  key_slot out{
      .is = is,
      .generation = load<std::uint64_t>(from.data() + 16),
      .created = timestamp(std::chrono::microseconds(load<std::int64_t>(from.data() + 24))),
      .id = load<key_id>(from.data() + 32),
      .subject = load<subject_hash>(from.data() + 48),
      .secret = load<secret_key>(from.data() + 80)};
  const bool sound =
      load<std::uint64_t>(from.data()) == base::checksum64(from.subspan(8), number) &&
      (is == state::whole || is == state::destroyed);
  if (!sound) out.is = state::damaged;
  return out;
}

std::optional<key_header> decode_header(bytes_view from) {
  if (load<std::uint64_t>(from.data()) != base::checksum64(from.subspan(8)) ||
      load<std::uint32_t>(from.data() + 8) != magic) {
    return {};
  }
  return key_header{.written = load<std::uint64_t>(from.data() + 16),
                    .generation = load<std::uint64_t>(from.data() + 24),
                    .hashing = load<secret_key>(from.data() + 32)};
}

result<key_header> newer_header(bytes_view file, bool& one_damaged) {
  std::optional<key_header> newest;
  for (const std::size_t at : {std::size_t{0}, sector_bytes}) {
    const bytes_view raw = file.subspan(at, header_bytes);
    const auto header = decode_header(raw);
    if (!header) {
      one_damaged = true;
      continue;
    }
    if (const auto found = load<std::uint32_t>(raw.data() + 12); found != format) {
      return error{errc::incompatible,
                   "the file of keys has format " + std::to_string(found) + ", not 1"};
    }
    if (!newest || header->written > newest->written) newest = header;
  }
  if (newest) return *newest;
  return error{errc::corrupt, "the file of keys has no header that can be read"};
}

result<stored_keys> decode(bytes_view all) {
  stored_keys out;
  const auto header = newer_header(all, out.header_damaged);
  if (!header) return header.error();
  out.header = *header;
  // What is behind the last whole slot was not written to its end, and nobody was told of it.
  const std::uint64_t count = (all.size() - slots_begin) / slot_bytes;
  out.slots.resize(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const bytes_view raw = all.subspan(slots_begin + i * slot_bytes, slot_bytes);
    out.slots[i] = decode_slot(i, raw);
    if (out.slots[i].is == key_slot::state::damaged) out.damaged.push_back(i);
  }
  return out;
}

}  // namespace

std::filesystem::path key_file::name_in(const std::filesystem::path& store) {
  return store / "keys";
}

result<key_file> key_file::create(const std::filesystem::path& store, const key_header& header) {
  const std::filesystem::path name = name_in(store);
  auto fresh = part_file::open(name, false);
  if (!fresh) return std::move(fresh).error();
  const raw_header raw = encode(header);
  std::string content(slots_begin, '\0');
  std::memcpy(content.data(), raw.data(), raw.size());
  std::memcpy(content.data() + sector_bytes, raw.data(), raw.size());
  if (auto hidden = (*fresh)->keep_to_owner(); !hidden) return std::move(hidden).error();
  if (auto written = (*fresh)->write(content); !written) return std::move(written).error();
  if (auto named = (*fresh)->give_name(false); !named) return std::move(named).error();
  auto made = open(store);
  if (!made) return std::move(made).error();
  if (!*made) return error{errc::io_error, name.string() + " was made and is gone"};
  return std::move(**made);
}

result<std::optional<key_file>> key_file::open(const std::filesystem::path& store) {
  return opened(store, O_RDWR);
}

result<std::optional<key_file>> key_file::open_to_read(const std::filesystem::path& store) {
  return opened(store, O_RDONLY);
}

result<std::optional<key_file>> key_file::opened(const std::filesystem::path& store, int flags) {
  const int file = ::open(name_in(store).c_str(), flags | O_CLOEXEC);
  if (file >= 0) return std::optional<key_file>(key_file(file));
  if (errno == ENOENT) return std::optional<key_file>();
  return failed("open", errno);
}

key_file::~key_file() {
  if (file_ >= 0) ::close(file_);
}

result<bytes> key_file::content() const {
  struct stat found {};
  if (::fstat(file_, &found) != 0) return failed("look at", errno);
  const auto size = static_cast<std::uint64_t>(found.st_size);
  if (size < slots_begin || (size - slots_begin) / slot_bytes > slots_max) {
    return error{errc::corrupt, "the file of keys has " + std::to_string(size) + " bytes"};
  }
  bytes all(size);
  for (std::size_t done = 0; done < all.size();) {
    const ssize_t got =
        ::pread(file_, all.data() + done, all.size() - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read", errno);
    if (got == 0) return error{errc::io_error, "the file of keys became shorter"};
    done += static_cast<std::size_t>(got);
  }
  return all;
}

result<stored_keys> key_file::read() const {
  for (int left = readings_max;; --left) {
    const auto all = content();
    if (!all) return all.error();
    auto out = decode(*all);
    const bool whole = out && out->damaged.empty() && !out->header_damaged;
    if (whole || left == 1) return out;
  }
}

result<void> key_file::copy(const std::filesystem::path& from, const std::filesystem::path& to) {
  const auto source = open_to_read(from);
  if (!source) return source.error();
  if (!*source) return {};
  auto all = (*source)->content();
  for (int left = readings_max; all && left > 1; --left) {
    const auto looked = decode(*all);
    if (looked && looked->damaged.empty() && !looked->header_damaged) break;
    all = (*source)->content();
  }
  if (!all) return std::move(all).error();
  const std::filesystem::path name = name_in(to);
  auto copied = part_file::open(name, false);
  if (!copied) return std::move(copied).error();
  if (auto hidden = (*copied)->keep_to_owner(); !hidden) return hidden;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes seen as characters.
  const std::string_view text(reinterpret_cast<const char*>(all->data()), all->size());
  if (auto written = (*copied)->write(text); !written) return written;
  return (*copied)->give_name(false);
}

result<void> key_file::write(std::uint64_t number, const key_slot& slot) {
  const raw_slot raw = encode(number, slot);
  return put(slots_begin + number * slot_bytes, raw);
}

result<void> key_file::write(const key_header& header) {
  const raw_header raw = encode(header);
  return put(header.written % 2 * sector_bytes, raw);
}

result<void> key_file::put(std::uint64_t offset, bytes_view what) {
  while (!what.empty()) {
    const ssize_t written = ::pwrite(file_, what.data(), what.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("write to", errno);
    what = what.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return {};
}

result<void> key_file::sync() {
  if (::fdatasync(file_) != 0) return failed("sync", errno);
  return {};
}

}  // namespace reprise::persistence
