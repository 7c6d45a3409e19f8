#pragma once
// Numbers as text.

#include <cstdint>
#include <string>

namespace isotherm::output {

/// The shortest text that reads back as the same double: "0.1", "1e-20", "nan", "inf", "-inf".
std::string shortest(double value);

/// `digits` significant digits, trailing zeros removed: rounded(0.0500001, 4) = "0.05".
std::string rounded(double value, int digits);

/// "1.0203 ± 0.0012": the error with two significant digits and the value to the same decimal place. Without a usable
/// error (zero or not finite), the value alone with six digits.
std::string with_error(double value, double standard_error);

/// A whole number with thin groups of three: "1 048 576".
std::string grouped(std::uint64_t value);

/// "0.4 s", "12 s", "3 min 20 s", "2 h 5 min"; negative or not finite: "?".
std::string duration(double seconds);

/// "512 B", "1.5 KiB", "12 MiB".
std::string byte_size(std::uint64_t bytes);

}  // namespace isotherm::output
