// SPDX-License-Identifier: Apache-2.0
//
// A message stream on a connection that breaks in every way that it can.
#include "cluster/rpc/message_stream.hpp"

#include <capnp/message.h>
#include <catch2/catch_test_macros.hpp>
#include <kj/async-io.h>
#include <kj/debug.h>
#include <kj/timer.h>

namespace reprise::cluster::test {
namespace {

// A socket whose peer has gone: nothing can be written, and it is no longer connected, so that
// shutting it down fails as well.
class gone_stream final : public kj::AsyncIoStream {
 public:
  kj::Promise<std::size_t> tryRead(void*, std::size_t, std::size_t) override {
    return kj::NEVER_DONE;
  }
  kj::Promise<void> write(const void*, std::size_t) override {
    ++writes;
    return KJ_EXCEPTION(DISCONNECTED, "connection reset by peer");
  }
  kj::Promise<void> write(kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>>) override {
    return write(nullptr, 0);
  }
  kj::Promise<void> whenWriteDisconnected() override { return kj::NEVER_DONE; }
  void shutdownWrite() override { refuse(); }
  void abortRead() override { refuse(); }

  int writes = 0;
  int shut = 0;

 private:
  void refuse() {
    ++shut;
    kj::throwFatalException(KJ_EXCEPTION(DISCONNECTED, "transport endpoint is not connected"));
  }
};

struct gone_connection {
  explicit gone_connection(message_limits limits = {}) : stream(socket, timer, limits) {}

  kj::EventLoop loop;
  kj::WaitScope scope{loop};
  kj::TimerImpl timer{kj::origin<kj::TimePoint>()};
  gone_stream socket;
  message_stream stream;
};

}  // namespace

TEST_CASE("a connection that is gone may refuse to be shut down, and that is no reason to end") {
  gone_connection peer;
  capnp::MallocMessageBuilder message;
  message.initRoot<capnp::AnyPointer>();

  peer.stream.writeMessage(nullptr, message.getSegmentsForOutput()).wait(peer.scope);
  peer.scope.poll();

  CHECK(peer.socket.writes == 1);
  CHECK(peer.socket.shut == 1);
  // What is written from now on fails at once.
  CHECK_THROWS_AS(peer.stream.writeMessage(nullptr, message.getSegmentsForOutput()), kj::Exception);
}

TEST_CASE("a message that is too large to be written ends the connection") {
  gone_connection peer({.message_bytes_max = 64});
  capnp::MallocMessageBuilder message;
  message.initRoot<capnp::AnyPointer>().initAs<capnp::Data>(100);
  CHECK_THROWS_AS(peer.stream.writeMessage(nullptr, message.getSegmentsForOutput()), kj::Exception);
  // Its reader sees the end: with the calls that wait for answers, RPC would wait for ever.
  CHECK(peer.socket.shut == 1);
  CHECK(peer.socket.writes == 0);
}

TEST_CASE("a stream on a connection that is gone can be ended") {
  gone_connection peer;
  peer.stream.end().wait(peer.scope);
  CHECK(peer.socket.shut == 1);
}

}  // namespace reprise::cluster::test
