// Made by capnpc-reprise from trip.capnp; changes here are lost.
#include "trip.reprise.hpp"

#include <reprise/generated/payload.hpp>

#include <trip.capnp.h>
#include <bit>
#include <span>

namespace ride::wire {

namespace generated = reprise::generated;

void write(const place& from, Place::Builder to);
void read(Place::Reader from, place& to);
void write(const trip_state& from, TripState::Builder to);
void read(TripState::Reader from, trip_state& to);
void write(const trip_cmd::request& from, Trip::RequestParams::Builder to);
void read(Trip::RequestParams::Reader from, trip_cmd::request& to);
void write(const trip_cmd::assign& from, Trip::AssignParams::Builder to);
void read(Trip::AssignParams::Reader from, trip_cmd::assign& to);
void write(const trip_cmd::arrive& from, Trip::ArriveParams::Builder to);
void read(Trip::ArriveParams::Reader from, trip_cmd::arrive& to);
void write(const trip_cmd::start& from, Trip::StartParams::Builder to);
void read(Trip::StartParams::Reader from, trip_cmd::start& to);
void write(const trip_cmd::complete& from, Trip::CompleteParams::Builder to);
void read(Trip::CompleteParams::Reader from, trip_cmd::complete& to);
void write(const trip_cmd::pay& from, Trip::PayParams::Builder to);
void read(Trip::PayParams::Reader from, trip_cmd::pay& to);
void write(const trip_cmd::cancel& from, Trip::CancelParams::Builder to);
void read(Trip::CancelParams::Reader from, trip_cmd::cancel& to);
void write(const trip_cmd::get& from, Trip::GetParams::Builder to);
void read(Trip::GetParams::Reader from, trip_cmd::get& to);
void write(const trip_ev::requested& from, TripEvent::Requested::Builder to);
void read(TripEvent::Requested::Reader from, trip_ev::requested& to);
void write(const trip_ev::assigned& from, TripEvent::Assigned::Builder to);
void read(TripEvent::Assigned::Reader from, trip_ev::assigned& to);
void write(const trip_ev::completed& from, TripEvent::Completed::Builder to);
void read(TripEvent::Completed::Reader from, trip_ev::completed& to);
void write(const trip_ev::paid& from, TripEvent::Paid::Builder to);
void read(TripEvent::Paid::Reader from, trip_ev::paid& to);
void write(const trip_ev::cancelled& from, TripEvent::Cancelled::Builder to);
void read(TripEvent::Cancelled::Reader from, trip_ev::cancelled& to);
void write(const trip_ev::requested& from, TripEvent::Builder to);
void read(TripEvent::Reader from, trip_ev::requested& to);
void write(const trip_ev::assigned& from, TripEvent::Builder to);
void read(TripEvent::Reader from, trip_ev::assigned& to);
void write(const trip_ev::arrived& from, TripEvent::Builder to);
void read(TripEvent::Reader from, trip_ev::arrived& to);
void write(const trip_ev::started& from, TripEvent::Builder to);
void read(TripEvent::Reader from, trip_ev::started& to);
void write(const trip_ev::completed& from, TripEvent::Builder to);
void read(TripEvent::Reader from, trip_ev::completed& to);
void write(const trip_ev::paid& from, TripEvent::Builder to);
void read(TripEvent::Reader from, trip_ev::paid& to);
void write(const trip_ev::cancelled& from, TripEvent::Builder to);
void read(TripEvent::Reader from, trip_ev::cancelled& to);

void write(const place& from, Place::Builder to) {
  if (!from.zone.empty()) to.setZone(generated::text(from.zone));
  if (!from.borough.empty()) to.setBorough(generated::text(from.borough));
}

void read(Place::Reader from, place& to) {
  to.zone = generated::text(from.getZone());
  to.borough = generated::text(from.getBorough());
}

void write(const trip_state& from, TripState::Builder to) {
  to.setPhase(static_cast<Phase>(from.phase));
  if (!from.rider.empty()) to.setRider(generated::text(from.rider));
  if (!from.driver.empty()) to.setDriver(generated::text(from.driver));
  write(from.pickup, to.initPickup());
  write(from.dropoff, to.initDropoff());
  to.setPassengers(from.passengers);
  to.setFareCents(from.fareCents);
  to.setTipCents(from.tipCents);
  to.setTollsCents(from.tollsCents);
  to.setTotalCents(from.totalCents);
  to.setDistanceMiles(from.distanceMiles);
  if (!from.payment.empty()) to.setPayment(generated::text(from.payment));
}

void read(TripState::Reader from, trip_state& to) {
  to.phase = static_cast<phase>(from.getPhase());
  to.rider = generated::text(from.getRider());
  to.driver = generated::text(from.getDriver());
  read(from.getPickup(), to.pickup);
  read(from.getDropoff(), to.dropoff);
  to.passengers = from.getPassengers();
  to.fareCents = from.getFareCents();
  to.tipCents = from.getTipCents();
  to.tollsCents = from.getTollsCents();
  to.totalCents = from.getTotalCents();
  to.distanceMiles = from.getDistanceMiles();
  to.payment = generated::text(from.getPayment());
}

void write(const trip_cmd::request& from, Trip::RequestParams::Builder to) {
  if (!from.rider.empty()) to.setRider(generated::text(from.rider));
  write(from.pickup, to.initPickup());
  write(from.dropoff, to.initDropoff());
  to.setPassengers(from.passengers);
}

void read(Trip::RequestParams::Reader from, trip_cmd::request& to) {
  to.rider = generated::text(from.getRider());
  read(from.getPickup(), to.pickup);
  read(from.getDropoff(), to.dropoff);
  to.passengers = from.getPassengers();
}

void write(const trip_cmd::assign& from, Trip::AssignParams::Builder to) {
  if (!from.driver.empty()) to.setDriver(generated::text(from.driver));
}

void read(Trip::AssignParams::Reader from, trip_cmd::assign& to) {
  to.driver = generated::text(from.getDriver());
}

void write(const trip_cmd::arrive&, Trip::ArriveParams::Builder) {
}

void read(Trip::ArriveParams::Reader, trip_cmd::arrive&) {
}

void write(const trip_cmd::start&, Trip::StartParams::Builder) {
}

void read(Trip::StartParams::Reader, trip_cmd::start&) {
}

void write(const trip_cmd::complete& from, Trip::CompleteParams::Builder to) {
  to.setFareCents(from.fareCents);
  to.setTipCents(from.tipCents);
  to.setTollsCents(from.tollsCents);
  to.setTotalCents(from.totalCents);
  to.setDistanceMiles(from.distanceMiles);
}

void read(Trip::CompleteParams::Reader from, trip_cmd::complete& to) {
  to.fareCents = from.getFareCents();
  to.tipCents = from.getTipCents();
  to.tollsCents = from.getTollsCents();
  to.totalCents = from.getTotalCents();
  to.distanceMiles = from.getDistanceMiles();
}

void write(const trip_cmd::pay& from, Trip::PayParams::Builder to) {
  if (!from.method.empty()) to.setMethod(generated::text(from.method));
}

void read(Trip::PayParams::Reader from, trip_cmd::pay& to) {
  to.method = generated::text(from.getMethod());
}

void write(const trip_cmd::cancel& from, Trip::CancelParams::Builder to) {
  if (!from.reason.empty()) to.setReason(generated::text(from.reason));
}

void read(Trip::CancelParams::Reader from, trip_cmd::cancel& to) {
  to.reason = generated::text(from.getReason());
}

void write(const trip_cmd::get&, Trip::GetParams::Builder) {
}

void read(Trip::GetParams::Reader, trip_cmd::get&) {
}

void write(const trip_ev::requested& from, TripEvent::Requested::Builder to) {
  if (!from.rider.empty()) to.setRider(generated::text(from.rider));
  write(from.pickup, to.initPickup());
  write(from.dropoff, to.initDropoff());
  to.setPassengers(from.passengers);
}

void read(TripEvent::Requested::Reader from, trip_ev::requested& to) {
  to.rider = generated::text(from.getRider());
  read(from.getPickup(), to.pickup);
  read(from.getDropoff(), to.dropoff);
  to.passengers = from.getPassengers();
}

void write(const trip_ev::assigned& from, TripEvent::Assigned::Builder to) {
  if (!from.driver.empty()) to.setDriver(generated::text(from.driver));
}

void read(TripEvent::Assigned::Reader from, trip_ev::assigned& to) {
  to.driver = generated::text(from.getDriver());
}

void write(const trip_ev::completed& from, TripEvent::Completed::Builder to) {
  to.setFareCents(from.fareCents);
  to.setTipCents(from.tipCents);
  to.setTollsCents(from.tollsCents);
  to.setTotalCents(from.totalCents);
  to.setDistanceMiles(from.distanceMiles);
}

void read(TripEvent::Completed::Reader from, trip_ev::completed& to) {
  to.fareCents = from.getFareCents();
  to.tipCents = from.getTipCents();
  to.tollsCents = from.getTollsCents();
  to.totalCents = from.getTotalCents();
  to.distanceMiles = from.getDistanceMiles();
}

void write(const trip_ev::paid& from, TripEvent::Paid::Builder to) {
  if (!from.method.empty()) to.setMethod(generated::text(from.method));
}

void read(TripEvent::Paid::Reader from, trip_ev::paid& to) {
  to.method = generated::text(from.getMethod());
}

void write(const trip_ev::cancelled& from, TripEvent::Cancelled::Builder to) {
  if (!from.reason.empty()) to.setReason(generated::text(from.reason));
}

void read(TripEvent::Cancelled::Reader from, trip_ev::cancelled& to) {
  to.reason = generated::text(from.getReason());
}

void write(const trip_ev::requested& from, TripEvent::Builder to) {
  write(from, to.initRequested());
}

void read(TripEvent::Reader from, trip_ev::requested& to) {
  generated::require_member(from.which(), 0, "TripEvent");
  read(from.getRequested(), to);
}

void write(const trip_ev::assigned& from, TripEvent::Builder to) {
  write(from, to.initAssigned());
}

void read(TripEvent::Reader from, trip_ev::assigned& to) {
  generated::require_member(from.which(), 1, "TripEvent");
  read(from.getAssigned(), to);
}

void write(const trip_ev::arrived&, TripEvent::Builder to) {
  to.setArrived();
}

void read(TripEvent::Reader from, trip_ev::arrived&) {
  generated::require_member(from.which(), 2, "TripEvent");
}

void write(const trip_ev::started&, TripEvent::Builder to) {
  to.setStarted();
}

void read(TripEvent::Reader from, trip_ev::started&) {
  generated::require_member(from.which(), 3, "TripEvent");
}

void write(const trip_ev::completed& from, TripEvent::Builder to) {
  write(from, to.initCompleted());
}

void read(TripEvent::Reader from, trip_ev::completed& to) {
  generated::require_member(from.which(), 4, "TripEvent");
  read(from.getCompleted(), to);
}

void write(const trip_ev::paid& from, TripEvent::Builder to) {
  write(from, to.initPaid());
}

void read(TripEvent::Reader from, trip_ev::paid& to) {
  generated::require_member(from.which(), 5, "TripEvent");
  read(from.getPaid(), to);
}

void write(const trip_ev::cancelled& from, TripEvent::Builder to) {
  write(from, to.initCancelled());
}

void read(TripEvent::Reader from, trip_ev::cancelled& to) {
  generated::require_member(from.which(), 6, "TripEvent");
  read(from.getCancelled(), to);
}

}  // namespace ride::wire

std::string_view ride::to_string(ride::phase value) noexcept {
  switch (value) {
    case ::ride::phase::none:
      return "none";
    case ::ride::phase::requested:
      return "requested";
    case ::ride::phase::assigned:
      return "assigned";
    case ::ride::phase::arrived:
      return "arrived";
    case ::ride::phase::inProgress:
      return "inProgress";
    case ::ride::phase::completed:
      return "completed";
    case ::ride::phase::paid:
      return "paid";
    case ::ride::phase::cancelled:
      return "cancelled";
    default:
      return {};
  }
}

reprise::attributes ride::trip_ev::assigned::tags(const ::ride::trip_ev::assigned& event) {
  return {{"driver", event.driver}};
}

reprise::bytes_view ride::trip_api::schema() {
  static_assert(std::endian::native == std::endian::little);
  // clang-format off
  static constexpr std::uint64_t words[] = {
  };
  // clang-format on
  return std::as_bytes(std::span(words));
}

namespace reprise {

void codec<ride::place>::encode(const ride::place& value, bytes& out) {
  generated::encode<::ride::wire::Place>(value, out);
}
result<ride::place> codec<ride::place>::decode(bytes_view message) {
  return generated::decode<::ride::wire::Place, ride::place>(message);
}
std::string codec<ride::place>::json(const ride::place& value) {
  return generated::json<::ride::wire::Place>(value);
}

void codec<ride::trip_state>::encode(const ride::trip_state& value, bytes& out) {
  generated::encode<::ride::wire::TripState>(value, out);
}
result<ride::trip_state> codec<ride::trip_state>::decode(bytes_view message) {
  return generated::decode<::ride::wire::TripState, ride::trip_state>(message);
}
std::string codec<ride::trip_state>::json(const ride::trip_state& value) {
  return generated::json<::ride::wire::TripState>(value);
}

void codec<ride::trip_cmd::request>::encode(const ride::trip_cmd::request& value, bytes& out) {
  generated::encode<::ride::wire::Trip::RequestParams>(value, out);
}
result<ride::trip_cmd::request> codec<ride::trip_cmd::request>::decode(bytes_view message) {
  return generated::decode<::ride::wire::Trip::RequestParams, ride::trip_cmd::request>(message);
}
std::string codec<ride::trip_cmd::request>::json(const ride::trip_cmd::request& value) {
  return generated::json<::ride::wire::Trip::RequestParams>(value);
}

void codec<ride::trip_cmd::assign>::encode(const ride::trip_cmd::assign& value, bytes& out) {
  generated::encode<::ride::wire::Trip::AssignParams>(value, out);
}
result<ride::trip_cmd::assign> codec<ride::trip_cmd::assign>::decode(bytes_view message) {
  return generated::decode<::ride::wire::Trip::AssignParams, ride::trip_cmd::assign>(message);
}
std::string codec<ride::trip_cmd::assign>::json(const ride::trip_cmd::assign& value) {
  return generated::json<::ride::wire::Trip::AssignParams>(value);
}

void codec<ride::trip_cmd::arrive>::encode(const ride::trip_cmd::arrive& value, bytes& out) {
  generated::encode<::ride::wire::Trip::ArriveParams>(value, out);
}
result<ride::trip_cmd::arrive> codec<ride::trip_cmd::arrive>::decode(bytes_view message) {
  return generated::decode<::ride::wire::Trip::ArriveParams, ride::trip_cmd::arrive>(message);
}
std::string codec<ride::trip_cmd::arrive>::json(const ride::trip_cmd::arrive& value) {
  return generated::json<::ride::wire::Trip::ArriveParams>(value);
}

void codec<ride::trip_cmd::start>::encode(const ride::trip_cmd::start& value, bytes& out) {
  generated::encode<::ride::wire::Trip::StartParams>(value, out);
}
result<ride::trip_cmd::start> codec<ride::trip_cmd::start>::decode(bytes_view message) {
  return generated::decode<::ride::wire::Trip::StartParams, ride::trip_cmd::start>(message);
}
std::string codec<ride::trip_cmd::start>::json(const ride::trip_cmd::start& value) {
  return generated::json<::ride::wire::Trip::StartParams>(value);
}

void codec<ride::trip_cmd::complete>::encode(const ride::trip_cmd::complete& value, bytes& out) {
  generated::encode<::ride::wire::Trip::CompleteParams>(value, out);
}
result<ride::trip_cmd::complete> codec<ride::trip_cmd::complete>::decode(bytes_view message) {
  return generated::decode<::ride::wire::Trip::CompleteParams, ride::trip_cmd::complete>(message);
}
std::string codec<ride::trip_cmd::complete>::json(const ride::trip_cmd::complete& value) {
  return generated::json<::ride::wire::Trip::CompleteParams>(value);
}

void codec<ride::trip_cmd::pay>::encode(const ride::trip_cmd::pay& value, bytes& out) {
  generated::encode<::ride::wire::Trip::PayParams>(value, out);
}
result<ride::trip_cmd::pay> codec<ride::trip_cmd::pay>::decode(bytes_view message) {
  return generated::decode<::ride::wire::Trip::PayParams, ride::trip_cmd::pay>(message);
}
std::string codec<ride::trip_cmd::pay>::json(const ride::trip_cmd::pay& value) {
  return generated::json<::ride::wire::Trip::PayParams>(value);
}

void codec<ride::trip_cmd::cancel>::encode(const ride::trip_cmd::cancel& value, bytes& out) {
  generated::encode<::ride::wire::Trip::CancelParams>(value, out);
}
result<ride::trip_cmd::cancel> codec<ride::trip_cmd::cancel>::decode(bytes_view message) {
  return generated::decode<::ride::wire::Trip::CancelParams, ride::trip_cmd::cancel>(message);
}
std::string codec<ride::trip_cmd::cancel>::json(const ride::trip_cmd::cancel& value) {
  return generated::json<::ride::wire::Trip::CancelParams>(value);
}

void codec<ride::trip_cmd::get>::encode(const ride::trip_cmd::get& value, bytes& out) {
  generated::encode<::ride::wire::Trip::GetParams>(value, out);
}
result<ride::trip_cmd::get> codec<ride::trip_cmd::get>::decode(bytes_view message) {
  return generated::decode<::ride::wire::Trip::GetParams, ride::trip_cmd::get>(message);
}
std::string codec<ride::trip_cmd::get>::json(const ride::trip_cmd::get& value) {
  return generated::json<::ride::wire::Trip::GetParams>(value);
}

void codec<ride::trip_ev::requested>::encode(const ride::trip_ev::requested& value, bytes& out) {
  generated::encode<::ride::wire::TripEvent>(value, out);
}
result<ride::trip_ev::requested> codec<ride::trip_ev::requested>::decode(bytes_view message) {
  return generated::decode<::ride::wire::TripEvent, ride::trip_ev::requested>(message);
}
std::string codec<ride::trip_ev::requested>::json(const ride::trip_ev::requested& value) {
  return generated::member_json<::ride::wire::TripEvent>(value);
}

void codec<ride::trip_ev::assigned>::encode(const ride::trip_ev::assigned& value, bytes& out) {
  generated::encode<::ride::wire::TripEvent>(value, out);
}
result<ride::trip_ev::assigned> codec<ride::trip_ev::assigned>::decode(bytes_view message) {
  return generated::decode<::ride::wire::TripEvent, ride::trip_ev::assigned>(message);
}
std::string codec<ride::trip_ev::assigned>::json(const ride::trip_ev::assigned& value) {
  return generated::member_json<::ride::wire::TripEvent>(value);
}

void codec<ride::trip_ev::arrived>::encode(const ride::trip_ev::arrived& value, bytes& out) {
  generated::encode<::ride::wire::TripEvent>(value, out);
}
result<ride::trip_ev::arrived> codec<ride::trip_ev::arrived>::decode(bytes_view message) {
  return generated::decode<::ride::wire::TripEvent, ride::trip_ev::arrived>(message);
}
std::string codec<ride::trip_ev::arrived>::json(const ride::trip_ev::arrived& value) {
  return generated::member_json<::ride::wire::TripEvent>(value);
}

void codec<ride::trip_ev::started>::encode(const ride::trip_ev::started& value, bytes& out) {
  generated::encode<::ride::wire::TripEvent>(value, out);
}
result<ride::trip_ev::started> codec<ride::trip_ev::started>::decode(bytes_view message) {
  return generated::decode<::ride::wire::TripEvent, ride::trip_ev::started>(message);
}
std::string codec<ride::trip_ev::started>::json(const ride::trip_ev::started& value) {
  return generated::member_json<::ride::wire::TripEvent>(value);
}

void codec<ride::trip_ev::completed>::encode(const ride::trip_ev::completed& value, bytes& out) {
  generated::encode<::ride::wire::TripEvent>(value, out);
}
result<ride::trip_ev::completed> codec<ride::trip_ev::completed>::decode(bytes_view message) {
  return generated::decode<::ride::wire::TripEvent, ride::trip_ev::completed>(message);
}
std::string codec<ride::trip_ev::completed>::json(const ride::trip_ev::completed& value) {
  return generated::member_json<::ride::wire::TripEvent>(value);
}

void codec<ride::trip_ev::paid>::encode(const ride::trip_ev::paid& value, bytes& out) {
  generated::encode<::ride::wire::TripEvent>(value, out);
}
result<ride::trip_ev::paid> codec<ride::trip_ev::paid>::decode(bytes_view message) {
  return generated::decode<::ride::wire::TripEvent, ride::trip_ev::paid>(message);
}
std::string codec<ride::trip_ev::paid>::json(const ride::trip_ev::paid& value) {
  return generated::member_json<::ride::wire::TripEvent>(value);
}

void codec<ride::trip_ev::cancelled>::encode(const ride::trip_ev::cancelled& value, bytes& out) {
  generated::encode<::ride::wire::TripEvent>(value, out);
}
result<ride::trip_ev::cancelled> codec<ride::trip_ev::cancelled>::decode(bytes_view message) {
  return generated::decode<::ride::wire::TripEvent, ride::trip_ev::cancelled>(message);
}
std::string codec<ride::trip_ev::cancelled>::json(const ride::trip_ev::cancelled& value) {
  return generated::member_json<::ride::wire::TripEvent>(value);
}

}  // namespace reprise
