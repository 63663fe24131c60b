// SPDX-License-Identifier: Apache-2.0
#include "messages/generator/header_code.hpp"

#include "messages/generator/cpp_types.hpp"
#include "messages/generator/indented_text.hpp"
#include "messages/generator/members.hpp"
#include "messages/generator/spelling.hpp"

#include <span>
#include <string>
#include <utility>
#include <vector>

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
    for (const declaration& one : file_.types) {
      out_.line();
      one.what == declaration::kind::cases ? write_cases(one) : write_struct(one);
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
    out_.open("enum class " + last_name(one.cpp) + " : std::uint16_t {");
    for (const auto& e : one.enumerants) {
      out_.comment(e.doc);
      out_.line(e.name + ",");
    }
    out_.close("};");
  }

  void write_struct(const declaration& one) {
    out_.comment(one.doc);
    write_struct(last_name(one.cpp), one.cpp, one.members);
  }

  void write_struct(const std::string& name, const std::string& cpp,
                    const std::vector<member>& members) {
    out_.open("struct " + name + " {");
    enter(cpp, members);
    write_content(cpp, members);
    leave();
    out_.close("};");
  }

  // How a struct names itself inside; a member of the same name hides the short form.
  std::string own_name(const std::string& cpp) const {
    const std::string name = last_name(cpp);
    return scope_.around.back().members.contains(name) ? cpp : name;
  }

  void write_content(const std::string& cpp, const std::vector<member>& members) {
    for (const member& m : members) write_member(m);
    if (!members.empty()) out_.line();
    out_.line("bool operator==(const " + own_name(cpp) + "&) const = default;");
  }

  void write_member(const member& m) {
    out_.comment(m.doc);
    if (m.what == member::kind::value) {
      out_.line(type_name(all_, type_of(m), scope_) + " " + m.name + "{" + default_of(all_, m) +
                "};");
    } else {
      const std::string type = m.what == member::kind::group ? m.type : choice_of(m.type);
      out_.line(shortest(type, scope_) + " " + m.name + "{};");
    }
  }

  void write_cases(const declaration& one) {
    const std::string cases = cases_of(one.cpp);
    out_.line("/// What the union " + one.display.substr(one.display.find(':') + 1) + " can hold.");
    out_.open("struct " + last_name(cases) + " {");
    enter(cases);
    for (const alternative& a : one.alternatives) declare_type(a.name);
    for (const alternative& a : one.alternatives) {
      if (&a != &one.alternatives.front()) out_.line();
      out_.comment(a.doc);
      write_struct(a.name, cases + "::" + a.name, a.members);
    }
    leave();
    out_.close("};");
    std::vector<std::string> types;
    for (const alternative& a : one.alternatives) types.push_back(last_name(cases) + "::" + a.name);
    write_variant("using " + last_name(choice_of(one.cpp)) + " = ", types, ";");
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
    for (const member& m : members) names.members.insert(m.name);
    scope_.around.push_back(std::move(names));
  }
  void leave() { scope_.around.pop_back(); }
  void declare_type(const std::string& name) { scope_.around.back().types.insert(name); }

  void write_names_of_enums() {
    if (file_.enums.empty()) return;
    out_.line();
    out_.line("// The schema's name; empty for a number that this version does not know.");
    for (const enumeration& one : file_.enums) {
      out_.line("[[nodiscard]] std::string_view to_string(" + last_name(one.cpp) +
                " value) noexcept;");
    }
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
      if (c.own_reply) declare_type(last_name(c.own_reply->cpp));
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
    write_content(c.cpp, c.members);
    leave();
    out_.close("};");
  }

  void write_identity(std::uint32_t tag, const std::string& name) {
    out_.line("static constexpr std::uint32_t tag = " + std::to_string(tag) + ";");
    out_.line("static constexpr std::string_view name = " + string_literal(name) + ";");
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
        out_.line("static reprise::attributes tags(const " + own_name(e.cpp) + "& event);");
      }
      out_.line();
      write_content(e.cpp, e.content.members);
      leave();
      out_.close("};");
    }
    leave();
    out_.close("};");
  }

  void write_api(const aggregate& one) {
    out_.comment(one.doc);
    out_.open("struct " + one.name + "_api {");
    out_.line("static constexpr std::string_view name = " + string_literal(one.schema_name) + ";");
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
    out_.line("              " + string_literal(message) + ");");
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
      if (one.personal) out_.line("static constexpr bool holds_personal_data = true;");
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
