// SPDX-License-Identifier: Apache-2.0
//
// What nodes say to each other beside consensus: introductions, entries to fill a log with,
// commands and their outcomes. What is written is read again, and anything else is refused.
#include "cluster/fill_message.hpp"
#include "cluster/node_query.hpp"
#include "cluster/peer_introduction.hpp"
#include "cluster/remote_command.hpp"
#include "cluster/standing_message.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <string>

namespace reprise::cluster {
namespace {

bytes text(const std::string& from) {
  const auto view = std::as_bytes(std::span(from));
  return {view.begin(), view.end()};
}
store_uuid uuid(std::uint8_t n) {
  store_uuid made{};
  made.fill(std::byte{n});
  return made;
}

// Reading never does worse than to refuse; which change is harmless is not for this to know.
template <class Read>
void survives_damage(const bytes& sound, const Read& read) {
  for (std::size_t size = 0; size < sound.size(); size += 8) {
    static_cast<void>(read(bytes_view(sound).first(size)));
  }
  for (std::size_t i = 0; i < sound.size(); ++i) {
    for (const unsigned flip : {1U, 0x80U, 0xffU}) {
      bytes damaged = sound;
      damaged[i] ^= static_cast<std::byte>(flip);
      static_cast<void>(read(damaged));
    }
  }
}

TEST_CASE("an introduction arrives as it was said") {
  const peer_introduction said{.id = {7}, .store = uuid(3), .partitions = 64};
  const auto heard = decode_introduction(encode(said));
  REQUIRE(heard.has_value());
  CHECK(heard->id == said.id);
  CHECK(heard->store == said.store);
  CHECK(heard->partitions == 64);
}

TEST_CASE("C-071 an introduction of another version is refused as such") {
  bytes said = encode(peer_introduction{.id = {7}});
  said[0] = std::byte{9};
  CHECK(decode_introduction(said).error().code == errc::incompatible);
  said = encode(peer_introduction{.id = {7}});
  said.resize(said.size() - 8);
  CHECK(decode_introduction(said).error().code == errc::malformed);
  CHECK(decode_introduction({}).error().code == errc::malformed);
}

TEST_CASE("C-032 C-069 a peer is known by its store") {
  cluster_memory memory{.cluster = uuid(1), .self = {1}, .name = "n1"};
  const store_uuid own = uuid(9);
  CHECK(memory.meet({.id = {2}, .store = uuid(2)}, own).value());
  CHECK_FALSE(memory.meet({.id = {2}, .store = uuid(2)}, own).value());
  CHECK(memory.meet({.id = {2}, .store = uuid(5)}, own).error().code == errc::incompatible);
  CHECK(memory.meet({.id = {3}, .store = own}, own).error().code == errc::incompatible);

  const auto read = decode_memory(encode(memory));
  REQUIRE(read.has_value());
  CHECK(read->cluster == memory.cluster);
  CHECK(read->self == memory.self);
  CHECK(read->name == "n1");
  CHECK(read->met == memory.met);
  survives_damage(encode(memory), decode_memory);
  CHECK(decode_memory(text("nonsense")).error().code == errc::corrupt);
}

TEST_CASE("questions and answers of filling arrive as they were said") {
  const fill_question_message asked{
      .partition = {3},
      .question = {.target = {9}, .in_term = {2}, .from = {4}, .bytes_max = 1000}};
  const auto heard = decode_fill_question(encode(asked));
  REQUIRE(heard.has_value());
  CHECK(heard->partition == partition_id{3});
  CHECK(heard->question.target == log_index{9});
  CHECK(heard->question.in_term == term{2});
  CHECK(heard->question.from == log_index{4});
  CHECK(heard->question.bytes_max == 1000);

  const fill_answer_message answered{
      .partition = {3}, .target = {9}, .from = {4}, .answer = {{text("entry one"), text("two")}}};
  fill_answer_message padded = answered;
  for (bytes& entry : padded.answer.entries) entry.resize((entry.size() + 7) / 8 * 8);
  const auto back = decode_fill_answer(encode(padded));
  REQUIRE(back.has_value());
  CHECK(back->answer.entries == padded.answer.entries);
  CHECK(back->from == log_index{4});
  survives_damage(encode(padded), decode_fill_answer);
  survives_damage(encode(asked), decode_fill_question);
}

TEST_CASE("how replicas stand arrives as it was said") {
  const standing_answer said{
      .round = 9,
      .standings = {{.partition = {3}, .in_term = {7}, .committed = {70}, .voters = {{1}, {2}}},
                    {.partition = {63}, .in_term = {8}}}};
  const auto heard = decode_standing_answer(encode(said));
  REQUIRE(heard.has_value());
  CHECK(heard->round == 9);
  CHECK(heard->standings == said.standings);
  const standing_question asked{.round = 5, .of = {{3}, {63}}};
  CHECK(decode_standing_question(encode(asked))->round == 5);
  CHECK(decode_standing_question(encode(asked))->of == asked.of);
  CHECK(decode_standing_answer(bytes(24, std::byte{7})).error().code == errc::malformed);
  survives_damage(encode(said), decode_standing_answer);
  survives_damage(encode(asked), decode_standing_question);
}

TEST_CASE("nobody leads before more voters than there can be") {
  standing_answer wrong{.round = 1, .standings = {{.partition = {1}, .in_term = {2}}}};
  wrong.standings.front().voters.resize(members_max + 1);
  CHECK(decode_standing_answer(encode(wrong)).error().code == errc::malformed);
}

TEST_CASE("a question for what is behind its own target is refused") {
  const fill_question_message wrong{.partition = {3},
                                    .question = {.target = {4}, .in_term = {2}, .from = {5}}};
  CHECK(decode_fill_question(encode(wrong)).error().code == errc::malformed);
}

TEST_CASE("commands arrive as they were sent") {
  const bytes payload = text("payload!");
  std::vector<remote_command> sent(2);
  sent[0] = {.request = 5,
             .timeout = std::chrono::milliseconds(1234),
             .to = {{77}, "tenant", "trip-1"},
             .command = 3,
             .payload = payload,
             .id = derive_command_id("a"),
             .hash = 99,
             .correlation = {derive_command_id("b").value},
             .headers = {{"name", "value"}, {"empty", ""}},
             .from = detail::delivery{.consumer = 1, .partition = {2}, .at = {3}, .index = 4}};
  sent[1] = {.request = 6, .to = {{78}, "", "x"}};
  const bytes message = encode(sent);
  const auto got = decode_commands(message);
  REQUIRE(got.has_value());
  REQUIRE(got->size() == 2);
  const remote_command& first = got->front();
  CHECK(first.request == 5);
  CHECK(first.timeout == std::chrono::milliseconds(1234));
  CHECK(first.to == sent[0].to);
  CHECK(first.command == 3);
  CHECK(bytes(first.payload.begin(), first.payload.end()) == payload);
  CHECK(first.id == sent[0].id);
  CHECK(first.hash == 99);
  CHECK(first.correlation == sent[0].correlation);
  CHECK(first.headers == sent[0].headers);
  CHECK(first.from == sent[0].from);
  CHECK_FALSE(got->back().from.has_value());
  survives_damage(message, decode_commands);
}

TEST_CASE("outcomes of every kind arrive as they were") {
  std::vector<remote_outcome> sent(3);
  sent[0].request = 1;
  sent[0].outcome->at = {{4}, {5}, {6}};
  sent[0].outcome->reply = text("a reply!");
  sent[1].request = 2;
  sent[1].outcome->why = rejection{"code", "why"};
  sent[2].request = 3;
  sent[2].outcome = error{errc::disk_full, "no room", 8};
  const bytes message = encode(sent);
  const auto got = decode_outcomes(message);
  REQUIRE(got.has_value());
  REQUIRE(got->size() == 3);
  CHECK(got->at(0).outcome->at == sent[0].outcome->at);
  CHECK(got->at(0).outcome->reply == sent[0].outcome->reply);
  CHECK(got->at(1).outcome->why == sent[1].outcome->why);
  CHECK(got->at(2).outcome.error() == sent[2].outcome.error());
  survives_damage(message, decode_outcomes);
}

TEST_CASE("C-129 a message that unfolds to more than it is has no chance") {
  // A list of structs of no size costs nothing to write and may claim any length.
  CHECK(decode_commands(bytes(8)).error().code == errc::malformed);
  CHECK(decode_outcomes(bytes(7)).error().code == errc::malformed);
  bytes claims(24);
  claims[4] = std::byte{2};  // one segment of two words
  claims[8] = std::byte{1};  // a list pointer
  claims[12] = std::byte{0xff};
  claims[13] = std::byte{0xff};
  claims[14] = std::byte{0xff};
  claims[15] = std::byte{0xff};
  CHECK(decode_commands(claims).error().code == errc::malformed);
}

TEST_CASE("a history is asked for and arrives as it was read") {
  const history_query asked{
      .aggregate = {{5}, "t", "trip"}, .after = {10}, .from = {3}, .limit = 7};
  const auto heard = decode_history_query(encode(asked));
  REQUIRE(heard.has_value());
  CHECK(heard->aggregate == asked.aggregate);
  CHECK(heard->after == asked.after);
  CHECK(heard->from == asked.from);
  CHECK(heard->limit == 7);

  history_page page{.events = std::vector<past_event>(2), .end = true};
  page.events[0].sequence = {3};
  page.events[0].payload = text("payload!");
  page.events[1].command = derive_command_id("c");
  const auto back = decode_history_page(encode(page));
  REQUIRE(back.has_value());
  CHECK(back->end);
  REQUIRE(back->events.size() == 2);
  CHECK(back->events[0].payload == page.events[0].payload);
  CHECK(back->events[1].command == page.events[1].command);
  survives_damage(encode(page), decode_history_page);
  survives_damage(encode(asked), decode_history_query);
}

}  // namespace
}  // namespace reprise::cluster
