// Made by capnpc-reprise from rich.capnp; changes here are lost.
#include "rich.reprise.hpp"

#include <reprise/generated/payload.hpp>

#include <rich.capnp.h>
#include <bit>
#include <span>

namespace shared_schema::wire {
void write(const ::shared_schema::money& from, ::shared_schema::wire::Money::Builder to);
void read(::shared_schema::wire::Money::Reader from, ::shared_schema::money& to);
}  // namespace shared_schema::wire

namespace test::rich::wire {

namespace generated = reprise::generated;

void write(const empty& from, Empty::Builder to);
void read(Empty::Reader from, empty& to);
void write(const scalars& from, Scalars::Builder to);
void read(Scalars::Reader from, scalars& to);
void write(const defaults_choice& from, Defaults::Builder to);
void read(Defaults::Reader from, defaults_choice& to);
void write(const shape_frame& from, Shape::Frame::Builder to);
void read(Shape::Frame::Reader from, shape_frame& to);
void write(const shape_choice& from, Shape::Builder to);
void read(Shape::Reader from, shape_choice& to);
void write(const shape_case::round& from, Shape::Round::Builder to);
void read(Shape::Round::Reader from, shape_case::round& to);
void write(const shape& from, Shape::Builder to);
void read(Shape::Reader from, shape& to);
void write(const defaults& from, Defaults::Builder to);
void read(Defaults::Reader from, defaults& to);
void write(const nested_address_where_choice& from, Nested::Address::Where::Builder to);
void read(Nested::Address::Where::Reader from, nested_address_where_choice& to);
void write(const nested_address_where_case::room& from, Nested::Address::Where::Room::Builder to);
void read(Nested::Address::Where::Room::Reader from, nested_address_where_case::room& to);
void write(const nested_address_exact_group& from, Nested::Address::Exact::Builder to);
void read(Nested::Address::Exact::Reader from, nested_address_exact_group& to);
void write(const nested_address_group& from, Nested::Address::Builder to);
void read(Nested::Address::Reader from, nested_address_group& to);
void write(const nested_method_choice& from, Nested::Method::Builder to);
void read(Nested::Method::Reader from, nested_method_choice& to);
void write(const nested_inner_deepest& from, Nested::Inner::Deepest::Builder to);
void read(Nested::Inner::Deepest::Reader from, nested_inner_deepest& to);
void write(const nested_inner& from, Nested::Inner::Builder to);
void read(Nested::Inner::Reader from, nested_inner& to);
void write(const nested& from, Nested::Builder to);
void read(Nested::Reader from, nested& to);
void write(const lists& from, Lists::Builder to);
void read(Lists::Reader from, lists& to);
void write(const box_height& from, Box::Height::Builder to);
void read(Box::Height::Reader from, box_height& to);
void write(const box_event_colour_how_choice& from, Box::Event::Colour::How::Builder to);
void read(Box::Event::Colour::How::Reader from, box_event_colour_how_choice& to);
void write(const box_state& from, BoxState::Builder to);
void read(BoxState::Reader from, box_state& to);
void write(const door_state& from, DoorState::Builder to);
void read(DoorState::Reader from, door_state& to);
void write(const box_cmd::fill& from, Box::FillParams::Builder to);
void read(Box::FillParams::Reader from, box_cmd::fill& to);
void write(const box_cmd::rename& from, Box::RenameParams::Builder to);
void read(Box::RenameParams::Reader from, box_cmd::rename& to);
void write(const box_cmd::weigh& from, Box::WeighParams::Builder to);
void read(Box::WeighParams::Reader from, box_cmd::weigh& to);
void write(const box_cmd::weigh_reply& from, Box::WeighResults::Builder to);
void read(Box::WeighResults::Reader from, box_cmd::weigh_reply& to);
void write(const box_cmd::look& from, Box::LookParams::Builder to);
void read(Box::LookParams::Reader from, box_cmd::look& to);
void write(const box_cmd::paint& from, Shape::Builder to);
void read(Shape::Reader from, box_cmd::paint& to);
void write(const box_cmd::cost& from, Box::CostParams::Builder to);
void read(Box::CostParams::Reader from, box_cmd::cost& to);
void write(const box_cmd::lid& from, Box::LidParams::Builder to);
void read(Box::LidParams::Reader from, box_cmd::lid& to);
void write(const box_cmd::lid_reply& from, Box::LidResults::Builder to);
void read(Box::LidResults::Reader from, box_cmd::lid_reply& to);
void write(const box_cmd::drop& from, Box::DropParams::Builder to);
void read(Box::DropParams::Reader from, box_cmd::drop& to);
void write(const box_ev::filled& from, Box::Event::Filled::Builder to);
void read(Box::Event::Filled::Reader from, box_ev::filled& to);
void write(const box_ev::painted& from, Shape::Builder to);
void read(Shape::Reader from, box_ev::painted& to);
void write(const box_ev::colour& from, Box::Event::Colour::Builder to);
void read(Box::Event::Colour::Reader from, box_ev::colour& to);
void write(const box_ev::priced& from, ::shared_schema::wire::Money::Builder to);
void read(::shared_schema::wire::Money::Reader from, box_ev::priced& to);
void write(const box_ev::marked& from, Box::Event::Marked::Builder to);
void read(Box::Event::Marked::Reader from, box_ev::marked& to);
void write(const door_cmd::open& from, Door::OpenParams::Builder to);
void read(Door::OpenParams::Reader from, door_cmd::open& to);
void write(const box_ev::filled& from, Box::Event::Builder to);
void read(Box::Event::Reader from, box_ev::filled& to);
void write(const box_ev::renamed& from, Box::Event::Builder to);
void read(Box::Event::Reader from, box_ev::renamed& to);
void write(const box_ev::painted& from, Box::Event::Builder to);
void read(Box::Event::Reader from, box_ev::painted& to);
void write(const box_ev::dropped& from, Box::Event::Builder to);
void read(Box::Event::Reader from, box_ev::dropped& to);
void write(const box_ev::colour& from, Box::Event::Builder to);
void read(Box::Event::Reader from, box_ev::colour& to);
void write(const box_ev::weighed& from, Box::Event::Builder to);
void read(Box::Event::Reader from, box_ev::weighed& to);
void write(const box_ev::priced& from, Box::Event::Builder to);
void read(Box::Event::Reader from, box_ev::priced& to);
void write(const box_ev::marked& from, Box::Event::Builder to);
void read(Box::Event::Reader from, box_ev::marked& to);
void write(const door_ev::opened& from, DoorEvent::Builder to);
void read(DoorEvent::Reader from, door_ev::opened& to);
void write(const door_ev::closed& from, DoorEvent::Builder to);
void read(DoorEvent::Reader from, door_ev::closed& to);

void write(const empty&, Empty::Builder) {
}

void read(Empty::Reader, empty&) {
}

void write(const scalars& from, Scalars::Builder to) {
  to.setFlag(from.flag);
  to.setTiny(from.tiny);
  to.setSmall(from.small);
  to.setMedium(from.medium);
  to.setLarge(from.large);
  to.setUnsignedTiny(from.unsignedTiny);
  to.setUnsignedSmall(from.unsignedSmall);
  to.setUnsignedMedium(from.unsignedMedium);
  to.setUnsignedLarge(from.unsignedLarge);
  to.setSingle(from.single);
  to.setTwofold(from.twofold);
  to.setColour(static_cast<Colour>(from.colour));
}

void read(Scalars::Reader from, scalars& to) {
  to.flag = from.getFlag();
  to.tiny = from.getTiny();
  to.small = from.getSmall();
  to.medium = from.getMedium();
  to.large = from.getLarge();
  to.unsignedTiny = from.getUnsignedTiny();
  to.unsignedSmall = from.getUnsignedSmall();
  to.unsignedMedium = from.getUnsignedMedium();
  to.unsignedLarge = from.getUnsignedLarge();
  to.single = from.getSingle();
  to.twofold = from.getTwofold();
  to.colour = static_cast<colour>(from.getColour());
}

void write(const defaults_choice& from, Defaults::Builder to) {
  switch (from.index()) {
    case 0:
      to.setByNumber(std::get<0>(from).value);
      break;
    case 1:
      to.setByName(generated::text(std::get<1>(from).value));
      break;
    default:
      break;
  }
}

void read(Defaults::Reader from, defaults_choice& to) {
  switch (static_cast<unsigned>(from.which())) {
    case 0:
      to.emplace<0>().value = from.getByNumber();
      break;
    case 1:
      to.emplace<1>().value = generated::text(from.getByName());
      break;
    default:
      generated::throw_unreadable("rich.capnp:Defaults", static_cast<unsigned>(from.which()));
  }
}

void write(const shape_frame& from, Shape::Frame::Builder to) {
  to.setWidth(from.width);
  to.setColour(static_cast<Colour>(from.colour));
}

void read(Shape::Frame::Reader from, shape_frame& to) {
  to.width = from.getWidth();
  to.colour = static_cast<colour>(from.getColour());
}

void write(const shape_choice& from, Shape::Builder to) {
  switch (from.index()) {
    case 0:
      to.setNothing();
      break;
    case 1:
      to.setCorners(std::get<1>(from).value);
      break;
    case 2:
      write(std::get<2>(from), to.initRound());
      break;
    case 3:
      to.setPicture(generated::data(std::get<3>(from).value));
      break;
    case 4:
      write(std::get<4>(from).value, to.initFrame());
      break;
    case 5:
      generated::write_list(std::get<5>(from).value, to.initParts(generated::count(std::get<5>(from).value.size())), [](auto list, unsigned i, const auto& item) { list.set(i, generated::text(item)); });
      break;
    default:
      break;
  }
}

void read(Shape::Reader from, shape_choice& to) {
  switch (static_cast<unsigned>(from.which())) {
    case 0:
      to.emplace<0>();
      break;
    case 1:
      to.emplace<1>().value = from.getCorners();
      break;
    case 2:
      read(from.getRound(), to.emplace<2>());
      break;
    case 3:
      to.emplace<3>().value = generated::data(from.getPicture());
      break;
    case 4:
      read(from.getFrame(), to.emplace<4>().value);
      break;
    case 5:
      to.emplace<5>().value = generated::read_list<std::string>(from.getParts(), [](auto item) { return generated::text(item); });
      break;
    default:
      generated::throw_unreadable("rich.capnp:Shape", static_cast<unsigned>(from.which()));
  }
}

void write(const shape_case::round& from, Shape::Round::Builder to) {
  to.setRadius(from.radius);
  to.setFilled(from.filled);
}

void read(Shape::Round::Reader from, shape_case::round& to) {
  to.radius = from.getRadius();
  to.filled = from.getFilled();
}

void write(const shape& from, Shape::Builder to) {
  if (!from.label.empty()) to.setLabel(generated::text(from.label));
  write(from.choice, to);
}

void read(Shape::Reader from, shape& to) {
  to.label = generated::text(from.getLabel());
  read(from, to.choice);
}

void write(const defaults& from, Defaults::Builder to) {
  to.setFlag(from.flag);
  to.setTiny(from.tiny);
  to.setLarge(from.large);
  to.setUnsignedLarge(from.unsignedLarge);
  to.setSingle(from.single);
  to.setTwofold(from.twofold);
  to.setColour(static_cast<Colour>(from.colour));
  to.setText(generated::text(from.text));
  to.setData(generated::data(from.data));
  write(from.money, to.initMoney());
  generated::write_list(from.numbers, to.initNumbers(generated::count(from.numbers.size())), [](auto list, unsigned i, const auto& item) { list.set(i, item); });
  generated::write_list(from.words, to.initWords(generated::count(from.words.size())), [](auto list, unsigned i, const auto& item) { list.set(i, generated::text(item)); });
  generated::write_list(from.pairs, to.initPairs(generated::count(from.pairs.size())), [](auto list, unsigned i, const auto& item) { generated::write_list(item, list.init(i, generated::count(item.size())), [](auto list1, unsigned i1, const auto& item1) { list1.set(i1, generated::text(item1)); }); });
  write(from.shape, to.initShape());
  generated::write_list(from.shapes, to.initShapes(generated::count(from.shapes.size())), [](auto list, unsigned i, const auto& item) { write(item, list[i]); });
  write(from.choice, to);
  generated::write_list(from.flags, to.initFlags(generated::count(from.flags.size())), [](auto list, unsigned i, const auto& item) { list.set(i, item); });
}

void read(Defaults::Reader from, defaults& to) {
  to.flag = from.getFlag();
  to.tiny = from.getTiny();
  to.large = from.getLarge();
  to.unsignedLarge = from.getUnsignedLarge();
  to.single = from.getSingle();
  to.twofold = from.getTwofold();
  to.colour = static_cast<colour>(from.getColour());
  to.text = generated::text(from.getText());
  to.data = generated::data(from.getData());
  read(from.getMoney(), to.money);
  to.numbers = generated::read_list<std::int16_t>(from.getNumbers(), [](auto item) { return item; });
  to.words = generated::read_list<std::string>(from.getWords(), [](auto item) { return generated::text(item); });
  to.pairs = generated::read_list<std::vector<std::string>>(from.getPairs(), [](auto item) { return generated::read_list<std::string>(item, [](auto item1) { return generated::text(item1); }); });
  read(from.getShape(), to.shape);
  to.shapes = generated::read_list<shape>(from.getShapes(), [](auto item) { return generated::value<shape>(item); });
  read(from, to.choice);
  to.flags = generated::read_list<bool>(from.getFlags(), [](auto item) { return item; });
}

void write(const nested_address_where_choice& from, Nested::Address::Where::Builder to) {
  switch (from.index()) {
    case 0:
      to.setNowhere();
      break;
    case 1:
      to.setFloor(std::get<1>(from).value);
      break;
    case 2:
      write(std::get<2>(from), to.initRoom());
      break;
    default:
      break;
  }
}

void read(Nested::Address::Where::Reader from, nested_address_where_choice& to) {
  switch (static_cast<unsigned>(from.which())) {
    case 0:
      to.emplace<0>();
      break;
    case 1:
      to.emplace<1>().value = from.getFloor();
      break;
    case 2:
      read(from.getRoom(), to.emplace<2>());
      break;
    default:
      generated::throw_unreadable("rich.capnp:Nested.address.where", static_cast<unsigned>(from.which()));
  }
}

void write(const nested_address_where_case::room& from, Nested::Address::Where::Room::Builder to) {
  to.setNumber(from.number);
  to.setColour(static_cast<Colour>(from.colour));
}

void read(Nested::Address::Where::Room::Reader from, nested_address_where_case::room& to) {
  to.number = from.getNumber();
  to.colour = static_cast<colour>(from.getColour());
}

void write(const nested_address_exact_group& from, Nested::Address::Exact::Builder to) {
  to.setX(from.x);
  to.setY(from.y);
}

void read(Nested::Address::Exact::Reader from, nested_address_exact_group& to) {
  to.x = from.getX();
  to.y = from.getY();
}

void write(const nested_address_group& from, Nested::Address::Builder to) {
  if (!from.street.empty()) to.setStreet(generated::text(from.street));
  if (!from.tags.empty()) generated::write_list(from.tags, to.initTags(generated::count(from.tags.size())), [](auto list, unsigned i, const auto& item) { list.set(i, generated::text(item)); });
  write(from.where, to.initWhere());
  write(from.exact, to.initExact());
}

void read(Nested::Address::Reader from, nested_address_group& to) {
  to.street = generated::text(from.getStreet());
  to.tags = generated::read_list<std::string>(from.getTags(), [](auto item) { return generated::text(item); });
  read(from.getWhere(), to.where);
  read(from.getExact(), to.exact);
}

void write(const nested_method_choice& from, Nested::Method::Builder to) {
  switch (from.index()) {
    case 0:
      to.setCash();
      break;
    case 1:
      to.setCard(generated::text(std::get<1>(from).value));
      break;
    case 2:
      write(std::get<2>(from).value, to.initGift());
      break;
    default:
      break;
  }
}

void read(Nested::Method::Reader from, nested_method_choice& to) {
  switch (static_cast<unsigned>(from.which())) {
    case 0:
      to.emplace<0>();
      break;
    case 1:
      to.emplace<1>().value = generated::text(from.getCard());
      break;
    case 2:
      read(from.getGift(), to.emplace<2>().value);
      break;
    default:
      generated::throw_unreadable("rich.capnp:Nested.method", static_cast<unsigned>(from.which()));
  }
}

void write(const nested_inner_deepest& from, Nested::Inner::Deepest::Builder to) {
  to.setColour(static_cast<Colour>(from.colour));
  if (!from.colours.empty()) generated::write_list(from.colours, to.initColours(generated::count(from.colours.size())), [](auto list, unsigned i, const auto& item) { list.set(i, static_cast<Colour>(item)); });
}

void read(Nested::Inner::Deepest::Reader from, nested_inner_deepest& to) {
  to.colour = static_cast<colour>(from.getColour());
  to.colours = generated::read_list<colour>(from.getColours(), [](auto item) { return static_cast<colour>(item); });
}

void write(const nested_inner& from, Nested::Inner::Builder to) {
  to.setKind(static_cast<Nested::Kind>(from.kind));
  to.setColour(static_cast<Colour>(from.colour));
  write(from.deepest, to.initDeepest());
}

void read(Nested::Inner::Reader from, nested_inner& to) {
  to.kind = static_cast<nested_kind>(from.getKind());
  to.colour = static_cast<colour>(from.getColour());
  read(from.getDeepest(), to.deepest);
}

void write(const nested& from, Nested::Builder to) {
  to.setKind(static_cast<Nested::Kind>(from.kind));
  write(from.inner, to.initInner());
  if (!from.others.empty()) generated::write_list(from.others, to.initOthers(generated::count(from.others.size())), [](auto list, unsigned i, const auto& item) { write(item, list[i]); });
  write(from.address, to.initAddress());
  write(from.method, to.initMethod());
  if (!from.class_.empty()) to.setClass(generated::text(from.class_));
  to.setNamespace(static_cast<Nested::Kind>(from.namespace_));
}

void read(Nested::Reader from, nested& to) {
  to.kind = static_cast<nested_kind>(from.getKind());
  read(from.getInner(), to.inner);
  to.others = generated::read_list<nested_inner>(from.getOthers(), [](auto item) { return generated::value<nested_inner>(item); });
  read(from.getAddress(), to.address);
  read(from.getMethod(), to.method);
  to.class_ = generated::text(from.getClass());
  to.namespace_ = static_cast<nested_kind>(from.getNamespace());
}

void write(const lists& from, Lists::Builder to) {
  if (!from.flags.empty()) generated::write_list(from.flags, to.initFlags(generated::count(from.flags.size())), [](auto list, unsigned i, const auto& item) { list.set(i, item); });
  if (!from.numbers.empty()) generated::write_list(from.numbers, to.initNumbers(generated::count(from.numbers.size())), [](auto list, unsigned i, const auto& item) { list.set(i, item); });
  if (!from.singles.empty()) generated::write_list(from.singles, to.initSingles(generated::count(from.singles.size())), [](auto list, unsigned i, const auto& item) { list.set(i, item); });
  if (!from.words.empty()) generated::write_list(from.words, to.initWords(generated::count(from.words.size())), [](auto list, unsigned i, const auto& item) { list.set(i, generated::text(item)); });
  if (!from.blobs.empty()) generated::write_list(from.blobs, to.initBlobs(generated::count(from.blobs.size())), [](auto list, unsigned i, const auto& item) { list.set(i, generated::data(item)); });
  if (!from.colours.empty()) generated::write_list(from.colours, to.initColours(generated::count(from.colours.size())), [](auto list, unsigned i, const auto& item) { list.set(i, static_cast<Colour>(item)); });
  if (!from.shapes.empty()) generated::write_list(from.shapes, to.initShapes(generated::count(from.shapes.size())), [](auto list, unsigned i, const auto& item) { write(item, list[i]); });
  if (!from.table.empty()) generated::write_list(from.table, to.initTable(generated::count(from.table.size())), [](auto list, unsigned i, const auto& item) { generated::write_list(item, list.init(i, generated::count(item.size())), [](auto list1, unsigned i1, const auto& item1) { list1.set(i1, item1); }); });
  if (!from.cube.empty()) generated::write_list(from.cube, to.initCube(generated::count(from.cube.size())), [](auto list, unsigned i, const auto& item) { generated::write_list(item, list.init(i, generated::count(item.size())), [](auto list1, unsigned i1, const auto& item1) { generated::write_list(item1, list1.init(i1, generated::count(item1.size())), [](auto list2, unsigned i2, const auto& item2) { list2.set(i2, generated::text(item2)); }); }); });
  if (!from.nothings.empty()) generated::write_list(from.nothings, to.initNothings(generated::count(from.nothings.size())), [](auto, unsigned, const auto&) {});
  if (!from.kinds.empty()) generated::write_list(from.kinds, to.initKinds(generated::count(from.kinds.size())), [](auto list, unsigned i, const auto& item) { list.set(i, static_cast<Nested::Kind>(item)); });
  if (!from.amounts.empty()) generated::write_list(from.amounts, to.initAmounts(generated::count(from.amounts.size())), [](auto list, unsigned i, const auto& item) { write(item, list[i]); });
  if (!from.empties.empty()) generated::write_list(from.empties, to.initEmpties(generated::count(from.empties.size())), [](auto list, unsigned i, const auto& item) { write(item, list[i]); });
  if (!from.grids.empty()) generated::write_list(from.grids, to.initGrids(generated::count(from.grids.size())), [](auto list, unsigned i, const auto& item) { generated::write_list(item, list.init(i, generated::count(item.size())), [](auto list1, unsigned i1, const auto& item1) { write(item1, list1[i1]); }); });
}

void read(Lists::Reader from, lists& to) {
  to.flags = generated::read_list<bool>(from.getFlags(), [](auto item) { return item; });
  to.numbers = generated::read_list<std::int64_t>(from.getNumbers(), [](auto item) { return item; });
  to.singles = generated::read_list<float>(from.getSingles(), [](auto item) { return item; });
  to.words = generated::read_list<std::string>(from.getWords(), [](auto item) { return generated::text(item); });
  to.blobs = generated::read_list<reprise::bytes>(from.getBlobs(), [](auto item) { return generated::data(item); });
  to.colours = generated::read_list<colour>(from.getColours(), [](auto item) { return static_cast<colour>(item); });
  to.shapes = generated::read_list<shape>(from.getShapes(), [](auto item) { return generated::value<shape>(item); });
  to.table = generated::read_list<std::vector<std::uint32_t>>(from.getTable(), [](auto item) { return generated::read_list<std::uint32_t>(item, [](auto item1) { return item1; }); });
  to.cube = generated::read_list<std::vector<std::vector<std::string>>>(from.getCube(), [](auto item) { return generated::read_list<std::vector<std::string>>(item, [](auto item1) { return generated::read_list<std::string>(item1, [](auto item2) { return generated::text(item2); }); }); });
  to.nothings = generated::read_list<std::monostate>(from.getNothings(), [](auto) { return std::monostate{}; });
  to.kinds = generated::read_list<nested_kind>(from.getKinds(), [](auto item) { return static_cast<nested_kind>(item); });
  to.amounts = generated::read_list<::shared_schema::money>(from.getAmounts(), [](auto item) { return generated::value<::shared_schema::money>(item); });
  to.empties = generated::read_list<empty>(from.getEmpties(), [](auto item) { return generated::value<empty>(item); });
  to.grids = generated::read_list<std::vector<shape>>(from.getGrids(), [](auto item) { return generated::read_list<shape>(item, [](auto item1) { return generated::value<shape>(item1); }); });
}

void write(const box_height& from, Box::Height::Builder to) {
  to.setMetres(from.metres);
}

void read(Box::Height::Reader from, box_height& to) {
  to.metres = from.getMetres();
}

void write(const box_event_colour_how_choice& from, Box::Event::Colour::How::Builder to) {
  switch (from.index()) {
    case 0:
      to.setBrush();
      break;
    case 1:
      to.setSpray(std::get<1>(from).value);
      break;
    default:
      break;
  }
}

void read(Box::Event::Colour::How::Reader from, box_event_colour_how_choice& to) {
  switch (static_cast<unsigned>(from.which())) {
    case 0:
      to.emplace<0>();
      break;
    case 1:
      to.emplace<1>().value = from.getSpray();
      break;
    default:
      generated::throw_unreadable("rich.capnp:Box.Event.colour.how", static_cast<unsigned>(from.which()));
  }
}

void write(const box_state& from, BoxState::Builder to) {
  write(from.scalars, to.initScalars());
  write(from.lists, to.initLists());
  write(from.nested, to.initNested());
  write(from.defaults, to.initDefaults());
  write(from.shape, to.initShape());
  write(from.empty, to.initEmpty());
  if (!from.boxState.empty()) to.setBoxState(generated::text(from.boxState));
}

void read(BoxState::Reader from, box_state& to) {
  read(from.getScalars(), to.scalars);
  read(from.getLists(), to.lists);
  read(from.getNested(), to.nested);
  read(from.getDefaults(), to.defaults);
  read(from.getShape(), to.shape);
  read(from.getEmpty(), to.empty);
  to.boxState = generated::text(from.getBoxState());
}

void write(const door_state& from, DoorState::Builder to) {
  to.setOpen(from.open);
}

void read(DoorState::Reader from, door_state& to) {
  to.open = from.getOpen();
}

void write(const box_cmd::fill& from, Box::FillParams::Builder to) {
  write(from.scalars, to.initScalars());
  write(from.lists, to.initLists());
  write(from.nested, to.initNested());
}

void read(Box::FillParams::Reader from, box_cmd::fill& to) {
  read(from.getScalars(), to.scalars);
  read(from.getLists(), to.lists);
  read(from.getNested(), to.nested);
}

void write(const box_cmd::rename& from, Box::RenameParams::Builder to) {
  if (!from.name_.empty()) to.setName(generated::text(from.name_));
  if (!from.tag_.empty()) to.setTag(generated::text(from.tag_));
  if (!from.api_.empty()) to.setApi(generated::text(from.api_));
  if (!from.reply_.empty()) to.setReply(generated::text(from.reply_));
  to.setReadonly(from.readonly_);
}

void read(Box::RenameParams::Reader from, box_cmd::rename& to) {
  to.name_ = generated::text(from.getName());
  to.tag_ = generated::text(from.getTag());
  to.api_ = generated::text(from.getApi());
  to.reply_ = generated::text(from.getReply());
  to.readonly_ = from.getReadonly();
}

void write(const box_cmd::weigh&, Box::WeighParams::Builder) {
}

void read(Box::WeighParams::Reader, box_cmd::weigh&) {
}

void write(const box_cmd::weigh_reply& from, Box::WeighResults::Builder to) {
  to.setKilograms(from.kilograms);
  to.setExact(from.exact);
}

void read(Box::WeighResults::Reader from, box_cmd::weigh_reply& to) {
  to.kilograms = from.getKilograms();
  to.exact = from.getExact();
}

void write(const box_cmd::look&, Box::LookParams::Builder) {
}

void read(Box::LookParams::Reader, box_cmd::look&) {
}

void write(const box_cmd::paint& from, Shape::Builder to) {
  if (!from.label.empty()) to.setLabel(generated::text(from.label));
  write(from.choice, to);
}

void read(Shape::Reader from, box_cmd::paint& to) {
  to.label = generated::text(from.getLabel());
  read(from, to.choice);
}

void write(const box_cmd::cost&, Box::CostParams::Builder) {
}

void read(Box::CostParams::Reader, box_cmd::cost&) {
}

void write(const box_cmd::lid&, Box::LidParams::Builder) {
}

void read(Box::LidParams::Reader, box_cmd::lid&) {
}

void write(const box_cmd::lid_reply& from, Box::LidResults::Builder to) {
  to.setOpen(from.open);
}

void read(Box::LidResults::Reader from, box_cmd::lid_reply& to) {
  to.open = from.getOpen();
}

void write(const box_cmd::drop& from, Box::DropParams::Builder to) {
  write(from.from, to.initFrom());
}

void read(Box::DropParams::Reader from, box_cmd::drop& to) {
  read(from.getFrom(), to.from);
}

void write(const box_ev::filled& from, Box::Event::Filled::Builder to) {
  write(from.scalars, to.initScalars());
  write(from.lists, to.initLists());
  write(from.nested, to.initNested());
  to.setWhy(static_cast<Box::Event::Filled::Reason>(from.why));
}

void read(Box::Event::Filled::Reader from, box_ev::filled& to) {
  read(from.getScalars(), to.scalars);
  read(from.getLists(), to.lists);
  read(from.getNested(), to.nested);
  to.why = static_cast<box_event_filled_reason>(from.getWhy());
}

void write(const box_ev::painted& from, Shape::Builder to) {
  if (!from.label.empty()) to.setLabel(generated::text(from.label));
  write(from.choice, to);
}

void read(Shape::Reader from, box_ev::painted& to) {
  to.label = generated::text(from.getLabel());
  read(from, to.choice);
}

void write(const box_ev::colour& from, Box::Event::Colour::Builder to) {
  to.setColour(static_cast<Colour>(from.colour));
  if (!from.tags_.empty()) generated::write_list(from.tags_, to.initTags(generated::count(from.tags_.size())), [](auto list, unsigned i, const auto& item) { list.set(i, generated::text(item)); });
  write(from.how, to.initHow());
}

void read(Box::Event::Colour::Reader from, box_ev::colour& to) {
  to.colour = static_cast<colour>(from.getColour());
  to.tags_ = generated::read_list<std::string>(from.getTags(), [](auto item) { return generated::text(item); });
  read(from.getHow(), to.how);
}

void write(const box_ev::priced& from, ::shared_schema::wire::Money::Builder to) {
  to.setCents(from.cents);
  to.setCurrency(static_cast<::shared_schema::wire::Currency>(from.currency));
}

void read(::shared_schema::wire::Money::Reader from, box_ev::priced& to) {
  to.cents = from.getCents();
  to.currency = static_cast<::shared_schema::currency>(from.getCurrency());
}

void write(const box_ev::marked& from, Box::Event::Marked::Builder to) {
  if (!from.text.empty()) to.setText(generated::text(from.text));
  to.setNumber(from.number);
  to.setSmall(from.small);
  to.setFlag(from.flag);
  to.setColour(static_cast<Colour>(from.colour));
  if (!from.owner.empty()) to.setOwner(generated::text(from.owner));
}

void read(Box::Event::Marked::Reader from, box_ev::marked& to) {
  to.text = generated::text(from.getText());
  to.number = from.getNumber();
  to.small = from.getSmall();
  to.flag = from.getFlag();
  to.colour = static_cast<colour>(from.getColour());
  to.owner = generated::text(from.getOwner());
}

void write(const door_cmd::open&, Door::OpenParams::Builder) {
}

void read(Door::OpenParams::Reader, door_cmd::open&) {
}

void write(const box_ev::filled& from, Box::Event::Builder to) {
  write(from, to.initFilled());
}

void read(Box::Event::Reader from, box_ev::filled& to) {
  generated::require_member(from.which(), 0, "Event");
  read(from.getFilled(), to);
}

void write(const box_ev::renamed& from, Box::Event::Builder to) {
  to.setRenamed(generated::text(from.value));
}

void read(Box::Event::Reader from, box_ev::renamed& to) {
  generated::require_member(from.which(), 1, "Event");
  to.value = generated::text(from.getRenamed());
}

void write(const box_ev::painted& from, Box::Event::Builder to) {
  write(from, to.initPainted());
}

void read(Box::Event::Reader from, box_ev::painted& to) {
  generated::require_member(from.which(), 2, "Event");
  read(from.getPainted(), to);
}

void write(const box_ev::dropped&, Box::Event::Builder to) {
  to.setDropped();
}

void read(Box::Event::Reader from, box_ev::dropped&) {
  generated::require_member(from.which(), 3, "Event");
}

void write(const box_ev::colour& from, Box::Event::Builder to) {
  write(from, to.initColour());
}

void read(Box::Event::Reader from, box_ev::colour& to) {
  generated::require_member(from.which(), 4, "Event");
  read(from.getColour(), to);
}

void write(const box_ev::weighed& from, Box::Event::Builder to) {
  generated::write_list(from.value, to.initWeighed(generated::count(from.value.size())), [](auto list, unsigned i, const auto& item) { list.set(i, item); });
}

void read(Box::Event::Reader from, box_ev::weighed& to) {
  generated::require_member(from.which(), 5, "Event");
  to.value = generated::read_list<double>(from.getWeighed(), [](auto item) { return item; });
}

void write(const box_ev::priced& from, Box::Event::Builder to) {
  write(from, to.initPriced());
}

void read(Box::Event::Reader from, box_ev::priced& to) {
  generated::require_member(from.which(), 6, "Event");
  read(from.getPriced(), to);
}

void write(const box_ev::marked& from, Box::Event::Builder to) {
  write(from, to.initMarked());
}

void read(Box::Event::Reader from, box_ev::marked& to) {
  generated::require_member(from.which(), 7, "Event");
  read(from.getMarked(), to);
}

void write(const door_ev::opened&, DoorEvent::Builder to) {
  to.setOpened();
}

void read(DoorEvent::Reader from, door_ev::opened&) {
  generated::require_member(from.which(), 0, "DoorEvent");
}

void write(const door_ev::closed&, DoorEvent::Builder to) {
  to.setClosed();
}

void read(DoorEvent::Reader from, door_ev::closed&) {
  generated::require_member(from.which(), 1, "DoorEvent");
}

}  // namespace test::rich::wire

std::string_view test::rich::to_string(test::rich::colour value) noexcept {
  switch (value) {
    case ::test::rich::colour::red:
      return "red";
    case ::test::rich::colour::darkGreen:
      return "darkGreen";
    case ::test::rich::colour::default_:
      return "default";
    default:
      return {};
  }
}

std::string_view test::rich::to_string(test::rich::nested_kind value) noexcept {
  switch (value) {
    case ::test::rich::nested_kind::plain:
      return "plain";
    case ::test::rich::nested_kind::kind:
      return "kind";
    default:
      return {};
  }
}

std::string_view test::rich::to_string(test::rich::box_event_filled_reason value) noexcept {
  switch (value) {
    case ::test::rich::box_event_filled_reason::bored:
      return "bored";
    case ::test::rich::box_event_filled_reason::told:
      return "told";
    default:
      return {};
  }
}

reprise::attributes test::rich::box_ev::marked::tags(const ::test::rich::box_ev::marked& event) {
  return {{"text", event.text}, {"number", std::to_string(event.number)}, {"small", std::to_string(event.small)}, {"flag", event.flag ? "true" : "false"}, {"colour", std::string(to_string(event.colour))}};
}

reprise::bytes_view test::rich::box_api::schema() {
  static_assert(std::endian::native == std::endian::little);
  // clang-format off
  static constexpr std::uint64_t words[] = {
  };
  // clang-format on
  return std::as_bytes(std::span(words));
}

reprise::bytes_view test::rich::door_api::schema() {
  static_assert(std::endian::native == std::endian::little);
  // clang-format off
  static constexpr std::uint64_t words[] = {
  };
  // clang-format on
  return std::as_bytes(std::span(words));
}

namespace reprise {

void codec<test::rich::empty>::encode(const test::rich::empty& value, bytes& out) {
  generated::encode<::test::rich::wire::Empty>(value, out);
}
result<test::rich::empty> codec<test::rich::empty>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Empty, test::rich::empty>(message);
}
std::string codec<test::rich::empty>::json(const test::rich::empty& value) {
  return generated::json<::test::rich::wire::Empty>(value);
}

void codec<test::rich::scalars>::encode(const test::rich::scalars& value, bytes& out) {
  generated::encode<::test::rich::wire::Scalars>(value, out);
}
result<test::rich::scalars> codec<test::rich::scalars>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Scalars, test::rich::scalars>(message);
}
std::string codec<test::rich::scalars>::json(const test::rich::scalars& value) {
  return generated::json<::test::rich::wire::Scalars>(value);
}

void codec<test::rich::shape_frame>::encode(const test::rich::shape_frame& value, bytes& out) {
  generated::encode<::test::rich::wire::Shape::Frame>(value, out);
}
result<test::rich::shape_frame> codec<test::rich::shape_frame>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Shape::Frame, test::rich::shape_frame>(message);
}
std::string codec<test::rich::shape_frame>::json(const test::rich::shape_frame& value) {
  return generated::json<::test::rich::wire::Shape::Frame>(value);
}

void codec<test::rich::shape>::encode(const test::rich::shape& value, bytes& out) {
  generated::encode<::test::rich::wire::Shape>(value, out);
}
result<test::rich::shape> codec<test::rich::shape>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Shape, test::rich::shape>(message);
}
std::string codec<test::rich::shape>::json(const test::rich::shape& value) {
  return generated::json<::test::rich::wire::Shape>(value);
}

void codec<test::rich::defaults>::encode(const test::rich::defaults& value, bytes& out) {
  generated::encode<::test::rich::wire::Defaults>(value, out);
}
result<test::rich::defaults> codec<test::rich::defaults>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Defaults, test::rich::defaults>(message);
}
std::string codec<test::rich::defaults>::json(const test::rich::defaults& value) {
  return generated::json<::test::rich::wire::Defaults>(value);
}

void codec<test::rich::nested_inner_deepest>::encode(const test::rich::nested_inner_deepest& value, bytes& out) {
  generated::encode<::test::rich::wire::Nested::Inner::Deepest>(value, out);
}
result<test::rich::nested_inner_deepest> codec<test::rich::nested_inner_deepest>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Nested::Inner::Deepest, test::rich::nested_inner_deepest>(message);
}
std::string codec<test::rich::nested_inner_deepest>::json(const test::rich::nested_inner_deepest& value) {
  return generated::json<::test::rich::wire::Nested::Inner::Deepest>(value);
}

void codec<test::rich::nested_inner>::encode(const test::rich::nested_inner& value, bytes& out) {
  generated::encode<::test::rich::wire::Nested::Inner>(value, out);
}
result<test::rich::nested_inner> codec<test::rich::nested_inner>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Nested::Inner, test::rich::nested_inner>(message);
}
std::string codec<test::rich::nested_inner>::json(const test::rich::nested_inner& value) {
  return generated::json<::test::rich::wire::Nested::Inner>(value);
}

void codec<test::rich::nested>::encode(const test::rich::nested& value, bytes& out) {
  generated::encode<::test::rich::wire::Nested>(value, out);
}
result<test::rich::nested> codec<test::rich::nested>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Nested, test::rich::nested>(message);
}
std::string codec<test::rich::nested>::json(const test::rich::nested& value) {
  return generated::json<::test::rich::wire::Nested>(value);
}

void codec<test::rich::lists>::encode(const test::rich::lists& value, bytes& out) {
  generated::encode<::test::rich::wire::Lists>(value, out);
}
result<test::rich::lists> codec<test::rich::lists>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Lists, test::rich::lists>(message);
}
std::string codec<test::rich::lists>::json(const test::rich::lists& value) {
  return generated::json<::test::rich::wire::Lists>(value);
}

void codec<test::rich::box_height>::encode(const test::rich::box_height& value, bytes& out) {
  generated::encode<::test::rich::wire::Box::Height>(value, out);
}
result<test::rich::box_height> codec<test::rich::box_height>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Box::Height, test::rich::box_height>(message);
}
std::string codec<test::rich::box_height>::json(const test::rich::box_height& value) {
  return generated::json<::test::rich::wire::Box::Height>(value);
}

void codec<test::rich::box_state>::encode(const test::rich::box_state& value, bytes& out) {
  generated::encode<::test::rich::wire::BoxState>(value, out);
}
result<test::rich::box_state> codec<test::rich::box_state>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::BoxState, test::rich::box_state>(message);
}
std::string codec<test::rich::box_state>::json(const test::rich::box_state& value) {
  return generated::json<::test::rich::wire::BoxState>(value);
}

void codec<test::rich::door_state>::encode(const test::rich::door_state& value, bytes& out) {
  generated::encode<::test::rich::wire::DoorState>(value, out);
}
result<test::rich::door_state> codec<test::rich::door_state>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::DoorState, test::rich::door_state>(message);
}
std::string codec<test::rich::door_state>::json(const test::rich::door_state& value) {
  return generated::json<::test::rich::wire::DoorState>(value);
}

void codec<test::rich::box_cmd::fill>::encode(const test::rich::box_cmd::fill& value, bytes& out) {
  generated::encode<::test::rich::wire::Box::FillParams>(value, out);
}
result<test::rich::box_cmd::fill> codec<test::rich::box_cmd::fill>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Box::FillParams, test::rich::box_cmd::fill>(message);
}
std::string codec<test::rich::box_cmd::fill>::json(const test::rich::box_cmd::fill& value) {
  return generated::json<::test::rich::wire::Box::FillParams>(value);
}

void codec<test::rich::box_cmd::rename>::encode(const test::rich::box_cmd::rename& value, bytes& out) {
  generated::encode<::test::rich::wire::Box::RenameParams>(value, out);
}
result<test::rich::box_cmd::rename> codec<test::rich::box_cmd::rename>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Box::RenameParams, test::rich::box_cmd::rename>(message);
}
std::string codec<test::rich::box_cmd::rename>::json(const test::rich::box_cmd::rename& value) {
  return generated::json<::test::rich::wire::Box::RenameParams>(value);
}

void codec<test::rich::box_cmd::weigh>::encode(const test::rich::box_cmd::weigh& value, bytes& out) {
  generated::encode<::test::rich::wire::Box::WeighParams>(value, out);
}
result<test::rich::box_cmd::weigh> codec<test::rich::box_cmd::weigh>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Box::WeighParams, test::rich::box_cmd::weigh>(message);
}
std::string codec<test::rich::box_cmd::weigh>::json(const test::rich::box_cmd::weigh& value) {
  return generated::json<::test::rich::wire::Box::WeighParams>(value);
}

void codec<test::rich::box_cmd::weigh_reply>::encode(const test::rich::box_cmd::weigh_reply& value, bytes& out) {
  generated::encode<::test::rich::wire::Box::WeighResults>(value, out);
}
result<test::rich::box_cmd::weigh_reply> codec<test::rich::box_cmd::weigh_reply>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Box::WeighResults, test::rich::box_cmd::weigh_reply>(message);
}
std::string codec<test::rich::box_cmd::weigh_reply>::json(const test::rich::box_cmd::weigh_reply& value) {
  return generated::json<::test::rich::wire::Box::WeighResults>(value);
}

void codec<test::rich::box_cmd::look>::encode(const test::rich::box_cmd::look& value, bytes& out) {
  generated::encode<::test::rich::wire::Box::LookParams>(value, out);
}
result<test::rich::box_cmd::look> codec<test::rich::box_cmd::look>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Box::LookParams, test::rich::box_cmd::look>(message);
}
std::string codec<test::rich::box_cmd::look>::json(const test::rich::box_cmd::look& value) {
  return generated::json<::test::rich::wire::Box::LookParams>(value);
}

void codec<test::rich::box_cmd::paint>::encode(const test::rich::box_cmd::paint& value, bytes& out) {
  generated::encode<::test::rich::wire::Shape>(value, out);
}
result<test::rich::box_cmd::paint> codec<test::rich::box_cmd::paint>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Shape, test::rich::box_cmd::paint>(message);
}
std::string codec<test::rich::box_cmd::paint>::json(const test::rich::box_cmd::paint& value) {
  return generated::json<::test::rich::wire::Shape>(value);
}

void codec<test::rich::box_cmd::cost>::encode(const test::rich::box_cmd::cost& value, bytes& out) {
  generated::encode<::test::rich::wire::Box::CostParams>(value, out);
}
result<test::rich::box_cmd::cost> codec<test::rich::box_cmd::cost>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Box::CostParams, test::rich::box_cmd::cost>(message);
}
std::string codec<test::rich::box_cmd::cost>::json(const test::rich::box_cmd::cost& value) {
  return generated::json<::test::rich::wire::Box::CostParams>(value);
}

void codec<test::rich::box_cmd::lid>::encode(const test::rich::box_cmd::lid& value, bytes& out) {
  generated::encode<::test::rich::wire::Box::LidParams>(value, out);
}
result<test::rich::box_cmd::lid> codec<test::rich::box_cmd::lid>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Box::LidParams, test::rich::box_cmd::lid>(message);
}
std::string codec<test::rich::box_cmd::lid>::json(const test::rich::box_cmd::lid& value) {
  return generated::json<::test::rich::wire::Box::LidParams>(value);
}

void codec<test::rich::box_cmd::lid_reply>::encode(const test::rich::box_cmd::lid_reply& value, bytes& out) {
  generated::encode<::test::rich::wire::Box::LidResults>(value, out);
}
result<test::rich::box_cmd::lid_reply> codec<test::rich::box_cmd::lid_reply>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Box::LidResults, test::rich::box_cmd::lid_reply>(message);
}
std::string codec<test::rich::box_cmd::lid_reply>::json(const test::rich::box_cmd::lid_reply& value) {
  return generated::json<::test::rich::wire::Box::LidResults>(value);
}

void codec<test::rich::box_cmd::drop>::encode(const test::rich::box_cmd::drop& value, bytes& out) {
  generated::encode<::test::rich::wire::Box::DropParams>(value, out);
}
result<test::rich::box_cmd::drop> codec<test::rich::box_cmd::drop>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Box::DropParams, test::rich::box_cmd::drop>(message);
}
std::string codec<test::rich::box_cmd::drop>::json(const test::rich::box_cmd::drop& value) {
  return generated::json<::test::rich::wire::Box::DropParams>(value);
}

void codec<test::rich::box_ev::filled>::encode(const test::rich::box_ev::filled& value, bytes& out) {
  generated::encode<::test::rich::wire::Box::Event>(value, out);
}
result<test::rich::box_ev::filled> codec<test::rich::box_ev::filled>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Box::Event, test::rich::box_ev::filled>(message);
}
std::string codec<test::rich::box_ev::filled>::json(const test::rich::box_ev::filled& value) {
  return generated::member_json<::test::rich::wire::Box::Event>(value);
}

void codec<test::rich::box_ev::renamed>::encode(const test::rich::box_ev::renamed& value, bytes& out) {
  generated::encode<::test::rich::wire::Box::Event>(value, out);
}
result<test::rich::box_ev::renamed> codec<test::rich::box_ev::renamed>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Box::Event, test::rich::box_ev::renamed>(message);
}
std::string codec<test::rich::box_ev::renamed>::json(const test::rich::box_ev::renamed& value) {
  return generated::member_json<::test::rich::wire::Box::Event>(value);
}

void codec<test::rich::box_ev::painted>::encode(const test::rich::box_ev::painted& value, bytes& out) {
  generated::encode<::test::rich::wire::Box::Event>(value, out);
}
result<test::rich::box_ev::painted> codec<test::rich::box_ev::painted>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Box::Event, test::rich::box_ev::painted>(message);
}
std::string codec<test::rich::box_ev::painted>::json(const test::rich::box_ev::painted& value) {
  return generated::member_json<::test::rich::wire::Box::Event>(value);
}

void codec<test::rich::box_ev::dropped>::encode(const test::rich::box_ev::dropped& value, bytes& out) {
  generated::encode<::test::rich::wire::Box::Event>(value, out);
}
result<test::rich::box_ev::dropped> codec<test::rich::box_ev::dropped>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Box::Event, test::rich::box_ev::dropped>(message);
}
std::string codec<test::rich::box_ev::dropped>::json(const test::rich::box_ev::dropped& value) {
  return generated::member_json<::test::rich::wire::Box::Event>(value);
}

void codec<test::rich::box_ev::colour>::encode(const test::rich::box_ev::colour& value, bytes& out) {
  generated::encode<::test::rich::wire::Box::Event>(value, out);
}
result<test::rich::box_ev::colour> codec<test::rich::box_ev::colour>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Box::Event, test::rich::box_ev::colour>(message);
}
std::string codec<test::rich::box_ev::colour>::json(const test::rich::box_ev::colour& value) {
  return generated::member_json<::test::rich::wire::Box::Event>(value);
}

void codec<test::rich::box_ev::weighed>::encode(const test::rich::box_ev::weighed& value, bytes& out) {
  generated::encode<::test::rich::wire::Box::Event>(value, out);
}
result<test::rich::box_ev::weighed> codec<test::rich::box_ev::weighed>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Box::Event, test::rich::box_ev::weighed>(message);
}
std::string codec<test::rich::box_ev::weighed>::json(const test::rich::box_ev::weighed& value) {
  return generated::member_json<::test::rich::wire::Box::Event>(value);
}

void codec<test::rich::box_ev::priced>::encode(const test::rich::box_ev::priced& value, bytes& out) {
  generated::encode<::test::rich::wire::Box::Event>(value, out);
}
result<test::rich::box_ev::priced> codec<test::rich::box_ev::priced>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Box::Event, test::rich::box_ev::priced>(message);
}
std::string codec<test::rich::box_ev::priced>::json(const test::rich::box_ev::priced& value) {
  return generated::member_json<::test::rich::wire::Box::Event>(value);
}

void codec<test::rich::box_ev::marked>::encode(const test::rich::box_ev::marked& value, bytes& out) {
  generated::encode<::test::rich::wire::Box::Event>(value, out);
}
result<test::rich::box_ev::marked> codec<test::rich::box_ev::marked>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Box::Event, test::rich::box_ev::marked>(message);
}
std::string codec<test::rich::box_ev::marked>::json(const test::rich::box_ev::marked& value) {
  return generated::member_json<::test::rich::wire::Box::Event>(value);
}

void codec<test::rich::door_cmd::open>::encode(const test::rich::door_cmd::open& value, bytes& out) {
  generated::encode<::test::rich::wire::Door::OpenParams>(value, out);
}
result<test::rich::door_cmd::open> codec<test::rich::door_cmd::open>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::Door::OpenParams, test::rich::door_cmd::open>(message);
}
std::string codec<test::rich::door_cmd::open>::json(const test::rich::door_cmd::open& value) {
  return generated::json<::test::rich::wire::Door::OpenParams>(value);
}

void codec<test::rich::door_ev::opened>::encode(const test::rich::door_ev::opened& value, bytes& out) {
  generated::encode<::test::rich::wire::DoorEvent>(value, out);
}
result<test::rich::door_ev::opened> codec<test::rich::door_ev::opened>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::DoorEvent, test::rich::door_ev::opened>(message);
}
std::string codec<test::rich::door_ev::opened>::json(const test::rich::door_ev::opened& value) {
  return generated::member_json<::test::rich::wire::DoorEvent>(value);
}

void codec<test::rich::door_ev::closed>::encode(const test::rich::door_ev::closed& value, bytes& out) {
  generated::encode<::test::rich::wire::DoorEvent>(value, out);
}
result<test::rich::door_ev::closed> codec<test::rich::door_ev::closed>::decode(bytes_view message) {
  return generated::decode<::test::rich::wire::DoorEvent, test::rich::door_ev::closed>(message);
}
std::string codec<test::rich::door_ev::closed>::json(const test::rich::door_ev::closed& value) {
  return generated::member_json<::test::rich::wire::DoorEvent>(value);
}

}  // namespace reprise
