// SPDX-License-Identifier: Apache-2.0
//
// One connection with another node, from its hello to its end.
//
// Invariants
//  * One write is in flight at a time, and holds whole frames; what is sent meanwhile is gathered.
//  * The owner is told of a failure once, and nothing after it; after close() it is told nothing.
//  * Time is counted in ticks of this loop. So a loop that was held up does not take its peers for
//    dead before it has read what they sent.
// Threading: the loop's thread. The owner outlives it; it lives as long as the promise of run().

#pragma once

#include "cluster/link/acceptor.hpp"
#include "cluster/link/frame.hpp"
#include "cluster/link/hello.hpp"
#include "cluster/link/links.hpp"
#include "cluster/link/outbox.hpp"

#include <kj/async-io.h>
#include <kj/refcount.h>

#include <optional>
#include <string>
#include <string_view>

namespace reprise::cluster {

class connection;

/// Who decides what becomes of a connection.
class connection_owner {
 public:
  /// The peer said who it is. The owner calls belongs_to() and answer(), or refuse().
  virtual void greeted(connection& from, const hello& theirs) = 0;
  /// The peer says that this is the link. False when the owner knows better.
  [[nodiscard]] virtual bool confirmed(connection& from, std::uint64_t number) = 0;
  virtual void opened(connection& from) = 0;
  virtual void received(connection& from, std::uint16_t kind, bytes_view body) = 0;
  /// The last that is told. The connection is closed, or will be when the reason was written.
  virtual void failed(connection& from, std::string_view why) = 0;

 protected:
  ~connection_owner() = default;
};

class connection final : public kj::Refcounted, private kj::TaskSet::ErrorHandler {
 public:
  enum class side : std::uint8_t { dialler, acceptor };

  /// `ours` is what is said to the peer; the certificate's name is empty without TLS.
  connection(event_loop& loop, connection_owner& owner, const link_options& options,
             named_stream stream, side from, hello ours);

  /// Ends when the connection is closed.
  [[nodiscard]] kj::Promise<void> run();
  void hold(kj::Own<half_open_ticket> ticket) { ticket_ = kj::mv(ticket); }

  // What the owner decides.
  void belongs_to(std::size_t peer, std::uint64_t incarnation) {
    peer_ = peer;
    peer_incarnation_ = incarnation;
  }
  /// Goes on with the handshake. `last` is the newest link with the peer, when it was lost. With a
  /// number: this side decides, and this is the link.
  void answer(link_number last, std::optional<std::uint64_t> number);
  /// Tells the peer why, and closes once that is sent.
  void refuse(std::string_view why);
  void close();

  [[nodiscard]] bool send(std::uint16_t kind, bytes body);
  [[nodiscard]] bool send_bulk(std::uint16_t kind, bytes body);
  /// Fulfilled when all that waits, and a goodbye, was written.
  [[nodiscard]] kj::Promise<void> say_goodbye();
  void tick();

  [[nodiscard]] std::optional<std::size_t> peer() const { return peer_; }
  [[nodiscard]] std::uint64_t peer_incarnation() const { return peer_incarnation_; }
  [[nodiscard]] const std::string& certificate_name() const { return certificate_name_; }
  [[nodiscard]] const std::string& address() const { return address_; }
  void address(std::string of_peer) { address_ = std::move(of_peer); }
  [[nodiscard]] bool is_up() const { return phase_ == phase::up; }
  [[nodiscard]] bool is_closed() const { return phase_ == phase::closed; }

 private:
  enum class phase : std::uint8_t { greeting, confirming, up, leaving, closed };

  kj::Promise<void> read();
  void take_frames();
  void take(const frame& from);
  void bind(const nonce& theirs);
  void take_in_handshake(const frame& from);
  void take_in_link(const frame& from);
  void schedule_write();
  kj::Promise<void> write_waiting();
  void fail(std::string_view why);
  void taskFailed(kj::Exception&& exception) override;

  event_loop& loop_;
  connection_owner& owner_;
  const link_options& options_;
  kj::Own<kj::AsyncIoStream> stream_;
  std::string certificate_name_;
  std::string address_{};
  side side_;
  hello ours_;
  kj::Own<half_open_ticket> ticket_{};
  std::optional<std::size_t> peer_{};
  std::uint64_t peer_incarnation_ = 0;
  phase phase_ = phase::greeting;
  /// Given by this side when it decides.
  std::optional<std::uint64_t> number_{};

  frame_reader reader_{handshake_bytes_max};
  std::size_t read_in_a_row_ = 0;
  std::uint64_t bulk_received_ = 0;
  bool owes_credit_ = false;

  outbox outbox_;
  frame_seal seal_{};
  bytes batch_{};
  bool writing_ = false;

  std::uint64_t ticks_in_handshake_ = 0;
  std::uint64_t ticks_silent_ = 0;
  std::uint64_t ticks_in_frame_ = 0;
  std::uint64_t ticks_unsaid_ = 0;

  kj::PromiseFulfillerPair<void> closed_ = kj::newPromiseAndFulfiller<void>();
  kj::Maybe<kj::Own<kj::PromiseFulfiller<void>>> flushed_{};
  // The last member: writes use all others.
  kj::TaskSet tasks_{*this};
};

}  // namespace reprise::cluster
