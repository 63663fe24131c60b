// SPDX-License-Identifier: Apache-2.0
//
// Decides what C++ one schema file becomes.
#include "messages/generator/bundle_code.hpp"
#include "messages/generator/event_scopes.hpp"
#include "messages/generator/members.hpp"
#include "messages/generator/model.hpp"
#include "messages/generator/personal_check.hpp"
#include "messages/generator/refusal.hpp"
#include "messages/generator/spelling.hpp"
#include "messages/type_names.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace reprise::generator {
namespace {

using messages::string_of;

enumeration read_enum(const catalogue& all, node_id id) {
  enumeration out{.cpp = all.cpp_name(id), .doc = all.doc(id)};
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
        unions_(event_unions(all, id_)),
        without_value_(structs_without_value(all, id_)) {}

  file_model read() {
    model_.filename = string_of(file_.getFilename());
    model_.name_space = all_.cpp_namespace(id_);
    model_.wire_namespace = all_.wire_namespace(id_);
    refuse_cycles(all_, id_);
    check_personal(all_, id_);
    read_scope(id_);
    for (const auto& nested : all_.node(id_).getNestedNodes()) {
      if (all_.node(nested.getId()).isInterface()) read_interface(nested.getId());
    }
    note_foreign_types();
    check_names();
    sort_types();
    return std::move(model_);
  }

 private:
  // The types declared in `scope`, and in them.
  void read_scope(node_id scope) {
    for (const auto& nested : all_.node(scope).getNestedNodes()) {
      const node_id id = nested.getId();
      if (!all_.has(id)) continue;
      const schema::Node::Reader node = all_.node(id);
      if (node.isEnum()) model_.enums.push_back(read_enum(all_, id));
      if (node.isStruct()) read_struct(id);
      if (node.isInterface() && scope != id_ && all_.aggregate_of(id)) {
        refuse(all_.display(id), "an aggregate must be declared in the file itself");
      }
      read_scope(id);
    }
  }

  void read_struct(node_id id) {
    if (all_.node(id).getIsGeneric()) refuse(all_.display(id), "generic types are not taken");
    const auto type = all_.load(id).asStruct();
    const std::string wire = all_.wire_name(id);
    if (without_value_.contains(id)) {
      // Its fields stand in events; the types of their groups and unions are needed there.
      if (unions_.contains(id)) {
        for (const alternative& one : alternatives_of(all_, type, wire, true)) {
          if (one.what == alternative::kind::group) declare_inner(one.members);
        }
      } else {
        declare_inner(members_of(all_, type, wire));
      }
      return;
    }
    declaration out{.what = declaration::kind::value,
                    .cpp = all_.cpp_name(id),
                    .wire = wire,
                    .doc = all_.doc(id),
                    .display = all_.display(id),
                    .members = members_of(all_, type, wire),
                    .personal = holds_personal(type)};
    note_types(out.members);
    declare_inner(out.members);
    model_.types.push_back(std::move(out));
  }

  // The types of groups and unions stand in the namespace too, each before what holds it.
  void declare_inner(const std::vector<member>& members) {
    for (const member& m : members) {
      declare_inner(m.members);
      if (m.what == member::kind::group) {
        model_.types.push_back({.what = declaration::kind::group,
                                .cpp = m.type,
                                .wire = m.wire,
                                .doc = m.doc,
                                .display = m.display,
                                .members = m.members});
      }
      if (m.what != member::kind::choice) continue;
      for (const alternative& one : m.alternatives) declare_inner(one.members);
      model_.types.push_back({.what = declaration::kind::cases,
                              .cpp = m.type,
                              .wire = m.wire,
                              .doc = "",
                              .display = m.display,
                              .alternatives = m.alternatives});
    }
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
                  .name = all_.cpp_type(id),
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
      one.name = identifier(snake_case(one.schema_name));
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
          (one.own_reply && !names.insert(last_name(one.own_reply->cpp)).second)) {
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
    declaration own;
    own.cpp = scope + snake_case(one.schema_name) + "_reply";
    own.wire = method_wire(results, interface, one.schema_name + "Results");
    own.members = members_of(all_, all_.load(results).asStruct(), own.wire);
    note_types(own.members);
    one.reply = own.cpp;
    one.reply_name = "cmd::" + last_name(own.cpp);
    one.own_reply = std::move(own);
  }

  void take_reply(command& one, node_id id) {
    used_.insert(id);
    one.reply = all_.cpp_name(id);
    const bool is_home = all_.cpp_namespace(id) == model_.name_space;
    one.reply_name = is_home ? last_name(one.reply) : one.reply.substr(2);
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

  void check_names() const {
    std::set<std::string> names;
    const auto add = [&](const std::string& cpp) {
      if (!names.insert(last_name(cpp)).second) {
        refuse(model_.filename, "two types would be called `" + last_name(cpp) + "` in C++");
      }
    };
    for (const enumeration& one : model_.enums) add(one.cpp);
    for (const declaration& one : model_.types) {
      if (one.what == declaration::kind::cases) {
        add(cases_of(one.cpp));
        add(choice_of(one.cpp));
      } else {
        add(one.cpp);
      }
    }
    for (const aggregate& one : model_.aggregates) {
      for (const char* ending : {"_cmd", "_ev", "_api"}) add(one.name + ending);
    }
  }

  // The order of the file is kept where it can be.
  void sort_types() {
    std::map<std::string, std::size_t> index;
    for (std::size_t i = 0; i < model_.types.size(); ++i) index[key_of(model_.types[i])] = i;
    std::vector<declaration> sorted;
    std::set<std::size_t> placed;
    const std::function<void(std::size_t)> place = [&](std::size_t i) {
      if (!placed.insert(i).second) return;
      std::vector<std::string> needs;
      collect_needs(model_.types[i].members, needs);
      for (const alternative& one : model_.types[i].alternatives) collect_needs(one.members, needs);
      for (const std::string& need : needs) {
        if (const auto found = index.find(need); found != index.end()) place(found->second);
      }
      sorted.push_back(std::move(model_.types[i]));
    };
    for (std::size_t i = 0; i < model_.types.size(); ++i) place(i);
    model_.types = std::move(sorted);
  }

  static std::string key_of(const declaration& one) {
    return one.what == declaration::kind::cases ? cases_of(one.cpp) : one.cpp;
  }

  void collect_needs(const std::vector<member>& members, std::vector<std::string>& out) const {
    for (const member& m : members) {
      if (m.what == member::kind::value) {
        if (const node_id id = named_type(type_of(m)); id != 0) out.push_back(all_.cpp_name(id));
      } else {
        out.push_back(m.what == member::kind::choice ? cases_of(m.type) : m.type);
      }
    }
  }

  const catalogue& all_;
  const schema::CodeGeneratorRequest::RequestedFile::Reader file_;
  const node_id id_;
  const std::map<node_id, std::set<node_id>> unions_;
  const std::set<node_id> without_value_;
  std::set<node_id> used_;
  file_model model_;
};

}  // namespace

std::vector<coded_type> coded_types(const file_model& file) {
  std::vector<coded_type> out;
  for (const declaration& one : file.types) {
    if (one.what != declaration::kind::value) continue;
    out.push_back({.cpp = one.cpp, .wire = one.wire, .personal = one.personal});
  }
  for (const aggregate& a : file.aggregates) {
    for (const command& one : a.commands) {
      out.push_back({.cpp = one.cpp, .wire = one.wire});
      if (one.own_reply) out.push_back({.cpp = one.own_reply->cpp, .wire = one.own_reply->wire});
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
