// SPDX-License-Identifier: Apache-2.0
#include "cluster/rpc/conversation.hpp"

#include "cluster/rpc/client_wire.hpp"
#include "cluster/rpc/message_stream.hpp"

#include <kj/debug.h>
#include <kj/exception.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace reprise::cluster {
namespace {

// A call should have no more, beside one outcome that is larger.
constexpr std::size_t call_bytes = std::size_t{128} << 10U;
constexpr std::size_t outcome_bytes_fixed = 256;
// Calls with outcomes that the client has not returned from.
constexpr std::size_t calls_max = 1024;

std::size_t bytes_of(const result<detail::raw_answer>& outcome) {
  if (!outcome) return outcome_bytes_fixed + outcome.error().message.size();
  const std::size_t why = outcome->why ? outcome->why->code.size() + outcome->why->why.size() : 0;
  return outcome_bytes_fixed + outcome->reply.size() + why;
}

// Of an outcome that has so many bytes.
error unsendable(const result<detail::raw_answer>& outcome, std::size_t message_bytes_max) {
  const std::string sizes = std::to_string(bytes_of(outcome)) + " bytes, a message holds " +
                            std::to_string(message_bytes_max);
  if (outcome && !outcome->why) {
    return {errc::reply_failed, "the reply has " + sizes, outcome->at.sequence.value};
  }
  return {errc::too_large, (outcome ? "the rejection has " : "the error's message has ") + sizes};
}

}  // namespace

void write_outcome(const result<detail::raw_answer>& from, const call_port& calls,
                   std::size_t message_bytes_max, wire::Outcome::Builder to) {
  if (bytes_of(from) + message_overhead_bytes > message_bytes_max) {
    return write(unsendable(from, message_bytes_max), to);
  }
  write(from, to);
  if (!to.isReply()) return;
  auto reply = to.getReply();
  reply.setPartitions(calls.partitions());
  const std::string leader = calls.leads_elsewhere({reply.getPartition()});
  if (!leader.empty()) reply.setLeader(leader);
}

// What is to be told to the client.
class conversation::outcomes : private kj::TaskSet::ErrorHandler {
 public:
  outcomes(const call_port& calls, std::size_t message_bytes_max, wire::Answers::Client to,
           std::function<void(kj::Exception)> cut_off)
      : calls_(calls),
        message_bytes_max_(message_bytes_max),
        to_(kj::mv(to)),
        cut_off_(std::move(cut_off)) {}
  virtual ~outcomes() noexcept(false) = default;

  void add(std::uint64_t number, result<detail::raw_answer> how,
           kj::Own<call_quota::share> taken = {}) {
    waiting_.push_back({number, std::move(how), kj::mv(taken)});
    if (std::exchange(is_due_, true)) return;
    tasks_.add(kj::evalLast([this] { flush(); }));
  }

 private:
  struct outcome {
    std::uint64_t number;
    result<detail::raw_answer> how;
    kj::Own<call_quota::share> taken;
  };

  void flush() {
    is_due_ = false;
    auto all = std::exchange(waiting_, {});
    for (auto from = all.begin(); from != all.end();) from = send_some(from, all.end());
  }

  // As many as one call should have; the first that is left.
  std::vector<outcome>::iterator send_some(std::vector<outcome>::iterator from,
                                           std::vector<outcome>::iterator end) {
    if (calls_out_ >= calls_max) {
      cut_off_(KJ_EXCEPTION(FAILED, "the client does not take its outcomes"));
      return end;
    }
    std::size_t bytes = bytes_of(from->how);
    auto last = std::next(from);
    for (; last != end && bytes + bytes_of(last->how) <= call_bytes; ++last) {
      bytes += bytes_of(last->how);
    }
    auto request = to_.takeRequest();
    auto list = request.initOutcomes(static_cast<unsigned>(last - from));
    std::vector<kj::Own<call_quota::share>> taken;
    taken.reserve(list.size());
    for (auto to : list) {
      to.setNumber(from->number);
      write_outcome(from->how, calls_, message_bytes_max_, to.initOutcome());
      taken.push_back(kj::mv(from->taken));
      ++from;
    }
    ++calls_out_;
    tasks_.add(request.send().ignoreResult().then([this] { --calls_out_; }).attach(kj::mv(taken)));
    return last;
  }

  void taskFailed(kj::Exception&& exception) override {
    // Of a connection that ended somebody else hears.
    if (exception.getType() == kj::Exception::Type::DISCONNECTED) return;
    cut_off_(kj::mv(exception));
  }

  const call_port& calls_;
  const std::size_t message_bytes_max_;
  wire::Answers::Client to_;
  const std::function<void(kj::Exception)> cut_off_;
  std::vector<outcome> waiting_{};
  bool is_due_ = false;
  std::size_t calls_out_ = 0;
  // The last member: tasks use all others.
  kj::TaskSet tasks_{*this};
};

conversation::conversation(call_port& calls, kj::Own<call_quota> quota,
                           std::size_t message_bytes_max, wire::Answers::Client answers,
                           std::function<void(kj::Exception)> cut_off)
    : calls_(calls),
      quota_(kj::mv(quota)),
      outcomes_(std::make_shared<outcomes>(calls, message_bytes_max, kj::mv(answers),
                                           std::move(cut_off))) {}

conversation::~conversation() noexcept(false) = default;

kj::Promise<void> conversation::ask(AskContext context) {
  for (const auto each : context.getParams().getCommands()) {
    take(each.getNumber(), each.getCommand());
  }
  return kj::READY_NOW;
}

void conversation::take(std::uint64_t number, wire::Command::Reader from) {
  auto command = read(from);
  if (!command) return outcomes_->add(number, command.error());
  const std::size_t size = bytes_of(*command);
  if (const auto why = quota_->objection(size)) return outcomes_->add(number, *why);
  calls_.ask(std::move(*command),
             [to = std::weak_ptr(outcomes_), number, taken = quota_->take(size)](auto how) mutable {
               if (const auto here = to.lock()) here->add(number, std::move(how), kj::mv(taken));
             });
}

}  // namespace reprise::cluster
