// SPDX-License-Identifier: Apache-2.0
#include "messages/message_parting.hpp"

#include "messages/little_endian.hpp"
#include "messages/part_layout.hpp"
#include "messages/personal_walk.hpp"
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

std::string subject_of(const capnp::DynamicValue::Reader& owner) {
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

// A value that is the default, written out: it says what is said without it. Somebody who was
// forgotten gets no new key for that.
bool says_nothing(capnp::AnyPointer::Reader value, capnp::StructSchema::Field field) {
  const auto otherwise = field.getProto().getSlot().getDefaultValue();
  switch (field.getType().which()) {
    case schema::Type::TEXT:
      return value.getAs<capnp::Text>() == otherwise.getText();
    case schema::Type::DATA:
      return value.getAs<capnp::Data>() == otherwise.getData();
    case schema::Type::LIST:
      return otherwise.getList().isNull() ? value.getAs<capnp::AnyList>().size() == 0
                                          : value == otherwise.getList();
    case schema::Type::STRUCT:
      return otherwise.getStruct().isNull()
                 ? value.getAs<capnp::AnyStruct>() == capnp::AnyStruct::Reader()
                 : value == otherwise.getStruct();
    default:
      return false;
  }
}

using steps = std::vector<std::uint32_t>;

// Takes values out of a message, and keeps them by whose they are.
class taken_values {
 public:
  void take(capnp::DynamicStruct::Builder at, const personal_field& field, const steps& way) {
    const auto where = field.value.getProto().getSlot();
    const slot what = slot_of(field.value.getType());
    capnp::AnyStruct::Builder raw = at;
    if (what == slot::pointer) {
      auto pointers = raw.getPointerSection();
      if (where.getOffset() >= pointers.size() || pointers[where.getOffset()].isNull()) return;
      if (!says_nothing(pointers[where.getOffset()].asReader(), field.value)) {
        bytes value;
        generated::writer message;
        message.root<capnp::AnyPointer>().set(pointers[where.getOffset()].asReader());
        message.append_to(value);
        bytes& values = begin_value(at, field, what, way);
        append(values, std::uint64_t{value.size()});
        values.insert(values.end(), value.begin(), value.end());
      }
      pointers[where.getOffset()].clear();
      return;
    }
    const std::uint64_t bits = take_bits(raw.getDataSection(), where.getOffset(), what);
    // As Cap'n Proto stores it, where zero stands for the default, whatever that is.
    if (bits != 0) append(begin_value(at, field, what, way), bits);
  }

  [[nodiscard]] std::vector<personal_part> by_subject() {
    std::vector<personal_part> all;
    for (auto& [subject, values] : found_) all.push_back({subject, std::move(values)});
    return all;
  }

 private:
  bytes& begin_value(capnp::DynamicStruct::Builder at, const personal_field& field, slot what,
                     const steps& way) {
    bytes& values = found_[subject_of(at.asReader().get(field.owner))];
    append(values, static_cast<std::uint32_t>(way.size()));
    for (const std::uint32_t step : way) append(values, step);
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

  std::map<std::string, bytes> found_;
};

}  // namespace

parted_message part_message(bytes_view message, capnp::StructSchema type,
                            const personal_fields& fields) {
  generated::reader in(message);
  generated::writer copy;
  auto root = copy.root<capnp::AnyPointer>();
  root.set(in.root<capnp::AnyPointer>());
  taken_values taken;
  const auto take = [&](capnp::DynamicStruct::Builder at, const personal_field& field,
                        const steps& way) { taken.take(at, field, way); };
  personal_walk(fields, take).go(root.getAs<capnp::DynamicStruct>(type));
  parted_message out{.parts = taken.by_subject()};
  // Copied once more: what was taken out left room behind, which tells how long it was.
  generated::writer rest;
  rest.root<capnp::AnyPointer>().set(root.asReader());
  rest.append_to(out.rest);
  return out;
}

void write_out_defaults(capnp::DynamicStruct::Builder message, const personal_fields& fields) {
  const auto write_out = [](capnp::DynamicStruct::Builder at, const personal_field& field,
                            const steps& /*way*/) {
    if (at.has(field.value)) return;
    at.set(field.value, at.asReader().get(field.value));
  };
  personal_walk(fields, write_out).go(message);
}

}  // namespace reprise::messages
