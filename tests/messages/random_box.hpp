// SPDX-License-Identifier: Apache-2.0
//
// Random values of every type of rich.capnp.

#pragma once

#include "base/random.hpp"
#include "rich.reprise.hpp"

#include <string>

namespace reprise::test {

/// Equal seeds give equal values. Floats are never NaN, which is not equal to itself.
class random_box {
 public:
  explicit random_box(std::uint64_t seed) : random_(seed) {}

  ::test::rich::scalars scalars();
  ::test::rich::shape shape();
  ::test::rich::nested nested();
  ::test::rich::lists lists();
  ::test::rich::defaults defaults();
  ::test::rich::box_state state();

  std::string text();
  bytes data();
  ::shared_schema::money money();
  template <class T>
  T number() {
    return static_cast<T>(random_.next());
  }
  bool flip() { return random_.below(2) == 1; }
  double real();
  ::test::rich::colour colour();

 private:
  template <class F>
  auto list(F item) {
    std::vector<decltype(item())> out;
    for (std::uint64_t n = random_.below(4); n > 0; --n) out.push_back(item());
    return out;
  }

  base::random random_;
};

}  // namespace reprise::test
