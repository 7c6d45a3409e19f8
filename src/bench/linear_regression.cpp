#include "bench/linear_regression.hpp"

#include <unistd.h>

#include <fstream>
#include <random>
#include <string>

#include "isotherm/core/error.hpp"

namespace isotherm::bench {
namespace {

constexpr int table_columns = 10, fresh_columns = 8;

std::string column(int c) { return "x" + std::to_string(c + 1); }

std::string squared_error(int columns) {
  std::string sum;
  for (int c = 0; c < columns; ++c) sum += (c == 0 ? "w" : " + w") + std::to_string(c + 1) + '*' + column(c);
  return "(" + sum + " - y)^2/2";
}

}  // namespace

LinearRegression::LinearRegression(std::uint64_t rows) {
  if (rows == 0) return;
  static int made = 0;
  file_ = std::filesystem::temp_directory_path() /
          ("isotherm-bench-" + std::to_string(getpid()) + '-' + std::to_string(made++) + ".csv");
  std::ofstream out(file_);
  for (int c = 0; c < table_columns; ++c) out << column(c) << ',';
  out << "y\n";
  std::mt19937_64 random(1);
  const auto uniform = [&] { return 2 * std::generate_canonical<double, 53>(random) - 1; };
  for (std::uint64_t r = 0; r < rows; ++r) {
    double y = uniform();
    for (int c = 0; c < table_columns; ++c) {
      const double x = uniform();
      y += x * (c + 1) / table_columns;
      out << x << ',';
    }
    out << y << '\n';
  }
  if (!out.flush()) throw InputError(file_.string() + ": cannot be written; bench needs room for its table there");
}

LinearRegression::~LinearRegression() {
  std::error_code ignored;
  if (!file_.empty()) std::filesystem::remove(file_, ignored);
}

void LinearRegression::put_into(Experiment& experiment) const {
  if (!file_.empty()) {
    experiment.loss = squared_error(table_columns);
    experiment.data = file_.string();
    return;
  }
  experiment.loss = squared_error(fresh_columns);
  for (int c = 0; c < fresh_columns; ++c) experiment.random.push_back(column(c) + "=normal:0,1");
  experiment.random.emplace_back("y=normal:0,1");
}

}  // namespace isotherm::bench
