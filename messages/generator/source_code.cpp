// SPDX-License-Identifier: Apache-2.0
#include "messages/generator/source_code.hpp"

#include "messages/generator/cpp_types.hpp"
#include "messages/generator/indented_text.hpp"
#include "messages/generator/members.hpp"
#include "messages/generator/spelling.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace reprise::generator {
namespace {

constexpr std::size_t bundle_words_per_line = 4;

// A C++ type and the Cap'n Proto type that holds its fields: they get write() and read().
struct pair {
  std::string cpp{};
  std::string wire{};
  const std::vector<member>* members = nullptr;
  // Set for unions instead of `members`; `cpp` is then the variant.
  const declaration* choice = nullptr;
};

class source_writer {
 public:
  source_writer(const catalogue& all, const file_model& file) : all_(all), file_(file) {}

  std::string write() {
    collect_pairs();
    write_includes();
    declare_foreign();
    out_.line("namespace " + file_.wire_namespace + " {");
    out_.line();
    out_.line("namespace generated = reprise::generated;");
    write_declarations();
    for (const pair& one : pairs_) one.choice != nullptr ? write_choice(one) : write_struct(one);
    for (const aggregate& a : file_.aggregates) {
      for (const event& e : a.events) write_event(a, e);
    }
    out_.line();
    out_.line("}  // namespace " + file_.wire_namespace);
    write_names_of_enums();
    for (const aggregate& a : file_.aggregates) {
      write_tags(a);
      write_schema(a);
    }
    write_codecs();
    return out_.str();
  }

 private:
  // ---- what there is

  void collect_pairs() {
    for (const declaration& one : file_.types) {
      if (one.what != declaration::kind::cases) {
        pairs_.push_back({.cpp = one.cpp, .wire = one.wire, .members = &one.members});
        continue;
      }
      pairs_.push_back({.cpp = choice_of(one.cpp), .wire = one.wire, .choice = &one});
      for (const alternative& a : one.alternatives) {
        collect(cases_of(one.cpp) + "::" + a.name, a);
      }
    }
    for (const aggregate& a : file_.aggregates) {
      for (const command& c : a.commands) {
        pairs_.push_back({.cpp = c.cpp, .wire = c.wire, .members = &c.members});
        if (!c.own_reply) continue;
        pairs_.push_back(
            {.cpp = c.own_reply->cpp, .wire = c.own_reply->wire, .members = &c.own_reply->members});
      }
      for (const event& e : a.events) collect(e.cpp, e.content);
    }
  }

  // Only alternatives with several fields have a type of Cap'n Proto's behind them.
  void collect(const std::string& cpp, const alternative& a) {
    if (!a.wire.empty()) pairs_.push_back({.cpp = cpp, .wire = a.wire, .members = &a.members});
  }

  // ---- frame

  void write_includes() {
    out_.line("// Made by capnpc-reprise from " + file_.filename + "; changes here are lost.");
    out_.line("#include \"" + base_name(output_base(file_.filename)) + ".hpp\"");
    out_.line();
    out_.line("#include <reprise/generated/payload.hpp>");
    out_.line();
    out_.line("#include <" + file_.filename + ".h>");
    out_.line("#include <bit>");
    out_.line("#include <span>");
    out_.line();
  }

  static std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

  void declare_foreign() {
    for (const foreign_struct& one : file_.foreign) {
      out_.line("namespace " + one.wire_namespace + " {");
      declare(one.cpp, one.wire);
      out_.line("}  // namespace " + one.wire_namespace);
      out_.line();
    }
  }

  void write_declarations() {
    out_.line();
    for (const pair& one : pairs_) declare(local(one.cpp), local(one.wire));
    for (const aggregate& a : file_.aggregates) {
      for (const event& e : a.events) declare(local(e.cpp), local(a.events_wire));
    }
  }

  void declare(const std::string& cpp, const std::string& wire) {
    out_.line("void write(const " + cpp + "& from, " + wire + "::Builder to);");
    out_.line("void read(" + wire + "::Reader from, " + cpp + "& to);");
  }

  // Spelled as it can be inside the namespace of the functions.
  std::string local(const std::string& qualified) const {
    for (const std::string& home : {file_.wire_namespace, file_.name_space}) {
      const std::string prefix = "::" + home + "::";
      const bool is_around = (file_.wire_namespace + "::").starts_with(home + "::");
      if (!is_around || !qualified.starts_with(prefix)) continue;
      const std::string name = qualified.substr(prefix.size());
      const std::string first = name.substr(0, name.find("::"));
      // Names that the functions use themselves.
      const bool taken = first == "from" || first == "to" || first == "read" || first == "write" ||
                         first == "generated" || first == "wire";
      return taken ? qualified : name;
    }
    return qualified;
  }

  void open_write(const std::string& cpp, const std::string& wire, bool uses_from, bool uses_to) {
    out_.line();
    out_.open("void write(const " + local(cpp) + "&" + (uses_from ? " from" : "") + ", " +
              local(wire) + "::Builder" + (uses_to ? " to" : "") + ") {");
  }
  void open_read(const std::string& cpp, const std::string& wire, bool uses_from, bool uses_to) {
    out_.line();
    out_.open("void read(" + local(wire) + "::Reader" + (uses_from ? " from" : "") + ", " +
              local(cpp) + "&" + (uses_to ? " to" : "") + ") {");
  }

  // ---- structs

  void write_struct(const pair& one) {
    const bool any = !one.members->empty();
    open_write(one.cpp, one.wire, any, any);
    for (const member& m : *one.members) {
      if (m.what == member::kind::value) {
        write_value(m, "from." + m.name, false);
      } else {
        out_.line("write(from." + m.name + ", " + inner("to", m, "init") + ");");
      }
    }
    out_.close("}");
    open_read(one.cpp, one.wire, any, any);
    for (const member& m : *one.members) {
      if (m.what == member::kind::value) {
        read_value(m, "to." + m.name);
      } else {
        out_.line("read(" + inner("from", m, "get") + ", to." + m.name + ");");
      }
    }
    out_.close("}");
  }

  // The group or named union; an anonymous union stands in the struct itself.
  static std::string inner(const std::string& object, const member& m, const std::string& verb) {
    return m.accessor.empty() ? object : object + "." + verb + m.accessor + "()";
  }

  void write_choice(const pair& one) {
    open_write(one.cpp, one.wire, true, true);
    out_.open("switch (from.index()) {");
    for (const alternative& a : one.choice->alternatives) {
      const std::string index = std::to_string(a.discriminant);
      out_.open("case " + index + ":");
      write_alternative(a, "std::get<" + index + ">(from)");
      out_.close_indent("break;");
    }
    out_.line("default:");
    out_.line("  break;");
    out_.close("}");
    out_.close("}");
    open_read(one.cpp, one.wire, true, true);
    out_.open("switch (static_cast<unsigned>(from.which())) {");
    for (const alternative& a : one.choice->alternatives) {
      const std::string index = std::to_string(a.discriminant);
      out_.open("case " + index + ":");
      read_alternative(a, "to.emplace<" + index + ">()");
      out_.close_indent("break;");
    }
    out_.line("default:");
    out_.line("  generated::throw_unreadable(" + string_literal(one.choice->display) +
              ", static_cast<unsigned>(from.which()));");
    out_.close("}");
    out_.close("}");
  }

  void write_alternative(const alternative& a, const std::string& value) {
    if (a.what == alternative::kind::nothing) {
      out_.line("to.set" + a.accessor + "();");
    } else if (a.what == alternative::kind::single) {
      write_value(a.members.front(), value + ".value", true);
    } else {
      out_.line("write(" + value + ", to.init" + a.accessor + "());");
    }
  }

  void read_alternative(const alternative& a, const std::string& value) {
    if (a.what == alternative::kind::nothing) {
      out_.line(value + ";");
    } else if (a.what == alternative::kind::single) {
      read_value(a.members.front(), value + ".value");
    } else {
      out_.line("read(from.get" + a.accessor + "(), " + value + ");");
    }
  }

  void write_event(const aggregate& a, const event& e) {
    const bool empty = e.content.what == alternative::kind::nothing;
    open_write(e.cpp, a.events_wire, !empty, true);
    write_alternative(e.content, "from");
    out_.close("}");
    open_read(e.cpp, a.events_wire, true, !empty);
    out_.line("generated::require_member(from.which(), " + std::to_string(e.content.discriminant) +
              ", " + string_literal(a.events_display) + ");");
    if (!empty) read_alternative(e.content, "to");
    out_.close("}");
  }

  // ---- values

  // `always`: members of unions must be set even when they are empty, for the discriminant.
  void write_value(const member& m, const std::string& value, bool always) {
    const capnp::Type type = type_of(m);
    const std::string set = "to.set" + m.accessor + "(";
    const std::string init = "to.init" + m.accessor + "(";
    always = always || m.field->getProto().getSlot().getHadExplicitDefault();
    const std::string guard = always ? "" : "if (!" + value + ".empty()) ";
    switch (type.which()) {
      case schema::Type::VOID:
        out_.line(set + ");");
        return;
      case schema::Type::ENUM:
        out_.line(set + "static_cast<" + local(all_.wire_name(named_type(type))) + ">(" + value +
                  "));");
        return;
      case schema::Type::TEXT:
        out_.line(guard + set + "generated::text(" + value + "));");
        return;
      case schema::Type::DATA:
        out_.line(guard + set + "generated::data(" + value + "));");
        return;
      case schema::Type::STRUCT:
        out_.line("write(" + value + ", " + init + "));");
        return;
      case schema::Type::LIST:
        write_list(type, guard, value, init);
        return;
      default:
        out_.line(set + value + ");");
    }
  }

  void write_list(capnp::Type type, const std::string& guard, const std::string& value,
                  const std::string& init) {
    const std::string call = "generated::write_list(" + value + ", " + init + "generated::count(" +
                             value + ".size())), " + item_writer(type.asList().getElementType()) +
                             ");";
    out_.line(guard + call);
  }

  // A function that sets one element of a list.
  // The parameters of functions in functions must not shadow each other.
  std::string item_writer(capnp::Type type, unsigned depth = 0) const {
    const std::string level = depth == 0 ? "" : std::to_string(depth);
    const std::string list = "list" + level;
    const std::string i = "i" + level;
    const std::string item = "item" + level;
    const std::string begin =
        "[](auto " + list + ", unsigned " + i + ", const auto& " + item + ") { ";
    const std::string set = list + ".set(" + i + ", ";
    switch (type.which()) {
      case schema::Type::VOID:
        return "[](auto, unsigned, const auto&) {}";
      case schema::Type::ENUM:
        return begin + set + "static_cast<" + local(all_.wire_name(named_type(type))) + ">(" +
               item + ")); }";
      case schema::Type::TEXT:
        return begin + set + "generated::text(" + item + ")); }";
      case schema::Type::DATA:
        return begin + set + "generated::data(" + item + ")); }";
      case schema::Type::STRUCT:
        return begin + "write(" + item + ", " + list + "[" + i + "]); }";
      case schema::Type::LIST:
        return begin + "generated::write_list(" + item + ", " + list + ".init(" + i +
               ", generated::count(" + item + ".size())), " +
               item_writer(type.asList().getElementType(), depth + 1) + "); }";
      default:
        return begin + set + item + "); }";
    }
  }

  void read_value(const member& m, const std::string& target) {
    const capnp::Type type = type_of(m);
    const std::string get = "from.get" + m.accessor + "()";
    if (type.isVoid()) {
      out_.line(target + " = {};");
    } else if (type.isStruct()) {
      out_.line("read(" + get + ", " + target + ");");
    } else {
      out_.line(target + " = " + read_expression(type, get) + ";");
    }
  }

  std::string read_expression(capnp::Type type, const std::string& from, unsigned depth = 0) const {
    const std::string cpp = spelled(type);
    switch (type.which()) {
      case schema::Type::VOID:
        return "std::monostate{}";
      case schema::Type::ENUM:
        return "static_cast<" + cpp + ">(" + from + ")";
      case schema::Type::TEXT:
        return "generated::text(" + from + ")";
      case schema::Type::DATA:
        return "generated::data(" + from + ")";
      case schema::Type::STRUCT:
        return "generated::value<" + cpp + ">(" + from + ")";
      case schema::Type::LIST: {
        const capnp::Type element = type.asList().getElementType();
        const std::string item = "item" + (depth == 0 ? "" : std::to_string(depth));
        return "generated::read_list<" + spelled(element) + ">(" + from + ", [](auto" +
               (element.isVoid() ? "" : " " + item) + ") { return " +
               read_expression(element, item, depth + 1) + "; })";
      }
      default:
        return from;
    }
  }

  std::string spelled(capnp::Type type) const {
    if (type.isList()) return "std::vector<" + spelled(type.asList().getElementType()) + ">";
    const std::string name = type_name(all_, type, {});
    return named_type(type) == 0 ? name : local(name);
  }

  // ---- what belongs to the public types

  void write_names_of_enums() {
    for (const enumeration& one : file_.enums) write_names(one);
  }

  void write_names(const enumeration& one) {
    out_.line();
    out_.open("std::string_view " + file_.name_space + "::to_string(" + one.cpp.substr(2) +
              " value) noexcept {");
    out_.open("switch (value) {");
    for (const auto& e : one.enumerants) {
      out_.line("case " + one.cpp + "::" + e.name + ":");
      out_.line("  return " + string_literal(e.schema_name) + ";");
    }
    out_.line("default:");
    out_.line("  return {};");
    out_.close("}");
    out_.close("}");
  }

  void write_tags(const aggregate& a) {
    for (const event& e : a.events) {
      if (e.tags.empty()) continue;
      out_.line();
      out_.open("reprise::attributes " + e.cpp.substr(2) + "::tags(const " + e.cpp + "& event) {");
      std::string list;
      for (const member& m : e.tags) {
        const auto name = m.field->getProto().getName();
        list += (list.empty() ? "{" : ", {") + string_literal({name.begin(), name.size()}) + ", " +
                tag_text(m) + "}";
      }
      out_.line("return {" + list + "};");
      out_.close("}");
    }
  }

  static std::string tag_text(const member& m) {
    std::string value = "event." + m.name;
    const capnp::Type type = type_of(m);
    if (type.isText()) return value;
    if (type.isBool()) return value + " ? \"true\" : \"false\"";
    if (type.isEnum()) return "std::string(to_string(" + value + "))";
    return "std::to_string(" + value + ")";
  }

  void write_schema(const aggregate& a) {
    const std::string api = file_.name_space + "::" + a.name + "_api";
    out_.line();
    out_.open("reprise::bytes_view " + api + "::schema() {");
    out_.line("static_assert(std::endian::native == std::endian::little);");
    out_.line("// clang-format off");
    out_.open("static constexpr std::uint64_t words[] = {");
    for (std::size_t i = 0; i < a.bundle.size(); i += bundle_words_per_line) {
      std::string line;
      for (std::size_t k = i; k < std::min(i + bundle_words_per_line, a.bundle.size()); ++k) {
        line += (line.empty() ? "" : " ") + hex(a.bundle[k]) + ",";
      }
      out_.line(line);
    }
    out_.close("};");
    out_.line("// clang-format on");
    out_.line("return std::as_bytes(std::span(words));");
    out_.close("}");
  }

  void write_codecs() {
    out_.line();
    out_.line("namespace reprise {");
    for (const coded_type& one : coded_types(file_)) {
      const std::string type = one.cpp.substr(2);
      const std::string json = one.is_event ? "member_json" : "json";
      out_.line();
      out_.open("void codec<" + type + ">::encode(const " + type + "& value, bytes& out) {");
      out_.line("generated::encode<" + one.wire + ">(value, out);");
      out_.close("}");
      out_.open("result<" + type + "> codec<" + type + ">::decode(bytes_view message) {");
      out_.line("return generated::decode<" + one.wire + ", " + type + ">(message);");
      out_.close("}");
      out_.open("std::string codec<" + type + ">::json(const " + type + "& value) {");
      out_.line("return generated::" + json + "<" + one.wire + ">(value);");
      out_.close("}");
    }
    out_.line();
    out_.line("}  // namespace reprise");
  }

  const catalogue& all_;
  const file_model& file_;
  std::vector<pair> pairs_;
  indented_text out_;
};

}  // namespace

std::string source_code(const catalogue& all, const file_model& file) {
  return source_writer(all, file).write();
}

}  // namespace reprise::generator
