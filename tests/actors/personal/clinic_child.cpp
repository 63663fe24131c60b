// SPDX-License-Identifier: Apache-2.0
//
// A node that takes patients in, forgets some and rotates its keys, until it is killed:
//     clinic_child DIRECTORY FIRST
// Says a line for each thing, once it was acknowledged: `admitted N`, `forgets N` before and
// `forgot N` after, for patients of the numbers from FIRST on.
#include "tests/actors/personal/visit.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

using namespace reprise;
using namespace reprise::testing;

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  node here({.data = argv[1], .partitions = 4, .log_bytes_max = 1U << 28U});
  here.host<saved_visit>();
  const int first = std::atoi(argv[2]);
  for (int n = first;; ++n) {
    const std::string patient = "patient-" + std::to_string(n);
    if (!admit<saved_visit>(here, patient, patient, "name of " + patient)) return 3;
    std::printf("admitted %d\n", n);
    if (n % 3 == 2 && n > first) {
      std::printf("forgets %d\n", n - 1);
      if (!here.forget("patient-" + std::to_string(n - 1))) return 4;
      std::printf("forgot %d\n", n - 1);
    }
    if (n % 7 == 6 && !here.rotate_keys()) return 5;
  }
}
