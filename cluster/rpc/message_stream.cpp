// SPDX-License-Identifier: Apache-2.0
#include "cluster/rpc/message_stream.hpp"

#include <capnp/serialize.h>
#include <kj/debug.h>
#include <kj/timer.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace reprise::cluster {
namespace {

constexpr std::size_t buffer_bytes_least = std::size_t{64} << 10U;
// An idle connection holds no more than this, in each direction.
constexpr std::size_t buffer_bytes_kept = std::size_t{1} << 20U;
constexpr std::size_t read_in_a_row_max = std::size_t{1} << 20U;
// What other implementations allow too.
constexpr std::uint32_t segments_max = 512;
// Reading a message twice is allowed, winding through it for ever is not.
constexpr std::uint64_t traversals_max = 4;

std::size_t header_bytes(std::size_t segments) {
  return (sizeof(std::uint32_t) * (1 + segments) + 7) & ~std::size_t{7};
}

std::uint32_t word_at(const kj::byte* from) {
  std::uint32_t word = 0;
  std::memcpy(&word, from, sizeof word);
  return word;
}

}  // namespace

capnp::ReaderOptions message_limits::reader_options() const {
  capnp::ReaderOptions options;
  options.traversalLimitInWords = traversals_max * message_bytes_max / sizeof(capnp::word);
  options.nestingLimit = nesting_max;
  return options;
}

// 0 while the header is not whole.
std::size_t message_stream::size_of_first() const {
  const std::size_t there = end_ - begin_;
  if (there < sizeof(std::uint32_t)) return 0;
  const kj::byte* const at = in_.data() + begin_;
  // The number in the header is one less, and so can overflow.
  const std::size_t segments = std::size_t{word_at(at)} + 1;
  KJ_REQUIRE(segments <= segments_max, "a message of too many segments");
  const std::size_t header = header_bytes(segments);
  if (there < header) return 0;
  std::size_t words = 0;
  for (std::size_t n = 0; n < segments; ++n) words += word_at(at + 4 * (n + 1));
  const std::size_t size = header + words * sizeof(capnp::word);
  KJ_REQUIRE(size <= limits_.message_bytes_max, "a message that is too large");
  return size;
}

message_stream::message message_stream::take(capnp::ReaderOptions options) {
  const std::size_t size = size_of_first();
  if (size == 0 || end_ - begin_ < size) return nullptr;
  // RPC keeps messages for as long as it likes, so each has memory of its own.
  auto words = kj::heapArray<capnp::word>(size / sizeof(capnp::word));
  std::memcpy(words.begin(), in_.data() + begin_, size);
  begin_ += size;
  if (on_first_) std::exchange(on_first_, nullptr)();
  auto reader = kj::heap<capnp::FlatArrayMessageReader>(words.asPtr(), options);
  return capnp::MessageReaderAndFds{.reader = reader.attach(kj::mv(words)), .fds = nullptr};
}

void message_stream::make_room() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (in_.size() > buffer_bytes_kept) in_ = {};
  } else if (begin_ > 0 && end_ == in_.size()) {
    std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == in_.size()) {
    const std::size_t most = std::max(limits_.message_bytes_max, buffer_bytes_least);
    in_.resize(std::min(std::max(in_.size() * 2, buffer_bytes_least), most));
  }
}

kj::Promise<message_stream::message> message_stream::tryReadMessage(
    kj::ArrayPtr<kj::AutoCloseFd> fds, capnp::ReaderOptions options,
    kj::ArrayPtr<capnp::word> scratch) {
  auto next = take(options);
  if (next != nullptr) return kj::mv(next);
  if (read_in_a_row_ >= read_in_a_row_max) {
    // Let the loop look at its timers and at others.
    read_in_a_row_ = 0;
    return timer_.afterDelay(0 * kj::MILLISECONDS).then([this, fds, options, scratch] {
      return tryReadMessage(fds, options, scratch);
    });
  }
  make_room();
  return stream_.tryRead(in_.data() + end_, 1, in_.size() - end_)
      .then([this, fds, options, scratch](std::size_t size) -> kj::Promise<message> {
        if (size == 0) {
          if (begin_ == end_) return message(nullptr);
          return KJ_EXCEPTION(DISCONNECTED, "the connection ended within a message");
        }
        end_ += size;
        read_in_a_row_ += size;
        return tryReadMessage(fds, options, scratch);
      });
}

void message_stream::append(kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments) {
  std::size_t size = header_bytes(segments.size());
  for (const auto& segment : segments) size += segment.size() * sizeof(capnp::word);
  KJ_IF_MAYBE (why, failed_) {
    kj::throwFatalException(kj::cp(*why));
  }
  if (size > limits_.message_bytes_max) {
    fail(KJ_EXCEPTION(FAILED, "a message that the other side would refuse"));
  }
  if (waiting_.size() + in_flight_.size() + size > limits_.unread_bytes_max) {
    fail(KJ_EXCEPTION(DISCONNECTED, "the other side does not read its answers"));
  }
  const std::size_t at = waiting_.size();
  waiting_.resize(at + header_bytes(segments.size()));
  const auto store = [&](std::size_t place, std::size_t value) {
    const auto word = static_cast<std::uint32_t>(value);
    std::memcpy(waiting_.data() + at + 4 * place, &word, sizeof word);
  };
  store(0, segments.size() - 1);
  for (std::size_t n = 0; n < segments.size(); ++n) store(n + 1, segments[n].size());
  for (const auto& segment : segments) {
    const auto raw = segment.asBytes();
    waiting_.insert(waiting_.end(), raw.begin(), raw.end());
  }
}

kj::Promise<void> message_stream::writeMessage(
    kj::ArrayPtr<const int> /*fds*/, kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments) {
  append(segments);
  schedule_write();
  return kj::READY_NOW;
}

kj::Promise<void> message_stream::writeMessages(
    kj::ArrayPtr<kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>>> messages) {
  for (const auto& each : messages) append(each);
  schedule_write();
  return kj::READY_NOW;
}

void message_stream::schedule_write() {
  if (writing_) return;
  writing_ = true;
  tasks_.add(kj::evalLast([this] { return write_waiting(); }));
}

kj::Promise<void> message_stream::write_waiting() {
  if (in_flight_.capacity() > buffer_bytes_kept) in_flight_ = {};
  in_flight_.clear();
  if (waiting_.empty()) {
    writing_ = false;
    return kj::READY_NOW;
  }
  in_flight_.swap(waiting_);
  return stream_.write(in_flight_.data(), in_flight_.size()).then([this] {
    return write_waiting();
  });
}

// RPC writes nothing more once one message was not written, and reads on: the other side would wait
// for ever. So the connection ends.
void message_stream::fail(const kj::Exception& why) {
  taskFailed(kj::cp(why));
  kj::throwFatalException(kj::cp(why));
}

void message_stream::taskFailed(kj::Exception&& exception) {
  if (failed_ == nullptr) failed_ = kj::mv(exception);
  // The reader sees the end, and with it the RPC system. A socket that is not connected any more
  // refuses to be shut down, and its reader sees that as well.
  kj::runCatchingExceptions([this] { stream_.abortRead(); });
}

kj::Promise<void> message_stream::end() {
  kj::runCatchingExceptions([this] { stream_.shutdownWrite(); });
  return kj::READY_NOW;
}

}  // namespace reprise::cluster
