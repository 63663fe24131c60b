// SPDX-License-Identifier: Apache-2.0
//
// Tables: the rows of a projection, typed and in the order of their keys.
//
// K is text, an integer, an id, or a tuple of them; V is a generated struct, a number or text. A
// key takes up to about 200 bytes. What the store refuses is thrown as `failed`.
//
// Threading: as the projection or the view that it belongs to.

#pragma once

#include <reprise/detail/row_key.hpp>
#include <reprise/ids.hpp>
#include <reprise/reply.hpp>
#include <reprise/result.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace reprise {

namespace detail {

/// Where the tables of one projection read and write.
class row_access {
 public:
  virtual ~row_access() = default;
  /// The value is there until the next call of any of these.
  [[nodiscard]] virtual result<std::optional<bytes_view>> find(bytes_view key) const = 0;
  /// Takes the value, and leaves memory in its place that can be used for another.
  virtual result<void> put(bytes_view key, bytes& value) = 0;
  virtual result<void> erase(bytes_view key) = 0;
  /// Keys in [from, below), in order, until `visit` returns false.
  virtual result<void> scan(
      const bytes& from, const bytes& below,
      const std::function<bool(bytes_view key, bytes_view value)>& visit) const = 0;
};

template <class T>
T taken(result<T> done) {
  if (!done) throw failed(std::move(done).error());
  if constexpr (!std::is_void_v<T>) return std::move(*done);
}

}  // namespace detail

/// Rows of one kind.
template <class K, class V>
class table {
 public:
  /// `owner` is the projection; `name`, 1 to 32 bytes, keeps its tables apart and must not change
  /// while the version does not. Throws std::invalid_argument for another length.
  template <class P>
  table(const P& owner, std::string_view name)
      : rows_(&owner.rows()), prefix_(detail::table_prefix(name)) {}

  [[nodiscard]] std::optional<V> get(const K& key) const {
    return with_key(key, [&](const bytes& at) { return read(at); });
  }
  void put(const K& key, const V& value) {
    with_key(key, [&](const bytes& at) { write(at, value); });
  }
  void erase(const K& key) {
    with_key(key, [&](const bytes& at) { detail::taken(rows_->erase(at)); });
  }
  /// Calls `change(value)` with what is there, or a fresh V, and puts it back.
  template <std::invocable<V&> F>
  void change(const K& key, F&& change) {
    with_key(key, [&](const bytes& at) {
      V value = read(at).value_or(V{});
      std::forward<F>(change)(value);
      write(at, value);
    });
  }

  /// All rows in the order of their keys, as `visit(key, value)`; where that returns a bool, false
  /// ends it. Must not change the table.
  template <std::invocable<const K&, const V&> F>
  void each(F&& visit) const {
    walk(prefix_, detail::behind(prefix_), visit);
  }
  /// Those whose key is not below `from` and below `below`.
  template <std::invocable<const K&, const V&> F>
  void each_between(const K& from, const K& below, F&& visit) const {
    walk(encoded(from), encoded(below), visit);
  }
  /// Those whose text begins so.
  template <std::invocable<const K&, const V&> F>
  requires std::same_as<K, std::string>
  void each_with_prefix(std::string_view text, F&& visit) const {
    bytes from = prefix_;
    detail::row_key<std::string>::encode_open(text, from);
    walk(from, detail::behind(from), visit);
  }
  /// Of a table whose key is a tuple: those whose key begins with these parts.
  template <class... Lead, std::invocable<const K&, const V&> F>
  requires detail::leads<std::tuple<Lead...>, K>
  void each_under(const std::tuple<Lead...>& lead, F&& visit) const {
    bytes from = prefix_;
    detail::row_key<std::tuple<Lead...>>::encode(lead, from);
    walk(from, detail::behind(from), visit);
  }

 private:
  [[nodiscard]] bytes encoded(const K& key) const {
    bytes out = prefix_;
    detail::row_key<K>::encode(key, out);
    return out;
  }
  // The key's memory is used again and again; who comes back here from within has memory of his
  // own.
  template <class F>
  auto with_key(const K& key, F&& use) const {
    bytes at = std::move(key_);
    at.assign(prefix_.begin(), prefix_.end());
    detail::row_key<K>::encode(key, at);
    at.resize((at.size() + 7) & ~std::size_t{7});
    if constexpr (std::is_void_v<std::invoke_result_t<F, const bytes&>>) {
      std::forward<F>(use)(at);
      key_ = std::move(at);
    } else {
      auto outcome = std::forward<F>(use)(at);
      key_ = std::move(at);
      return outcome;
    }
  }
  [[nodiscard]] std::optional<V> read(const bytes& at) const {
    const auto stored = detail::taken(rows_->find(at));
    if (!stored) return {};
    return detail::taken(detail::row_value<V>::decode(*stored));
  }
  void write(const bytes& at, const V& value) {
    value_.clear();
    detail::row_value<V>::encode(value, value_);
    detail::taken(rows_->put(at, value_));
  }
  template <class F>
  void walk(const bytes& from, const bytes& below, F&& visit) const {
    std::optional<error> wrong;
    detail::taken(rows_->scan(from, below, [&](bytes_view key, bytes_view value) {
      key = key.subspan(prefix_.size());
      K k{};
      result<V> v = detail::row_value<V>::decode(value);
      if (!detail::row_key<K>::decode(key, k)) v = error{errc::malformed, "a row has another key"};
      if (!v) {
        wrong = std::move(v).error();
        return false;
      }
      using returned = std::invoke_result_t<F&, const K&, const V&>;
      if constexpr (std::is_same_v<returned, bool>) {
        return visit(std::as_const(k), std::as_const(*v));
      } else {
        visit(std::as_const(k), std::as_const(*v));
        return true;
      }
    }));
    if (wrong) throw failed(std::move(*wrong));
  }

  detail::row_access* rows_;
  bytes prefix_;
  // Hold nothing but memory from one call to the next.
  mutable bytes key_;
  bytes value_;
};

/// A table that also finds its rows by something in them: `index_of(value)` gives an I, a type that
/// could be a key.
template <class K, class V, class I>
class indexed_table {
 public:
  template <class P>
  indexed_table(const P& owner, std::string_view name, I (*index_of)(const V&))
      : rows_(owner, name), index_(owner, std::string(name) + "#"), index_of_(index_of) {}

  [[nodiscard]] std::optional<V> get(const K& key) const { return rows_.get(key); }
  void put(const K& key, const V& value) {
    const std::optional<V> before = rows_.get(key);
    if (before && index_of_(*before) != index_of_(value)) index_.erase({index_of_(*before), key});
    rows_.put(key, value);
    index_.put({index_of_(value), key}, 1);
  }
  void erase(const K& key) {
    if (const std::optional<V> before = rows_.get(key)) index_.erase({index_of_(*before), key});
    rows_.erase(key);
  }
  template <std::invocable<V&> F>
  void change(const K& key, F&& change) {
    V value = get(key).value_or(V{});
    std::forward<F>(change)(value);
    put(key, value);
  }
  template <std::invocable<const K&, const V&> F>
  void each(F&& visit) const {
    rows_.each(std::forward<F>(visit));
  }
  /// Those with this index, in the order of their keys.
  template <std::invocable<const K&, const V&> F>
  void each_with(const I& index, F&& visit) const {
    index_.each_under(std::tuple<I>{index},
                      [&](const std::tuple<I, K>& found, const std::uint8_t&) {
                        const K& key = std::get<1>(found);
                        if (const auto value = rows_.get(key)) visit(key, *value);
                      });
  }

 private:
  table<K, V> rows_;
  table<std::tuple<I, K>, std::uint8_t> index_;
  I (*index_of_)(const V&);
};

}  // namespace reprise
