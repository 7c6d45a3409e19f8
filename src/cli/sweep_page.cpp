#include "cli/sweep_page.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "batch/curves.hpp"
#include "batch/formula.hpp"
#include "isotherm/core/error.hpp"
#include "output/number.hpp"
#include "report/sweep_page.hpp"
#include "report/text.hpp"

namespace isotherm::cli {
namespace {

using Json = nlohmann::ordered_json;
using report::Series;

constexpr std::size_t most_curves = 12, most_observables = 2, points_of_a_line = 128;

/// The name by which an expression calls a parameter.
std::string symbol_of(std::string parameter) {
  if (parameter.starts_with("set.")) return parameter.substr(4);
  std::replace(parameter.begin(), parameter.end(), '-', '_');
  return parameter;
}

std::optional<double> number_in(const Json& object, const std::string& key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

std::string word_of(const Json& value) {
  return value.is_string()   ? value.get<std::string>()
         : value.is_number() ? output::rounded(value.get<double>(), 6)
                             : value.dump();
}

struct Measured {
  std::string name, title, label;  ///< of the figure's file, of the figure, of the axis
  std::function<std::optional<verdict::Estimate>(const Json& row)> of;
  bool is_alpha = false;
};

std::string p_text(double p) { return p > 0 ? "p = " + output::rounded(p, 2) : "p below 1e-300"; }

std::optional<verdict::Estimate> estimate_in(const Json& object, const char* value, const char* error) {
  const auto mean = number_in(object, value), deviation = number_in(object, error);
  if (!mean) return std::nullopt;
  return verdict::Estimate{*mean, deviation.value_or(0)};
}

class PageMaker {
 public:
  PageMaker(const Json& sweep, const std::optional<SweepRequest>& request) : sweep_(sweep) {
    for (const Json& row : sweep.at("points"))
      if (row.at("status") == "done") rows_.push_back(&row);
    for (const Json& name : sweep.at("sweep").at("parameters")) parameters_.push_back(name);
    content_.sweep = sweep;
    if (request) content_.file = request->text;
    read_settings();
  }

  report::Report make() {
    if (!along_.empty())
      for (const Measured& measured : quantities()) add(measured);
    if (!content_.figures.empty()) {
      content_.description = description();
      if (seeds_are_shared())
        content_.caution =
            "Several points have the same seed, so they see the same random numbers and their errors are not "
            "independent: errors of means and limits over several points, chi-squared and p-values between them hold "
            "only roughly. With seeds = \"distinct\" they would be independent.";
    }
    return report::make_sweep_report(content_);
  }

 private:
  // ---- what is drawn against what

  void read_settings() {
    const Json none = Json::object();
    const Json& head = sweep_.at("sweep");
    const Json& settings = head.contains("report") ? head.at("report") : none;
    for (const Json& name : settings.value("average", Json::array())) averaged_.insert(name.get<std::string>());
    const std::string against = settings.value("against", "");
    if (against.empty()) {
      along_ = longest_parameter();
      x_label_ = x_symbol_ = symbol_of(along_);
    } else {
      read_against(against);
    }
    if (const std::string text = settings.value("alpha", ""); !text.empty()) {
      line_.emplace(text, std::vector{x_symbol_}, "sweep.report.alpha");
      line_text_ = text;
    }
  }

  /// "u = 50*eta", "50*eta", or a parameter.
  void read_against(const std::string& text) {
    const auto [name, expression] = named_expression(text);
    x_label_ = text;
    x_symbol_ = name.empty() ? symbol_of(expression) : name;
    std::vector<std::string> names;
    for (const std::string& parameter : parameters_) names.push_back(symbol_of(parameter));
    const Json& experiment = sweep_.at("experiment");
    for (const auto& [key, value] : experiment.items())
      if (value.is_number()) names.push_back(symbol_of(key));
    if (experiment.contains("set"))
      for (const auto& [key, value] : experiment.at("set").items()) names.push_back(key);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    const bool parameter = std::find(parameters_.begin(), parameters_.end(), expression) != parameters_.end();
    against_.emplace(parameter ? symbol_of(expression) : expression, names, "sweep.report.against");
    // The curve goes along the parameter that has most values of those which the expression reads.
    std::size_t most = 0;
    for (const std::string& name : parameters_)
      if (against_->names().contains(symbol_of(name)) && values_of(name) > most) {
        most = values_of(name);
        along_ = name;
      }
    if (along_.empty())
      throw InputError("sweep.report.against: '" + expression + "' reads nothing that is swept; name a parameter");
  }

  std::size_t values_of(const std::string& parameter) const {
    std::set<std::string> values;
    for (const Json* row : rows_) values.insert(row->at("parameters").at(parameter).dump());
    return values.size();
  }

  /// The swept number with most values; steps of the rule before others.
  std::string longest_parameter() const {
    std::string found;
    std::size_t most = 1;
    for (const std::string& name : parameters_) {
      if (name == "seed" || averaged_.contains(name) || is_derived(name) ||
          !std::all_of(rows_.begin(), rows_.end(),
                       [&](const Json* row) { return row->at("parameters").at(name).is_number(); }))
        continue;
      const std::size_t count = values_of(name) + (name == "eta" || name == "dt" ? 1 : 0);
      if (values_of(name) > 1 && count > most) {
        most = count;
        found = name;
      }
    }
    return found;
  }

  bool is_derived(const std::string& name) const { return sweep_.at("sweep").at("derived").contains(name); }

  std::optional<double> x_of(const Json& row) const {
    const Json& parameters = row.at("parameters");
    if (!against_) return number_in(parameters, along_);
    bool known = true;
    const double value = (*against_)([&](const std::string& symbol) {
      for (const std::string& name : parameters_)
        if (symbol_of(name) == symbol)
          if (const auto number = number_in(parameters, name)) return *number;
      const Json& experiment = sweep_.at("experiment");
      for (const auto& [key, option] : experiment.items())
        if (symbol_of(key) == symbol && option.is_number()) return option.get<double>();
      if (experiment.contains("set"))
        if (const auto number = number_in(experiment.at("set"), symbol)) return *number;
      known = false;
      return 0.0;
    });
    return known && std::isfinite(value) ? std::optional(value) : std::nullopt;
  }

  /// Settings of one curve: of all that is swept but what is drawn against, averaged over, or follows from others.
  std::string curve_of(const Json& row) const {
    std::string label;
    for (const std::string& name : parameters_)
      if (name != along_ && name != "seed" && !averaged_.contains(name) && !is_derived(name))
        label += (label.empty() ? "" : ", ") + symbol_of(name) + " = " + word_of(row.at("parameters").at(name));
    return label;
  }

  std::string averaged_of(const Json& row) const {
    std::string label;
    for (const std::string& name : averaged_) label += row.at("parameters").at(name).dump() + ' ';
    return label;
  }

  // ---- what is drawn

  std::vector<Measured> quantities() const {
    std::vector<Measured> found;
    static constexpr std::pair<const char*, const char*> estimators[] = {{"maximum_likelihood", "maximum likelihood"},
                                                                         {"corrected_virial", "corrected virial"},
                                                                         {"virial", "virial"},
                                                                         {"configurational", "configurational"}};
    std::size_t most = 0;
    const std::pair<const char*, const char*>* best = nullptr;
    for (const auto& estimator : estimators) {
      const auto count = static_cast<std::size_t>(std::count_if(rows_.begin(), rows_.end(), [&](const Json* row) {
        return row->at("temperature").at("alpha").contains(estimator.first);
      }));
      if (count > most) {
        most = count;
        best = &estimator;
      }
    }
    if (best != nullptr)
      found.push_back({"sweep-alpha", "Temperature, as α by " + std::string(best->second),
                       "α by " + std::string(best->second),
                       [key = best->first](const Json& row) -> std::optional<verdict::Estimate> {
                         const Json& alpha = row.at("temperature").at("alpha");
                         if (!alpha.contains(key)) return std::nullopt;
                         return estimate_in(alpha.at(key), "estimate", "standard_error");
                       },
                       true});
    std::vector<std::string> observables;
    for (const Json* row : rows_)
      for (const auto& [name, moments] : row->at("moments").items())
        if (name != "loss" && observables.size() < most_observables &&
            std::find(observables.begin(), observables.end(), name) == observables.end())
          observables.push_back(name);
    const auto moment = [](const std::string& observable, const std::string& key) {
      return [=](const Json& row) -> std::optional<verdict::Estimate> {
        const Json& moments = row.at("moments");
        if (!moments.contains(observable)) return std::nullopt;
        return estimate_in(moments.at(observable), key.c_str(), (key + "_standard_error").c_str());
      };
    };
    for (const std::string& name : observables)
      found.push_back({"sweep-variance-" + report::file_stem(name), "Variance of " + name, "variance of " + name,
                       moment(name, "variance")});
    if (!rows_.empty() && rows_.front()->at("moments").contains("loss"))
      found.push_back({"sweep-loss", "Mean loss", "mean loss", moment("loss", "mean")});
    for (const std::string& name : observables)
      found.push_back(
          {"sweep-mean-" + report::file_stem(name), "Mean of " + name, "mean of " + name, moment(name, "mean")});
    return found;
  }

  void add(const Measured& measured) {
    std::vector<batch::CurveReading> readings;
    std::optional<double> reference;
    bool one_reference = true;
    for (const Json* row : rows_) {
      const std::optional<double> x = x_of(*row);
      const std::optional<verdict::Estimate> y = measured.of(*row);
      if (!x || !y) continue;
      readings.push_back({*x, curve_of(*row), averaged_of(*row), *y});
      const auto alpha = number_in(row->at("temperature"), "reference_alpha");
      one_reference = one_reference && alpha && (!reference || *reference == *alpha);
      if (!reference) reference = alpha;
    }
    std::vector<batch::MeasuredCurve> curves = batch::curves_of(readings);
    std::set<double> places;
    for (const batch::MeasuredCurve& curve : curves)
      for (const batch::CurvePoint& point : curve.points) places.insert(point.x);
    if (places.size() < 2) return;

    report::SweepContent::Figure figure;
    report::SeriesPlot& plot = figure.plot;
    plot.name = measured.name;
    plot.title = measured.title + " against " + x_label_;
    plot.x_label = x_label_;
    plot.y_label = measured.label;
    const std::size_t all = curves.size(), shown = std::min(all, most_curves);
    for (std::size_t i = 0; i < shown; ++i) {
      const batch::MeasuredCurve& curve = curves[shown < 2 ? 0 : i * (all - 1) / (shown - 1)];
      Series& series = plot.series.emplace_back(Series{curve.label, {}});
      for (const batch::CurvePoint& point : curve.points)
        series.points.push_back({point.x, point.y.value, point.y.standard_error});
    }
    plot.caption =
        "<b>" + report::escaped(measured.title) + "</b>, with bars of two standard errors" + averaged_words() + '.' +
        (shown < all ? " " + std::to_string(shown) + " of " + output::grouped(all) + " curves are drawn." : "");
    if (measured.is_alpha) {
      if (one_reference && reference && !line_) {
        plot.reference = reference;
        plot.reference_text = "α = " + report::number(*reference, 4);
      }
      if (line_) add_line(plot, curves, figure.notes);
    }
    if (curves.size() > 1) add_agreement(curves, measured, figure);
    if (measured.is_alpha && !line_ && (along_ == "eta" || along_ == "dt") && !against_ && averaged_.empty())
      add_limits(curves, figure);
    content_.figures.push_back(std::move(figure));
  }

  std::string averaged_words() const {
    std::string names;
    for (const std::string& name : averaged_) names += (names.empty() ? "" : ", ") + name;
    return names.empty() ? "" : ", averaged over " + report::escaped(names);
  }

  void add_line(report::SeriesPlot& plot, const std::vector<batch::MeasuredCurve>& curves,
                std::vector<std::string>& notes) const {
    double lower = INFINITY, upper = -INFINITY, worst = 0, squares = 0;
    std::size_t count = 0;
    const auto at = [&](double x) { return (*line_)([&](const std::string&) { return x; }); };
    for (const batch::MeasuredCurve& curve : curves)
      for (const batch::CurvePoint& point : curve.points) {
        lower = std::min(lower, point.x);
        upper = std::max(upper, point.x);
        if (!(point.y.standard_error > 0)) continue;
        const double z = (point.y.value - at(point.x)) / point.y.standard_error;
        if (!std::isfinite(z)) continue;
        worst = std::max(worst, std::abs(z));
        squares += z * z;
        ++count;
      }
    report::SeriesLine line{line_text_, "theory p-exact-chain", {}};
    const bool logarithmic = lower > 0 && upper > report::wide_span * lower;
    for (std::size_t i = 0; i <= points_of_a_line; ++i) {
      const double share = static_cast<double>(i) / points_of_a_line;
      const double x = logarithmic ? lower * std::pow(upper / lower, share) : lower + (upper - lower) * share;
      if (const double y = at(x); std::isfinite(y)) line.points.push_back({x, y});
    }
    plot.lines.push_back(std::move(line));
    if (count > 0)
      notes.push_back("From α = " + line_text_ + " the " + std::to_string(count) + " values are apart by up to " +
                      output::rounded(worst, 3) + " standard errors (chi-squared " + output::rounded(squares, 3) +
                      " of " + std::to_string(count) + ").");
  }

  static void add_agreement(const std::vector<batch::MeasuredCurve>& curves, const Measured& measured,
                            report::SweepContent::Figure& figure) {
    const std::optional<batch::Agreement> found = batch::agreement(curves);
    if (!found) return;
    constexpr double rejected = 0.01;
    const std::string numbers = "chi-squared " + output::rounded(found->chi_squared, 4) + " of " +
                                std::to_string(found->degrees_of_freedom) + ", " + p_text(found->p_value);
    figure.plot.caption +=
        found->p_value > rejected ? " The curves are one within their errors (" : " The curves differ (";
    figure.plot.caption += report::escaped(report::typeset(numbers)) + ").";
    if (measured.is_alpha)
      figure.notes.push_back(measured.title + ": the " + std::to_string(curves.size()) + " curves " +
                             (found->p_value > rejected ? "are one within their errors" : "differ") + " (" + numbers +
                             ").");
  }

  /// Where the step goes to 0.
  void add_limits(const std::vector<batch::MeasuredCurve>& curves, report::SweepContent::Figure& figure) const {
    constexpr std::size_t most_limits = 4;
    if (curves.size() > most_limits) return;
    bool any = false;
    double largest = 0;
    for (const batch::MeasuredCurve& curve : curves) {
      largest = std::max(largest, curve.points.back().x);
      const std::optional<batch::PolynomialFit> fit = batch::limit_at_zero(curve);
      const std::string of = curve.label.empty() ? "" : " at " + curve.label;
      if (!fit) continue;
      any = true;
      report::SeriesLine line{
          curves.size() == 1 ? "polynomial of degree " + std::to_string(fit->degree()) : "", "theory p-modified", {}};
      const double upper = curve.points.back().x;
      for (std::size_t i = 0; i <= points_of_a_line; ++i) {
        const double x = upper * static_cast<double>(i) / points_of_a_line;
        double y = 0;
        for (std::size_t k = fit->coefficients.size(); k-- > 0;) y = y * x + fit->coefficients[k];
        line.points.push_back({x, y});
      }
      figure.plot.lines.push_back(std::move(line));
      figure.notes.push_back("As " + along_ + " goes to 0, α goes to " +
                             output::with_error(fit->limit.value, fit->limit.standard_error) + of +
                             " (polynomial of degree " + std::to_string(fit->degree()) +
                             ", p = " + output::rounded(fit->p_value, 2) + ").");
    }
    if (!any) return;
    figure.plot.x_from = 0;
    figure.plot.x_to = 1.06 * largest;
    figure.plot.caption += " Lines: polynomials of the lowest degree that the points do not reject, to " +
                           report::escaped(along_) + " = 0.";
  }

  /// Of points that are different runs: one with the same options is the same run.
  bool seeds_are_shared() const {
    std::set<std::string> seeds;
    for (const Json* row : rows_) {
      const Json& parameters = row->at("parameters");
      const Json& seed = parameters.contains("seed") ? parameters.at("seed") : sweep_.at("experiment").at("seed");
      if (!seeds.insert(seed.dump()).second) return true;
    }
    return false;
  }

  std::string description() const {
    const std::string axis = "<code>" + report::escaped(x_label_) + "</code>";
    return "Estimates are drawn against " + axis + averaged_words() + ".";
  }

  const Json& sweep_;
  std::vector<const Json*> rows_;  ///< that are done
  std::vector<std::string> parameters_;
  std::set<std::string> averaged_;
  std::string along_, x_label_, x_symbol_;
  std::optional<batch::Formula> against_, line_;
  std::string line_text_;
  report::SweepContent content_;
};

}  // namespace

report::Report sweep_page(const Json& sweep, const std::optional<SweepRequest>& request) {
  return PageMaker(sweep, request).make();
}

}  // namespace isotherm::cli
