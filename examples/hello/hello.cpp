// SPDX-License-Identifier: Apache-2.0
//
// The shortest program: a counter that is still there when the program is run again.
#include "hello.reprise.hpp"

#include <reprise/node.hpp>

#include <iostream>

// snippet: counter
struct counter : reprise::aggregate<hello::counter_api> {
  decision on(const cmd::add& c) const {
    if (c.by == 0) return reprise::reject("zero", "add something");
    return ev::added{c.by};
  }
  void apply(const ev::added& e) { value += e.by; }
  void apply(const ev::reset&) { value = 0; }
};

int main() {
  reprise::node node{{.data = "./hello-data"}};
  node.host<counter>();
  std::cout << node.of<counter>("visits").ask(counter::cmd::add{.by = 1}).get().value << "\n";
}
// snippet end
