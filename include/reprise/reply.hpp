// SPDX-License-Identifier: Apache-2.0
//
// What `ask` returns: the answer to come, to be awaited, waited for or continued.
//
// Threading: a reply is used by one thread at a time. Continuations and resumed coroutines run on
// the thread that completes the ask (a worker of the node, or its timer): they must not block it.

#pragma once

#include <reprise/codec.hpp>
#include <reprise/decision.hpp>
#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace reprise {

/// Thrown by get() when the domain said no.
class rejected : public std::runtime_error {
 public:
  explicit rejected(rejection r)
      : std::runtime_error("rejected (" + r.code + "): " + r.why), why_(std::move(r)) {}
  [[nodiscard]] const rejection& why() const { return why_; }

 private:
  rejection why_;
};

/// Thrown by the throwing conveniences when a call failed or its outcome is unknown.
class failed : public std::runtime_error {
 public:
  explicit failed(reprise::error e) : std::runtime_error(to_string(e)), error_(std::move(e)) {}
  [[nodiscard]] const reprise::error& error() const { return error_; }
  [[nodiscard]] errc code() const { return error_.code; }

 private:
  reprise::error error_;
};

/// What a command was answered: accepted, with a value and a receipt, or rejected.
template <class R>
class answer {
 public:
  answer(R value, receipt at) : value_(std::move(value)), receipt_(at) {}
  explicit answer(rejection why) : why_(std::move(why)) {}

  [[nodiscard]] bool is_rejection() const { return why_.has_value(); }
  /// Must be a rejection.
  [[nodiscard]] const rejection& why() const { return *why_; }
  /// Must not be a rejection.
  [[nodiscard]] const R& value() const& { return *value_; }
  [[nodiscard]] R&& value() && { return *std::move(value_); }
  /// Where the command's last event stands, also for commands with a reply of their own.
  [[nodiscard]] const receipt& at() const { return receipt_; }

 private:
  std::optional<R> value_{};
  receipt receipt_{};
  std::optional<rejection> why_{};
};

namespace detail {

/// An answer before its reply is decoded.
struct raw_answer {
  receipt at{};
  bytes reply{};
  std::optional<rejection> why{};
};

/// The meeting point of asker and answerer. The first complete() wins; later ones do nothing.
class pending_ask {
 public:
  virtual ~pending_ask() = default;
  virtual void complete(result<raw_answer> outcome) = 0;
  /// Blocks until complete.
  virtual const result<raw_answer>& wait() = 0;
  /// Calls `then` once complete: at once when it is, otherwise on the completing thread.
  virtual void on_complete(std::function<void()> then) = 0;
  /// Must be complete.
  virtual const result<raw_answer>& outcome() const = 0;
};

template <class R>
result<answer<R>> decode_answer(const result<raw_answer>& raw) {
  if (!raw) return raw.error();
  if (raw->why) return answer<R>(*raw->why);
  if constexpr (std::is_same_v<R, receipt>) {
    return answer<R>(raw->at, raw->at);
  } else {
    result<R> decoded = codec<R>::decode(raw->reply);
    if (!decoded) return std::move(decoded).error();
    return answer<R>(std::move(*decoded), raw->at);
  }
}

}  // namespace detail

/// The answer to come to one command. R is the command's reply, or `receipt` when it has none.
template <class R>
class [[nodiscard]] reply {
 public:
  explicit reply(std::shared_ptr<detail::pending_ask> pending) : pending_(std::move(pending)) {}

  /// Waits. Never throws for what the node answers.
  [[nodiscard]] reprise::result<answer<R>> result() const {
    return detail::decode_answer<R>(pending_->wait());
  }

  /// Waits; throws `rejected` or `failed`.
  R get() const { return unwrap(result()); }

  /// Calls `f` with a result<answer<R>> when the answer is there. What `f` throws is dropped.
  template <class F>
  void then(F f) const {
    // The continuation owns the ask: the reply itself may be gone by then.
    pending_->on_complete([pending = pending_, f = std::move(f)]() mutable {
      try {
        f(detail::decode_answer<R>(pending->outcome()));
      } catch (...) {  // NOLINT(bugprone-empty-catch): a worker must not die of a user's callback
      }
    });
  }

  /// `auto r = t.ask(...); auto state = co_await r;` resumes with the value or throws like get().
  /// The reply must be named first: GCC 12 destroys temporaries of a co_await expression wrongly.
  auto operator co_await() & {
    struct awaiter {
      std::shared_ptr<detail::pending_ask> pending;
      [[nodiscard]] bool await_ready() const { return false; }
      void await_suspend(std::coroutine_handle<> waiting) const {
        pending->on_complete([waiting] { waiting.resume(); });
      }
      R await_resume() const { return unwrap(detail::decode_answer<R>(pending->outcome())); }
    };
    return awaiter{pending_};
  }
  void operator co_await() && = delete;

 private:
  static R unwrap(reprise::result<answer<R>> outcome) {
    if (!outcome) throw failed(std::move(outcome).error());
    if (outcome->is_rejection()) throw rejected(outcome->why());
    return std::move(*outcome).value();
  }

  std::shared_ptr<detail::pending_ask> pending_;
};

}  // namespace reprise
