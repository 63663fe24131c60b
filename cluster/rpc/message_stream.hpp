// SPDX-License-Identifier: Apache-2.0
//
// How Cap'n Proto's RPC reads and writes messages on a connection, with bounds that are its own.
//
// Invariants
//  * A message's header is checked before memory is taken, and memory is taken as bytes arrive.
//  * What one turn of the loop has to say is one write. What the peer does not read is bounded. The
//    connection fails where it is more, and with a message that is too large to be written.
// Threading: the loop's thread. Must outlive the RPC system that uses it.

#pragma once

#include <capnp/serialize-async.h>
#include <kj/async-io.h>

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace reprise::cluster {

/// Of a message beside what is carried in it.
constexpr std::size_t message_overhead_bytes = 4096;

struct message_limits {
  std::size_t message_bytes_max = std::size_t{6} << 20U;
  /// Written, and not taken by the peer yet.
  std::size_t unread_bytes_max = std::size_t{32} << 20U;
  int nesting_max = 32;

  [[nodiscard]] capnp::ReaderOptions reader_options() const;
};

class message_stream final : public capnp::MessageStream, private kj::TaskSet::ErrorHandler {
 public:
  /// Both must outlive it.
  message_stream(kj::AsyncIoStream& stream, kj::Timer& timer, message_limits limits)
      : stream_(stream), timer_(timer), limits_(limits) {}
  virtual ~message_stream() = default;

  kj::Promise<kj::Maybe<capnp::MessageReaderAndFds>> tryReadMessage(
      kj::ArrayPtr<kj::AutoCloseFd> fds, capnp::ReaderOptions options,
      kj::ArrayPtr<capnp::word> scratch) override;
  kj::Promise<void> writeMessage(
      kj::ArrayPtr<const int> fds,
      kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments) override;
  kj::Promise<void> writeMessages(
      kj::ArrayPtr<kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>>> messages) override;
  kj::Maybe<int> getSendBufferSize() override { return nullptr; }
  kj::Promise<void> end() override;

  /// Called when the first message is there.
  void on_first(std::function<void()> what) { on_first_ = std::move(what); }

 private:
  using message = kj::Maybe<capnp::MessageReaderAndFds>;

  [[nodiscard]] message take(capnp::ReaderOptions options);
  [[nodiscard]] std::size_t size_of_first() const;
  void make_room();
  void append(kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments);
  void schedule_write();
  kj::Promise<void> write_waiting();
  [[noreturn]] void fail(const kj::Exception& why);
  void taskFailed(kj::Exception&& exception) override;

  kj::AsyncIoStream& stream_;
  kj::Timer& timer_;
  const message_limits limits_;

  std::vector<kj::byte> in_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t read_in_a_row_ = 0;
  std::function<void()> on_first_{};

  std::vector<kj::byte> waiting_{};
  std::vector<kj::byte> in_flight_{};
  bool writing_ = false;
  kj::Maybe<kj::Exception> failed_{};
  // The last member: writes use all others.
  kj::TaskSet tasks_{*this};
};

}  // namespace reprise::cluster
