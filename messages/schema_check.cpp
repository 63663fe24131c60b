// SPDX-License-Identifier: Apache-2.0
#include "messages/generator/bundle_code.hpp"
#include "messages/generator/catalogue.hpp"
#include "messages/generator/refusal.hpp"
#include "messages/schema_bundle.hpp"

#include <reprise/schema_check.hpp>

#include <capnp/serialize.h>
#include <kj/io.h>

#include <span>

namespace reprise {

std::string_view to_string(schema_change::kind kind) noexcept {
  switch (kind) {
    case schema_change::kind::added:
      return "added";
    case schema_change::kind::renamed:
      return "renamed";
    case schema_change::kind::refused:
      return "refused";
  }
  return "unknown";
}

result<std::vector<declared_schema>> declared_schemas(bytes_view request) {
  try {
    // As the compiler's plugins read it.
    capnp::ReaderOptions options;
    options.traversalLimitInWords = 1U << 30U;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes seen as kj's.
    const auto* const begin = reinterpret_cast<const kj::byte*>(request.data());
    kj::ArrayInputStream stream(kj::arrayPtr(begin, request.size()));
    capnp::InputStreamMessageReader message(stream, options);
    const generator::catalogue all(message.getRoot<capnp::schema::CodeGeneratorRequest>());
    std::vector<declared_schema> found;
    for (const auto& [id, node] : all.nodes()) {
      if (!node.isInterface()) continue;
      const auto types = all.aggregate_of(id);
      if (!types) continue;
      const auto words = generator::bundle_words(all, id, *types);
      const bytes_view bundle = std::as_bytes(std::span(words));
      found.push_back(
          {.type = {id}, .name = all.short_name(id), .bundle = {bundle.begin(), bundle.end()}});
    }
    return found;
  } catch (const generator::refusal& e) {
    return error{errc::invalid_argument, e.where + ": " + e.why};
  } catch (const kj::Exception& e) {
    return error{errc::malformed,
                 std::string("no request of the schema compiler: ") + e.getDescription().cStr()};
  } catch (const std::out_of_range&) {
    return error{errc::malformed, "a request of the schema compiler that lacks types it names"};
  }
}

result<std::vector<schema_change>> schema_changes(bytes_view older_bundle,
                                                  bytes_view newer_bundle) {
  const auto older = messages::schema_bundle::open(older_bundle);
  if (!older) return older.error();
  const auto newer = messages::schema_bundle::open(newer_bundle);
  if (!newer) return newer.error();
  return newer->changes_since(*older);
}

result<std::string> schema_text(bytes_view bundle) {
  const auto opened = messages::schema_bundle::open(bundle);
  if (!opened) return opened.error();
  return opened->text();
}

}  // namespace reprise
