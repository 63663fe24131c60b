// SPDX-License-Identifier: Apache-2.0
#include "persistence/sealed_payload.hpp"

#include "base/assert.hpp"
#include "messages/little_endian.hpp"

#include <array>
#include <cstring>
#include <sodium.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reprise::persistence {
namespace {

using messages::load;
using messages::padded;

// The lowest two bits of `s` are set, which in a message would be the pointer to a capability.
constexpr std::string_view magic = "sealed";
constexpr std::uint16_t version = 1;
constexpr std::size_t header_bytes = 16;
constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t part_header_bytes = sizeof(key_id) + nonce_bytes + 8;
constexpr std::uint64_t of_state = ~std::uint64_t{0};
static_assert(sizeof(secret_key) == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

using nonce = std::array<std::byte, nonce_bytes>;

template <class T>
void append(bytes& to, const T& value) {
  const std::size_t size = to.size();
  to.resize(size + sizeof value);
  messages::store(to.data() + size, value);
}

// NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): bytes seen as libsodium's.
unsigned char* raw(std::byte* from) {
  return reinterpret_cast<unsigned char*>(from);
}
const unsigned char* raw(const std::byte* from) {
  return reinterpret_cast<const unsigned char*>(from);
}
// NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)

error damaged(std::string_view why) {
  return {errc::corrupt, "sealed personal data: " + std::string(why)};
}

// What a part is bound to beside its key.
bytes binding(const sealed_as& what, bytes_view rest) {
  bytes out;
  append(out, version);
  append(out, what.type.value);
  append(out, what.event ? std::uint64_t{*what.event} : of_state);
  out.insert(out.end(), rest.begin(), rest.end());
  return out;
}

bytes encrypted(bytes_view plain, const secret_key& key, const nonce& once, bytes_view bound) {
  bytes out(plain.size() + tag_bytes);
  unsigned long long size = 0;
  const int done = crypto_aead_xchacha20poly1305_ietf_encrypt(
      raw(out.data()), &size, raw(plain.data()), plain.size(), raw(bound.data()), bound.size(),
      nullptr, raw(once.data()), raw(key.data()));
  REPRISE_ASSERT(done == 0 && size == out.size(), "encrypting takes any bytes");
  return out;
}

// Nothing when it is not what was sealed with that key, there.
std::optional<bytes> decrypted(bytes_view sealed, const secret_key& key, bytes_view once,
                               bytes_view bound) {
  if (sealed.size() < tag_bytes) return {};
  bytes out(sealed.size() - tag_bytes);
  unsigned long long size = 0;
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          raw(out.data()), &size, nullptr, raw(sealed.data()), sealed.size(), raw(bound.data()),
          bound.size(), raw(once.data()), raw(key.data())) != 0) {
    return {};
  }
  return out;
}

struct sealed_part {
  key_id key{};
  bytes_view once{};
  bytes_view sealed{};
};

// A sealed payload taken apart; views into it.
struct sealed_payload {
  bytes_view rest{};
  std::vector<sealed_part> parts{};
};

result<sealed_payload> read_sealed(bytes_view from) {
  if (!is_sealed(from) || from.size() < header_bytes) return damaged("it has no header");
  const auto stored_version = load<std::uint16_t>(from.data() + magic.size());
  if (stored_version != version) {
    return error{errc::incompatible, "personal data is sealed in version " +
                                         std::to_string(stored_version) + ", not 1"};
  }
  const auto rest_size = load<std::uint32_t>(from.data() + 8);
  const auto count = load<std::uint32_t>(from.data() + 12);
  from = from.subspan(header_bytes);
  if (rest_size > from.size() || rest_size % 8 != 0) return damaged("it ends too early");
  sealed_payload out{.rest = from.first(rest_size)};
  from = from.subspan(rest_size);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (from.size() < part_header_bytes) return damaged("it ends too early");
    const auto size = load<std::uint32_t>(from.data() + part_header_bytes - 8);
    if (padded(size) > from.size() - part_header_bytes) return damaged("it ends too early");
    out.parts.push_back({.key = load<key_id>(from.data()),
                         .once = from.subspan(sizeof(key_id), nonce_bytes),
                         .sealed = from.subspan(part_header_bytes, size)});
    from = from.subspan(part_header_bytes + padded(size));
  }
  if (!from.empty()) return damaged("more follows than it names");
  return out;
}

}  // namespace

bool is_sealed(bytes_view payload) {
  return payload.size() >= 8 && std::memcmp(payload.data(), magic.data(), magic.size()) == 0;
}

bytes seal(const messages::parted_message& parted, const sealed_as& what, subject_keys& keys) {
  const bytes bound = binding(what, parted.rest);
  bytes out(magic.size());
  std::memcpy(out.data(), magic.data(), magic.size());
  append(out, version);
  append(out, static_cast<std::uint32_t>(parted.rest.size()));
  append(out, static_cast<std::uint32_t>(parted.parts.size()));
  out.insert(out.end(), parted.rest.begin(), parted.rest.end());
  for (const messages::personal_part& part : parted.parts) {
    const sealing_key key = keys.current_of(part.subject);
    nonce once{};
    // So many bits are drawn that no two of one key are ever the same.
    randombytes_buf(once.data(), once.size());
    const bytes sealed = encrypted(part.values, key.secret, once, bound);
    append(out, key.id);
    append(out, once);
    append(out, static_cast<std::uint32_t>(sealed.size()));
    append(out, std::uint32_t{0});
    out.insert(out.end(), sealed.begin(), sealed.end());
    out.resize(padded(out.size()));
  }
  return out;
}

result<bytes> unseal(bytes_view payload, const sealed_as& what, const key_source& keys) {
  const auto stored = read_sealed(payload);
  if (!stored) return stored.error();
  const bytes bound = binding(what, stored->rest);
  std::vector<bytes> parts;
  for (const sealed_part& part : stored->parts) {
    const auto key = keys.find(part.key);
    if (!key) return key.error();
    if (!*key) continue;
    auto opened = decrypted(part.sealed, **key, part.once, bound);
    if (!opened) return damaged("it is not what was sealed with its key");
    parts.push_back(std::move(*opened));
  }
  auto whole = messages::join_parts(stored->rest, parts);
  if (!whole) return damaged(whole.error().message);
  return whole;
}

result<bytes_view> without_sealed(bytes_view payload) {
  const auto stored = read_sealed(payload);
  if (!stored) return stored.error();
  return stored->rest;
}

}  // namespace reprise::persistence
