#include "loss/parser.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace isotherm::loss {
namespace {

/// The first line of the error that parsing gives, or "".
std::string error_of(const std::string& expression,
                     Names names = {.coordinates = {}, .discover = true, .known = {}, .used = {}}) {
  Graph graph;
  if (names.known.contains("h")) names.known["h"] = graph.setting("h");
  try {
    parse(graph, expression, names, "--loss");
  } catch (const InputError& error) {
    const std::string text = error.what();
    return text.substr(0, text.find('\n'));
  }
  return "";
}

Names listed(std::vector<std::string> coordinates, std::map<std::string, NodeId> known = {}) {
  return {.coordinates = std::move(coordinates), .discover = false, .known = std::move(known), .used = {}};
}

std::vector<std::string> discovered(const std::string& expression) {
  Graph graph;
  Names names{.coordinates = {}, .discover = true, .known = {}, .used = {}};
  parse(graph, expression, names, "--loss");
  return names.coordinates;
}

TEST(Parser, EveryMistakeHasItsOwnMessage) {
  const std::pair<std::string, std::string> table[] = {
      {"", "--loss: column 1: the expression is empty; write one, such as x^2/2"},
      {"  \t", "--loss: column 1: the expression is empty; write one, such as x^2/2"},
      {"x +", "--loss: column 4: expected a number, a name or '(' after '+', not the end"},
      {"* x", "--loss: column 1: expected a number, a name or '(' at the beginning, not '*'"},
      {"x + * y", "--loss: column 5: expected a number, a name or '(' after '+', not '*'"},
      {"x^", "--loss: column 3: expected a number, a name or '(' after '^', not the end"},
      {"(x + 1", "--loss: column 1: this '(' is never closed; write ')' after the expression"},
      {"(x + 1))", "--loss: column 8: this ')' closes nothing; remove it, or open it with '('"},
      {"cos(x", "--loss: column 4: this '(' is never closed; write ')' after the arguments of cos"},
      {"2*()", "--loss: column 4: these parentheses are empty; write an expression between them"},
      {"2x", "--loss: column 2: an operator is missing before 'x'; a product is written 2*x"},
      {"x y", "--loss: column 3: an operator is missing before 'y'; a product is written x*y"},
      {"x 2", "--loss: column 3: an operator is missing before '2'; a product is written x*2"},
      {"(x)(y)", "--loss: column 4: an operator is missing before '('; a product is written )*("},
      {"x(1+y)", "--loss: column 1: 'x' is not a function; a product is written x*(...)"},
      {"0,5*x", "--loss: column 2: ',' stands outside a call; a decimal point is written '.'"},
      {"x**2", "--loss: column 2: '**' is not an operator; a power is written x^2"},
      {"x = 2", "--loss: column 3: unexpected character '='; use + - * / ^ ( ) and names"},
      {"x \u2212 1", "--loss: column 3: unexpected character '\u2212'; write '-'"},
      {"x\u00B2", "--loss: column 2: unexpected character '\u00B2'; write ^2"},
      {"{x}", "--loss: column 1: unexpected character '{'; write ( and )"},
      {"1.2.3", "--loss: column 1: '1.2.' is not a number; a number has one decimal point, as in 1.5"},
      {"1e*x", "--loss: column 1: '1e' has no exponent; write 1e3 for a number, or 1*e for a product"},
      {"1e999",
       "--loss: column 1: '1e999' is outside the range of double precision; numbers lie between 1e-307 and 1e308"},
      {"x/0", "--loss: column 2: division by 0; the divisor must not be 0"},
      {"x/(1-1)", "--loss: column 2: division by 0; the divisor must not be 0"},
      {"9^(9^9)",
       "--loss: column 2: the power is not a finite number in double precision; use smaller numbers, and divide by "
       "none that is 0"},
      {"log(0)",
       "--loss: column 1: log(...) is not a finite number in double precision; use smaller numbers, and divide by none "
       "that is 0"},
      {"sqrt(-1)*x",
       "--loss: column 1: sqrt(...) is not a finite number in double precision; use smaller numbers, and divide by "
       "none that is 0"},
      {"1e200*x*1e200",
       "--loss: column 8: the product is not a finite number in double precision; use smaller numbers, and divide by "
       "none that is 0"},
      {"nan", "--loss: column 1: 'nan' is not a number a loss can have; use finite numbers"},
      {"x + Inf", "--loss: column 5: 'Inf' is not a number a loss can have; use finite numbers"},
      {"x^2 + cosn*2", "--loss: column 7: unknown name 'cosn'; did you mean 'cos'?"},
      {"cosn(x)", "--loss: column 1: unknown function 'cosn'; did you mean 'cos'?"},
      {"lgo(x)", "--loss: column 1: unknown function 'lgo'; did you mean 'log'?"},
      {"ln(x)", "--loss: column 1: unknown function 'ln'; the natural logarithm is log(x)"},
      {"pow(x, 2)", "--loss: column 1: unknown function 'pow'; a power is written x^2"},
      {"bessel(x)",
       "--loss: column 1: unknown function 'bessel'; the functions are abs sqrt exp log sin cos tan tanh cosh sinh "
       "log1p "
       "expm1 min max sum"},
      {"theta^2",
       "--loss: column 1: unknown name 'theta'; a coordinate is one letter and optional digits; give other "
       "names a value with --set theta=VALUE"},
      {"x*tanh", "--loss: column 3: 'tanh' is a function; write its argument in parentheses, tanh(...)"},
      {"cos()", "--loss: column 1: cos takes 1 argument, not 0"},
      {"cos(x, y)", "--loss: column 1: cos takes 1 argument, not 2"},
      {"min(x)", "--loss: column 1: min takes 2 or more arguments, not 1"},
      {"cos(x,)", "--loss: column 7: expected a number, a name or '(' after ',', not ')'"},
      {"x[", "--loss: column 3: expected a number, a name or '(' after '[', not the end"},
      {"x[1", "--loss: column 2: this '[' is never closed; write ']' after the index"},
      {"x[1.5]", "--loss: column 3: an index must be a whole number of at most 1e9, such as 3"},
      {"x[-1]", "--loss: column 3: the index is -1; indices are 0 or more"},
      {"x[y]",
       "--loss: column 3: an index must be a whole number known from the text; use numbers and the variables of sums "
       "only"},
      {"x1[2]", "--loss: column 3: only a coordinate of one letter takes an index, as x[3]"},
      {"2[1]", "--loss: column 2: '[' is no operator; an index follows a letter, as in x[3]"},
      {"sum(i, 1, 10)",
       "--loss: column 13: sum takes 4 arguments: a variable, two bounds and an expression; write sum(i, 1, 10, "
       "x[i]^2)"},
      {"sum(i, 1, 2, x[i], 3)",
       "--loss: column 18: sum takes 4 arguments: a variable, two bounds and an expression; write sum(i, 1, 10, "
       "x[i]^2)"},
      {"sum(1, 1, 2, x)", "--loss: column 5: sum begins with the name of its variable; write sum(i, 1, 10, x[i]^2)"},
      {"sum(cos, 1, 2, x)",
       "--loss: column 5: 'cos' has a meaning already; choose another name for the variable of sum"},
      {"sum(i, 1, 2, sum(i, 1, 2, x))",
       "--loss: column 18: 'i' has a meaning already; choose another name for the variable of sum"},
      {"sum(i, 1, n, x[i])",
       "--loss: column 11: a bound of sum must be a whole number known from the text; use numbers and the variables of "
       "sums only"},
      {"sum(i, 1, 2.5, x[i])", "--loss: column 11: a bound of sum must be a whole number of at most 1e9, such as 3"},
      {"sum(i, 1, 10001, x[i])", "--loss: column 11: this sum has 10001 terms; the most is 10000"},
      {"sum(i, 1, 2, x[i]", "--loss: column 4: this '(' is never closed; write ')' after the body of sum"},
  };
  for (const auto& [expression, message] : table) EXPECT_EQ(error_of(expression), message) << expression;
}

TEST(Parser, UnknownNamesWhereCoordinatesAreGiven) {
  EXPECT_EQ(error_of("z", listed({"x", "y"})), "--loss: column 1: unknown name 'z'; coordinates are x, y");
  EXPECT_EQ(error_of("x[3]", listed({"x1", "x2"})), "--loss: column 1: unknown name 'x3'; did you mean 'x1'?");
  EXPECT_EQ(error_of("thetta", listed({"theta"})), "--loss: column 1: unknown name 'thetta'; did you mean 'theta'?");
  EXPECT_EQ(error_of("x", listed({})), "--loss: column 1: unknown name 'x'; only numbers are allowed here");
  EXPECT_EQ(error_of("h(2)", listed({}, {{"h", 0}})),
            "--loss: column 1: 'h' is not a function; a product is written h*(...)");
  EXPECT_EQ(error_of("sum(h, 1, 2, h)", listed({}, {{"h", 0}})),
            "--loss: column 5: 'h' has a meaning already; choose another name for the variable of sum");
}

TEST(Parser, CaretStandsUnderThePlace) {
  Graph graph;
  Names names{.coordinates = {}, .discover = true, .known = {}, .used = {}};
  try {
    parse(graph, "x^2 + cosn*2", names, "--loss");
    FAIL();
  } catch (const ParseError& error) {
    EXPECT_EQ(error.column(), 7u);
    EXPECT_STREQ(error.what(), "--loss: column 7: unknown name 'cosn'; did you mean 'cos'?\nx^2 + cosn*2\n      ^");
  }
}

TEST(Parser, LongExpressionsAreClippedAroundThePlace) {
  std::string expression = "x";
  for (int i = 0; i < 200; ++i) expression += "+x";
  expression.replace(300, 1, "$");
  Graph graph;
  Names names{.coordinates = {}, .discover = true, .known = {}, .used = {}};
  try {
    parse(graph, expression, names, "--loss");
    FAIL();
  } catch (const ParseError& error) {
    const std::string text = error.what();
    const std::size_t excerpt = text.find('\n') + 1, caret = text.find('\n', excerpt) + 1;
    EXPECT_LE(caret - excerpt, 101u);
    EXPECT_EQ(text[excerpt + (text.size() - 1 - caret)], '$');
    EXPECT_EQ(text.back(), '^');
  }
}

TEST(Parser, Precedence) {
  const std::pair<const char*, double> table[] = {
      {"1 + 2*3", 7},
      {"2*3 + 1", 7},
      {"7 - 2 - 1", 4},
      {"8/4/2", 1},
      {"2^3^2", 512},
      {"-2^2", -4},
      {"(-2)^2", 4},
      {"2^-1", 0.5},
      {"2^-2^2", 0.0625},
      {"--3", 3},
      {"2*-3", -6},
      {"-2*3", -6},
      {"6/2*3", 9},
      {"2 - -3", 5},
      {"1e-3*1e3", 1},
      {".5 + 2.", 2.5},
      {"1E+2", 100},
      {"min(3, 1, 2)", 1},
      {"max(3, 1+4, 2)", 5},
      {"sum(i, 1, 4, i^2)", 30},
      {"sum(i, 3, 2, i)", 0},
      {"sum(i, 1, 2+1, sum(j, i, 3, i*j))", 25},
      {"-sum(i, -1, 1, 2^i)", -3.5},
      {"2*pi - 2*pi", 0},
  };
  for (const auto& [text, value] : table) EXPECT_DOUBLE_EQ(parse_number(text, "test"), value) << text;
  EXPECT_DOUBLE_EQ(parse_number("pi/2", "test"), std::acos(0.0));
}

TEST(Parser, CoordinatesAreFoundInNaturalOrder) {
  using List = std::vector<std::string>;
  EXPECT_EQ(discovered("y + x10 + x2 + x"), (List{"x", "x2", "x10", "y"}));
  EXPECT_EQ(discovered("sum(i, 1, 11, x[i])"),
            (List{"x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11"}));
  EXPECT_EQ(discovered("sum(i, 1, 2, (x[i+1] - x[i])^2)"), (List{"x1", "x2", "x3"}));
  EXPECT_EQ(discovered("e + B0"), (List{"B0", "e"})) << "only pi is a constant";
  EXPECT_EQ(discovered("pi*2"), List{});
  EXPECT_EQ(discovered("sum(i, 1, 3, sum(j, i+1, 3, x[i]*x[j]))"), (List{"x1", "x2", "x3"}))
      << "an empty sum names no coordinate";
}

TEST(Parser, KnownNamesWinOverCoordinates) {
  Graph graph;
  Names names{.coordinates = {},
              .discover = true,
              .known = {{"h", graph.setting("h")}, {"x1", graph.setting("x1")}},
              .used = {}};
  parse(graph, "h*x^2 + x1", names, "--loss");
  EXPECT_EQ(names.coordinates, std::vector<std::string>{"x"});
  EXPECT_EQ(names.used, (std::set<std::string>{"h", "x1"}));
}

TEST(Parser, ListedCoordinatesGiveTheRows) {
  Graph graph;
  Names names = listed({"y", "x", "theta"});
  EXPECT_EQ(parse(graph, "x", names, "--loss"), graph.state(1));
  EXPECT_EQ(parse(graph, "theta", names, "--loss"), graph.state(2));
}

TEST(Names, Nearest) {
  const std::vector<std::string> names = {"sgd", "langevin", "gradient-flow"};
  EXPECT_EQ(nearest("langvin", names), "langevin");
  EXPECT_EQ(nearest("sdg", names), "sgd");
  EXPECT_EQ(nearest("gradient_flow", names), "gradient-flow");
  EXPECT_EQ(nearest("adam", names), "");
  EXPECT_EQ(nearest("z", {"x", "y"}), "") << "one letter is near to nothing";
}

TEST(Names, Kinds) {
  EXPECT_TRUE(is_coordinate_name("x") && is_coordinate_name("x12") && is_coordinate_name("Q"));
  EXPECT_FALSE(is_coordinate_name("") || is_coordinate_name("xy") || is_coordinate_name("1") ||
               is_coordinate_name("x1a"));
  EXPECT_TRUE(is_free_name("eta_0") && is_free_name("x"));
  EXPECT_FALSE(is_free_name("cos") || is_free_name("pi") || is_free_name("2x") || is_free_name("a-b") ||
               is_free_name(""));
}

}  // namespace
}  // namespace isotherm::loss
