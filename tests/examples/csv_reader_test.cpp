// SPDX-License-Identifier: Apache-2.0
#include "examples/trip/csv_reader.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

using taxi::csv_reader;
using taxi::csv_record;

using fields = std::vector<std::string>;

std::vector<csv_record> records_of(const std::string& text) {
  std::istringstream in(text);
  csv_reader reader(in);
  std::vector<csv_record> all;
  csv_record record;
  while (reader.next(record)) all.push_back(record);
  REQUIRE_FALSE(reader.failed());
  REQUIRE(reader.bytes_read() == text.size());
  return all;
}

}  // namespace

TEST_CASE("a line is split at its commas, and empty fields are kept") {
  const auto records = records_of("a,,b\n,\nlast");
  REQUIRE(records.size() == 3);
  CHECK(records[0].fields == fields{"a", "", "b"});
  CHECK(records[1].fields == fields{"", ""});
  CHECK(records[2].fields == fields{"last"});
}

TEST_CASE("a quoted field keeps commas, line breaks and doubled quotes") {
  const auto records = records_of("\"a,b\",\"one\ntwo\",\"say \"\"hi\"\"\",\"\"\nnext,x,y,z\n");
  REQUIRE(records.size() == 2);
  CHECK(records[0].fields == fields{"a,b", "one\ntwo", "say \"hi\"", ""});
  CHECK(records[1].line == 3);
}

TEST_CASE("a quote inside an unquoted field is an ordinary character") {
  const auto records = records_of("6\" wide,b\n");
  REQUIRE(records.size() == 1);
  CHECK(records[0].fields == fields{"6\" wide", "b"});
  CHECK(records[0].damage.empty());
}

TEST_CASE("lines may end with a carriage return, also after a quoted field") {
  const auto records = records_of("a,b\r\n\"c\",\"d\"\r\ne,f\rg\r\n");
  REQUIRE(records.size() == 3);
  CHECK(records[0].fields == fields{"a", "b"});
  CHECK(records[1].fields == fields{"c", "d"});
  CHECK(records[1].damage.empty());
  CHECK(records[2].fields == fields{"e", "f\rg"});
}

TEST_CASE("blank lines are passed over but count as lines") {
  const auto records = records_of("\n\na\n\r\n\nb\n\n");
  REQUIRE(records.size() == 2);
  CHECK(records[0].line == 3);
  CHECK(records[1].line == 6);
}

TEST_CASE("a byte order mark at the beginning is no part of the first field") {
  const auto records = records_of(
      "\xef\xbb\xbf"
      "a,b\n\xef\xbb\xbf"
      "c,d\n");
  REQUIRE(records.size() == 2);
  CHECK(records[0].fields[0] == "a");
  CHECK(records[1].fields[0] ==
        "\xef\xbb\xbf"
        "c");
}

TEST_CASE("a quote that is never closed is reported with the line where its record begins") {
  const auto records = records_of("a,b\nc,\"d\ne,f\n");
  REQUIRE(records.size() == 2);
  CHECK(records[1].line == 2);
  CHECK(records[1].damage == "a quote is not closed");
}

TEST_CASE("text behind a closing quote spoils its line and no other") {
  const auto records = records_of("\"a\"b,c\nd,\"e\" \nf,g\n");
  REQUIRE(records.size() == 3);
  CHECK(records[0].damage == "text follows a closing quote");
  CHECK(records[1].damage == "text follows a closing quote");
  CHECK(records[2].damage.empty());
  CHECK(records[2].fields == fields{"f", "g"});
}

TEST_CASE("a record that is too long is cut off at its line's end and reading goes on") {
  const std::string longest(csv_reader::record_bytes_max - 1, 'x');
  const std::string plain(csv_reader::record_bytes_max * 3, 'x');
  const std::string quoted = '"' + std::string(csv_reader::record_bytes_max, 'y') + "\"z,w";
  const auto records = records_of(longest + '\n' + plain + '\n' + quoted + '\n' + "a,b\n");
  REQUIRE(records.size() == 4);
  CHECK(records[0].damage.empty());
  CHECK(records[1].damage == "longer than 65536 bytes");
  CHECK(records[2].damage == "longer than 65536 bytes");
  CHECK(records[3].fields == fields{"a", "b"});
  CHECK(records[3].line == 4);
}

TEST_CASE("a stream that cannot be read is told apart from one that ended") {
  std::ifstream folder("/");
  csv_reader reader(folder);
  csv_record record;
  CHECK_FALSE(reader.next(record));
  CHECK(reader.failed());
}
