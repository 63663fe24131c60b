// SPDX-License-Identifier: Apache-2.0
#include "messages/generator/spelling.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace reprise::generator {
namespace {

// C++20's keywords and alternative tokens, and the two namespaces that generated code names.
constexpr std::array<std::string_view, 94> reserved{"alignas",
                                                    "alignof",
                                                    "and",
                                                    "and_eq",
                                                    "asm",
                                                    "auto",
                                                    "bitand",
                                                    "bitor",
                                                    "bool",
                                                    "break",
                                                    "case",
                                                    "catch",
                                                    "char",
                                                    "char16_t",
                                                    "char32_t",
                                                    "char8_t",
                                                    "class",
                                                    "co_await",
                                                    "co_return",
                                                    "co_yield",
                                                    "compl",
                                                    "concept",
                                                    "const",
                                                    "const_cast",
                                                    "consteval",
                                                    "constexpr",
                                                    "constinit",
                                                    "continue",
                                                    "decltype",
                                                    "default",
                                                    "delete",
                                                    "do",
                                                    "double",
                                                    "dynamic_cast",
                                                    "else",
                                                    "enum",
                                                    "explicit",
                                                    "export",
                                                    "extern",
                                                    "false",
                                                    "float",
                                                    "for",
                                                    "friend",
                                                    "goto",
                                                    "if",
                                                    "inline",
                                                    "int",
                                                    "long",
                                                    "mutable",
                                                    "namespace",
                                                    "new",
                                                    "noexcept",
                                                    "not",
                                                    "not_eq",
                                                    "nullptr",
                                                    "operator",
                                                    "or",
                                                    "or_eq",
                                                    "private",
                                                    "protected",
                                                    "public",
                                                    "register",
                                                    "reinterpret_cast",
                                                    "reprise",
                                                    "requires",
                                                    "return",
                                                    "short",
                                                    "signed",
                                                    "sizeof",
                                                    "static",
                                                    "static_assert",
                                                    "static_cast",
                                                    "std",
                                                    "struct",
                                                    "switch",
                                                    "template",
                                                    "this",
                                                    "thread_local",
                                                    "throw",
                                                    "true",
                                                    "try",
                                                    "typedef",
                                                    "typeid",
                                                    "typename",
                                                    "union",
                                                    "unsigned",
                                                    "using",
                                                    "virtual",
                                                    "void",
                                                    "volatile",
                                                    "wchar_t",
                                                    "while",
                                                    "xor",
                                                    "xor_eq"};

bool upper(char c) {
  return std::isupper(static_cast<unsigned char>(c)) != 0;
}
bool lower(char c) {
  return std::islower(static_cast<unsigned char>(c)) != 0;
}
char to_lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}
char to_upper(char c) {
  return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
}

}  // namespace

std::string snake_case(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool ends_acronym = i + 1 < name.size() && lower(name[i + 1]);
    if (i > 0 && upper(name[i]) && (!upper(name[i - 1]) || ends_acronym)) out += '_';
    out += to_lower(name[i]);
  }
  return out;
}

std::string title_case(std::string_view name) {
  std::string out(name);
  if (!out.empty()) out[0] = to_upper(out[0]);
  return out;
}

std::string identifier(std::string_view name, std::span<const std::string_view> taken) {
  const bool is_reserved = std::find(reserved.begin(), reserved.end(), name) != reserved.end() ||
                           std::find(taken.begin(), taken.end(), name) != taken.end();
  return std::string(name) + (is_reserved ? "_" : "");
}

std::string hex(std::uint64_t value) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "0x";
  for (unsigned shift = 64; shift > 0; shift -= 4) out += digits[(value >> (shift - 4)) & 0xfU];
  return out;
}

std::string string_literal(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else {
      // Three octal digits always: what follows can then not be taken for a part of the escape.
      for (const unsigned shift : {6U, 3U, 0U}) {
        if (shift == 6U) out += '\\';
        out += static_cast<char>('0' + ((byte >> shift) & 7U));
      }
    }
  }
  return out + "\"";
}

std::string file_stem(std::string_view path) {
  std::string_view stem = path.substr(path.rfind('/') + 1);
  stem = stem.substr(0, stem.find('.'));
  std::string out;
  for (const char c : stem) {
    out += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  }
  return out;
}

std::string output_base(std::string_view path) {
  constexpr std::string_view ending = ".capnp";
  if (path.ends_with(ending)) path.remove_suffix(ending.size());
  return std::string(path) + ".reprise";
}

}  // namespace reprise::generator
