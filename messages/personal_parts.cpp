// SPDX-License-Identifier: Apache-2.0
#include "messages/personal_parts.hpp"

#include "messages/little_endian.hpp"
#include "messages/part_layout.hpp"

#include <reprise/generated/payload.hpp>

#include <capnp/any.h>

#include <cstring>
#include <utility>

namespace reprise::messages {
namespace {

using generated::unreadable;
using part_layout::slot;

// Reads one part from its beginning to its end.
class part_reader {
 public:
  explicit part_reader(bytes_view from) : left_(from) {}

  [[nodiscard]] bool at_end() const { return left_.empty(); }
  template <class T>
  T number() {
    return load<T>(take(sizeof(T)).data());
  }
  bytes_view take(std::uint64_t size) {
    if (size > left_.size()) throw unreadable{"a part of a message ends too early"};
    const bytes_view taken = left_.first(size);
    left_ = left_.subspan(size);
    return taken;
  }

 private:
  bytes_view left_;
};

[[noreturn]] void throw_misplaced() {
  throw unreadable{"a part of a message does not fit into it"};
}

capnp::AnyStruct::Builder struct_at(capnp::AnyPointer::Builder at, part_reader& steps,
                                    std::uint32_t count) {
  for (; count > 0; --count) {
    const auto step = steps.number<std::uint32_t>();
    if (at.isStruct()) {
      auto pointers = at.getAs<capnp::AnyStruct>().getPointerSection();
      if (step >= pointers.size()) throw_misplaced();
      at = pointers[step];
      continue;
    }
    if (!at.isList()) throw_misplaced();
    auto list = at.getAs<capnp::AnyList>();
    if (step >= list.size()) throw_misplaced();
    if (list.getElementSize() == capnp::ElementSize::POINTER) {
      at = list.as<capnp::List<capnp::AnyPointer>>()[step];
      continue;
    }
    if (list.getElementSize() != capnp::ElementSize::INLINE_COMPOSITE) throw_misplaced();
    auto element = list.as<capnp::List<capnp::AnyStruct>>()[step];
    if (count == 1) return element;
    const auto next = steps.number<std::uint32_t>();
    --count;
    auto pointers = element.getPointerSection();
    if (next >= pointers.size()) throw_misplaced();
    at = pointers[next];
  }
  if (!at.isStruct()) throw_misplaced();
  return at.getAs<capnp::AnyStruct>();
}

void put_bits(kj::ArrayPtr<kj::byte> data, std::uint32_t offset, slot what, std::uint64_t bits) {
  if (what == slot::bit) {
    if (offset / 8 >= data.size()) throw_misplaced();
    const auto mask = static_cast<kj::byte>(1U << offset % 8);
    const auto others = static_cast<kj::byte>(data[offset / 8] & ~mask);
    data[offset / 8] = static_cast<kj::byte>((bits & 1U) != 0 ? others | mask : others);
    return;
  }
  const std::size_t size = static_cast<std::uint32_t>(what) / 8;
  const std::size_t begin = std::size_t{offset} * size;
  if (begin + size > data.size()) throw_misplaced();
  std::memcpy(data.begin() + begin, &bits, size);
}

slot known_slot(std::uint32_t number) {
  const auto what = static_cast<slot>(number);
  switch (what) {
    case slot::pointer:
    case slot::bit:
    case slot::byte:
    case slot::half:
    case slot::word:
    case slot::whole:
      return what;
  }
  throw unreadable{"a part of a message holds a value of an unknown kind"};
}

void put_back(capnp::AnyPointer::Builder root, part_reader& from) {
  const auto count = from.number<std::uint32_t>();
  if (count > part_layout::steps_max) throw_misplaced();
  auto home = struct_at(root, from, count);
  const slot what = known_slot(from.number<std::uint32_t>());
  const auto offset = from.number<std::uint32_t>();
  const auto number = from.number<std::uint64_t>();
  if (what != slot::pointer) return put_bits(home.getDataSection(), offset, what, number);
  auto pointers = home.getPointerSection();
  if (offset >= pointers.size()) throw_misplaced();
  const bytes_view value = from.take(number);
  if (auto refused = generated::refuse_size(value)) throw unreadable{refused->message};
  generated::reader message(value);
  pointers[offset].set(message.root<capnp::AnyPointer>());
}

}  // namespace

result<bytes> join_parts(bytes_view rest, std::span<const bytes> parts) {
  if (auto refused = generated::refuse_size(rest)) return std::move(*refused);
  try {
    generated::reader in(rest);
    generated::writer whole;
    auto root = whole.root<capnp::AnyPointer>();
    root.set(in.root<capnp::AnyPointer>());
    for (const bytes& part : parts) {
      part_reader from(part);
      while (!from.at_end()) put_back(root, from);
    }
    bytes out;
    whole.append_to(out);
    return out;
  } catch (const kj::Exception& e) {
    return generated::malformed(e);
  } catch (const unreadable& e) {
    return generated::malformed(e);
  }
}

}  // namespace reprise::messages
