// SPDX-License-Identifier: Apache-2.0
#include "cli/command.hpp"

#include <reprise/projection_store.hpp>

#include <chrono>
#include <utility>

namespace reprise::cli {

timestamp time_now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

CLI::Validator whole_number(unsigned least) {
  return {[least](std::string& text) {
            const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
            const bool zero = text.find_first_not_of('0') == std::string::npos;
            if (!text.empty() && digits && (least == 0 || !zero)) return std::string();
            return "must be a whole number from " + std::to_string(least) + " on";
          },
          ""};
}

void aggregate_argument::add_to(CLI::App& command) {
  command.add_option("TYPE", type, "Aggregate type: Trip, trip, ride_saga for RideSaga, or 0x...")
      ->type_name("")
      ->required();
  command.add_option("ID", id, "Id of the aggregate, exactly as it was written")
      ->type_name("")
      ->required();
  command.add_option("--tenant", tenant, "Tenant of the aggregate (default: none)")->type_name("T");
}

result<store_reader> reader_of(const store_place& place) {
  return place.node == nullptr ? store_reader::open(place.directory) : place.node->store();
}

result<group_store> groups_of(const store_place& place) {
  return place.node == nullptr ? group_store::open(place.directory) : place.node->groups();
}

void saga_argument::add_to(CLI::App& command) {
  command.add_option("name", name, "Name of the saga")->type_name("NAME")->required();
  command.add_option("key", key, "The instance's key")->type_name("KEY")->required();
  command.add_option("--tenant", tenant, "Tenant of the instance (default: none)")
      ->type_name("TENANT");
}

void projection_argument::add_to(CLI::App& command) {
  command.add_option("name", name, "Name of the projection")->type_name("NAME")->required();
  command.add_option("--version", version, "Version of the projection (default: the newest)")
      ->type_name("VERSION");
}

result<projection_argument> projection_argument::in(const projection_store& store) const {
  if (version != 0) return *this;
  const auto newest = store.newest(name);
  if (!newest) return newest.error();
  return projection_argument{.name = name, .version = *newest};
}

result<projection_argument> projection_argument::in(const store_place& place) const {
  if (version != 0) return *this;
  const auto store = projections_of(place);
  if (!store) return store.error();
  return in(*store);
}

void parking_argument::add_to(CLI::App& command) {
  command.add_option("name", projection.name, "Name of the projection, or of the group")
      ->type_name("NAME")
      ->required();
  command
      .add_option("--version", projection.version,
                  "Version of the projection (default: the newest)")
      ->type_name("VERSION");
  command.add_flag("--group", is_group, "NAME is a group of workers, not a projection");
}

result<std::vector<parked_event>> parking_argument::parked_in(const store_place& place) const {
  if (is_group) {
    if (projection.version != 0) {
      return error{errc::invalid_argument, "a group has no versions: leave --version out"};
    }
    const auto store = groups_of(place);
    if (!store) return store.error();
    return store->parked(name());
  }
  const auto store = projections_of(place);
  if (!store) return store.error();
  const auto which = projection.in(*store);
  if (!which) return which.error();
  return store->parked(which->name, which->version);
}

result<found_aggregate> find(const store_reader& store, const aggregate_argument& wanted) {
  auto type = store.type(wanted.type);
  if (!type) return std::move(type).error();
  aggregate_key key{.type = type->id, .tenant = wanted.tenant, .id = wanted.id};
  const auto head = store.head(key);
  if (!head) return head.error();
  if (head->is == inspected_head::state::absent) {
    const std::string tenant =
        wanted.tenant.empty() ? "without a tenant" : "of tenant '" + wanted.tenant + "'";
    return error{errc::not_found, "no " + type->name + " '" + wanted.id + "' " + tenant +
                                      "; ids are case-sensitive, `reprise tail --type " +
                                      type->name + "` shows some"};
  }
  return found_aggregate{std::move(*type), std::move(key), *head};
}

}  // namespace reprise::cli
