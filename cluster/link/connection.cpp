// SPDX-License-Identifier: Apache-2.0
#include "cluster/link/connection.hpp"

#include "base/assert.hpp"

#include <kj/exception.h>
#include <kj/timer.h>

#include <algorithm>
#include <utility>

namespace reprise::cluster {
namespace {

// What one write should hold where more waits.
constexpr std::size_t batch_bytes_usual = std::size_t{256} << 10U;
constexpr std::size_t batch_bytes_kept = std::size_t{1} << 20U;
// A peer that always has more to read must let the loop look at its timers and at others.
constexpr std::size_t read_in_a_row_max = std::size_t{1} << 20U;
constexpr std::size_t reason_bytes_max = 256;

bytes text_body(std::string_view text) {
  const auto* const begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + std::min(text.size(), reason_bytes_max)};
}

// What a stranger wrote goes into our log without its control characters.
std::string text_of(bytes_view body) {
  std::string text;
  for (const std::byte each : body.first(std::min(body.size(), reason_bytes_max))) {
    const char c = static_cast<char>(each);
    text += c >= ' ' && c <= '~' ? c : '?';
  }
  return text;
}

outbox_limits limits_of(const link_limits& limits) {
  return {.control_bytes_max = limits.control_bytes_max,
          .bulk_bytes_max = limits.bulk_bytes_max,
          .bulk_window_bytes = limits.bulk_window_bytes};
}

}  // namespace

connection::connection(event_loop& loop, connection_owner& owner, const link_options& options,
                       named_stream stream, side from, hello ours)
    : loop_(loop),
      owner_(owner),
      options_(options),
      stream_(kj::mv(stream.stream)),
      certificate_name_(std::move(stream.certificate_name)),
      side_(from),
      ours_(std::move(ours)),
      outbox_(limits_of(options.limits)) {}

kj::Promise<void> connection::run() {
  if (side_ == side::dialler) {
    outbox_.add_own(frame_type::hello, encode_hello(ours_));
    schedule_write();
  }
  return kj::evalNow([this] { return read(); })
      .catch_([this](kj::Exception&& why) { fail(error_of(why).message); })
      // A refusal may still have to be sent.
      .then([]() -> kj::Promise<void> { return kj::NEVER_DONE; })
      .exclusiveJoin(kj::mv(closed_.promise));
}

kj::Promise<void> connection::read() {
  const auto space = reader_.space();
  return stream_->tryRead(space.data(), 1, space.size())
      .then([this](std::size_t size) -> kj::Promise<void> {
        if (is_closed()) return kj::READY_NOW;
        if (size == 0) {
          fail("the other side closed the connection");
          return kj::READY_NOW;
        }
        ticks_silent_ = 0;
        reader_.filled(size);
        take_frames();
        if (is_closed()) return kj::READY_NOW;
        read_in_a_row_ += size;
        if (read_in_a_row_ < read_in_a_row_max) return read();
        read_in_a_row_ = 0;
        return loop_.timer().afterDelay(0 * kj::MILLISECONDS).then([this] { return read(); });
      });
}

void connection::take_frames() {
  while (!is_closed()) {
    const auto next = reader_.next();
    if (!next) return fail(next.error().message);
    if (!*next) break;
    ticks_in_frame_ = 0;
    take(**next);
  }
  if (is_closed() || !owes_credit_) return;
  owes_credit_ = false;
  outbox_.add_own(frame_type::credit, encode_number(bulk_received_));
  schedule_write();
}

void connection::take(const frame& from) {
  if (phase_ == phase::leaving) return;
  if (from.type == frame_type::refused) return fail("it refuses: " + text_of(from.body));
  if (phase_ == phase::up) return take_in_link(from);
  take_in_handshake(from);
}

void connection::take_in_handshake(const frame& from) {
  if (phase_ == phase::greeting && from.type == frame_type::hello) {
    const auto theirs = read_hello(from.body);
    if (!theirs) return refuse(theirs.error().message);
    bind(theirs->drawn);
    return owner_.greeted(*this, *theirs);
  }
  if (phase_ == phase::confirming && from.type == frame_type::ready) {
    const auto number = read_number(from.body);
    if (!number || (number_ && *number_ != *number)) return fail("it agrees to another link");
    // Our ready stands before all that is sent through the link.
    if (!number_) {
      if (!owner_.confirmed(*this, *number)) return refuse("there is a newer link");
      outbox_.add_own(frame_type::ready, encode_number(*number));
      schedule_write();
    }
    phase_ = phase::up;
    reader_.body_bytes_max(options_.limits.frame_bytes_max);
    ticket_ = nullptr;
    return owner_.opened(*this);
  }
  fail("it does not keep to the handshake");
}

void connection::take_in_link(const frame& from) {
  switch (from.type) {
    case frame_type::message:
      return owner_.received(*this, from.kind, from.body);
    case frame_type::bulk:
      bulk_received_ += frame_bytes(from.body.size());
      owes_credit_ = true;
      return owner_.received(*this, from.kind, from.body);
    case frame_type::credit: {
      const auto received = read_number(from.body);
      if (!received || !outbox_.acknowledge(*received)) {
        return fail("it acknowledges what was not sent");
      }
      return schedule_write();
    }
    case frame_type::ping:
      return;
    case frame_type::goaway:
      return fail("it says goodbye");
    case frame_type::hello:
    case frame_type::ready:
    case frame_type::refused:
      return fail("it does not keep to the protocol");
  }
}

void connection::bind(const nonce& theirs) {
  const bool dialled = side_ == side::dialler;
  const auto session = dialled ? session_of(ours_.drawn, theirs) : session_of(theirs, ours_.drawn);
  reader_.bind(dialled ? session.to_dialler : session.to_acceptor);
  seal_.bind(dialled ? session.to_acceptor : session.to_dialler);
}

void connection::answer(link_number last, std::optional<std::uint64_t> number) {
  REPRISE_ASSERT(phase_ == phase::greeting, "a connection is answered once");
  phase_ = phase::confirming;
  number_ = number;
  ours_.last = last;
  if (side_ == side::acceptor) outbox_.add_own(frame_type::hello, encode_hello(ours_));
  if (number_) outbox_.add_own(frame_type::ready, encode_number(*number_));
  schedule_write();
}

void connection::refuse(std::string_view why) {
  if (is_closed() || phase_ == phase::leaving) return;
  const std::string reason(why);
  outbox_.add_own(frame_type::refused, text_body(reason));
  // The half of the connection that is of interest ends when the reason is written.
  phase_ = phase::leaving;
  schedule_write();
  owner_.failed(*this, reason);
}

void connection::fail(std::string_view why) {
  if (is_closed()) return;
  const bool told = phase_ == phase::leaving;
  const std::string reason(why);
  close();
  if (!told) owner_.failed(*this, reason);
}

void connection::close() {
  if (is_closed()) return;
  phase_ = phase::closed;
  // Its own continuations are on the stack, perhaps: it dies when the loop comes to the promise.
  closed_.fulfiller->fulfill();
}

bool connection::send(std::uint16_t kind, bytes body) {
  if (!is_up() || body.size() > options_.limits.frame_bytes_max) return false;
  if (!outbox_.add(kind, std::move(body))) return false;
  schedule_write();
  return true;
}

bool connection::send_bulk(std::uint16_t kind, bytes body) {
  if (!is_up() || body.size() > options_.limits.frame_bytes_max) return false;
  if (!outbox_.add_bulk(kind, std::move(body))) return false;
  schedule_write();
  return true;
}

void connection::schedule_write() {
  if (writing_ || is_closed()) return;
  writing_ = true;
  // After all that this turn of the loop has to say.
  tasks_.add(kj::evalLast([this] { return write_waiting(); }));
}

kj::Promise<void> connection::write_waiting() {
  if (is_closed() || !outbox_.may_take()) {
    writing_ = false;
    KJ_IF_MAYBE (waiting, flushed_) {
      (*waiting)->fulfill();
    }
    if (phase_ == phase::leaving) close();
    return kj::READY_NOW;
  }
  if (batch_.capacity() > batch_bytes_kept) batch_ = bytes();
  batch_.clear();
  outbox_.take(batch_, seal_, batch_bytes_usual);
  ticks_unsaid_ = 0;
  return stream_->write(batch_.data(), batch_.size()).then([this] { return write_waiting(); });
}

kj::Promise<void> connection::say_goodbye() {
  outbox_.add_own(frame_type::goaway, {});
  auto flushed = kj::newPromiseAndFulfiller<void>();
  flushed_ = kj::mv(flushed.fulfiller);
  schedule_write();
  return kj::mv(flushed.promise);
}

void connection::tick() {
  if (is_closed()) return;
  const auto lasts = [this](std::uint64_t ticks, std::chrono::milliseconds most) {
    return options_.tick * static_cast<std::int64_t>(ticks) > most;
  };
  if (phase_ != phase::up) {
    if (lasts(++ticks_in_handshake_, options_.limits.handshake)) {
      fail("the handshake took too long");
    }
    return;
  }
  if (lasts(++ticks_silent_, options_.limits.silence)) return fail("it is silent");
  ticks_in_frame_ = reader_.is_inside() ? ticks_in_frame_ + 1 : 0;
  if (lasts(ticks_in_frame_, options_.limits.frame)) return fail("a frame takes too long");
  // Where something waits, the peer will hear of us anyway.
  if (lasts(++ticks_unsaid_, options_.limits.heartbeat) && outbox_.empty() && !writing_) {
    outbox_.add_own(frame_type::ping, {});
    schedule_write();
  }
}

void connection::taskFailed(kj::Exception&& exception) {
  writing_ = false;
  fail(error_of(exception).message);
}

}  // namespace reprise::cluster
