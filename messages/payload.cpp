// SPDX-License-Identifier: Apache-2.0
#include <reprise/generated/payload.hpp>

#include <capnp/compat/json.h>

#include <algorithm>

namespace reprise::generated {
namespace {

constexpr std::uint64_t traversal_words_min = 1024;
constexpr int nesting_max = 64;

void append_words(kj::ArrayPtr<const capnp::word> words, bytes& out) {
  const auto* first = reinterpret_cast<const std::byte*>(words.begin());
  out.insert(out.end(), first, first + words.size() * sizeof(capnp::word));
}

}  // namespace

void throw_unreadable(std::string_view what, unsigned member) {
  throw unreadable{std::string(what) + " holds member " + std::to_string(member) +
                   ", which is not the one expected here"};
}

void writer::append_to(bytes& out) {
  const auto segments = message_.getSegmentsForOutput();
  if (segments.size() == 1) {
    append_words(segments[0], out);
    return;
  }
  const capnp::AnyPointer::Reader root = message_.getRoot<capnp::AnyPointer>();
  const auto words = root.targetSize().wordCount + 1;
  capnp::MallocMessageBuilder flat(count(words), capnp::AllocationStrategy::FIXED_SIZE);
  flat.setRoot(root);
  append_words(flat.getSegmentsForOutput()[0], out);
}

reader::segment reader::aligned(bytes_view message) {
  const std::size_t words = message.size() / sizeof(capnp::word);
  if (reinterpret_cast<std::uintptr_t>(message.data()) % alignof(capnp::word) == 0) {
    return kj::arrayPtr(reinterpret_cast<const capnp::word*>(message.data()), words);
  }
  copy_ = kj::heapArray<capnp::word>(words);
  std::memcpy(copy_.begin(), message.data(), words * sizeof(capnp::word));
  return copy_;
}

capnp::ReaderOptions reader::limits(std::uint64_t traversals) const {
  capnp::ReaderOptions out;
  out.traversalLimitInWords = std::max(traversal_words_min, traversals * segment_.size());
  out.nestingLimit = nesting_max;
  return out;
}

error malformed(const kj::Exception& e) {
  // Cap'n Proto's first sentence says what is wrong; what follows is about its own source.
  const std::string_view why(e.getDescription().begin(), e.getDescription().size());
  return {errc::malformed,
          "not a Cap'n Proto message of this type: " +
              std::string(why.substr(0, std::min(why.find_first_of(";\n"), std::size_t{160})))};
}

error malformed(const unreadable& e) {
  return {errc::malformed, e.why};
}

std::optional<error> refuse_size(bytes_view message) {
  if (message.empty()) return error{errc::malformed, "an encoded message is never empty"};
  if (message.size() % sizeof(capnp::word) != 0) {
    return error{errc::malformed, "an encoded message has a multiple of 8 bytes, this one has " +
                                      std::to_string(message.size())};
  }
  return std::nullopt;
}

std::string to_json(capnp::DynamicStruct::Reader value) {
  const kj::String out = capnp::JsonCodec().encode(value);
  return {out.begin(), out.size()};
}

std::string member_to_json(capnp::DynamicStruct::Reader value) {
  KJ_IF_MAYBE (member, value.which()) {
    const capnp::Type type = member->getType();
    if (type.isVoid()) return "{}";
    const capnp::DynamicValue::Reader held = value.get(*member);
    const kj::String out = capnp::JsonCodec().encode(held, type);
    if (type.isStruct()) return {out.begin(), out.size()};
    return "{\"value\":" + std::string(out.begin(), out.size()) + "}";
  }
  throw_unreadable("the union", static_cast<unsigned>(-1));
}

}  // namespace reprise::generated
