// CSV: what RFC 4180 allows, what is refused and where, and that memory is asked for before it is taken.

#include <sys/resource.h>
#include <sys/stat.h>

#include <cmath>
#include <limits>
#include <vector>

#include "data/memory.hpp"
#include "data/table.hpp"
#include "data_reader/files.hpp"

namespace isotherm::data {
namespace {

using Names = std::vector<std::string>;
using Numbers = std::vector<double>;

class Csv : public Files {
 protected:
  Table read(std::string_view text, const Names& wanted) { return read_table(write("t.csv", text), wanted); }
  std::string refusal(std::string_view text, const Names& wanted) {
    return message_of([&] { read(text, wanted); });
  }
  /// Of a column.
  Numbers numbers(std::string_view text, const std::string& name) { return read(text, {name}).values; }
};

TEST_F(Csv, KeepsTheWantedColumnsInTheirOrder) {
  const std::string text = "a,b,c\n1,2,3\n4,5,6\n";
  const Table table = read(text, {"c", "a"});
  EXPECT_EQ(table.names, (Names{"c", "a"}));
  EXPECT_EQ(table.rows, 2u);
  EXPECT_EQ(table.values, (Numbers{3, 6, 1, 4}));
  EXPECT_EQ(table.column(1)[1], 4);
  EXPECT_EQ(read_header(write("h.csv", text)).names, (Names{"a", "b", "c"}));
}

TEST_F(Csv, NoColumnWantedCountsTheRows) { EXPECT_EQ(read("a,b\n1,x\n2,y\n", {}).rows, 2u); }

TEST_F(Csv, Separators) {
  EXPECT_EQ(numbers("a;b\n1;2\n3;4\n", "b"), (Numbers{2, 4}));
  EXPECT_EQ(numbers("a\tb\n1\t2\n3\t4\n", "b"), (Numbers{2, 4}));
  EXPECT_EQ(numbers("\"a,1\";\"b,2\";c\n1;2;7\n", "c"), (Numbers{7}));  // commas in quotes do not count
  EXPECT_EQ(numbers("a\n1\n2\n", "a"), (Numbers{1, 2}));
}

TEST_F(Csv, QuotesLineEndsAndMarks) {
  EXPECT_EQ(numbers("a,b\r\n1,2\r\n3,4\r\n", "b"), (Numbers{2, 4}));
  EXPECT_EQ(numbers("\xef\xbb\xbf"
                    "a,b\n1,2\n",
                    "a"),
            (Numbers{1}));
  EXPECT_EQ(numbers("note,b\n\"one, two\",2\n\"a\nb\"\"c\"\",\nd\",4\n", "b"), (Numbers{2, 4}));
  EXPECT_EQ(numbers("\"a\",\"b\"\n\"1\",\" 2.5 \"\n", "b"), (Numbers{2.5}));
  EXPECT_EQ(read("\"say \"\"hi\"\"\",b\n1,2\n", {"say \"hi\""}).values, (Numbers{1}));
  EXPECT_EQ(numbers("a,b\n1,2", "b"), (Numbers{2}));  // no line end after the last row
  EXPECT_EQ(numbers(" a , b\n 1 , 2 \n", "b"), (Numbers{2}));
}

TEST_F(Csv, EmptyLinesAtTheEndAreNothing) {
  EXPECT_EQ(numbers("a,b\n1,2\n\n", "b"), (Numbers{2}));
  const Table table = read("a,b\n1,2\n3,4\n\r\n\n\n", {"a", "b"});
  EXPECT_EQ(table.rows, 2u);
  EXPECT_EQ(table.values, (Numbers{1, 3, 2, 4}));
}

TEST_F(Csv, NumbersToTheLastBit) {
  EXPECT_EQ(numbers("a\n0.1\n-1e-5\n+7\n1E3\n.5\n5.\n4.9e-324\n1.7976931348623157e308\n-0\n", "a"),
            (Numbers{0.1, -1e-5, 7, 1000, 0.5, 5, 4.9e-324, std::numeric_limits<double>::max(), 0}));
}

TEST_F(Csv, CellsOfOtherColumnsMayHoldAnything) {
  EXPECT_EQ(numbers("name,a,z\nx,1,nan\n,2,\n\"q\",3,inf\n", "a"), (Numbers{1, 2, 3}));
}

TEST_F(Csv, BadFiles) {
  EXPECT_EQ(refusal("", {"a"}), "t.csv is empty; its first line must name the columns");
  EXPECT_EQ(refusal("\xef\xbb\xbf", {"a"}), "t.csv is empty; its first line must name the columns");
  EXPECT_EQ(refusal("a,b\n", {"a"}), "t.csv has no rows of numbers");
  EXPECT_EQ(refusal("a,b", {"a"}), "t.csv has no rows of numbers");
  EXPECT_EQ(refusal("a,b\n\n\n", {"a"}), "t.csv has no rows of numbers");
  EXPECT_EQ(refusal("a,b,a\n1,2,3\n", {"b"}), "t.csv, line 1: two columns have the name 'a'; give each its own");
  EXPECT_EQ(refusal("1,2\n3,4\n", {"a"}), "t.csv, line 1: numbers, where the names of the columns are expected");
  EXPECT_EQ(refusal("\xff\xfe"
                    "a\0,\0",
                    {"a"}),
            "t.csv is UTF-16; save it as UTF-8");
  EXPECT_EQ(refusal("\x1f\x8b\x08", {"a"}), "t.csv is compressed; unpack it, for example with gunzip");
  const std::string missing = folder() / "none.csv";
  EXPECT_EQ(message_of([&] { read_table(missing, Names{"a"}); }),
            missing + " cannot be read: No such file or directory; --data takes the path of a CSV, NPY or NPZ file");
  const std::string misspelt = folder() / "winne.csv", right = write("wine.csv", "a\n1\n");
  EXPECT_EQ(message_of([&] { read_table(misspelt, Names{"a"}); }),
            misspelt + " cannot be read: No such file or directory; did you mean 'wine.csv'?");
  EXPECT_EQ(message_of([&] { read_header(folder()); }),
            folder().string() + " cannot be read: Is a directory; give a file in it");
  const std::string pipe = folder() / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(message_of([&] { read_header(pipe); }),
            pipe + " cannot be read twice, as a run and its repetition need; save what it gives to a file first");
}

TEST_F(Csv, PlaceOfARow) {
  const std::string path = write("p.csv", "note,a\n\"one\ntwo\",1\nx,2\n");
  EXPECT_EQ(place_of_row(path, 0), "p.csv, line 2");
  EXPECT_EQ(place_of_row(path, 1), "p.csv, line 4");
  EXPECT_EQ(place_of_row(ISOTHERM_TEST_DATA "/tables/one_axis.npy", 4), "one_axis.npy, row 5");
}

TEST_F(Csv, BadCellsAreNamedByLineAndColumn) {
  const auto of_cell = [&](const std::string& cell) { return refusal("a;b\n1;2\n\"3\n\";" + cell + "\n", {"b"}); };
  const std::string where = "t.csv, line 3, column 'b': ";
  EXPECT_EQ(of_cell(""), where + "the cell is empty; every row needs a number here");
  EXPECT_EQ(of_cell("   "), where + "the cell is empty; every row needs a number here");
  EXPECT_EQ(of_cell("NA"), where + "'NA' is not a number; every row needs one here");
  EXPECT_EQ(of_cell("1x"), where + "'1x' is not a number; every row needs one here");
  EXPECT_EQ(of_cell("1 2"), where + "'1 2' is not a number; every row needs one here");
  EXPECT_EQ(of_cell("0x10"), where + "'0x10' is not a number; every row needs one here");
  EXPECT_EQ(of_cell("+-1"), where + "'+-1' is not a number; every row needs one here");
  EXPECT_EQ(of_cell("1,5"), where + "'1,5' has a decimal comma; write 1.5");
  EXPECT_EQ(of_cell("1.000,5"), where + "'1.000,5' is not a number; every row needs one here");
  for (const std::string cell : {"nan", "NaN", "inf", "-Infinity"})
    EXPECT_EQ(of_cell(cell), where + "'" + cell + "' is not finite; every row needs a number here");
  EXPECT_EQ(of_cell("1e999"), where + "'1e999' is out of the range of double precision, 1e-308 to 1.8e308");
  EXPECT_EQ(of_cell(std::string(100, 'x')),
            where + "'" + std::string(40, 'x') + "...' is not a number; every row needs one here");
  EXPECT_EQ(of_cell("\x01\x7f"), where + "'\?\?' is not a number; every row needs one here");
}

TEST_F(Csv, LinesInQuotesAreCounted) {
  EXPECT_EQ(refusal("note,b\n\"one\ntwo\nthree\",1\nx,y\n", {"b"}),
            "t.csv, line 5, column 'b': 'y' is not a number; every row needs one here");
}

TEST_F(Csv, RaggedRowsAndQuotes) {
  EXPECT_EQ(refusal("a,b\n1,2\n3\n", {"a"}), "t.csv, line 3: 1 cell, but the header names 2 columns");
  EXPECT_EQ(refusal("a,b\n1,2,3\n", {"a"}), "t.csv, line 2: 3 cells, but the header names 2 columns");
  EXPECT_EQ(refusal("a\n1,2\n", {"a"}), "t.csv, line 2: 2 cells, but the header names 1 column");
  EXPECT_EQ(refusal("a,b\n1,2,\n", {"b"}), "t.csv, line 2: 3 cells, but the header names 2 columns");
  EXPECT_EQ(refusal("a,b\n1,2\n\n3,4\n", {"a"}), "t.csv, line 3 is empty, and rows follow it");
  EXPECT_EQ(refusal("a,b\n\"x,2\n3,4\n", {"b"}), "t.csv, line 2: a quote is not closed");
  EXPECT_EQ(refusal("a,b\n\"x\"y,2\n", {"b"}),
            "t.csv, line 2: text after a closing quote; a quote inside a cell is written twice");
  EXPECT_EQ(refusal("a,b\nx\"\"y,2\n", {"b"}),
            "t.csv, line 2: a quote inside 'x\"\"y'; write the cell in quotes, and a quote inside it twice");
}

TEST_F(Csv, AWantedNameThatIsNotThere) {
  EXPECT_EQ(refusal("alcohol,quality\n1,2\n", {"alcohool"}), "t.csv has no column 'alcohool'; did you mean 'alcohol'?");
  EXPECT_EQ(refusal("p,q\n1,2\n", {"density"}), "t.csv has no column 'density'; it has 'p', 'q'");
}

/// The generated sets; make_data_sets.py says their laws. Sums as Python's csv module gives them.
TEST(DataSets, AreRead) {
  const auto sum = [](const std::string& file, const std::string& name, std::size_t rows) {
    const Table table = read_table(ISOTHERM_TEST_DATA "/tables/" + file, Names{name});
    EXPECT_EQ(table.rows, rows) << file;
    double total = 0;
    for (const double value : table.values) total += value;
    return total;
  };
  EXPECT_NEAR(sum("linear.csv", "response", 80), 64.148824, 1e-9);
  EXPECT_NEAR(sum("scales.csv", "pressure", 120), 13579.529342, 1e-9);
  EXPECT_NEAR(sum("binary.csv", "label", 200), 32.0, 1e-9);
  EXPECT_NEAR(sum("rings.csv", "north", 150), 16.483196, 1e-9);
}

/// Rows that do not end where a piece that is read does, a row longer than a piece, and lines of every length.
TEST_F(Csv, RowsAcrossPieces) {
  std::string text = "note,a\n";
  Numbers want;
  for (std::size_t i = 0; i < 3000; ++i) {
    const std::size_t length = i == 1500 ? 5u << 20 : i * 7 % 1499;
    text += (i % 3 == 0 ? "\"x\n" : "\"") + std::string(length, i % 2 == 0 ? 'y' : ',') + "\"," + std::to_string(i) +
            (i % 5 == 0 ? ".25\r\n" : "\n");
    want.push_back(static_cast<double>(i) + (i % 5 == 0 ? 0.25 : 0));
  }
  EXPECT_EQ(numbers(text, "a"), want);
}

TEST_F(Csv, AQuoteThatIsNeverClosedDoesNotFillMemory) {
  EXPECT_EQ(refusal("a,b\n\"" + std::string(80u << 20, 'x'), {"a"}),
            "t.csv, line 2: the row is longer than 64 MiB; is a quote not closed?");
}

TEST_F(Csv, MemoryIsAskedForBeforeItIsTaken) {
  std::string text = "a,b\n";
  for (int i = 0; i < 1000; ++i) text += "1,2\n";
  const std::string path = write("big.csv", text);
  EXPECT_EQ(read_table(path, Names{"a", "b"}, 1001 * 16).rows, 1000u);
  EXPECT_EQ(
      message_of([&] {
        read_table(path, Names{"a", "b"}, 10000);
      }),
      "big.csv: 1001 rows of 2 columns take 0.016 MB of memory, and 0.01 MB are free; take fewer rows or columns");
}

/// 2 GB of numbers where the address space leaves less: refused, and not by the system.
TEST_F(Csv, MoreThanThisProcessMayUse) {
  const std::string path = folder() / "huge.npy";
  std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (250000000,), }";
  header.resize(117, ' ');
  header += '\n';
  write("huge.npy", std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header);
  std::filesystem::resize_file(path, 128 + 2'000'000'000);  // sparse
  rlimit before{};
  getrlimit(RLIMIT_AS, &before);
#if !defined(__SANITIZE_ADDRESS__)
  rlimit less = before;
  less.rlim_cur = 1u << 30;
  ASSERT_EQ(setrlimit(RLIMIT_AS, &less), 0);
  const std::string message = message_of([&] { read_table(path, Names{"column"}); });
  setrlimit(RLIMIT_AS, &before);
  EXPECT_TRUE(message.starts_with("huge.npy: 250000000 rows of 1 column take 2.0 GB of memory, and ")) << message;
#endif
  EXPECT_GT(available_memory(), 0u);
}

}  // namespace
}  // namespace isotherm::data
