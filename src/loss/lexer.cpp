#include "loss/lexer.hpp"

#include <cctype>
#include <charconv>

#include "loss/parser.hpp"

namespace isotherm::loss {
namespace {

constexpr std::string_view marks = "+-*/^()[],";

class Lexer {
 public:
  Lexer(const std::string& text, const std::string& what) : text_(text), what_(what) {}

  std::vector<Token> run() {
    std::vector<Token> tokens;
    for (;;) {
      while (std::isspace(at(0))) ++place_;
      start_ = place_;
      if (place_ == text_.size()) break;
      if (std::isdigit(at(0)) || (at(0) == '.' && std::isdigit(at(1)))) {
        const double value = number();
        tokens.push_back(token(Token::Kind::number, value));
      } else if (std::isalpha(at(0)) || at(0) == '_') {
        while (std::isalnum(at(0)) || at(0) == '_' || (at(0) == '.' && std::isalpha(at(1)))) ++place_;
        tokens.push_back(token(Token::Kind::name));
      } else if (marks.find(text_[place_]) != std::string_view::npos) {
        ++place_;
        if (text_[start_] == '*' && at(0) == '*') fail("'**' is not an operator; a power is written x^2");
        tokens.push_back(token(Token::Kind::mark));
      } else {
        unexpected();
      }
    }
    // Trailing blanks are no place to point at.
    const std::size_t end = text_.find_last_not_of(" \t\r\n\v\f");
    tokens.push_back({Token::Kind::end, end == std::string::npos ? 1 : end + 2, ""});
    return tokens;
  }

 private:
  /// The character as isalpha and its like take it; 0 past the end.
  int at(std::size_t offset) const {
    return place_ + offset < text_.size() ? static_cast<unsigned char>(text_[place_ + offset]) : 0;
  }

  Token token(Token::Kind kind, double value = 0) const {
    return {kind, start_ + 1, text_.substr(start_, place_ - start_), value};
  }

  [[noreturn]] void fail(const std::string& problem) const { throw ParseError(what_, text_, start_ + 1, problem); }

  double number() {
    while (std::isdigit(at(0))) ++place_;
    if (at(0) == '.') {
      ++place_;
      while (std::isdigit(at(0))) ++place_;
    }
    if (at(0) == 'e' || at(0) == 'E') {
      const std::size_t digits = at(1) == '+' || at(1) == '-' ? 2 : 1;
      if (std::isdigit(at(digits))) {
        place_ += digits;
        while (std::isdigit(at(0))) ++place_;
      } else if (!std::isalnum(at(1))) {
        const std::string base = text_.substr(start_, place_ - start_);
        fail("'" + base + "e' has no exponent; write " + base + "e3 for a number, or " + base + "*e for a product");
      }
    }
    const std::string written = text_.substr(start_, place_ - start_);
    if (at(0) == '.') fail("'" + written + ".' is not a number; a number has one decimal point, as in 1.5");
    double value = 0;
    const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), value);
    if (error != std::errc{} || end != written.data() + written.size())
      fail("'" + written + "' is outside the range of double precision; numbers lie between 1e-307 and 1e308");
    return value;
  }

  [[noreturn]] void unexpected() const {
    std::size_t length = 1;
    while (place_ + length < text_.size() && (static_cast<unsigned char>(text_[place_ + length]) & 0xC0) == 0x80)
      ++length;
    const std::string character = text_.substr(place_, length);
    const std::string advice = character == "\u2212" || character == "\u2013"   ? "write '-'"
                               : character == "\u00B7" || character == "\u00D7" ? "write '*'"
                               : character == "\u00B2"                          ? "write ^2"
                               : character == "{" || character == "}"           ? "write ( and )"
                                                                                : "use + - * / ^ ( ) and names";
    const bool printable = length > 1 || std::isprint(static_cast<unsigned char>(character[0]));
    fail((printable ? "unexpected character '" + character + "'" : std::string("unexpected character")) + "; " +
         advice);
  }

  const std::string& text_;
  const std::string& what_;
  std::size_t place_ = 0, start_ = 0;
};

}  // namespace

std::vector<Token> tokenize(const std::string& expression, const std::string& what) {
  return Lexer(expression, what).run();
}

}  // namespace isotherm::loss
