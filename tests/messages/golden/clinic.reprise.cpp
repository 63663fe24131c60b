// Made by capnpc-reprise from clinic.capnp; changes here are lost.
#include "clinic.reprise.hpp"

#include <reprise/generated/payload.hpp>

#include <clinic.capnp.h>
#include <bit>
#include <span>

namespace clinic::wire {

namespace generated = reprise::generated;

void write(const note& from, Note::Builder to);
void read(Note::Reader from, note& to);
void write(const visit_state& from, VisitState::Builder to);
void read(VisitState::Reader from, visit_state& to);
void write(const bell_state& from, BellState::Builder to);
void read(BellState::Reader from, bell_state& to);
void write(const address& from, Address::Builder to);
void read(Address::Reader from, address& to);
void write(const guest_pay_choice& from, Guest::Pay::Builder to);
void read(Guest::Pay::Reader from, guest_pay_choice& to);
void write(const guest_pay_case::card& from, Guest::Pay::Card::Builder to);
void read(Guest::Pay::Card::Reader from, guest_pay_case::card& to);
void write(const guest& from, Guest::Builder to);
void read(Guest::Reader from, guest& to);
void write(const visit_cmd::admit& from, Visit::AdmitParams::Builder to);
void read(Visit::AdmitParams::Reader from, visit_cmd::admit& to);
void write(const visit_cmd::note& from, Visit::NoteParams::Builder to);
void read(Visit::NoteParams::Reader from, visit_cmd::note& to);
void write(const visit_cmd::leave& from, Visit::LeaveParams::Builder to);
void read(Visit::LeaveParams::Reader from, visit_cmd::leave& to);
void write(const visit_cmd::get& from, Visit::GetParams::Builder to);
void read(Visit::GetParams::Reader from, visit_cmd::get& to);
void write(const visit_ev::admitted& from, VisitEvent::Admitted::Builder to);
void read(VisitEvent::Admitted::Reader from, visit_ev::admitted& to);
void write(const visit_ev::noted& from, Note::Builder to);
void read(Note::Reader from, visit_ev::noted& to);
void write(const visit_ev::measured& from, VisitEvent::Measured::Builder to);
void read(VisitEvent::Measured::Reader from, visit_ev::measured& to);
void write(const visit_ev::received& from, VisitEvent::Received::Builder to);
void read(VisitEvent::Received::Reader from, visit_ev::received& to);
void write(const bell_cmd::ring& from, Bell::RingParams::Builder to);
void read(Bell::RingParams::Reader from, bell_cmd::ring& to);
void write(const visit_ev::admitted& from, VisitEvent::Builder to);
void read(VisitEvent::Reader from, visit_ev::admitted& to);
void write(const visit_ev::noted& from, VisitEvent::Builder to);
void read(VisitEvent::Reader from, visit_ev::noted& to);
void write(const visit_ev::left& from, VisitEvent::Builder to);
void read(VisitEvent::Reader from, visit_ev::left& to);
void write(const visit_ev::measured& from, VisitEvent::Builder to);
void read(VisitEvent::Reader from, visit_ev::measured& to);
void write(const visit_ev::received& from, VisitEvent::Builder to);
void read(VisitEvent::Reader from, visit_ev::received& to);
void write(const bell_ev::rung& from, BellEvent::Builder to);
void read(BellEvent::Reader from, bell_ev::rung& to);
void write(const bell_ev::broken& from, BellEvent::Builder to);
void read(BellEvent::Reader from, bell_ev::broken& to);

void write(const note& from, Note::Builder to) {
  to.setAbout(from.about);
  if (!from.text.empty()) to.setText(generated::text(from.text));
}

void read(Note::Reader from, note& to) {
  to.about = from.getAbout();
  to.text = generated::text(from.getText());
}

void write(const visit_state& from, VisitState::Builder to) {
  if (!from.patient.empty()) to.setPatient(generated::text(from.patient));
  to.setCalled(generated::text(from.called));
  if (!from.notes.empty()) generated::write_list(from.notes, to.initNotes(generated::count(from.notes.size())), [](auto list, unsigned i, const auto& item) { write(item, list[i]); });
  to.setVisits(from.visits);
}

void read(VisitState::Reader from, visit_state& to) {
  to.patient = generated::text(from.getPatient());
  to.called = generated::text(from.getCalled());
  to.notes = generated::read_list<note>(from.getNotes(), [](auto item) { return generated::value<note>(item); });
  to.visits = from.getVisits();
}

void write(const bell_state& from, BellState::Builder to) {
  to.setRings(from.rings);
}

void read(BellState::Reader from, bell_state& to) {
  to.rings = from.getRings();
}

void write(const address& from, Address::Builder to) {
  to.setStreet(generated::text(from.street));
  to.setNumber(from.number);
}

void read(Address::Reader from, address& to) {
  to.street = generated::text(from.getStreet());
  to.number = from.getNumber();
}

void write(const guest_pay_choice& from, Guest::Pay::Builder to) {
  switch (from.index()) {
    case 0:
      to.setCash();
      break;
    case 1:
      write(std::get<1>(from), to.initCard());
      break;
    default:
      break;
  }
}

void read(Guest::Pay::Reader from, guest_pay_choice& to) {
  switch (static_cast<unsigned>(from.which())) {
    case 0:
      to.emplace<0>();
      break;
    case 1:
      read(from.getCard(), to.emplace<1>());
      break;
    default:
      generated::throw_unreadable("clinic.capnp:Guest.pay", static_cast<unsigned>(from.which()));
  }
}

void write(const guest_pay_case::card& from, Guest::Pay::Card::Builder to) {
  if (!from.holder.empty()) to.setHolder(generated::text(from.holder));
  if (!from.number.empty()) to.setNumber(generated::text(from.number));
  to.setCode(from.code);
}

void read(Guest::Pay::Card::Reader from, guest_pay_case::card& to) {
  to.holder = generated::text(from.getHolder());
  to.number = generated::text(from.getNumber());
  to.code = from.getCode();
}

void write(const guest& from, Guest::Builder to) {
  to.setId(from.id);
  to.setName(generated::text(from.name));
  write(from.home, to.initHome());
  write(from.pay, to.initPay());
}

void read(Guest::Reader from, guest& to) {
  to.id = from.getId();
  to.name = generated::text(from.getName());
  read(from.getHome(), to.home);
  read(from.getPay(), to.pay);
}

void write(const visit_cmd::admit& from, Visit::AdmitParams::Builder to) {
  if (!from.patient.empty()) to.setPatient(generated::text(from.patient));
  if (!from.called.empty()) to.setCalled(generated::text(from.called));
}

void read(Visit::AdmitParams::Reader from, visit_cmd::admit& to) {
  to.patient = generated::text(from.getPatient());
  to.called = generated::text(from.getCalled());
}

void write(const visit_cmd::note& from, Visit::NoteParams::Builder to) {
  to.setAbout(from.about);
  if (!from.text.empty()) to.setText(generated::text(from.text));
}

void read(Visit::NoteParams::Reader from, visit_cmd::note& to) {
  to.about = from.getAbout();
  to.text = generated::text(from.getText());
}

void write(const visit_cmd::leave&, Visit::LeaveParams::Builder) {
}

void read(Visit::LeaveParams::Reader, visit_cmd::leave&) {
}

void write(const visit_cmd::get&, Visit::GetParams::Builder) {
}

void read(Visit::GetParams::Reader, visit_cmd::get&) {
}

void write(const visit_ev::admitted& from, VisitEvent::Admitted::Builder to) {
  if (!from.patient.empty()) to.setPatient(generated::text(from.patient));
  to.setCalled(generated::text(from.called));
}

void read(VisitEvent::Admitted::Reader from, visit_ev::admitted& to) {
  to.patient = generated::text(from.getPatient());
  to.called = generated::text(from.getCalled());
}

void write(const visit_ev::noted& from, Note::Builder to) {
  to.setAbout(from.about);
  if (!from.text.empty()) to.setText(generated::text(from.text));
}

void read(Note::Reader from, visit_ev::noted& to) {
  to.about = from.getAbout();
  to.text = generated::text(from.getText());
}

void write(const visit_ev::measured& from, VisitEvent::Measured::Builder to) {
  if (!from.patient.empty()) to.setPatient(generated::text(from.patient));
  to.setFlag(from.flag);
  to.setOther(from.other);
  to.setI8(from.i8);
  to.setI16(from.i16);
  to.setI32(from.i32);
  to.setI64(from.i64);
  to.setU8(from.u8);
  to.setU64(from.u64);
  to.setF32(from.f32);
  to.setF64(from.f64);
  to.setMood(static_cast<Mood>(from.mood));
  to.setText(generated::text(from.text));
  to.setData(generated::data(from.data));
  generated::write_list(from.words, to.initWords(generated::count(from.words.size())), [](auto list, unsigned i, const auto& item) { list.set(i, generated::text(item)); });
  generated::write_list(from.places, to.initPlaces(generated::count(from.places.size())), [](auto list, unsigned i, const auto& item) { write(item, list[i]); });
  write(from.home, to.initHome());
  write(from.plain, to.initPlain());
  if (!from.doctor.empty()) to.setDoctor(generated::text(from.doctor));
  if (!from.remark.empty()) to.setRemark(generated::text(from.remark));
}

void read(VisitEvent::Measured::Reader from, visit_ev::measured& to) {
  to.patient = generated::text(from.getPatient());
  to.flag = from.getFlag();
  to.other = from.getOther();
  to.i8 = from.getI8();
  to.i16 = from.getI16();
  to.i32 = from.getI32();
  to.i64 = from.getI64();
  to.u8 = from.getU8();
  to.u64 = from.getU64();
  to.f32 = from.getF32();
  to.f64 = from.getF64();
  to.mood = static_cast<mood>(from.getMood());
  to.text = generated::text(from.getText());
  to.data = generated::data(from.getData());
  to.words = generated::read_list<std::string>(from.getWords(), [](auto item) { return generated::text(item); });
  to.places = generated::read_list<address>(from.getPlaces(), [](auto item) { return generated::value<address>(item); });
  read(from.getHome(), to.home);
  read(from.getPlain(), to.plain);
  to.doctor = generated::text(from.getDoctor());
  to.remark = generated::text(from.getRemark());
}

void write(const visit_ev::received& from, VisitEvent::Received::Builder to) {
  if (!from.room.empty()) to.setRoom(generated::text(from.room));
  if (!from.table.empty()) generated::write_list(from.table, to.initTable(generated::count(from.table.size())), [](auto list, unsigned i, const auto& item) { write(item, list[i]); });
  if (!from.rows.empty()) generated::write_list(from.rows, to.initRows(generated::count(from.rows.size())), [](auto list, unsigned i, const auto& item) { generated::write_list(item, list.init(i, generated::count(item.size())), [](auto list1, unsigned i1, const auto& item1) { write(item1, list1[i1]); }); });
  write(from.first, to.initFirst());
}

void read(VisitEvent::Received::Reader from, visit_ev::received& to) {
  to.room = generated::text(from.getRoom());
  to.table = generated::read_list<guest>(from.getTable(), [](auto item) { return generated::value<guest>(item); });
  to.rows = generated::read_list<std::vector<guest>>(from.getRows(), [](auto item) { return generated::read_list<guest>(item, [](auto item1) { return generated::value<guest>(item1); }); });
  read(from.getFirst(), to.first);
}

void write(const bell_cmd::ring&, Bell::RingParams::Builder) {
}

void read(Bell::RingParams::Reader, bell_cmd::ring&) {
}

void write(const visit_ev::admitted& from, VisitEvent::Builder to) {
  write(from, to.initAdmitted());
}

void read(VisitEvent::Reader from, visit_ev::admitted& to) {
  generated::require_member(from.which(), 0, "VisitEvent");
  read(from.getAdmitted(), to);
}

void write(const visit_ev::noted& from, VisitEvent::Builder to) {
  write(from, to.initNoted());
}

void read(VisitEvent::Reader from, visit_ev::noted& to) {
  generated::require_member(from.which(), 1, "VisitEvent");
  read(from.getNoted(), to);
}

void write(const visit_ev::left&, VisitEvent::Builder to) {
  to.setLeft();
}

void read(VisitEvent::Reader from, visit_ev::left&) {
  generated::require_member(from.which(), 2, "VisitEvent");
}

void write(const visit_ev::measured& from, VisitEvent::Builder to) {
  write(from, to.initMeasured());
}

void read(VisitEvent::Reader from, visit_ev::measured& to) {
  generated::require_member(from.which(), 3, "VisitEvent");
  read(from.getMeasured(), to);
}

void write(const visit_ev::received& from, VisitEvent::Builder to) {
  write(from, to.initReceived());
}

void read(VisitEvent::Reader from, visit_ev::received& to) {
  generated::require_member(from.which(), 4, "VisitEvent");
  read(from.getReceived(), to);
}

void write(const bell_ev::rung&, BellEvent::Builder to) {
  to.setRung();
}

void read(BellEvent::Reader from, bell_ev::rung&) {
  generated::require_member(from.which(), 0, "BellEvent");
}

void write(const bell_ev::broken&, BellEvent::Builder to) {
  to.setBroken();
}

void read(BellEvent::Reader from, bell_ev::broken&) {
  generated::require_member(from.which(), 1, "BellEvent");
}

}  // namespace clinic::wire

std::string_view clinic::to_string(clinic::mood value) noexcept {
  switch (value) {
    case ::clinic::mood::calm:
      return "calm";
    case ::clinic::mood::upset:
      return "upset";
    case ::clinic::mood::gone:
      return "gone";
    default:
      return {};
  }
}

reprise::bytes_view clinic::visit_api::schema() {
  static_assert(std::endian::native == std::endian::little);
  // clang-format off
  static constexpr std::uint64_t words[] = {
  };
  // clang-format on
  return std::as_bytes(std::span(words));
}

reprise::bytes_view clinic::bell_api::schema() {
  static_assert(std::endian::native == std::endian::little);
  // clang-format off
  static constexpr std::uint64_t words[] = {
  };
  // clang-format on
  return std::as_bytes(std::span(words));
}

namespace reprise {

void codec<clinic::note>::encode(const clinic::note& value, bytes& out) {
  generated::encode<::clinic::wire::Note>(value, out);
}
result<clinic::note> codec<clinic::note>::decode(bytes_view message) {
  return generated::decode<::clinic::wire::Note, clinic::note>(message);
}
std::string codec<clinic::note>::json(const clinic::note& value) {
  return generated::json<::clinic::wire::Note>(value);
}

void codec<clinic::visit_state>::encode(const clinic::visit_state& value, bytes& out) {
  generated::encode<::clinic::wire::VisitState>(value, out);
}
result<clinic::visit_state> codec<clinic::visit_state>::decode(bytes_view message) {
  return generated::decode<::clinic::wire::VisitState, clinic::visit_state>(message);
}
std::string codec<clinic::visit_state>::json(const clinic::visit_state& value) {
  return generated::json<::clinic::wire::VisitState>(value);
}

void codec<clinic::bell_state>::encode(const clinic::bell_state& value, bytes& out) {
  generated::encode<::clinic::wire::BellState>(value, out);
}
result<clinic::bell_state> codec<clinic::bell_state>::decode(bytes_view message) {
  return generated::decode<::clinic::wire::BellState, clinic::bell_state>(message);
}
std::string codec<clinic::bell_state>::json(const clinic::bell_state& value) {
  return generated::json<::clinic::wire::BellState>(value);
}

void codec<clinic::address>::encode(const clinic::address& value, bytes& out) {
  generated::encode<::clinic::wire::Address>(value, out);
}
result<clinic::address> codec<clinic::address>::decode(bytes_view message) {
  return generated::decode<::clinic::wire::Address, clinic::address>(message);
}
std::string codec<clinic::address>::json(const clinic::address& value) {
  return generated::json<::clinic::wire::Address>(value);
}

void codec<clinic::guest>::encode(const clinic::guest& value, bytes& out) {
  generated::encode<::clinic::wire::Guest>(value, out);
}
result<clinic::guest> codec<clinic::guest>::decode(bytes_view message) {
  return generated::decode<::clinic::wire::Guest, clinic::guest>(message);
}
std::string codec<clinic::guest>::json(const clinic::guest& value) {
  return generated::json<::clinic::wire::Guest>(value);
}

void codec<clinic::visit_cmd::admit>::encode(const clinic::visit_cmd::admit& value, bytes& out) {
  generated::encode<::clinic::wire::Visit::AdmitParams>(value, out);
}
result<clinic::visit_cmd::admit> codec<clinic::visit_cmd::admit>::decode(bytes_view message) {
  return generated::decode<::clinic::wire::Visit::AdmitParams, clinic::visit_cmd::admit>(message);
}
std::string codec<clinic::visit_cmd::admit>::json(const clinic::visit_cmd::admit& value) {
  return generated::json<::clinic::wire::Visit::AdmitParams>(value);
}

void codec<clinic::visit_cmd::note>::encode(const clinic::visit_cmd::note& value, bytes& out) {
  generated::encode<::clinic::wire::Visit::NoteParams>(value, out);
}
result<clinic::visit_cmd::note> codec<clinic::visit_cmd::note>::decode(bytes_view message) {
  return generated::decode<::clinic::wire::Visit::NoteParams, clinic::visit_cmd::note>(message);
}
std::string codec<clinic::visit_cmd::note>::json(const clinic::visit_cmd::note& value) {
  return generated::json<::clinic::wire::Visit::NoteParams>(value);
}

void codec<clinic::visit_cmd::leave>::encode(const clinic::visit_cmd::leave& value, bytes& out) {
  generated::encode<::clinic::wire::Visit::LeaveParams>(value, out);
}
result<clinic::visit_cmd::leave> codec<clinic::visit_cmd::leave>::decode(bytes_view message) {
  return generated::decode<::clinic::wire::Visit::LeaveParams, clinic::visit_cmd::leave>(message);
}
std::string codec<clinic::visit_cmd::leave>::json(const clinic::visit_cmd::leave& value) {
  return generated::json<::clinic::wire::Visit::LeaveParams>(value);
}

void codec<clinic::visit_cmd::get>::encode(const clinic::visit_cmd::get& value, bytes& out) {
  generated::encode<::clinic::wire::Visit::GetParams>(value, out);
}
result<clinic::visit_cmd::get> codec<clinic::visit_cmd::get>::decode(bytes_view message) {
  return generated::decode<::clinic::wire::Visit::GetParams, clinic::visit_cmd::get>(message);
}
std::string codec<clinic::visit_cmd::get>::json(const clinic::visit_cmd::get& value) {
  return generated::json<::clinic::wire::Visit::GetParams>(value);
}

void codec<clinic::visit_ev::admitted>::encode(const clinic::visit_ev::admitted& value, bytes& out) {
  generated::encode<::clinic::wire::VisitEvent>(value, out);
}
result<clinic::visit_ev::admitted> codec<clinic::visit_ev::admitted>::decode(bytes_view message) {
  return generated::decode<::clinic::wire::VisitEvent, clinic::visit_ev::admitted>(message);
}
std::string codec<clinic::visit_ev::admitted>::json(const clinic::visit_ev::admitted& value) {
  return generated::member_json<::clinic::wire::VisitEvent>(value);
}

void codec<clinic::visit_ev::noted>::encode(const clinic::visit_ev::noted& value, bytes& out) {
  generated::encode<::clinic::wire::VisitEvent>(value, out);
}
result<clinic::visit_ev::noted> codec<clinic::visit_ev::noted>::decode(bytes_view message) {
  return generated::decode<::clinic::wire::VisitEvent, clinic::visit_ev::noted>(message);
}
std::string codec<clinic::visit_ev::noted>::json(const clinic::visit_ev::noted& value) {
  return generated::member_json<::clinic::wire::VisitEvent>(value);
}

void codec<clinic::visit_ev::left>::encode(const clinic::visit_ev::left& value, bytes& out) {
  generated::encode<::clinic::wire::VisitEvent>(value, out);
}
result<clinic::visit_ev::left> codec<clinic::visit_ev::left>::decode(bytes_view message) {
  return generated::decode<::clinic::wire::VisitEvent, clinic::visit_ev::left>(message);
}
std::string codec<clinic::visit_ev::left>::json(const clinic::visit_ev::left& value) {
  return generated::member_json<::clinic::wire::VisitEvent>(value);
}

void codec<clinic::visit_ev::measured>::encode(const clinic::visit_ev::measured& value, bytes& out) {
  generated::encode<::clinic::wire::VisitEvent>(value, out);
}
result<clinic::visit_ev::measured> codec<clinic::visit_ev::measured>::decode(bytes_view message) {
  return generated::decode<::clinic::wire::VisitEvent, clinic::visit_ev::measured>(message);
}
std::string codec<clinic::visit_ev::measured>::json(const clinic::visit_ev::measured& value) {
  return generated::member_json<::clinic::wire::VisitEvent>(value);
}

void codec<clinic::visit_ev::received>::encode(const clinic::visit_ev::received& value, bytes& out) {
  generated::encode<::clinic::wire::VisitEvent>(value, out);
}
result<clinic::visit_ev::received> codec<clinic::visit_ev::received>::decode(bytes_view message) {
  return generated::decode<::clinic::wire::VisitEvent, clinic::visit_ev::received>(message);
}
std::string codec<clinic::visit_ev::received>::json(const clinic::visit_ev::received& value) {
  return generated::member_json<::clinic::wire::VisitEvent>(value);
}

void codec<clinic::bell_cmd::ring>::encode(const clinic::bell_cmd::ring& value, bytes& out) {
  generated::encode<::clinic::wire::Bell::RingParams>(value, out);
}
result<clinic::bell_cmd::ring> codec<clinic::bell_cmd::ring>::decode(bytes_view message) {
  return generated::decode<::clinic::wire::Bell::RingParams, clinic::bell_cmd::ring>(message);
}
std::string codec<clinic::bell_cmd::ring>::json(const clinic::bell_cmd::ring& value) {
  return generated::json<::clinic::wire::Bell::RingParams>(value);
}

void codec<clinic::bell_ev::rung>::encode(const clinic::bell_ev::rung& value, bytes& out) {
  generated::encode<::clinic::wire::BellEvent>(value, out);
}
result<clinic::bell_ev::rung> codec<clinic::bell_ev::rung>::decode(bytes_view message) {
  return generated::decode<::clinic::wire::BellEvent, clinic::bell_ev::rung>(message);
}
std::string codec<clinic::bell_ev::rung>::json(const clinic::bell_ev::rung& value) {
  return generated::member_json<::clinic::wire::BellEvent>(value);
}

void codec<clinic::bell_ev::broken>::encode(const clinic::bell_ev::broken& value, bytes& out) {
  generated::encode<::clinic::wire::BellEvent>(value, out);
}
result<clinic::bell_ev::broken> codec<clinic::bell_ev::broken>::decode(bytes_view message) {
  return generated::decode<::clinic::wire::BellEvent, clinic::bell_ev::broken>(message);
}
std::string codec<clinic::bell_ev::broken>::json(const clinic::bell_ev::broken& value) {
  return generated::member_json<::clinic::wire::BellEvent>(value);
}

}  // namespace reprise
