// SPDX-License-Identifier: Apache-2.0
#include "tests/messages/random_box.hpp"

namespace reprise::test {

namespace rich = ::test::rich;

std::string random_box::text() {
  std::string out(random_.below(20), ' ');
  for (char& c : out) c = static_cast<char>(random_.below(256));
  return out;
}

bytes random_box::data() {
  return list([&] { return static_cast<std::byte>(random_.below(256)); });
}

double random_box::real() {
  return static_cast<double>(number<std::int64_t>()) / 1024;
}

rich::colour random_box::colour() {
  // Also numbers that this version of the schema does not know.
  return static_cast<rich::colour>(random_.below(5));
}

::shared_schema::money random_box::money() {
  return {.cents = number<std::int64_t>(),
          .currency = static_cast<::shared_schema::currency>(random_.below(3))};
}

rich::scalars random_box::scalars() {
  return {.flag = flip(),
          .tiny = number<std::int8_t>(),
          .small = number<std::int16_t>(),
          .medium = number<std::int32_t>(),
          .large = number<std::int64_t>(),
          .unsignedTiny = number<std::uint8_t>(),
          .unsignedSmall = number<std::uint16_t>(),
          .unsignedMedium = number<std::uint32_t>(),
          .unsignedLarge = number<std::uint64_t>(),
          .single = static_cast<float>(real()),
          .twofold = real(),
          .colour = colour()};
}

rich::shape random_box::shape() {
  rich::shape out{.label = text()};
  using cases = rich::shape_case;
  switch (random_.below(6)) {
    case 0:
      out.choice = cases::nothing{};
      break;
    case 1:
      out.choice = cases::corners{.value = number<std::uint16_t>()};
      break;
    case 2:
      out.choice = cases::round{.radius = real(), .filled = flip()};
      break;
    case 3:
      out.choice = cases::picture{.value = data()};
      break;
    case 4:
      out.choice = cases::frame{.value = {.width = number<std::uint32_t>(), .colour = colour()}};
      break;
    default:
      out.choice = cases::parts{.value = list([&] { return text(); })};
  }
  return out;
}

rich::nested random_box::nested() {
  const auto kind = [&] { return static_cast<rich::nested_kind>(random_.below(2)); };
  const auto inner = [&] {
    return rich::nested_inner{
        .kind = kind(),
        .colour = colour(),
        .deepest = {.colour = colour(), .colours = list([&] { return colour(); })}};
  };
  rich::nested out{.kind = kind(),
                   .inner = inner(),
                   .others = list(inner),
                   .address = {.street = text(),
                               .tags = list([&] { return text(); }),
                               .exact = {.x = real(), .y = real()}},
                   .class_ = text(),
                   .namespace_ = kind()};
  using where = rich::nested_address_where_case;
  if (flip()) out.address.where = where::floor{.value = number<std::int16_t>()};
  if (flip()) {
    out.address.where = where::room{.number = number<std::uint32_t>(), .colour = colour()};
  }
  using method = rich::nested_method_case;
  if (flip()) out.method = method::card{.value = text()};
  if (flip()) out.method = method::gift{.value = money()};
  return out;
}

rich::lists random_box::lists() {
  const auto words = [&] { return list([&] { return text(); }); };
  const auto shapes = [&] { return list([&] { return shape(); }); };
  return {.flags = list([&] { return flip(); }),
          .numbers = list([&] { return number<std::int64_t>(); }),
          .singles = list([&] { return static_cast<float>(real()); }),
          .words = words(),
          .blobs = list([&] { return data(); }),
          .colours = list([&] { return colour(); }),
          .shapes = shapes(),
          .table = list([&] { return list([&] { return number<std::uint32_t>(); }); }),
          .cube = list([&] { return list(words); }),
          .nothings = list([&] { return std::monostate{}; }),
          .kinds = list([&] { return rich::nested_kind::kind; }),
          .amounts = list([&] { return money(); }),
          .empties = list([&] { return rich::empty{}; }),
          .grids = list(shapes)};
}

rich::defaults random_box::defaults() {
  rich::defaults out{.flag = flip(),
                     .tiny = number<std::int8_t>(),
                     .large = number<std::int64_t>(),
                     .unsignedLarge = number<std::uint64_t>(),
                     .single = static_cast<float>(real()),
                     .twofold = real(),
                     .colour = colour(),
                     .text = text(),
                     .data = data(),
                     .money = money(),
                     .numbers = list([&] { return number<std::int16_t>(); }),
                     .words = list([&] { return text(); }),
                     .pairs = list([&] { return list([&] { return text(); }); }),
                     .shape = shape(),
                     .shapes = list([&] { return shape(); }),
                     .flags = list([&] { return flip(); })};
  if (flip()) {
    out.choice = rich::defaults_case::by_name{.value = text()};
  } else {
    out.choice = rich::defaults_case::by_number{.value = number<std::uint32_t>()};
  }
  return out;
}

rich::box_state random_box::state() {
  return {.scalars = scalars(),
          .lists = lists(),
          .nested = nested(),
          .defaults = defaults(),
          .shape = shape(),
          .empty = {},
          .boxState = text()};
}

}  // namespace reprise::test
