// SPDX-License-Identifier: Apache-2.0
#include "messages/generator/header_code.hpp"

#include "messages/generator/cpp_types.hpp"
#include "messages/generator/indented_text.hpp"
#include "messages/generator/members.hpp"
#include "messages/generator/spelling.hpp"

#include <functional>
#include <span>
#include <utility>

namespace reprise::generator {
namespace {

constexpr std::size_t line_length_max = 100;

class header_writer {
 public:
  header_writer(const catalogue& all, const file_model& file)
      : all_(all), file_(file), scope_{.name_space = file.name_space} {}

  std::string write() {
    write_includes();
    out_.line("namespace " + file_.name_space + " {");
    for (const enumeration& one : file_.enums) {
      out_.line();
      write_enum(one);
    }
    for (const value_struct& one : file_.structs) {
      out_.line();
      write_struct(one);
    }
    write_names_of_enums();
    for (const aggregate& one : file_.aggregates) write_aggregate(one);
    out_.line();
    out_.line("}  // namespace " + file_.name_space);
    write_codecs();
    return out_.str();
  }

 private:
  void write_includes() {
    out_.line("// Made by capnpc-reprise from " + file_.filename + "; changes here are lost.");
    out_.line();
    out_.line("#pragma once");
    out_.line();
    for (const std::string& one : file_.includes) out_.line("#include " + one);
    if (!file_.includes.empty()) out_.line();
    if (!file_.aggregates.empty()) {
      out_.line("#include <reprise/aggregate.hpp>");
    }
    out_.line("#include <reprise/codec.hpp>");
    if (!file_.aggregates.empty()) {
      out_.line("#include <reprise/envelope.hpp>");
    }
    out_.line("#include <reprise/ids.hpp>");
    out_.line();
    for (const char* one : {"cstddef", "cstdint", "limits", "string", "string_view", "type_traits",
                            "variant", "vector"}) {
      out_.line(std::string("#include <") + one + ">");
    }
    out_.line();
  }

  // ---- types

  void write_enum(const enumeration& one) {
    out_.comment(one.doc);
    out_.open("enum class " + one.name + " : std::uint16_t {");
    for (const auto& e : one.enumerants) {
      out_.comment(e.doc);
      out_.line(e.name + ",");
    }
    out_.close("};");
  }

  void write_struct(const value_struct& one) {
    out_.comment(one.doc);
    out_.open("struct " + one.name + " {");
    enter(one.cpp, one.members);
    for (const enumeration& e : one.enums) declare_type(e.name);
    for (const value_struct& s : one.nested) declare_type(s.name);
    if (one.scope_only) out_.line(one.name + "() = delete;");
    bool separate = one.scope_only;
    for (const enumeration& e : one.enums) {
      if (std::exchange(separate, true)) out_.line();
      write_enum(e);
    }
    for (const value_struct& s : one.nested) {
      if (std::exchange(separate, true)) out_.line();
      write_struct(s);
    }
    if (!one.scope_only) {
      if (separate) out_.line();
      write_content(one.name, one.cpp, one.members);
    }
    leave();
    out_.close("};");
  }

  // Members, the types that they need, and equality.
  void write_content(const std::string& name, const std::string& cpp,
                     const std::vector<member>& members) {
    for (const member& m : members) write_types_of(m, cpp);
    for (const member& m : members) write_member(m);
    if (!members.empty()) out_.line();
    out_.line("bool operator==(const " + name + "&) const = default;");
  }

  void write_types_of(const member& m, const std::string& cpp) {
    const std::string type = cpp + "::" + m.type_name;
    if (m.what == member::kind::group) {
      out_.open("struct " + m.type_name + " {");
      enter(type, m.members);
      write_content(m.type_name, type, m.members);
      leave();
      out_.close("};");
    } else if (m.what == member::kind::choice) {
      out_.line("/// What `" + m.name + "` can hold.");
      out_.open("struct " + m.type_name + " {");
      enter(type);
      for (const alternative& one : m.alternatives) declare_type(one.name);
      for (const alternative& one : m.alternatives) write_alternative(one, type);
      leave();
      out_.close("};");
    }
  }

  void write_alternative(const alternative& one, const std::string& cpp) {
    out_.comment(one.doc);
    out_.open("struct " + one.name + " {");
    enter(cpp + "::" + one.name, one.members);
    write_content(one.name, cpp + "::" + one.name, one.members);
    leave();
    out_.close("};");
  }

  void write_member(const member& m) {
    out_.comment(m.doc);
    if (m.what == member::kind::group) {
      out_.line(m.type_name + " " + m.name + "{};");
    } else if (m.what == member::kind::choice) {
      std::vector<std::string> types;
      for (const alternative& one : m.alternatives) types.push_back(m.type_name + "::" + one.name);
      write_variant("", types, " " + m.name + "{};");
    } else {
      out_.line(type_name(all_, type_of(m), scope_) + " " + m.name + "{" + default_of(all_, m) +
                "};");
    }
  }

  // One line if it fits, otherwise one alternative in each.
  void write_variant(const std::string& before, const std::vector<std::string>& types,
                     const std::string& behind) {
    std::string line = before + "std::variant<";
    for (const std::string& one : types) line += (&one == &types.front() ? "" : ", ") + one;
    line += ">" + behind;
    if (2 * scope_.around.size() + line.size() <= line_length_max) {
      out_.line(line);
      return;
    }
    out_.line(before + "std::variant<");
    for (const std::string& one : types) {
      out_.line("    " + one + (&one == &types.back() ? ">" + behind : ","));
    }
  }

  // ---- scopes

  void enter(const std::string& cpp, const std::vector<member>& members = {},
             std::span<const std::string_view> more_members = {}) {
    enclosing names{.cpp = cpp};
    for (const std::string_view one : more_members) names.members.emplace(one);
    for (const member& m : members) {
      names.members.insert(m.name);
      if (!m.type_name.empty()) names.types.insert(m.type_name);
    }
    scope_.around.push_back(std::move(names));
  }
  void leave() { scope_.around.pop_back(); }
  void declare_type(const std::string& name) { scope_.around.back().types.insert(name); }

  void for_each_enum(const std::function<void(const enumeration&)>& f) const {
    for (const enumeration& one : file_.enums) f(one);
    const std::function<void(const value_struct&)> walk = [&](const value_struct& s) {
      for (const enumeration& one : s.enums) f(one);
      for (const value_struct& nested : s.nested) walk(nested);
    };
    for (const value_struct& one : file_.structs) walk(one);
  }

  void write_names_of_enums() {
    bool first = true;
    for_each_enum([&](const enumeration& one) {
      if (std::exchange(first, false)) {
        out_.line();
        out_.line("// The schema's name; empty for a number that this version does not know.");
      }
      out_.line("[[nodiscard]] std::string_view to_string(" + shortest(one.cpp, scope_) +
                " value) noexcept;");
    });
  }

  // ---- aggregates

  void write_aggregate(const aggregate& one) {
    out_.line();
    out_.line("struct " + one.name + "_api;");
    out_.line();
    write_commands(one);
    out_.line();
    write_events(one);
    out_.line();
    write_api(one);
    out_.line();
    write_completeness(one);
  }

  void write_commands(const aggregate& one) {
    out_.line("/// The commands of " + one.schema_name + ".");
    out_.open("struct " + one.name + "_cmd {");
    enter("::" + file_.name_space + "::" + one.name + "_cmd");
    for (const command& c : one.commands) {
      declare_type(c.name);
      if (c.own_reply) declare_type(c.own_reply->name);
    }
    for (const command& c : one.commands) {
      if (&c != &one.commands.front()) out_.line();
      if (c.own_reply) {
        write_struct(*c.own_reply);
        out_.line();
      }
      write_command(one, c);
    }
    leave();
    out_.close("};");
  }

  void write_command(const aggregate& one, const command& c) {
    out_.comment(c.doc);
    out_.open("struct " + c.name + " {");
    enter(c.cpp, c.members, command_names);
    out_.line("using api = " + one.name + "_api;");
    if (!c.reply.empty()) {
      out_.line("using reply = " + shortest(c.reply, scope_) + ";");
    }
    write_identity(c.ordinal, c.schema_name);
    if (c.readonly) out_.line("static constexpr bool readonly = true;");
    out_.line();
    write_content(c.name, c.cpp, c.members);
    leave();
    out_.close("};");
  }

  void write_identity(std::uint32_t tag, const std::string& name) {
    out_.line("static constexpr std::uint32_t tag = " + std::to_string(tag) + ";");
    out_.line("static constexpr std::string_view name = " + quoted(name) + ";");
  }

  void write_events(const aggregate& one) {
    out_.line("/// The events of " + one.schema_name + ".");
    out_.open("struct " + one.name + "_ev {");
    enter("::" + file_.name_space + "::" + one.name + "_ev");
    for (const event& e : one.events) declare_type(e.content.name);
    for (const event& e : one.events) {
      if (&e != &one.events.front()) out_.line();
      out_.comment(e.content.doc);
      out_.open("struct " + e.content.name + " {");
      enter(e.cpp, e.content.members, event_names);
      out_.line("using api = " + one.name + "_api;");
      write_identity(e.content.discriminant, e.content.schema_name);
      if (!e.tags.empty()) {
        out_.line("static reprise::attributes tags(const " + e.content.name + "& event);");
      }
      out_.line();
      write_content(e.content.name, e.cpp, e.content.members);
      leave();
      out_.close("};");
    }
    leave();
    out_.close("};");
  }

  void write_api(const aggregate& one) {
    out_.comment(one.doc);
    out_.open("struct " + one.name + "_api {");
    out_.line("static constexpr std::string_view name = " + quoted(one.schema_name) + ";");
    out_.line("static constexpr reprise::aggregate_type_id type{" + hex(one.id) + "};");
    out_.line();
    out_.line("using cmd = " + one.name + "_cmd;");
    out_.line("using ev = " + one.name + "_ev;");
    out_.line("using state = " + shortest(one.state, scope_) + ";");
    std::vector<std::string> types;
    for (const command& c : one.commands) types.push_back("cmd::" + c.name);
    write_variant("using command = ", types, ";");
    types.clear();
    for (const event& e : one.events) types.push_back("ev::" + e.content.name);
    write_variant("using event = ", types, ";");
    out_.line();
    out_.line("/// This schema as data, for stores and tools.");
    out_.line("[[nodiscard]] static reprise::bytes_view schema();");
    out_.close("};");
  }

  void write_completeness(const aggregate& one) {
    out_.line("/// Names each handler and applier that A lacks. Called by reprise::complete<A>().");
    out_.line("template <class A>");
    out_.open("consteval void check_complete(std::type_identity<A>, " + one.name + "_api) {");
    out_.line("using cmd = " + one.name + "_cmd;");
    out_.line("using ev = " + one.name + "_ev;");
    for (const command& c : one.commands) {
      if (!c.readonly) {
        write_check("handles<A, cmd::" + c.name + ">",
                    one.name + " is missing: decision on(const cmd::" + c.name + "&) const");
      }
      if (!c.reply.empty() && !c.replies_state) {
        write_check(
            "answers<A, cmd::" + c.name + ">",
            one.name + " is missing: " + c.reply_name + " reply(const cmd::" + c.name + "&) const");
      }
    }
    for (const event& e : one.events) {
      write_check("applies<A, ev::" + e.content.name + ">",
                  one.name + " is missing: void apply(const ev::" + e.content.name + "&)");
    }
    out_.close("}");
  }

  void write_check(const std::string& condition, const std::string& message) {
    out_.line("static_assert(reprise::" + condition + ",");
    out_.line("              " + quoted(message) + ");");
  }

  // ---- codecs

  void write_codecs() {
    for (const coded_type& one : coded_types(file_)) {
      const std::string type = one.cpp.substr(2);
      out_.line();
      out_.line("template <>");
      out_.open("struct reprise::codec<" + type + "> {");
      out_.line("static void encode(const " + type + "& value, bytes& out);");
      out_.line("static result<" + type + "> decode(bytes_view message);");
      out_.line("static std::string json(const " + type + "& value);");
      out_.close("};");
    }
  }

  const catalogue& all_;
  const file_model& file_;
  scope scope_;
  indented_text out_;
};

}  // namespace

std::string header_code(const catalogue& all, const file_model& file) {
  return header_writer(all, file).write();
}

}  // namespace reprise::generator
