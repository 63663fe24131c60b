// SPDX-License-Identifier: Apache-2.0
#include "sagas/effect_text.hpp"

#include "sagas/saga_fold.hpp"

#include <reprise/codec.hpp>

#include <algorithm>
#include <utility>

namespace reprise::sagas {
namespace {

std::string shown(const bytes& payload) {
  std::string out = std::to_string(payload.size());
  out += " bytes";
  if (!payload.empty()) out += " 0x" + to_hex(payload);
  return out;
}

std::string owner(const std::string& tenant, const std::string& id) {
  return tenant.empty() ? id : tenant + "/" + id;
}

void add_repeats(const log::effect& what, std::string& to) {
  if (what.attemptsMax == 0) return;
  to += ", " + std::to_string(what.attemptsMax);
  to += " attempts from " + std::to_string(what.delayFirstMillis);
  to += " ms to " + std::to_string(what.delayMaxMillis) + " ms";
}

void add_end(const log::change& change, std::vector<std::string>& to) {
  switch (change.phase) {
    case log::phase::none:
    case log::phase::running:
      return;
    case log::phase::compensating:
      to.push_back("compensate: " + change.reason);
      return;
    case log::phase::completed:
      to.emplace_back("finish");
      return;
    case log::phase::failed:
      to.push_back("end as failed" + (change.reason.empty() ? "" : ": " + change.reason));
      return;
    case log::phase::killed:
      to.push_back("end as killed: " + change.reason);
      return;
  }
}

}  // namespace

effect_text::effect_text(const std::vector<persistence::stored_schema>& schemas) {
  for (const persistence::stored_schema& schema : schemas) {
    auto bundle = messages::schema_bundle::open(schema.bundle);
    if (bundle) bundles_.emplace(schema.type, std::move(*bundle));
  }
}

const messages::schema_bundle* effect_text::find(aggregate_type_id type) const {
  const auto found = bundles_.find(type);
  return found == bundles_.end() ? nullptr : &found->second;
}

std::string effect_text::name_of(aggregate_type_id type) const {
  const messages::schema_bundle* const bundle = find(type);
  return bundle == nullptr ? "type " + std::to_string(type.value) : std::string(bundle->name());
}

std::string effect_text::event_name(aggregate_type_id type, std::uint32_t event_type) const {
  std::string out = name_of(type) + ".";
  const messages::schema_bundle* const bundle = find(type);
  const std::string_view name = bundle == nullptr ? "" : bundle->event_name(event_type);
  if (name.empty()) return out + std::to_string(event_type);
  out += name;
  return out;
}

std::vector<std::string> effect_text::lines_of(const log::change& change,
                                               const log::saga_state& before) const {
  std::vector<std::string> out;
  for (const std::uint64_t number : change.closed) {
    const log::effect* const open = find_open(before, number);
    if (open != nullptr) out.push_back("over with " + open->name);
  }
  // Which of those comes first is no matter.
  std::ranges::sort(out);
  for (const log::effect& one : change.opened) out.push_back(line_of(one));
  for (const log::key_change& one : change.keys) {
    out.push_back((one.added ? "also keyed " : "no longer keyed ") + one.key);
  }
  for (const log::done_step& one : change.done) {
    out.push_back("remember how to take back " + one.name + branch_of(one.undo));
  }
  if (change.undone > 0) out.push_back("take back " + std::to_string(change.undone) + " steps");
  add_end(change, out);
  return out;
}

std::string effect_text::line_of(const log::effect& what) const {
  std::string out;
  switch (what.kind) {
    case log::effect_kind::send: {
      const messages::schema_bundle* const bundle = find({what.type});
      out = "send " + what.name + " to " + name_of({what.type});
      out += " " + owner(what.tenant, what.target);
      out += ", command " + std::to_string(what.command) + " ";
      const auto json = bundle == nullptr ? result<std::string>(error{errc::not_found, ""})
                                          : bundle->command_json(what.command, what.payload);
      out += json ? *json : shown(what.payload);
      break;
    }
    case log::effect_kind::call:
      out = "call " + what.target + " as " + what.name + ", " + shown(what.payload);
      break;
    case log::effect_kind::deadline:
      out = "deadline " + what.name + " in " + std::to_string(what.afterMicros) + " us, ";
      out += shown(what.payload);
      break;
    case log::effect_kind::wait:
      out = "wait for " + what.name + " " + std::to_string(what.afterMicros) + " us";
      break;
    // These only stand in branches.
    case log::effect_kind::cancel:
      out = "cancel " + what.name;
      break;
    case log::effect_kind::compensate:
      out = "compensate: " + what.name;
      break;
    case log::effect_kind::finish:
      out = "finish";
      break;
    case log::effect_kind::alsoKeyed:
      out = "also keyed " + what.name;
      break;
    case log::effect_kind::noLongerKeyed:
      out = "no longer keyed " + what.name;
      break;
  }
  add_repeats(what, out);
  if (!what.otherwise.empty()) out += ", otherwise" + branch_of(what.otherwise);
  if (!what.undo.empty()) out += ", undone by" + branch_of(what.undo);
  return out;
}

std::string effect_text::branch_of(const std::vector<bytes>& encoded) const {
  std::string out;
  for (const bytes& one : encoded) {
    const auto read = codec<log::effect>::decode(one);
    out += out.empty() ? " (" : "; ";
    out += read ? line_of(*read) : shown(one);
  }
  return out.empty() ? out : out + ")";
}

}  // namespace reprise::sagas
