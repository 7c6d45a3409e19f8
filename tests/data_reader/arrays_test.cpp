// NPY and NPZ, from files that NumPy wrote (tests/data/tables/make_arrays.py says what is in them).

#include <vector>

#include "data/table.hpp"
#include "data_reader/files.hpp"

namespace isotherm::data {
namespace {

using Names = std::vector<std::string>;

std::string fixture(const std::string& name) { return ISOTHERM_TEST_DATA "/tables/" + name; }

/// Column c of the tables of make_arrays.py.
std::vector<double> column(double c, double part = 0.5, std::size_t rows = 5) {
  std::vector<double> numbers;
  for (std::size_t r = 0; r < rows; ++r) numbers.push_back(3 * static_cast<double>(r) - 7 * c + part);
  return numbers;
}

void expect_column(const Table& table, std::size_t c, const std::vector<double>& want) {
  const std::vector<double> got(table.column(c).begin(), table.column(c).end());
  EXPECT_EQ(got, want) << table.names[c];
}

std::string refusal(const std::string& path, const Names& wanted) {
  return message_of([&] { read_table(path, wanted); });
}

TEST(Npy, TablesInBothOrders) {
  for (const std::string name : {"c_order.npy", "fortran_order.npy", "version_2.npy"}) {
    SCOPED_TRACE(name);
    const Header header = read_header(fixture(name));
    EXPECT_EQ(header.names, (Names{"column_1", "column_2", "column_3"}));
    EXPECT_EQ(header.rows, 5u);
    const Table table = read_table(fixture(name), Names{"column_3", "column_1"});
    ASSERT_EQ(table.rows, 5u);
    expect_column(table, 0, column(2));
    expect_column(table, 1, column(0));
  }
}

TEST(Npy, OneColumn) {
  for (const std::string name : {"one_axis.npy", "one_column.npy"})
    expect_column(read_table(fixture(name), Names{"column"}), 0, column(0));
}

TEST(Npy, IntegersOfEverySize) {
  for (const std::string name : {"integers_1.npy", "integers_2.npy", "integers_4.npy", "integers_8.npy"}) {
    SCOPED_TRACE(name);
    const Table table = read_table(fixture(name), Names{"column_1", "column_2"});
    expect_column(table, 0, column(0, 0));
    expect_column(table, 1, column(1, 0));
  }
}

TEST(Npy, Fields) {
  EXPECT_EQ(read_header(fixture("fields.npy")).names, (Names{"height", "label", "count", "many", "weight"}));
  for (const bool third : {false, true}) {
    const std::string name = third ? "version_3.npy" : "fields.npy";
    const Table table = read_table(fixture(name), Names{"weight", "count", third ? "h\xc3\xb6he" : "height"});
    expect_column(table, 0, column(2));
    expect_column(table, 1, column(1, 0));
    expect_column(table, 2, column(0));
  }
  const std::string list = " is not read; there are bool, integers of 1 to 8 bytes and floats of 4 and 8";
  EXPECT_EQ(refusal(fixture("fields.npy"), {"label"}), "fields.npy: the type '<U4' of 'label'" + list);
  EXPECT_EQ(refusal(fixture("fields.npy"), {"many"}), "fields.npy: the type 'array' of 'many'" + list);
}

TEST(Npy, MemoryIsAskedForBeforeItIsTaken) {
  EXPECT_EQ(read_table(fixture("c_order.npy"), Names{"column_1"}, 40).rows, 5u);
  EXPECT_NE(message_of([] { read_table(fixture("c_order.npy"), Names{"column_1"}, 39); }), "");
}

TEST(Npz, StoredAndDeflated) {
  for (const std::string name : {"stored.npz", "deflated.npz"}) {
    SCOPED_TRACE(name);
    const Header header = read_header(fixture(name));
    EXPECT_EQ(header.names, (Names{"first", "rest_1", "rest_2", "flag", "natural", "short", "many_height", "many_label",
                                   "many_count", "many_many", "many_weight"}));
    EXPECT_EQ(header.rows, std::nullopt);
    const Table table = read_table(fixture(name), Names{"rest_2", "first", "flag", "natural", "rest_1", "many_weight"});
    ASSERT_EQ(table.rows, 5u);
    expect_column(table, 0, column(2));
    expect_column(table, 1, column(0));
    expect_column(table, 2, {0, 1, 1, 1, 1});
    expect_column(table, 3, {250, 251, 252, 253, 254});
    expect_column(table, 4, column(1));
    expect_column(table, 5, column(2));
    EXPECT_EQ(refusal(fixture(name), {"first", "short"}),
              name + ": 'first' has 5 rows and 'short' has 4; all columns need the same number");
    EXPECT_EQ(refusal(fixture(name), {"cube"}), name + ": 'cube' cannot be a column: it has 3 axes; 1 or 2 are needed");
    EXPECT_EQ(refusal(fixture(name), {"scalar"}),
              name + ": 'scalar' cannot be a column: it has 0 axes; 1 or 2 are needed");
    EXPECT_EQ(refusal(fixture(name), {"label"}),
              name +
                  ": 'label' cannot be a column: its type '<U1' is not read; there are bool, integers of 1 to 8 "
                  "bytes and floats of 4 and 8");
    EXPECT_EQ(refusal(fixture(name), {"rest_3"}), name + " has no column 'rest_3'; did you mean 'rest_1'?");
  }
}

/// An array as NumPy would write it, with any header.
std::string npy(const std::string& dictionary, const std::string& numbers) {
  std::string header = dictionary + "\n";
  std::string text("\x93NUMPY\x01\x00", 8);
  text += static_cast<char>(header.size() & 0xff);
  text += static_cast<char>(header.size() >> 8);
  return text + header + numbers;
}

class Arrays : public Files {};

TEST_F(Arrays, WrongOnes) {
  const std::string two(16, '\0');
  const auto said = [&](const std::string& text) { return refusal(write("t.npy", text), {"column"}); };
  EXPECT_EQ(said(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", two)), "");
  EXPECT_EQ(said(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", two)),
            "t.npy ends before its last number");
  EXPECT_EQ(said(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904,4), }", two)),
            "t.npy ends before its last number");
  EXPECT_EQ(said(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904,), }", two)),
            "t.npy ends before its last number");
  EXPECT_EQ(said(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (0,), }", "")), "t.npy has no rows of numbers");
  EXPECT_EQ(
      said(npy("{'descr': '<c16', 'fortran_order': False, 'shape': (1,), }", two)),
      "t.npy is not a table of numbers: its type '<c16' is not read; there are bool, integers of 1 to 8 bytes and "
      "floats of 4 and 8");
  EXPECT_EQ(said(npy("{'descr': '<f8', 'shape': (2,), }", two)),
            "t.npy has a header that is not NumPy's; write it again");
  EXPECT_EQ(said(std::string("\x93NUMPY\x04\x00\x01\x00", 10)), "t.npy has NPY's version 4; 1 to 3 can be read");
  EXPECT_EQ(said("\x93NUMPY"), "t.npy ends before its last number");
  const std::string nan("\0\0\0\0\0\0\xf8\x7f", 8);
  EXPECT_EQ(said(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", std::string(8, '\0') + nan)),
            "t.npy, row 2, column 'column': the number is not finite");
  EXPECT_EQ(refusal(write("t.npz", std::string("PK\x05\x06", 4) + std::string(18, '\0')), {"a"}),
            "t.npz has no arrays of numbers");
}

}  // namespace
}  // namespace isotherm::data
