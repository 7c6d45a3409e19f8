#include "report/sweep_page.hpp"

#include <algorithm>
#include <map>

#include "output/number.hpp"
#include "report/folder.hpp"
#include "report/page.hpp"
#include "report/style.hpp"
#include "report/text.hpp"

namespace isotherm::report {
namespace {

// What does not fit is in sweep.csv.
constexpr std::size_t most_rows = 400, most_reasons = 50;

std::string value_text(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_number()) return number(value.get<double>(), 6);
  if (value.is_string()) return escaped(value.get<std::string>());
  std::string text;
  for (const Json& part : value) text += (text.empty() ? "" : ", ") + value_text(part);
  return value.is_array() ? text : escaped(value.dump());
}

std::string estimate(const Json& object, const char* value, const char* error) {
  return with_error(number_at(object, value), number_at(object, error));
}

class SweepPage {
 public:
  explicit SweepPage(const SweepContent& content) : content_(content), sweep_(content.sweep) {
    for (const Json& name : sweep_.at("sweep").at("parameters")) parameters_.push_back(name);
  }

  Report make() {
    const std::string body = header() + "<main>\n" + summary() + figures() + failures() + points() + experiment() +
                             "</main>\n<footer>Made by isotherm " + escaped(version()) +
                             " from sweep.json of the sweep's folder; sweep.csv is the same as a table. Each figure is "
                             "a file in figures/.</footer>\n";
    return {document(title(), version(), body), std::move(figures_).files()};
  }

 private:
  std::string version() const { return sweep_.at("version"); }
  const Json& option(const char* name) const {
    static const Json none;
    const Json& experiment = sweep_.at("experiment");
    return experiment.contains(name) ? experiment.at(name) : none;
  }
  bool is_swept(const std::string& name) const {
    return std::find(parameters_.begin(), parameters_.end(), name) != parameters_.end();
  }
  std::string rule() const {
    return is_swept("dynamics") || !option("dynamics").is_string() ? "several dynamics"
                                                                   : option("dynamics").get<std::string>();
  }
  std::string loss() const {
    return is_swept("loss") || !option("loss").is_string() ? "several losses" : option("loss").get<std::string>();
  }
  std::string title() const { return "sweep of " + rule() + " on " + loss(); }
  std::uint64_t count(const char* key) const { return sweep_.at("sweep").at(key).get<std::uint64_t>(); }

  std::string header() const {
    std::string names;
    for (const std::string& name : parameters_)
      if (name != "seed") names += (names.empty() ? "" : ", ") + ("<code>" + escaped(name) + "</code>");
    return "<header>\n<p class=\"mark\"><b>isotherm</b>report of a sweep</p>\n<h1>" + escaped(rule()) + " on <code>" +
           escaped(fitted(loss(), 12.5, 2000)) + "</code></h1>\n<p class=\"soft\">" + output::grouped(count("points")) +
           (count("points") == 1 ? " point" : " points") + (names.empty() ? "" : " of " + names) + "</p>\n</header>\n";
  }

  std::string summary() const {
    std::map<std::string, std::map<std::string, std::size_t>> verdicts;
    std::size_t warned = 0;
    for (const Json& row : sweep_.at("points")) {
      if (row.at("status") != "done") continue;
      for (const auto& [prediction, outcome] : row.at("outcome").items())
        ++verdicts[prediction][outcome.get<std::string>()];
      warned += !row.at("warnings").empty();
    }
    std::string items;
    for (const auto& [prediction, outcomes] : verdicts) {
      const auto times = [&counted = outcomes](const char* word) {
        const auto found = counted.find(word);
        return found == counted.end() ? std::size_t{0} : found->second;
      };
      const std::size_t good = times("consistent"), bad = times("rejected");
      if (good + bad == 0) continue;
      items += std::string("<li class=\"") +
               (bad == 0    ? "good"
                : good == 0 ? "bad"
                            : "") +
               "\"><b>" + escaped(prediction_title(prediction)) + "</b><small>" +
               (good > 0 ? "<span class=\"good-text\">✓ consistent</span> at " + output::grouped(good) +
                               (good == 1 ? " point" : " points")
                         : "") +
               (good > 0 && bad > 0 ? "<br/>" : "") +
               (bad > 0 ? "<span class=\"bad-text\">✗ rejected</span> at " + output::grouped(bad) +
                              (bad == 1 ? " point" : " points")
                        : "") +
               "</small></li>\n";
    }
    if (!items.empty())
      items = "<ul class=\"outcomes\" aria-label=\"Verdicts on each prediction\">\n" + items + "</ul>\n";
    const std::uint64_t all = count("points"), done = count("done"), failed = count("failed");
    std::string statement =
        "<p>" +
        (done == all
             ? "All " + output::grouped(all) + " points are done."
             : output::grouped(done) + " of " + output::grouped(all) + " points are done" +
                   (failed > 0 ? ", " + output::grouped(failed) + " failed" : "") +
                   (done + failed < all ? ", " + output::grouped(all - done - failed) + " are missing" : "") + ".");
    statement += "</p>\n";
    if (!content_.description.empty()) statement += "<p>" + content_.description + "</p>\n";
    for (const SweepContent::Figure& figure : content_.figures)
      for (const std::string& note : figure.notes) statement += "<p>" + formula_markup(note) + "</p>\n";
    if (!content_.caution.empty()) statement += "<p class=\"soft\">" + escaped(content_.caution) + "</p>\n";
    if (warned > 0)
      statement += "<p>" + output::grouped(warned) + (warned == 1 ? " point has" : " points have") +
                   " warnings, which sweep.json tells.</p>\n";
    if (sweep_.at("points").size() < done + failed)
      statement += "<p>This page shows the first " + output::grouped(sweep_.at("points").size()) + " of them.</p>\n";
    return "<section class=\"verdict\" aria-label=\"What the sweep found\">\n" + items + "<div class=\"statement\">\n" +
           statement + "</div>\n</section>\n";
  }

  std::string figures() {
    std::string html;
    for (const SweepContent::Figure& figure : content_.figures) html += figures_.add(series_figure(figure.plot));
    return section("Estimates", grid(html));
  }

  std::string failures() const {
    std::map<std::string, std::vector<std::uint64_t>> reasons;
    for (const Json& row : sweep_.at("points"))
      if (row.at("status") == "failed")
        reasons[row.at("reason").get<std::string>()].push_back(row.at("point").get<std::uint64_t>());
    std::string items;
    std::size_t shown = 0;
    for (const auto& [reason, points] : reasons) {
      if (shown++ == most_reasons) {
        items += "<li>and for other reasons, in sweep.csv</li>\n";
        break;
      }
      constexpr std::size_t most_named = 12;
      std::string names;
      for (std::size_t i = 0; i < std::min(points.size(), most_named); ++i)
        names += (i == 0 ? "" : ", ") + std::to_string(points[i]);
      if (points.size() > most_named) names += " and " + output::grouped(points.size() - most_named) + " more";
      items += "<li><b>" + std::string(points.size() == 1 ? "Point " : "Points ") + names + ":</b> " + escaped(reason) +
               "</li>\n";
    }
    return section("Points that failed", items.empty() ? "" : "<ul class=\"notes\">\n" + items + "</ul>\n");
  }

  /// The best of the estimates of alpha that a point has.
  static std::string alpha(const Json& row) {
    const Json& estimates = row.at("temperature").at("alpha");
    for (const char* name : {"maximum_likelihood", "corrected_virial", "virial", "configurational"})
      if (estimates.contains(name)) return estimate(estimates.at(name), "estimate", "standard_error");
    return "";
  }

  std::string points() const {
    std::vector<std::string> titles = {"point"};
    for (const std::string& name : parameters_) titles.push_back(escaped(name));
    titles.insert(titles.end(), {"α", "mean", "variance", "mean loss"});
    std::vector<std::string> predictions;
    for (const Json& row : sweep_.at("points"))
      if (row.at("status") == "done")
        for (const auto& [prediction, outcome] : row.at("outcome").items())
          if (outcome != "not applicable" &&
              std::find(predictions.begin(), predictions.end(), prediction) == predictions.end())
            predictions.push_back(prediction);
    for (const std::string& prediction : predictions) titles.push_back(escaped(prediction_title(prediction)));
    titles.emplace_back("");
    Table table(titles);
    std::size_t shown = 0, left = 0;
    std::string first_observable;
    for (const Json& row : sweep_.at("points")) {
      if (shown == most_rows) {
        ++left;
        continue;
      }
      ++shown;
      std::vector<std::string> cells = {std::to_string(row.at("point").get<std::uint64_t>())};
      for (const std::string& name : parameters_) cells.push_back(value_text(row.at("parameters").at(name)));
      if (row.at("status") == "failed") {
        cells.insert(cells.end(), 4 + predictions.size(), "");
        cells.emplace_back("<span class=\"bad-text\">failed</span>");
      } else {
        const Json& moments = row.at("moments");
        static const Json none = Json::object();
        const bool has_coordinate = !moments.empty() && moments.begin().key() != "loss";
        const Json& coordinate = has_coordinate ? *moments.begin() : none;
        if (has_coordinate && first_observable.empty()) first_observable = moments.begin().key();
        const Json& loss = moments.contains("loss") ? moments.at("loss") : none;
        cells.push_back(alpha(row));
        cells.push_back(estimate(coordinate, "mean", "mean_standard_error"));
        cells.push_back(estimate(coordinate, "variance", "variance_standard_error"));
        cells.push_back(estimate(loss, "mean", "mean_standard_error"));
        for (const std::string& prediction : predictions) {
          const std::string outcome = row.at("outcome").value(prediction, "");
          cells.push_back(outcome.empty() ? "" : verdict_mark(outcome));
        }
        cells.emplace_back("");
      }
      table.row(std::move(cells));
    }
    if (table.empty()) return "";
    std::string html;
    if (!first_observable.empty())
      html += "<p class=\"soft\">Mean and variance are those of <code>" + escaped(first_observable) +
              "</code> at the last step.</p>\n";
    html += table.html("Points of the sweep");
    if (left > 0) html += "<p class=\"soft\">" + output::grouped(left) + " more are in sweep.csv.</p>\n";
    return section("Points", html);
  }

  std::string experiment() const {
    if (content_.file.empty()) return "";
    return section("Experiment",
                   "<p class=\"soft\">As a file, <code>isotherm sweep sweep.toml</code> gives the same "
                   "bits on any machine.</p>\n" +
                       file_to_save("sweep.toml", "application/toml", content_.file));
  }

  const SweepContent& content_;
  const Json& sweep_;
  std::vector<std::string> parameters_;
  FigureFiles figures_;
};

}  // namespace

Report make_sweep_report(const SweepContent& content) { return SweepPage(content).make(); }

}  // namespace isotherm::report
