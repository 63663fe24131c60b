// SPDX-License-Identifier: Apache-2.0
#include "cli/table.hpp"

#include "byte_pipe.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace reprise::cli;
using reprise::test::byte_pipe;

namespace {

struct printed_table {
  byte_pipe through;
  output out{through.writer()};
  table rows{out, {{"NAME"}, {"COUNT", table::side::right}, {"NOTE"}}};

  std::string text() {
    rows.flush();
    through.close_writer();
    return through.rest();
  }
};

}  // namespace

TEST_CASE("columns are as wide as their widest cell") {
  printed_table printed;
  printed.rows.row({"trip", "7", "x"});
  printed.rows.row({"ride_saga", "1200", "longer than all"});
  CHECK(printed.text() ==
        "NAME       COUNT  NOTE\n"
        "trip           7  x\n"
        "ride_saga   1200  longer than all\n");
}

TEST_CASE("cells that are not ASCII keep the columns straight") {
  printed_table printed;
  printed.rows.row({"Zürich", "1", "a"});
  printed.rows.row({"Berlin", "2", "b"});
  CHECK(printed.text() ==
        "NAME    COUNT  NOTE\n"
        "Zürich      1  a\n"
        "Berlin      2  b\n");
}

TEST_CASE("a table without rows prints nothing") {
  printed_table printed;
  CHECK(printed.text().empty());
}

TEST_CASE("rows that come after the columns were measured are printed whole") {
  printed_table printed;
  printed.rows.row({"a", "1", ""});
  printed.rows.flush();
  printed.rows.row({"a name that is wider than its column", "2", "end"});
  CHECK(printed.text() ==
        "NAME  COUNT  NOTE\n"
        "a         1\n"
        "a name that is wider than its column      2  end\n");
}
