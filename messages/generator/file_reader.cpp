// SPDX-License-Identifier: Apache-2.0
//
// Decides what C++ one schema file becomes.
#include "messages/generator/bundle_code.hpp"
#include "messages/generator/event_scopes.hpp"
#include "messages/generator/members.hpp"
#include "messages/generator/model.hpp"
#include "messages/generator/refusal.hpp"
#include "messages/generator/spelling.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace reprise::generator {
namespace {

std::string string_of(capnp::Text::Reader text) {
  return {text.begin(), text.size()};
}

enumeration read_enum(const catalogue& all, node_id id) {
  enumeration out{.name = all.cpp_path(id).back(), .cpp = all.cpp_name(id), .doc = all.doc(id)};
  std::set<std::string> names;
  unsigned index = 0;
  for (const auto& one : all.node(id).getEnum().getEnumerants()) {
    const std::string name = string_of(one.getName());
    out.enumerants.push_back(
        {.name = identifier(name), .schema_name = name, .doc = all.member_doc(id, index++)});
  }
  return out;
}

class file_reader {
 public:
  file_reader(const catalogue& all, schema::CodeGeneratorRequest::RequestedFile::Reader file)
      : all_(all),
        file_(file),
        id_(file.getId()),
        without_value_(structs_without_value(all, id_)) {}

  file_model read() {
    model_.filename = string_of(file_.getFilename());
    model_.name_space = all_.cpp_namespace(id_);
    model_.wire_namespace = all_.wire_namespace(id_);
    refuse_cycles(all_, id_);
    read_scope(id_, model_.enums, model_.structs);
    for (const auto& nested : all_.node(id_).getNestedNodes()) {
      if (all_.node(nested.getId()).isInterface()) read_interface(nested.getId());
    }
    note_foreign_types();
    check_top_names();
    sort_structs(model_.structs);
    return std::move(model_);
  }

 private:
  // Types nested in `scope`. Interfaces become no type, so what they hold goes to the top.
  void read_scope(node_id scope, std::vector<enumeration>& enums,
                  std::vector<value_struct>& structs) {
    for (const auto& nested : all_.node(scope).getNestedNodes()) {
      const node_id id = nested.getId();
      if (!all_.has(id)) continue;
      const schema::Node::Reader node = all_.node(id);
      if (node.isEnum()) {
        enums.push_back(read_enum(all_, id));
      } else if (node.isInterface()) {
        read_scope(id, model_.enums, model_.structs);
      } else if (node.isStruct()) {
        value_struct one = read_struct(id);
        const bool holds_something = !one.enums.empty() || !one.nested.empty();
        if (!one.scope_only || holds_something) structs.push_back(std::move(one));
      }
    }
  }

  value_struct read_struct(node_id id) {
    if (all_.node(id).getIsGeneric()) refuse(all_.display(id), "generic types are not taken");
    value_struct out{.id = id,
                     .name = all_.cpp_path(id).back(),
                     .cpp = all_.cpp_name(id),
                     .wire = all_.wire_name(id),
                     .doc = all_.doc(id),
                     .scope_only = without_value_.contains(id)};
    if (!out.scope_only) {
      out.members = members_of(all_, all_.load(id).asStruct(), out.wire);
      note_types(out.members);
    }
    read_scope(id, out.enums, out.nested);
    check_nested_names(out);
    sort_structs(out.nested);
    return out;
  }

  void read_interface(node_id id) {
    const std::optional<aggregate_types> types = all_.aggregate_of(id);
    if (!types) return;
    const auto node = all_.node(id).getInterface();
    if (node.getSuperclasses().size() > 0) {
      refuse(all_.display(id), "an aggregate's interface cannot extend another one");
    }
    if (all_.node(id).getIsGeneric()) refuse(all_.display(id), "generic types are not taken");
    if (node.getMethods().size() == 0) refuse(all_.display(id), "an aggregate needs a command");
    aggregate out{.id = id,
                  .schema_name = all_.short_name(id),
                  .name = snake_case(all_.short_name(id)),
                  .doc = all_.doc(id),
                  .state = all_.cpp_name(types->state),
                  .events_wire = all_.wire_name(types->events),
                  .events_display = all_.short_name(types->events)};
    read_commands(out, types->state);
    read_events(out, types->events);
    out.bundle = bundle_words(all_, id, *types);
    model_.aggregates.push_back(std::move(out));
  }

  void read_commands(aggregate& out, node_id state) {
    const std::string scope = "::" + model_.name_space + "::" + out.name + "_cmd::";
    std::set<std::string> names;
    unsigned index = 0;
    for (const auto& method : all_.node(out.id).getInterface().getMethods()) {
      command one;
      one.schema_name = string_of(method.getName());
      const std::string where = all_.display(out.id) + "." + one.schema_name;
      if (method.getImplicitParameters().size() > 0) refuse(where, "generic methods are not taken");
      one.name = snake_case(one.schema_name);
      one.cpp = scope + one.name;
      one.ordinal = index;
      one.doc = all_.member_doc(out.id, index++);
      one.readonly = annotation(method.getAnnotations(), annotations::readonly).has_value();
      const node_id params = method.getParamStructType();
      one.wire = method_wire(params, out.id, one.schema_name + "Params");
      one.members = members_of(all_, all_.load(params).asStruct(), one.wire, command_names);
      note_types(one.members);
      read_reply(one, method.getResultStructType(), out.id, scope);
      one.replies_state = one.reply == all_.cpp_name(state);
      if (!names.insert(one.name).second ||
          (one.own_reply && !names.insert(one.own_reply->name).second)) {
        refuse(where, "two structs of " + out.name + "_cmd would have the same name");
      }
      out.commands.push_back(std::move(one));
    }
  }

  // Parameters and results that are listed in the method have no scope of their own.
  std::string method_wire(node_id id, node_id interface, const std::string& name) const {
    if (all_.node(id).getScopeId() != 0) return all_.wire_name(id);
    return all_.wire_name(interface) + "::" + title_case(name);
  }

  void read_reply(command& one, node_id results, node_id interface, const std::string& scope) {
    if (all_.node(results).getScopeId() != 0) {
      take_reply(one, results);
      return;
    }
    const auto fields = all_.load(results).asStruct().getFields();
    if (fields.size() == 0) return;
    if (fields.size() == 1 && fields[0].getType().isStruct()) {
      take_reply(one, fields[0].getType().asStruct().getProto().getId());
      return;
    }
    value_struct own;
    own.id = results;
    own.name = one.name + "_reply";
    own.cpp = scope + own.name;
    own.wire = method_wire(results, interface, one.schema_name + "Results");
    own.members = members_of(all_, all_.load(results).asStruct(), own.wire);
    note_types(own.members);
    one.reply = own.cpp;
    one.reply_name = "cmd::" + own.name;
    one.own_reply = std::move(own);
  }

  void take_reply(command& one, node_id id) {
    used_.insert(id);
    one.reply = all_.cpp_name(id);
    one.reply_name = one.reply.substr(one.reply.find("::", 2) + 2);
    if (all_.cpp_namespace(id) != model_.name_space) one.reply_name = one.reply.substr(2);
  }

  void read_events(aggregate& out, node_id events) {
    const std::string scope = "::" + model_.name_space + "::" + out.name + "_ev::";
    const auto type = all_.load(events).asStruct();
    for (alternative& content : alternatives_of(all_, type, out.events_wire, true, event_names)) {
      event one{.content = std::move(content)};
      one.cpp = scope + one.content.name;
      note_types(one.content.members);
      for (const member& m : one.content.members) {
        if (m.what != member::kind::value) continue;
        if (!annotation(m.field->getProto().getAnnotations(), annotations::tag)) continue;
        check_tag(m);
        one.tags.push_back(m);
      }
      out.events.push_back(std::move(one));
    }
  }

  static void check_tag(const member& m) {
    switch (type_of(m).which()) {
      case schema::Type::FLOAT32:
      case schema::Type::FLOAT64:
      case schema::Type::DATA:
      case schema::Type::LIST:
      case schema::Type::STRUCT:
        refuse(m.display, "a tag must be Text, Bool, an integer or an enum");
      default:
        return;
    }
  }

  void note_types(const std::vector<member>& members) {
    for (const member& m : members) {
      if (m.field) used_.insert(named_type(type_of(m)));
      note_types(m.members);
      for (const alternative& a : m.alternatives) note_types(a.members);
    }
  }

  void note_foreign_types() {
    std::map<node_id, std::string> imports;
    for (const auto& one : file_.getImports()) imports[one.getId()] = string_of(one.getName());
    std::set<std::string> includes;
    used_.erase(0);
    for (const node_id id : used_) {
      const node_id file = all_.file_of(id);
      if (file == id_) continue;
      if (structs_without_value(all_, file).contains(id)) {
        refuse(all_.display(id), "used by " + model_.filename +
                                     ", but its own file only lists it as an event; declare it "
                                     "outside of the event struct");
      }
      const std::string header = output_base(imports.at(file)) + ".hpp";
      includes.insert(header.starts_with('/') ? "<" + header.substr(1) + ">" : '"' + header + '"');
      if (all_.node(id).isStruct()) {
        model_.foreign.push_back({.cpp = all_.cpp_name(id),
                                  .wire_namespace = all_.wire_namespace(id),
                                  .wire = all_.wire_name(id)});
      }
    }
    model_.includes.assign(includes.begin(), includes.end());
  }

  void check_top_names() const {
    std::set<std::string> names;
    const auto add = [&](const std::string& name) {
      if (!names.insert(name).second) {
        refuse(model_.filename, "two types would be called `" + name + "` in C++");
      }
    };
    for (const enumeration& one : model_.enums) add(one.name);
    for (const value_struct& one : model_.structs) add(one.name);
    for (const aggregate& one : model_.aggregates) {
      for (const char* ending : {"_cmd", "_ev", "_api"}) add(one.name + ending);
    }
  }

  void check_nested_names(const value_struct& in) const {
    std::set<std::string> names{in.name};
    const auto add = [&](const std::string& name) {
      if (!names.insert(name).second) {
        refuse(all_.display(in.id), "two types would be called `" + name + "` in C++");
      }
    };
    for (const enumeration& one : in.enums) add(one.name);
    for (const value_struct& one : in.nested) add(one.name);
  }

  // A struct must stand behind all that it holds. The order of the file is kept where it can be.
  void sort_structs(std::vector<value_struct>& structs) {
    std::map<node_id, std::size_t> owner;
    for (std::size_t i = 0; i < structs.size(); ++i) note_owner(structs[i], i, owner);
    std::vector<int> seen(structs.size(), 0);
    std::vector<std::size_t> order;
    const std::function<void(std::size_t)> visit = [&](std::size_t i) {
      if (seen[i] == 2) return;
      if (seen[i] == 1) {
        refuse(all_.display(structs[i].id),
               "it and another struct hold types that are nested in each other; C++ cannot nest "
               "them so: declare the inner types outside");
      }
      seen[i] = 1;
      std::set<node_id> needs;
      collect_needs(structs[i], needs);
      for (const node_id id : needs) {
        const auto found = owner.find(id);
        if (found != owner.end() && found->second != i) visit(found->second);
      }
      seen[i] = 2;
      order.push_back(i);
    };
    for (std::size_t i = 0; i < structs.size(); ++i) visit(i);
    std::vector<value_struct> sorted;
    for (const std::size_t i : order) sorted.push_back(std::move(structs[i]));
    structs = std::move(sorted);
  }

  void note_owner(const value_struct& one, std::size_t index,
                  std::map<node_id, std::size_t>& owner) const {
    owner[one.id] = index;
    for (const auto& nested : all_.node(one.id).getNestedNodes()) owner[nested.getId()] = index;
    for (const value_struct& nested : one.nested) note_owner(nested, index, owner);
  }

  static void collect_needs(const value_struct& one, std::set<node_id>& out) {
    collect_needs(one.members, out);
    for (const value_struct& nested : one.nested) collect_needs(nested, out);
  }
  static void collect_needs(const std::vector<member>& members, std::set<node_id>& out) {
    for (const member& m : members) {
      if (m.field) out.insert(named_type(type_of(m)));
      collect_needs(m.members, out);
      for (const alternative& a : m.alternatives) collect_needs(a.members, out);
    }
  }

  const catalogue& all_;
  const schema::CodeGeneratorRequest::RequestedFile::Reader file_;
  const node_id id_;
  const std::set<node_id> without_value_;
  std::set<node_id> used_;
  file_model model_;
};

void add_coded(const value_struct& one, std::vector<coded_type>& out) {
  if (!one.scope_only) out.push_back({.cpp = one.cpp, .wire = one.wire});
  for (const value_struct& nested : one.nested) add_coded(nested, out);
}

}  // namespace

std::vector<coded_type> coded_types(const file_model& file) {
  std::vector<coded_type> out;
  for (const value_struct& one : file.structs) add_coded(one, out);
  for (const aggregate& a : file.aggregates) {
    for (const command& one : a.commands) {
      out.push_back({.cpp = one.cpp, .wire = one.wire});
      if (one.own_reply) add_coded(*one.own_reply, out);
    }
    for (const event& one : a.events) {
      out.push_back({.cpp = one.cpp, .wire = a.events_wire, .is_event = true});
    }
  }
  return out;
}

file_model read_file(const catalogue& all,
                     schema::CodeGeneratorRequest::RequestedFile::Reader file) {
  return file_reader(all, file).read();
}

}  // namespace reprise::generator
