// Made by capnpc-reprise from shared.capnp; changes here are lost.
#include "shared.reprise.hpp"

#include <reprise/generated/payload.hpp>

#include <shared.capnp.h>
#include <bit>
#include <span>

namespace shared_schema::wire {

namespace generated = reprise::generated;

void write(const money& from, Money::Builder to);
void read(Money::Reader from, money& to);

void write(const money& from, Money::Builder to) {
  to.setCents(from.cents);
  to.setCurrency(static_cast<Currency>(from.currency));
}

void read(Money::Reader from, money& to) {
  to.cents = from.getCents();
  to.currency = static_cast<currency>(from.getCurrency());
}

}  // namespace shared_schema::wire

std::string_view shared_schema::to_string(shared_schema::currency value) noexcept {
  switch (value) {
    case ::shared_schema::currency::usd:
      return "usd";
    case ::shared_schema::currency::eur:
      return "eur";
    case ::shared_schema::currency::new_:
      return "new";
    default:
      return {};
  }
}

namespace reprise {

void codec<shared_schema::money>::encode(const shared_schema::money& value, bytes& out) {
  generated::encode<::shared_schema::wire::Money>(value, out);
}
result<shared_schema::money> codec<shared_schema::money>::decode(bytes_view message) {
  return generated::decode<::shared_schema::wire::Money, shared_schema::money>(message);
}
std::string codec<shared_schema::money>::json(const shared_schema::money& value) {
  return generated::json<::shared_schema::wire::Money>(value);
}

}  // namespace reprise
