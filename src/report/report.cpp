#include "report/report.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "output/number.hpp"
#include "report/density.hpp"
#include "report/evolution.hpp"
#include "report/joint.hpp"
#include "report/page.hpp"
#include "report/rows.hpp"
#include "report/series.hpp"
#include "report/style.hpp"
#include "report/text.hpp"

namespace isotherm::report {
namespace {

// What does not fit is in the tables and in result.json: a page of a hundred coordinates is not looked at.
constexpr std::size_t most_densities = 4, most_joints = 4, most_snapshot_figures = 3, most_snapshots = 6,
                      most_rows = 24;

/// One value or a list, as JSON holds options.
std::string option_text(const Json& value) {
  if (value.is_string()) {
    std::string text;
    const auto words = value.get<std::string>();
    const bool numbers = words.find_first_not_of("0123456789.eE+-,;") == std::string::npos;  // "2,0.5"
    for (const char c : words) text += numbers && (c == ',' || c == ';') ? c + std::string(" ") : std::string(1, c);
    return escaped(numbers ? typeset(text) : text);
  }
  if (value.is_number()) return number(value.get<double>(), 6);
  std::string text;
  for (const Json& part : value) text += (text.empty() ? "" : ", ") + option_text(part);
  return text;
}

class Page {
 public:
  explicit Page(const Folder& folder) : folder_(folder), result_(folder.result), histograms_(histograms_of(folder)) {}

  Report make() {
    std::string body = header() + "<main>\n" + verdict() + at_a_glance() + densities() + joints() + loss() +
                       distances() + temperature() + moments() + gradient_noise() + epoch() + in_time() +
                       diagnostics() + experiment() + provenance() + "</main>\n" + footer();
    return {document(title(), version(), body), std::move(figures_).files()};
  }

 private:
  const Json& option(const char* name) const {
    static const Json none;
    const auto found = result_.at("experiment").find(name);
    return found == result_.at("experiment").end() ? none : *found;
  }
  std::string version() const { return result_.at("execution").at("version"); }
  std::string title() const {
    return option("dynamics").get<std::string>() + " on " + option("loss").get<std::string>();
  }

  std::string figure(const Figure& figure) { return figures_.add(figure); }

  std::string header() const {
    const Json& ensemble = result_.at("ensemble");
    const auto count = [&](const char* key) { return grouped(ensemble.at(key).get<double>()); };
    std::string loss = option("loss");
    constexpr std::size_t longest = 300;
    if (loss.size() > longest) loss = loss.substr(0, longest) + " …";
    return "<header>\n<p class=\"mark\"><b>isotherm</b>report of a run</p>\n<h1>" +
           escaped(option("dynamics").get<std::string>()) + " on <code>" + escaped(loss) +
           "</code></h1>\n<p class=\"soft\">" + count("particles") +
           (ensemble.at("particles") == 1 ? " particle, " : " particles, ") + count("burn_in") +
           " steps of burn-in and " + count("steps") + " steps, " + count("samples") +
           (ensemble.at("samples") == 1 ? " sample" : " samples") + " of each particle</p>\n</header>\n";
  }

  // ---- the statement

  /// The comparison that says most about a prediction: the smallest p-value of those that were tested.
  const Json* strongest(const std::string& prediction) const {
    const Json* found = nullptr;
    double smallest = std::numeric_limits<double>::infinity();
    for (const Json& row : result_.at("comparisons")) {
      // As the verdict counts them: one with a reason has no part in it.
      if (row.at("prediction") != prediction || !row.contains("p_value") || row.contains("reason")) continue;
      const double p =
          number_at(row, "log10_p_value").value_or(std::log10(std::max(row.at("p_value").get<double>(), 1e-300)));
      if (p < smallest) {
        smallest = p;
        found = &row;
      }
    }
    return found;
  }

  std::string outcomes() const {
    std::string items;
    std::vector<std::string> predictions;  // in the order of the comparisons: from the simplest
    for (const Json& row : result_.at("comparisons"))
      if (const std::string name = row.at("prediction");
          std::find(predictions.begin(), predictions.end(), name) == predictions.end())
        predictions.push_back(name);
    for (const char* wanted : {"rejected", "consistent"}) {
      for (const std::string& prediction : predictions) {
        const std::string outcome = result_.at("outcome").value(prediction, "");
        if (outcome != wanted) continue;
        items += std::string("<li class=\"") + verdict_class(wanted) + "\"><b>" +
                 escaped(prediction_title(prediction)) + " <span>" + (outcome == "consistent" ? "✓ " : "✗ ") + wanted +
                 "</span></b>";
        if (const Json* row = strongest(prediction))
          items += "<small>" + escaped(place_of(row->at("observable"))) + ", p = " + p_text(*row) + "<br/>" +
                   how_far(*row) + "</small>";
        items += "</li>\n";
      }
    }
    return items.empty() ? ""
                         : "<ul class=\"outcomes\" aria-label=\"Verdict on each prediction\">\n" + items + "</ul>\n";
  }

  /// "x at the last step" of "x@last".
  static std::string place_of(const std::string& histogram) {
    const std::size_t at = histogram.rfind('@');
    if (at == std::string::npos) return histogram;
    const std::string step = histogram.substr(at + 1);
    return histogram.substr(0, at) + (step == "last" ? " at the last step" : " at step " + step);
  }

  static std::string how_far(const Json& row) {
    if (row.contains("mean_deviation"))
      return "mean off by " + plain(number_at(row, "mean_deviation"), 2) + " deviations, variances by up to " +
             plain(100 * number_at(row, "covariance_deviation").value_or(0), 2) + " %";
    return "total variation " + plain(number_at(row, "total_variation"), 2) + ", noise " +
           plain(number_at(row.at("floor"), "total_variation"), 2);
  }

  static std::string p_text(const Json& row) {
    const std::optional<double> p = number_at(row, "p_value");
    return p ? p_value(*p, number_at(row, "log10_p_value").value_or(std::numeric_limits<double>::quiet_NaN())) : "";
  }

  /// Sentences that end with a full stop before a capital letter, each a paragraph.
  static std::string paragraphs(const std::string& text) {
    std::string html, sentence;
    const auto flush = [&] {
      if (!sentence.empty()) html += "<p>" + formula_markup(sentence) + "</p>\n";
      sentence.clear();
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text.compare(i, 3, "+- ") == 0) {
        sentence += "± ";
        i += 2;
        continue;
      }
      if (text.compare(i, 3, " = ") == 0) {  // not torn apart at the end of a line
        sentence += "\u00A0=\u00A0";
        i += 2;
        continue;
      }
      if (text[i] == ' ' && i > 0 && text[i - 1] == '.' && i + 1 < text.size() && text[i + 1] >= 'A' &&
          text[i + 1] <= 'Z') {
        flush();
        continue;
      }
      sentence += text[i];
    }
    flush();
    return html;
  }

  bool has_added_noise() const {
    return !option("sigma").is_null() || !option("covariance").is_null() || !option("temperature").is_null();
  }

  std::string scales() const {
    const Json& temperature = result_.at("temperature");
    std::string facts;
    const std::optional<double> t_eff = number_at(temperature, "effective_temperature"),
                                alpha = number_at(temperature, "reference_alpha");
    if (t_eff && alpha) {
      const double t = 2 * *alpha * *t_eff;
      facts += fact("temperature T", number(t, 6)) + fact("β = 1/T", number(1 / t, 6)) + fact("α", number(*alpha, 6));
    }
    for (const auto& [key, name] :
         std::vector<std::pair<const char*, const char*>>{{"eta", "learning rate η"},
                                                          {"schedule", "schedule"},
                                                          {"dt", "time step"},
                                                          {"mu", "momentum μ"},
                                                          {"sigma", "noise σ"},
                                                          {"covariance", "noise covariance"},
                                                          {"temperature", "temperature asked for"},
                                                          {"noise", "noise law"},
                                                          {"batch-size", "batch size"}})
      // The law is that of the added noise: where examples are the noise there may be none.
      if (!option(key).is_null() && (std::string_view(key) != "noise" || has_added_noise()))
        facts += fact(name, option_text(option(key)));
    return facts.empty() ? "" : "<dl class=\"scales\">\n" + facts + "</dl>\n";
  }

  std::string verdict() const {
    std::string html = "<section class=\"verdict\" aria-label=\"Verdict\">\n" + outcomes() +
                       "<div class=\"statement\">\n" + paragraphs(result_.at("statement")) + "</div>\n" + scales() +
                       "</section>\n";
    for (const Json& warning : result_.at("warnings"))
      html += "<p class=\"warning\"><b>Warning:</b> " + formula_markup(warning.get<std::string>()) + "</p>\n";
    return html;
  }

  // ---- figures of histograms

  bool is_base(const Counts& counts) const { return counts.name == counts.observable; }

  std::string density_pair(const Counts& counts) {
    return figure(density_figure(counts)) + figure(log_density_figure(counts));
  }

  std::string densities() {
    std::string figures;
    std::size_t shown = 0, left = 0;
    for (const Counts& counts : histograms_) {
      if (counts.axes.size() != 1 || !is_base(counts) || counts.observable == "loss") continue;
      if (shown == most_densities) {
        ++left;
        continue;
      }
      ++shown;
      figures += density_pair(counts);
    }
    std::string html = grid(figures);
    if (left > 0) html += "<p class=\"soft\">" + std::to_string(left) + " more are in the folder's histograms.</p>\n";
    return section("Density", html);
  }

  std::string joints() {
    std::string figures;
    std::size_t shown = 0;
    for (const Counts& counts : histograms_)
      if (counts.axes.size() == 2 && is_base(counts) && shown < most_joints) {
        figures += figure(joint_figure(counts));
        if (const auto pulls = pull_map_figure(counts)) figures += figure(*pulls);
        ++shown;
      }
    return section("Joint density", grid(figures));
  }

  std::string loss() {
    for (const Counts& counts : histograms_)
      if (counts.axes.size() == 1 && is_base(counts) && counts.observable == "loss")
        return section("Loss", grid(density_pair(counts)));
    return "";
  }

  // ---- distances

  static std::string beside_floor(const Json& row, const char* key) {
    const std::optional<double> distance = number_at(row, key);
    if (!row.contains(key)) return "";
    const std::optional<double> floor = row.contains("floor") ? number_at(row.at("floor"), key) : std::nullopt;
    return (distance ? number(*distance, 3) : "∞") +
           (floor ? " <span class=\"soft\">(" + number(*floor, 2) + ")</span>" : "");
  }

  /// How far from what, and how hot.
  std::string at_a_glance() {
    std::vector<Distance> drawn;
    for (const Json* row : comparisons_by_observable()) {
      const std::string observable = row->at("observable"), verdict = row->at("verdict");
      const std::optional<double> distance = number_at(*row, "total_variation");
      if (!distance || observable.find('@') != std::string::npos || drawn.size() >= most_rows) continue;
      const std::optional<double> floor = number_at(row->at("floor"), "total_variation");
      if (*distance > 0 && floor.value_or(0) > 0)
        drawn.push_back({observable, row->at("prediction"), *distance, *floor,
                         verdict == "consistent" ? Mark::good
                         : verdict == "rejected" ? Mark::bad
                                                 : Mark::open});
    }
    return section("At a glance", grid((drawn.empty() ? "" : figure(distances_figure(drawn))) + alpha_figure()));
  }

  std::vector<const Json*> comparisons_by_observable() const {
    std::vector<std::string> order;
    std::vector<const Json*> rows;
    for (const Json& row : result_.at("comparisons")) {
      rows.push_back(&row);
      if (const std::string name = row.at("observable"); std::find(order.begin(), order.end(), name) == order.end())
        order.push_back(name);
    }
    const auto place = [&](const Json* row) {
      return std::find(order.begin(), order.end(), row->at("observable").get<std::string>());
    };
    std::stable_sort(rows.begin(), rows.end(), [&](const Json* a, const Json* b) { return place(a) < place(b); });
    return rows;
  }

  std::string distances() {
    const std::vector<std::string> titles = {"observable",         "prediction",    "KL divergence", "total variation",
                                             "Kolmogorov–Smirnov", "Wasserstein-1", "p-value",       "verdict"};
    Table table(titles, 2), early(titles, 2);
    std::size_t rows_shown = 0, early_rows = 0;
    std::vector<std::pair<std::string, std::vector<std::string>>> reasons;
    std::string before;
    for (const Json* row : comparisons_by_observable()) {
      const std::string observable = row->at("observable"), prediction = row->at("prediction"),
                        verdict = row->at("verdict");
      if (row->contains("reason")) {
        const std::string reason = row->at("reason");
        auto found = std::find_if(reasons.begin(), reasons.end(), [&](const auto& r) { return r.first == reason; });
        if (found == reasons.end()) found = reasons.insert(reasons.end(), {reason, {}});
        const std::string title = prediction_title(prediction);
        if (std::find(found->second.begin(), found->second.end(), title) == found->second.end())
          found->second.push_back(title);
      }
      if (!number_at(*row, "total_variation") && !row->contains("mean_deviation")) continue;
      const bool before_the_end = observable.find('@') != std::string::npos && !observable.ends_with("@last");
      if ((before_the_end ? early_rows : rows_shown)++ < 3 * most_rows)
        (before_the_end ? early : table)
            .row({escaped(observable), escaped(prediction_title(prediction)), beside_floor(*row, "kl_divergence"),
                  beside_floor(*row, "total_variation"), beside_floor(*row, "kolmogorov_smirnov"),
                  beside_floor(*row, "wasserstein_1"), p_text(*row), verdict_mark(verdict)},
                 observable != before && !before.empty());
      before = observable;
    }
    std::string notes;
    for (const auto& [reason, predictions] : reasons) {
      std::string names;
      for (const std::string& name : predictions) names += (names.empty() ? "" : ", ") + name;
      notes += "<li><b>" + escaped(names) + ":</b> " + formula_markup(reason) + "</li>\n";
    }
    std::string html;
    if (!table.empty())
      html +=
          "<p class=\"soft\">In brackets: the distance that sampling noise alone would give. With “@last”: of the "
          "particles at the last step; without: of all samples.</p>\n" +
          table.html("Distances");
    if (!early.empty())
      html += "<details>\n<summary>Snapshots before the last step</summary>\n" + early.html("Distances of snapshots") +
              "</details>\n";
    if (!notes.empty()) html += "<h3>Not judged</h3>\n<ul class=\"notes\">\n" + notes + "</ul>\n";
    return section("Distance from each prediction", html);
  }

  // ---- temperature

  static constexpr std::pair<const char*, const char*> estimators[] = {{"maximum_likelihood", "maximum likelihood"},
                                                                       {"virial", "virial"},
                                                                       {"corrected_virial", "corrected virial"},
                                                                       {"configurational", "configurational"},
                                                                       {"kinetic", "kinetic"}};

  /// What an estimator would find in the law of the chain itself, by the first prediction that says it.
  std::optional<double> predicted_alpha(const char* estimator) const {
    for (const Json& prediction : folder_.predictions.at("predictions"))
      if (prediction.contains("alpha"))
        if (const auto value = number_at(prediction.at("alpha"), estimator)) return value;
    return std::nullopt;
  }

  std::string alpha_figure() {
    const Json& temperature = result_.at("temperature");
    std::vector<Row> rows;
    for (const auto& [key, name] : estimators) {
      if (!temperature.at("alpha").contains(key)) continue;
      const Json& estimate = temperature.at("alpha").at(key);
      const auto value = number_at(estimate, "estimate"), error = number_at(estimate, "standard_error");
      if (value && error) rows.push_back({name, *value, *error, predicted_alpha(key)});
    }
    if (rows.empty()) return "";
    const std::optional<double> reference = number_at(temperature, "reference_alpha");
    const std::string text = reference ? "α = " + number(*reference, 4) : "";
    Figure drawn =
        estimates_figure("alpha", "Temperature as alpha", "α", rows, reference, text, "by theory of the chain");
    drawn.caption = "Temperature, as α = T / " + unit() + ", by each estimator. " + drawn.caption;
    return figure(drawn);
  }

  std::string unit() const {
    const Json& temperature = result_.at("temperature");
    const std::string formula = temperature.value("effective_temperature_formula", "");
    return formula.empty() || formula == "eta sigma^2 / 2" ? "(η σ²)" : "(2 T_eff), T_eff = " + escaped(formula);
  }

  std::string test_sentence(const std::string& question, const Json& test) const {
    std::string text = "<li>" + question + ": " + verdict_mark(test.at("outcome"));
    if (const auto p = number_at(test, "p_value"))
      text += " (χ² " + plain(number_at(test, "chi_squared"), 4) + " at " +
              plain(number_at(test, "degrees_of_freedom"), 6) +
              (number_at(test, "degrees_of_freedom") == 1 ? " degree" : " degrees") +
              " of freedom, p = " + p_text(test) + ")";
    if (test.contains("reason")) text += ": " + escaped(test.at("reason").get<std::string>());
    return text + "</li>\n";
  }

  std::string temperature() {
    const Json& temperature = result_.at("temperature");
    Table table(
        {"estimator", "α", "from the reference, in standard errors", "temperature", "α by theory of the chain"});
    const std::optional<double> reference = number_at(temperature, "reference_alpha"),
                                t_eff = number_at(temperature, "effective_temperature");
    for (const auto& [key, name] : estimators) {
      if (!temperature.at("alpha").contains(key)) continue;
      const Json& estimate = temperature.at("alpha").at(key);
      const auto value = number_at(estimate, "estimate"), error = number_at(estimate, "standard_error");
      if (!value) continue;
      const bool apart = reference && error && *error > 0;
      const double unit = 2 * t_eff.value_or(0);
      table.row({name, with_error(value, error), apart ? number((*value - *reference) / *error, 3) : "",
                 unit > 0 && error ? with_error(unit * *value, unit * *error) : "", plain(predicted_alpha(key), 6)});
    }
    std::string html;
    if (!table.empty())
      html += "<p class=\"soft\">α = T / " + unit() + "; it is 1/2 in the limit of small steps.</p>\n" +
              table.html("Temperature by estimator");
    std::string figures;
    if (temperature.contains("by_coordinate")) {
      std::vector<Row> rows;
      for (const Json& entry : temperature.at("by_coordinate"))
        if (rows.size() < most_rows)
          rows.push_back({entry.at("coordinate"), entry.at("temperature"), entry.at("standard_error"),
                          number_at(entry, "expected")});
      Figure drawn = estimates_figure("temperatures", "Temperature of each coordinate", "temperature", rows,
                                      std::nullopt, "", "expected from noise and rate");
      drawn.caption =
          "Temperature of each coordinate, by " + escaped(temperature.value("method", "")) + ". " + drawn.caption;
      figures += figure(drawn);
      std::string tests;
      if (temperature.contains("one_temperature"))
        tests += test_sentence("One temperature", temperature.at("one_temperature"));
      if (temperature.contains("expected_temperatures"))
        tests += test_sentence("The expected temperatures", temperature.at("expected_temperatures"));
      html += grid(figures) + (tests.empty() ? "" : "<ul class=\"notes\">\n" + tests + "</ul>\n");
    }
    return section("Temperature", html);
  }

  // ---- moments

  /// The predicted moment of an observable of each prediction that has one.
  std::optional<double> predicted(const Json& prediction, const std::string& observable, const char* moment) const {
    const Json* marginal = nullptr;
    if (observable == "loss" && prediction.contains("loss")) marginal = &prediction.at("loss");
    for (const char* kind : {"coordinates", "own_rows"})
      if (prediction.contains(kind) && prediction.at(kind).contains(observable))
        marginal = &prediction.at(kind).at(observable);
    if (marginal == nullptr) return std::nullopt;
    std::optional<double> value = number_at(*marginal, moment);
    // Quadrature leaves 1e-17 where symmetry says 0.
    const std::optional<double> variance = number_at(*marginal, "variance");
    if (value && variance && std::abs(*value) < 1e-12 * std::sqrt(*variance)) value = 0;
    return value;
  }

  std::string moments() const {
    std::vector<const Json*> predictions;
    for (const Json& prediction : folder_.predictions.at("predictions"))
      if (const std::string name = prediction.at("prediction");
          (name == "gibbs" || name == "exact-chain" || name == "lyapunov") && !prediction.contains("not_applicable"))
        predictions.push_back(&prediction);
    std::vector<std::string> titles = {"", "mean"};
    const auto by = [&](const std::string& moment) {
      for (const Json* prediction : predictions)
        titles.push_back(moment + " by " + escaped(prediction_title(prediction->at("prediction").get<std::string>())));
    };
    by("mean");
    titles.emplace_back("variance");
    by("variance");
    titles.insert(titles.end(), {"skewness", "excess kurtosis"});
    Table table(titles);
    std::size_t shown = 0, left = 0;
    for (const auto& [observable, entry] : result_.at("moments").items()) {
      if (shown >= most_rows && observable != "loss") {
        ++left;
        continue;
      }
      ++shown;
      std::vector<std::string> cells = {escaped(observable),
                                        with_error(number_at(entry, "mean"), number_at(entry, "mean_standard_error"))};
      for (const Json* prediction : predictions) cells.push_back(plain(predicted(*prediction, observable, "mean"), 6));
      cells.push_back(with_error(number_at(entry, "variance"), number_at(entry, "variance_standard_error")));
      for (const Json* prediction : predictions)
        cells.push_back(plain(predicted(*prediction, observable, "variance"), 6));
      cells.push_back(plain(number_at(entry, "skewness"), 4));
      cells.push_back(plain(number_at(entry, "excess_kurtosis"), 4));
      table.row(std::move(cells));
    }
    std::string html =
        table.empty() ? "" : "<p class=\"soft\">At the last step, each particle once.</p>\n" + table.html("Moments");
    if (left > 0) html += "<p class=\"soft\">" + std::to_string(left) + " more are in result.json.</p>\n";
    html += covariance() + quantiles() + tails();
    return section("Moments", html);
  }

  std::string covariance() const {
    if (!result_.contains("covariance")) return "";
    const Json& matrix = result_.at("covariance");
    const Json errors = result_.value("covariance_standard_errors", Json());  // few particles make no groups
    constexpr std::size_t most_coordinates = 12;
    if (matrix.size() < 2 || matrix.size() > most_coordinates) return "";
    std::vector<std::string> names;
    for (const auto& [observable, entry] : result_.at("moments").items())
      if (names.size() < matrix.size()) names.push_back(observable);
    std::vector<std::string> titles = {""};
    for (const std::string& name : names) titles.push_back(escaped(name));
    Table table(titles);
    for (std::size_t i = 0; i < matrix.size(); ++i) {
      std::vector<std::string> cells = {escaped(names.at(i))};
      for (std::size_t j = 0; j < matrix.size(); ++j)
        cells.push_back(
            with_error(number_in(matrix.at(i).at(j)), errors.is_null() ? std::nullopt : number_in(errors.at(i).at(j))));
      table.row(std::move(cells));
    }
    return "<h3>Covariance</h3>\n" + table.html("Covariance");
  }

  std::string quantiles() const {
    std::vector<std::string> titles = {""};
    std::vector<std::string> levels;
    for (const auto& [observable, entry] : result_.at("moments").items())
      if (entry.contains("quantiles"))
        for (const auto& [level, value] : entry.at("quantiles").items())
          if (std::find(levels.begin(), levels.end(), level) == levels.end()) levels.push_back(level);
    if (levels.empty()) return "";
    titles.insert(titles.end(), {"second moment", "fourth moment"});
    for (const std::string& level : levels) titles.push_back(number(100 * std::stod(level), 3) + " %");
    Table table(titles);
    std::size_t shown = 0;
    for (const auto& [observable, entry] : result_.at("moments").items()) {
      if (shown++ >= most_rows && observable != "loss") continue;
      std::vector<std::string> cells = {
          escaped(observable),
          with_error(number_at(entry, "second_moment"), number_at(entry, "second_moment_standard_error")),
          with_error(number_at(entry, "fourth_moment"), number_at(entry, "fourth_moment_standard_error"))};
      static const Json none = Json::object();
      const Json& values = entry.contains("quantiles") ? entry.at("quantiles") : none;
      const Json& errors = entry.contains("quantiles_standard_errors") ? entry.at("quantiles_standard_errors") : none;
      for (const std::string& level : levels)
        cells.push_back(with_error(number_at(values, level), number_at(errors, level)));
      table.row(std::move(cells));
    }
    return "<details>\n<summary>Higher moments and quantiles</summary>\n" + table.html("Higher moments and quantiles") +
           "</details>\n";
  }

  static std::string tail_text(const Json& tail) {
    return with_error(number_at(tail, "estimate"), number_at(tail, "standard_error"));
  }

  /// Where heavy tails may be expected.
  std::string tails() const {
    if (!result_.contains("tail_index")) return "";
    Table table({"", "tail index", "farthest particles used", "beyond"});
    for (const auto& [coordinate, tail] : result_.at("tail_index").items())
      table.row({escaped(coordinate), tail_text(tail),
                 grouped(tail.at("used").get<double>()) + " of " + grouped(tail.at("of").get<double>()),
                 plain(number_at(tail, "threshold"), 4)});
    if (table.empty()) return "";
    return "<h3>Tails</h3>\n<p class=\"soft\">Hill’s estimate at the last step: moments of higher order than the index "
           "do not "
           "exist. Below 2 there is no variance.</p>\n" +
           table.html("Tail index");
  }

  // ---- noise of examples

  static std::string numbers_of(const Json& values) {
    constexpr std::size_t most_numbers = 6;
    std::string text;
    for (std::size_t i = 0; i < std::min(values.size(), most_numbers); ++i)
      text += (i == 0 ? "" : ", ") + plain(number_in(values.at(i)), 3);
    return values.size() > most_numbers ? text + ", …" : text;
  }

  static std::string counted(const Json& object, const char* key) {
    const std::optional<double> value = number_at(object, key);
    return value ? grouped(*value) : "";
  }

  /// As numbers_of, with 0 for what rounding leaves where the largest of all places is `scale`.
  static std::string cleaned(Json values, double scale) {
    constexpr double rounding = 1e-12;
    for (Json& value : values)
      if (value.is_number() && std::abs(value.get<double>()) < rounding * scale) value = 0;
    return numbers_of(values);
  }

  static double largest_of(const Json& places, const char* key) {
    double largest = 0;
    for (const Json& place : places)
      for (const Json& value : place.at(key)) largest = std::max(largest, std::abs(number_in(value).value_or(0)));
    return largest;
  }

  std::string gradient_noise() const {
    if (!result_.contains("gradient_noise")) return "";
    const Json& noise = result_.at("gradient_noise");
    const Json& places = noise.at("places");
    const auto answer = [&](const char* key) {
      return !noise.contains(key) ? "" : noise.at(key) == true ? "yes" : "no";
    };
    const Json& first = places.at(0);
    std::string facts = fact("isotropic", answer("isotropic")) + fact("Gaussian", answer("gaussian")) +
                        fact("constant", answer("constant"));
    if (const auto change = number_at(noise, "change"))
      facts += fact("largest change between particles", number(100 * *change, 3) + " %");
    facts += fact("each within", number(100 * noise.at("tolerance").get<double>(), 3) + " %") +
             fact("examples", counted(noise, "examples")) +
             fact("batch size", plain(number_at(noise, "batch_size"), 6)) +
             fact("noise of a batch, of one example’s covariance", plain(number_at(noise, "factor"), 4)) +
             fact("fresh examples drawn", counted(noise, "sample")) +
             fact("cosine with the Hessian", plain(number_at(first, "alignment"), 3)) +
             fact("cosine of isotropic noise", plain(number_at(first, "isotropic_alignment"), 3)) +
             fact("overlap of leading eigenvectors", plain(number_at(first, "overlap"), 3));
    if (first.contains("skewness")) facts += fact("skewness by coordinate", numbers_of(first.at("skewness")));
    if (first.contains("excess_kurtosis"))
      facts += fact("excess kurtosis by coordinate", numbers_of(first.at("excess_kurtosis")));
    if (first.contains("tail_index")) facts += fact("tail index of one example", tail_text(first.at("tail_index")));
    Table table({"place", "position", "loss", "gradient", "trace", "eigenvalues", "anisotropy", "participation"});
    for (const Json& place : places)
      table.row({escaped(place.at("place").get<std::string>()),
                 cleaned(place.at("position"), largest_of(places, "position")), plain(number_at(place, "loss"), 4),
                 cleaned(place.at("gradient"), largest_of(places, "gradient")), plain(number_at(place, "trace"), 4),
                 numbers_of(place.at("eigenvalues")), plain(number_at(place, "anisotropy"), 3),
                 plain(number_at(place, "participation"), 3)});
    return section(
        "Gradient noise",
        paragraphs(noise.at("sentence")) + "<dl class=\"facts\">\n" + facts +
            "</dl>\n<p class=\"soft between\">Covariance of one stochastic gradient at several places:</p>\n" +
            table.html("Gradient noise by place") + noise_covariance(first));
  }

  std::string noise_covariance(const Json& place) const {
    const Json& matrix = place.at("covariance");
    constexpr std::size_t most_coordinates = 8;
    if (matrix.size() > most_coordinates) return "";
    std::vector<std::string> names, titles = {""};
    for (const Json& name : option("coordinates")) names.push_back(escaped(name.get<std::string>()));
    titles.insert(titles.end(), names.begin(), names.end());
    Table table(titles);
    for (std::size_t i = 0; i < matrix.size(); ++i) {
      std::vector<std::string> cells = {names.at(i)};
      for (const Json& entry : matrix.at(i)) cells.push_back(plain(number_in(entry), 4));
      table.row(std::move(cells));
    }
    return "<details>\n<summary>Its covariance at the " + escaped(place.at("place").get<std::string>()) +
           "</summary>\n" + table.html("Covariance of the gradient noise") + "</details>\n";
  }

  /// Examples in turn: what theory says of each place in the epoch, and where this run ended.
  std::string epoch() {
    const Json* found = nullptr;
    std::string name;
    for (const Json& prediction : folder_.predictions.at("predictions"))
      if (found == nullptr && prediction.contains("epoch")) {
        found = &prediction.at("epoch");
        name = prediction.at("prediction");
      }
    if (found == nullptr) return "";
    std::string facts = fact("updates of an epoch", plain(number_at(*found, "updates"), 9)) +
                        fact("the run ends after", plain(number_at(*found, "position"), 9) + " of them") +
                        fact("α, averaged over the epoch", plain(number_at(*found, "alpha"), 5));
    if (found->contains("mean_covariance") && found->at("mean_covariance").size() == 1)
      facts += fact("variance, averaged over the epoch", plain(number_in(found->at("mean_covariance").at(0).at(0)), 5));
    std::string figures;
    if (found->contains("covariance_after") && found->at("covariance_after").size() > 1) {
      const Json& after = found->at("covariance_after");
      std::vector<std::string> names;
      for (const auto& [observable, entry] : result_.at("moments").items()) names.push_back(observable);
      SeriesPlot plot;
      plot.name = "epoch";
      plot.title = "Variance by the place in the epoch";
      plot.x_label = "updates since the epoch began";
      plot.y_label = "variance";
      plot.caption = "<b>Variance by the place in the epoch</b>: lines by the theory of the chain (" +
                     escaped(prediction_title(name)) + "), and what was measured where the run ends.";
      const std::size_t coordinates = std::min<std::size_t>(after.at(0).size(), 4);
      const double updates = found->at("updates").get<double>(), position = found->at("position").get<double>();
      for (std::size_t c = 0; c < coordinates; ++c) {
        SeriesLine line{"", "theory p-exact-chain", {}};
        for (std::size_t k = 0; k < after.size(); ++k)
          if (const auto value = number_in(after.at(k).at(c).at(c)))
            line.points.push_back({static_cast<double>(k + 1), *value});
        plot.lines.push_back(std::move(line));
        const Json& entry = result_.at("moments").at(names.at(c));
        const auto variance = number_at(entry, "variance");
        if (variance)
          plot.series.push_back({coordinates > 1 ? names[c] : "measured",
                                 {{position > 0 ? position : updates, *variance,
                                   number_at(entry, "variance_standard_error").value_or(0)}}});
      }
      if (!plot.series.empty()) {
        plot.x_from = 0;
        plot.x_to = updates;
        figures = grid(figure(series_figure(plot)));
      }
    }
    return section("Within the epoch", "<dl class=\"facts\">\n" + facts + "</dl>\n" + figures);
  }

  // ---- in time

  std::string in_time() {
    std::vector<Moment> means;
    const auto add = [&](double step, const Json& moments) {
      if (!moments.contains("loss")) return;
      const Json& loss = moments.at("loss");
      const auto mean = number_at(loss, "mean");
      if (mean && (means.empty() || step > means.back().step))
        means.push_back({step, *mean, number_at(loss, "mean_standard_error").value_or(0)});
    };
    for (const Json& snapshot : result_.at("snapshots")) add(snapshot.at("step"), snapshot.at("moments"));
    const Json& ensemble = result_.at("ensemble");
    add(ensemble.at("burn_in").get<double>() + ensemble.at("steps").get<double>(), result_.at("moments"));
    if (means.size() < 2) return "";
    std::vector<std::pair<std::string, double>> stationary;
    for (const Json& prediction : folder_.predictions.at("predictions")) {
      const std::string name = prediction.at("prediction");
      if (name != "gibbs" && name != "exact-chain") continue;
      if (const auto mean = predicted(prediction, "loss", "mean")) stationary.emplace_back(name, *mean);
    }
    std::string figures = figure(evolution_figure("loss", means, stationary));

    std::vector<std::string> observables;
    for (const Counts& counts : histograms_)
      if (counts.axes.size() == 1 && counts.single_snapshot && counts.name != counts.observable &&
          std::find(observables.begin(), observables.end(), counts.observable) == observables.end())
        observables.push_back(counts.observable);
    if (observables.size() > most_snapshot_figures) observables.resize(most_snapshot_figures);
    for (const std::string& observable : observables) {
      std::vector<const Counts*> all;
      for (const Counts& counts : histograms_)
        if (counts.observable == observable && counts.single_snapshot) all.push_back(&counts);
      std::stable_sort(all.begin(), all.end(), [](const Counts* a, const Counts* b) { return a->step < b->step; });
      if (all.size() < 2) continue;
      std::vector<const Counts*> chosen;  // evenly, with the first and the last
      const std::size_t most = std::min(all.size(), most_snapshots);
      for (std::size_t i = 0; i < most; ++i) chosen.push_back(all[i * (all.size() - 1) / (most - 1)]);
      figures += figure(snapshots_figure(chosen));
    }
    return section("In time", grid(figures));
  }

  // ---- diagnostics, experiment, provenance

  std::string diagnostics() const {
    const Json& d = result_.at("diagnostics");
    std::string facts;
    if (d.contains("mixed"))
      facts += fact("wells have exchanged particles",
                    d.at("mixed") == true ? "yes" : "<span class=\"bad-text\">no: nothing is judged</span>");
    if (d.contains("burn_in_sufficient"))
      facts += fact("burn-in",
                    d.at("burn_in_sufficient") == true ? "sufficient" : "<span class=\"bad-text\">too short</span>");
    facts += fact("R-hat of single particles", plain(number_at(d, "r_hat"), 4)) +
             fact("nested R-hat", plain(number_at(d, "nested_r_hat"), 4));
    if (const auto tau = number_at(d, "autocorrelation_time"))
      facts += fact("autocorrelation time", number(*tau, 3) + " steps");
    if (const auto size = number_at(d, "effective_sample_size"))
      facts += fact("effective sample size", number(*size, 3));
    if (result_.contains("irreversibility")) {
      const Json& found = result_.at("irreversibility");
      for (const auto& [key, name] : std::vector<std::pair<const char*, const char*>>{
               {"circulation", "circulation per step"}, {"entropy_production", "entropy production per step"}})
        if (found.contains(key))
          facts +=
              fact(name, with_error(number_at(found.at(key), "estimate"), number_at(found.at(key), "standard_error")));
    }
    const Json& ensemble = result_.at("ensemble");
    if (const auto lost = number_at(ensemble, "nonfinite"); lost && *lost > 0) {
      std::string text = "<span class=\"bad-text\">" + grouped(*lost) + "</span>";
      if (const auto step = number_at(ensemble, "first_nonfinite_step"))
        text += ", the first at step " + number(*step, 12);
      facts += fact("particles that are not finite", text);
    }
    const Json& significance = result_.at("significance");
    if (significance.at("independent_particles") == false)
      facts += fact("particles are independent", "<span class=\"bad-text\">no: nothing counts as consistent</span>");
    facts += fact("false-alarm rate of the verdict", plain(number_at(significance, "false_alarm_rate"), 2)) +
             fact("p-value below which one test rejects", plain(number_at(significance, "p_value_threshold"), 2));
    return section("Diagnostics", "<dl class=\"facts\">\n" + facts + "</dl>\n" + group_tests());
  }

  std::string group_tests() const {
    Table table({"spread between groups of particles", "χ²", "degrees of freedom", "p-value"});
    std::size_t shown = 0;
    for (const Json& test : result_.at("group_tests"))
      if (shown++ < 2 * most_rows)
        table.row({escaped(test.at("observable").get<std::string>()), plain(number_at(test, "chi_squared"), 4),
                   plain(number_at(test, "degrees_of_freedom"), 6), p_text(test)});
    if (table.empty()) return "";
    return "<details>\n<summary>Are particles independent?</summary>\n" +
           table.html("Spread between groups of particles") + "</details>\n";
  }

  std::string experiment() const {
    return section("Experiment",
                   "<p class=\"soft\">As a file, <code>isotherm run experiment.toml</code> gives the same bits on any "
                   "machine.</p>\n" +
                       file_to_save("experiment.toml", "application/toml", folder_.experiment));
  }

  std::string provenance() const {
    const Json& e = result_.at("execution");
    const auto text = [&](const char* key) { return escaped(e.value(key, "")); };
    std::string facts = fact("isotherm", escaped(version())) + fact("backend", text("backend")) +
                        fact("device", text("device")) + fact("SIMD", text("simd")) +
                        fact("threads", plain(number_at(e, "threads"))) + fact("arithmetic", text("precision")) +
                        fact("seed", option("seed").dump()) +
                        fact("time", escaped(output::duration(e.at("wall_seconds").get<double>()))) +
                        fact("particle-steps", plain(number_at(e, "particle_steps"), 4));
    if (const auto rate = number_at(e, "particle_steps_per_second"))
      facts += fact("particle-steps per second", number(*rate, 3));
    return section("Provenance", "<dl class=\"facts\">\n" + facts + "</dl>\n");
  }

  std::string footer() const {
    return "<footer>Made by isotherm " + escaped(version()) +
           " from result.json, histograms.json, predictions.json and experiment.toml of the run's folder. Each figure "
           "is "
           "a file in figures/.</footer>\n";
  }

  const Folder& folder_;
  const Json& result_;
  std::vector<Counts> histograms_;
  FigureFiles figures_;
};

}  // namespace

Report make_report(const Folder& folder) { return Page(folder).make(); }

}  // namespace isotherm::report
