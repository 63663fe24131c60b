// SPDX-License-Identifier: Apache-2.0
#include "messages/message_parting.hpp"

#include "messages/little_endian.hpp"
#include "messages/part_layout.hpp"
#include "messages/type_names.hpp"

#include <reprise/generated/payload.hpp>

#include <capnp/any.h>
#include <capnp/dynamic.h>

#include <cstring>
#include <map>
#include <utility>

namespace reprise::messages {
namespace {

using part_layout::slot;
namespace schema = capnp::schema;

template <class T>
void append(bytes& to, T value) {
  const std::size_t size = to.size();
  to.resize(size + sizeof value);
  store(to.data() + size, value);
}

slot slot_of(capnp::Type type) {
  switch (type.which()) {
    case schema::Type::BOOL:
      return slot::bit;
    case schema::Type::INT8:
    case schema::Type::UINT8:
      return slot::byte;
    case schema::Type::INT16:
    case schema::Type::UINT16:
    case schema::Type::ENUM:
      return slot::half;
    case schema::Type::INT32:
    case schema::Type::UINT32:
    case schema::Type::FLOAT32:
      return slot::word;
    case schema::Type::INT64:
    case schema::Type::UINT64:
    case schema::Type::FLOAT64:
      return slot::whole;
    default:
      return slot::pointer;
  }
}

std::string subject_of(capnp::DynamicValue::Reader owner) {
  switch (owner.getType()) {
    case capnp::DynamicValue::TEXT:
      return string_of(owner.as<capnp::Text>());
    case capnp::DynamicValue::INT:
      return std::to_string(owner.as<std::int64_t>());
    case capnp::DynamicValue::UINT:
      return std::to_string(owner.as<std::uint64_t>());
    default:
      return {};
  }
}

// An empty text or list where the schema names no default: it says what is said without it.
bool says_nothing(capnp::DynamicValue::Reader value, capnp::StructSchema::Field field) {
  if (field.getProto().getSlot().getHadExplicitDefault()) return false;
  switch (value.getType()) {
    case capnp::DynamicValue::TEXT:
      return value.as<capnp::Text>().size() == 0;
    case capnp::DynamicValue::DATA:
      return value.as<capnp::Data>().size() == 0;
    case capnp::DynamicValue::LIST:
      return value.as<capnp::DynamicList>().size() == 0;
    default:
      return false;
  }
}

class parting {
 public:
  explicit parting(const personal_fields& fields) : fields_(fields) {}

  void walk(capnp::DynamicStruct::Builder at) {
    const personal_struct* const here = fields_.find(at.getSchema());
    if (here == nullptr) return;
    for (const personal_field& field : here->own) take(at, field);
    for (const capnp::StructSchema::Field field : here->deeper) {
      if (!at.has(field)) continue;
      if (field.getProto().isGroup()) {
        walk(at.get(field).as<capnp::DynamicStruct>());
      } else {
        steps_.push_back(field.getProto().getSlot().getOffset());
        descend(at.get(field));
        steps_.pop_back();
      }
    }
  }

  [[nodiscard]] std::vector<personal_part> parts() {
    std::vector<personal_part> all;
    for (auto& [subject, values] : found_) all.push_back({subject, std::move(values)});
    return all;
  }

 private:
  void descend(capnp::DynamicValue::Builder value) {
    if (value.getType() == capnp::DynamicValue::STRUCT) {
      return walk(value.as<capnp::DynamicStruct>());
    }
    if (value.getType() != capnp::DynamicValue::LIST) return;
    auto list = value.as<capnp::DynamicList>();
    for (unsigned i = 0; i < list.size(); ++i) {
      steps_.push_back(i);
      descend(list[i]);
      steps_.pop_back();
    }
  }

  void take(capnp::DynamicStruct::Builder at, const personal_field& field) {
    const auto where = field.value.getProto().getSlot();
    const slot what = slot_of(field.value.getType());
    capnp::AnyStruct::Builder raw = at;
    if (what == slot::pointer) {
      auto pointers = raw.getPointerSection();
      if (where.getOffset() >= pointers.size() || pointers[where.getOffset()].isNull()) return;
      if (!says_nothing(at.asReader().get(field.value), field.value)) {
        bytes value;
        generated::writer message;
        message.root<capnp::AnyPointer>().set(pointers[where.getOffset()].asReader());
        message.append_to(value);
        bytes& values = begin_value(at, field, what);
        append(values, std::uint64_t{value.size()});
        values.insert(values.end(), value.begin(), value.end());
      }
      pointers[where.getOffset()].clear();
      return;
    }
    const std::uint64_t bits = take_bits(raw.getDataSection(), where.getOffset(), what);
    // As Cap'n Proto stores it, where zero stands for the default, whatever that is.
    if (bits != 0) append(begin_value(at, field, what), bits);
  }

  bytes& begin_value(capnp::DynamicStruct::Builder at, const personal_field& field, slot what) {
    bytes& values = found_[subject_of(at.asReader().get(field.owner))];
    append(values, static_cast<std::uint32_t>(steps_.size()));
    for (const std::uint32_t step : steps_) append(values, step);
    append(values, static_cast<std::uint32_t>(what));
    append(values, field.value.getProto().getSlot().getOffset());
    return values;
  }

  // The bits as they stand there, which are zero afterwards.
  static std::uint64_t take_bits(kj::ArrayPtr<kj::byte> data, std::uint32_t offset, slot what) {
    std::uint64_t bits = 0;
    if (what == slot::bit) {
      if (offset / 8 >= data.size()) return 0;
      const auto mask = static_cast<kj::byte>(1U << offset % 8);
      bits = (data[offset / 8] & mask) != 0 ? 1 : 0;
      data[offset / 8] = static_cast<kj::byte>(data[offset / 8] & ~mask);
      return bits;
    }
    const std::size_t size = static_cast<std::uint32_t>(what) / 8;
    const std::size_t begin = offset * size;
    if (begin + size > data.size()) return 0;
    std::memcpy(&bits, data.begin() + begin, size);
    std::memset(data.begin() + begin, 0, size);
    return bits;
  }

  const personal_fields& fields_;
  std::vector<std::uint32_t> steps_;
  std::map<std::string, bytes> found_;
};

}  // namespace

parted_message part_message(bytes_view message, capnp::StructSchema type,
                            const personal_fields& fields) {
  generated::reader in(message);
  generated::writer copy;
  auto root = copy.root<capnp::AnyPointer>();
  root.set(in.root<capnp::AnyPointer>());
  parting apart(fields);
  apart.walk(root.getAs<capnp::DynamicStruct>(type));
  parted_message out{.parts = apart.parts()};
  // Copied once more: what was taken out left room behind, which tells how long it was.
  generated::writer rest;
  rest.root<capnp::AnyPointer>().set(root.asReader());
  rest.append_to(out.rest);
  return out;
}

}  // namespace reprise::messages
