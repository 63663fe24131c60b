// SPDX-License-Identifier: Apache-2.0
#include "raw_calls.hpp"

#include <capnp/capability.h>
#include <capnp/rpc.capnp.h>
#include <capnp/serialize.h>

namespace reprise::cluster::test {
namespace {

using capnp::rpc::Message;

template <class Interface>
capnp::rpc::Call::Builder call(capnp::MessageBuilder& message, std::uint32_t question,
                               std::uint16_t method) {
  auto made = message.getRoot<Message>().initCall();
  made.setQuestionId(question);
  made.initTarget().initPromisedAnswer().setQuestionId(0);
  made.setInterfaceId(capnp::typeId<Interface>());
  made.setMethodId(method);
  return made;
}

}  // namespace

bytes flat(capnp::MessageBuilder& message) {
  const auto array = capnp::messageToFlatArray(message);
  const auto raw = array.asBytes();
  const auto* const begin = reinterpret_cast<const std::byte*>(raw.begin());
  return {begin, begin + raw.size()};
}

bytes question_for_node() {
  capnp::MallocMessageBuilder message;
  message.getRoot<Message>().initBootstrap().setQuestionId(0);
  return flat(message);
}

wire::Command::Builder call_in(capnp::MessageBuilder& message, std::uint32_t question) {
  auto made = call<wire::Node>(message, question, 0);
  return made.initParams().getContent().initAs<wire::Node::AskParams>().initCommand();
}

bytes status_call(std::uint32_t question) {
  capnp::MallocMessageBuilder message;
  call<wire::Node>(message, question, 1);
  return flat(message);
}

bytes converse_call(std::uint32_t question) {
  capnp::MallocMessageBuilder message;
  auto params = call<wire::Node>(message, question, 2).initParams();
  // Only the place in the table counts, not what stands for it here.
  capnp::BuilderCapabilityTable table;
  auto content = table.imbue(params.getContent()).initAs<wire::Node::ConverseParams>();
  content.setAnswers(capnp::Capability::Client(capnp::newBrokenCap("stands for another one"))
                         .castAs<wire::Answers>());
  params.initCapTable(1)[0].setSenderHosted(0);
  return flat(message);
}

wire::Command::Builder command_in(capnp::MessageBuilder& message, std::uint32_t question,
                                  std::uint32_t begun_by) {
  auto made = call<wire::Conversation>(message, question, 0);
  auto target = made.getTarget().getPromisedAnswer();
  target.setQuestionId(begun_by);
  target.initTransform(1)[0].setGetPointerField(0);
  auto one =
      made.initParams().getContent().initAs<wire::Conversation::AskParams>().initCommands(1)[0];
  one.setNumber(question);
  return one.initCommand();
}

bytes finish(std::uint32_t question, bool lets_go) {
  capnp::MallocMessageBuilder message;
  auto made = message.getRoot<Message>().initFinish();
  made.setQuestionId(question);
  made.setReleaseResultCaps(lets_go);
  return flat(message);
}

}  // namespace reprise::cluster::test
