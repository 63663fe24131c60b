// SPDX-License-Identifier: Apache-2.0
#include "cluster/link/hello.hpp"

#include "base/checksum.hpp"
#include "messages/little_endian.hpp"

#include <algorithm>
#include <cstring>

namespace reprise::cluster {
namespace {

using messages::load;
using messages::store;

constexpr std::size_t hello_bytes = 64;

template <std::size_t Size>
std::array<std::byte, Size> take(const std::byte* from) {
  std::array<std::byte, Size> out;
  std::memcpy(out.data(), from, Size);
  return out;
}

}  // namespace

bytes encode_hello(const hello& from) {
  bytes out(hello_bytes + from.node.size());
  store(out.data(), link_version);
  store(out.data() + 2, static_cast<std::uint16_t>(from.node.size()));
  std::ranges::copy(from.cluster, out.begin() + 8);
  store(out.data() + 24, from.incarnation);
  std::ranges::copy(from.drawn, out.begin() + 32);
  store(out.data() + 48, from.last.incarnation);
  store(out.data() + 56, from.last.number);
  std::memcpy(out.data() + hello_bytes, from.node.data(), from.node.size());
  return out;
}

result<hello> read_hello(bytes_view body) {
  // The version stands first for ever, so that other versions can be told apart from rubbish.
  if (body.size() < 2) return error{errc::malformed, "a hello without a version"};
  const auto version = load<std::uint16_t>(body.data());
  if (version != link_version) {
    return error{errc::incompatible, "it speaks version " + std::to_string(version) +
                                         " of the links, this node version " +
                                         std::to_string(link_version)};
  }
  if (body.size() < hello_bytes) return error{errc::malformed, "a hello that is too short"};
  const std::size_t name_bytes = load<std::uint16_t>(body.data() + 2);
  if (name_bytes > node_name_bytes_max || body.size() != hello_bytes + name_bytes) {
    return error{errc::malformed, "a hello whose name has another size than it says"};
  }
  hello out;
  out.cluster = take<16>(body.data() + 8);
  out.incarnation = load<std::uint64_t>(body.data() + 24);
  out.drawn = take<16>(body.data() + 32);
  out.last = {.incarnation = load<std::uint64_t>(body.data() + 48),
              .number = load<std::uint64_t>(body.data() + 56)};
  out.node.resize(name_bytes);
  std::memcpy(out.node.data(), body.data() + hello_bytes, name_bytes);
  return out;
}

bytes encode_number(std::uint64_t number) {
  bytes out(sizeof number);
  store(out.data(), number);
  return out;
}

result<std::uint64_t> read_number(bytes_view body) {
  if (body.size() != sizeof(std::uint64_t)) {
    return error{errc::malformed, "a number of " + std::to_string(body.size()) + " bytes"};
  }
  return load<std::uint64_t>(body.data());
}

link_session session_of(const nonce& dialler, const nonce& acceptor) {
  bytes both(dialler.begin(), dialler.end());
  both.insert(both.end(), acceptor.begin(), acceptor.end());
  return {.to_acceptor = base::checksum64(both, 1), .to_dialler = base::checksum64(both, 2)};
}

bool replaces(const hello& theirs, const chosen_link& chosen) {
  return theirs.incarnation != chosen.peer_incarnation || theirs.last == chosen.number;
}

}  // namespace reprise::cluster
