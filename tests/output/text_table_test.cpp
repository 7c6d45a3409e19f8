#include "output/text_table.hpp"

#include <gtest/gtest.h>

namespace isotherm::output {
namespace {

using Align = TextTable::Align;

TEST(TextTable, WidthCountsCharactersNotBytesNorColours) {
  EXPECT_EQ(display_width("a ± b"), 5u);
  EXPECT_EQ(display_width("\033[31mred\033[0m"), 3u);
}

TEST(TextTable, AlignsColumns) {
  TextTable table;
  table.column("name");
  table.column("value", Align::right);
  table.row({"x", "1.5"});
  table.row({"longer", "22 ± 1"});
  EXPECT_EQ(table.text(80),
            "  name     value\n"
            "  x          1.5\n"
            "  longer  22 ± 1\n");
}

TEST(TextTable, LeavesOutTheMostDispensableColumnsFirst) {
  TextTable table;
  table.column("a");
  table.column("second", Align::left, 1);
  table.column("third", Align::left, 2);
  table.row({"1", "2", "3"});
  EXPECT_EQ(table.text(18), "  a  second  third\n  1  2       3\n");
  EXPECT_EQ(table.text(17), "  a  second\n  1  2\n");
  EXPECT_EQ(table.text(10), "  a\n  1\n");
  EXPECT_EQ(table.text(1), "  a\n  1\n");
}

TEST(TextTable, LeavesOutColumnsWithoutContent) {
  TextTable table;
  table.column("a");
  table.column("nothing");
  table.row({"1", ""});
  EXPECT_EQ(table.text(80), "  a\n  1\n");
}

TEST(TextTable, WrapsAtWords) {
  EXPECT_EQ(wrapped("one two  three", 8), "one two\nthree\n");
  EXPECT_EQ(wrapped("one two three", 9, "  "), "  one two\n  three\n");
  EXPECT_EQ(wrapped("unbreakable", 4), "unbreakable\n");
  EXPECT_EQ(wrapped("", 10), "");
}

}  // namespace
}  // namespace isotherm::output
