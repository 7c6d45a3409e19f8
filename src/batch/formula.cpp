#include "batch/formula.hpp"

#include <algorithm>
#include <cmath>

#include "loss/parser.hpp"

namespace isotherm::batch {
namespace {

/// The graph divides by multiplying by a reciprocal, and 49 * (1/49) is not 1 yet: options that are counts need it to
/// be.
constexpr double rounding = 1e-14;

}  // namespace

Formula::Formula(const std::string& expression, const std::vector<std::string>& names, const std::string& what) {
  loss::Names known;
  for (const std::string& name : names) known.known.emplace(name, graph_.setting(name));
  root_ = loss::parse(graph_, expression, known, what);
  names_ = known.used;
}

double Formula::operator()(const std::function<double(const std::string&)>& value) const {
  std::vector<double> settings;
  for (const std::string& name : graph_.settings()) settings.push_back(names_.contains(name) ? value(name) : 0);
  const double result = graph_.evaluate(root_, settings, {}), whole = std::round(result);
  return std::abs(result - whole) <= rounding * std::abs(whole) ? whole : result;
}

EvaluationOrder evaluation_order(const std::vector<std::vector<std::size_t>>& reads) {
  enum class Mark : char { unseen, open, closed };
  std::vector<Mark> marks(reads.size(), Mark::unseen);
  EvaluationOrder result;
  struct Visit {
    std::size_t entry, next;
  };
  for (std::size_t first = 0; first < reads.size(); ++first) {
    if (marks[first] != Mark::unseen) continue;
    std::vector<Visit> path = {{first, 0}};
    marks[first] = Mark::open;
    while (!path.empty()) {
      auto& [entry, next] = path.back();
      if (next == reads[entry].size()) {
        marks[entry] = Mark::closed;
        result.order.push_back(entry);
        path.pop_back();
        continue;
      }
      const std::size_t read = reads[entry][next++];
      if (marks[read] == Mark::open) {
        const auto begin = std::find_if(path.begin(), path.end(), [&](const Visit& v) { return v.entry == read; });
        for (auto visit = begin; visit != path.end(); ++visit) result.cycle.push_back(visit->entry);
        result.cycle.push_back(read);
        result.order.clear();
        return result;
      }
      if (marks[read] == Mark::unseen) {
        marks[read] = Mark::open;
        path.push_back({read, 0});
      }
    }
  }
  return result;
}

}  // namespace isotherm::batch
