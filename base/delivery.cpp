// SPDX-License-Identifier: Apache-2.0
#include "base/checksum.hpp"

#include <reprise/detail/delivery.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace reprise::detail {
namespace {

template <class T>
bool read_number(std::string_view& text, T& out, int base, bool last) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  if (failed != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (last) return text.empty();
  if (!text.starts_with('/')) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string to_text(const delivery& from) {
  std::array<char, 17> consumer{};
  const auto [end, fine] =
      std::to_chars(consumer.data(), consumer.data() + consumer.size(), from.consumer, 16);
  std::string out(consumer.data(), end);
  out += '/';
  out += std::to_string(from.partition.value);
  out += '/';
  out += std::to_string(from.at.value);
  out += '/';
  out += std::to_string(from.index);
  return out;
}

std::optional<delivery> delivery_in(const attributes& headers) {
  const auto found = std::ranges::find(headers, delivery_header,
                                       [](const auto& h) -> std::string_view { return h.first; });
  if (found == headers.end()) return {};
  std::string_view text = found->second;
  delivery out;
  if (!read_number(text, out.consumer, 16, false) ||
      !read_number(text, out.partition.value, 10, false) ||
      !read_number(text, out.at.value, 10, false) || !read_number(text, out.index, 10, true)) {
    return {};
  }
  return out;
}

command_id command_of(const delivery& from, const aggregate_key& to) {
  std::string text = to_text(from);
  text += '/';
  text += std::to_string(to.type.value);
  text += '/';
  text += std::to_string(to.tenant.size());
  text += '/';
  text += to.tenant;
  text += to.id;
  return derive_command_id(text);
}

}  // namespace reprise::detail
