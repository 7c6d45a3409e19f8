#include "cli/option_texts.hpp"

namespace isotherm::cli {

const std::vector<OptionText>& option_texts() {
  static const std::vector<OptionText> texts = {
      {"loss",
       "The loss: an expression of the coordinates, or a name from `isotherm list losses`. See [the loss "
       "language](loss-language.md)",
       "required"},
      {"set", "`NAME=VALUE`: a constant in the expression, or a parameter of a named loss. Repeatable", ""},
      {"coordinates", "Names of the coordinates, in order",
       "those in the expression, in natural order: `x`, `y`, ..., `x2`, `x10`"},
      {"dynamics", "The update rule; see [the dynamics](dynamics.md#the-dynamics)", ""},
      {"eta", "Learning rate, greater than 0; one, or one for each coordinate", "`0.1`"},
      {"schedule",
       "Learning rate by step, such as `power:0.5,0.75` or `cosine:0.3,200`; see [the "
       "schedules](dynamics.md#the-schedules). All but `constant` and `warm-up` give the rate instead of `eta`",
       "`constant`"},
      {"dt", "Time step of the Langevin integrators and `gradient-flow`. An error with rules that step by `eta`",
       "`eta/10`; `gradient-flow`: `eta`"},
      {"temperature", "Sets `sigma = sqrt(2 T / eta)`. Not together with `sigma` or `covariance`", ""},
      {"weight-decay", "`lambda` of weight decay: the gradient gains `lambda x`, and the loss `lambda x^2 / 2`", ""},
      {"mu", "Momentum, at least 0 and below 1: `momentum`, `nesterov`", "`0.9`"},
      {"parameterization", "`standard` or `averaged`: `momentum`", "`standard`"},
      {"beta1", "Decay of the average of gradients, at least 0 and below 1: `adam`", "`0.9`"},
      {"beta2", "Decay of the average of squared gradients: `adam`, `rmsprop`", "`0.999`; `rmsprop`: `0.99`"},
      {"epsilon", "What is added to the root of the average square, or to `g^2`: `adam`, `rmsprop`; `mcallester`",
       "`1e-8`; `mcallester`: `1e-12`"},
      {"no-bias-correction", "Adam without its divisions by `1 - beta^t`", ""},
      {"friction", "Per unit of time: `underdamped`", "`1`"},
      {"mass", "One, or one for each coordinate: `underdamped`", "`1`"},
      {"scheme", "`baoab`, `aboba`, `obabo`, `oabao`, `euler` or `semi-implicit`: `underdamped`", "`baoab`"},
      {"lipschitz", "Bound on the curvature; one, or one for each coordinate: `mcallester`, `statistical-rate`", "`1`"},
      {"window",
       "Length of running averages in steps; for `mcallester` the shortest, and the steps before the first move",
       "`mcallester`: `20`; `statistical-rate`: `100`"},
      {"largest-weight", "Largest weight of a new gradient in the averages, above 0 and at most 1: `mcallester`",
       "`1/window`"},
      {"literal", "`mcallester` word for word as on the slide, which divides by 0", ""},
      {"decoupled",
       "Weight decay shrinks positions, `x -> (1 - eta lambda) x`, instead of adding to the gradient: `sgd`, "
       "`momentum`, `nesterov`, `rmsprop`, `adam`",
       ""},
      {"preconditioner",
       "Matrix `P` of `x' = x - eta P ghat`, symmetric and positive definite, or its diagonal: `sgd`, `momentum`, "
       "`nesterov`",
       ""},
      {"gradient-weights", "The step is that combination of as many stochastic gradients: the same rules", ""},
      {"noise",
       "Law of the noise: `gaussian`, `rademacher`, `uniform`, `laplace`, `student-t:NU`, `two-point:Q`, or `none`; "
       "see [the noise laws](dynamics.md#the-noise-laws)",
       ""},
      {"batch-size",
       "One gradient is the mean of that many numbers of the law, so its variance is `sigma^2` divided by it; with "
       "examples, of that many examples",
       "`1`"},
      {"sigma",
       "Standard deviation of one stochastic gradient: one number, one for each coordinate, or an expression of the "
       "coordinates",
       ""},
      {"covariance",
       "The whole covariance matrix of one stochastic gradient, symmetric and positive definite, instead of `sigma`",
       ""},
      {"data",
       "A file of examples, one a row: CSV (comma, semicolon or tab, with a header), NPY or NPZ; see [file "
       "formats](file-formats.md#data-sets). Names of columns are those of the header, with `_` for whatever is "
       "neither letter nor digit",
       ""},
      {"target", "What a [model](loss-language.md#models) is fitted to: a column, or an expression of columns",
       "the last column"},
      {"features", "What a model is fitted with: columns, or expressions of columns, as `dose, log(age), x1*x2`",
       "all columns of the file that are not in `target`"},
      {"standardize", "Each column is shifted and scaled to mean 0 and variance 1", ""},
      {"sampling",
       "`with-replacement`: each example of a batch is any row; `without-replacement`: the rows of a batch differ; "
       "`reshuffle`: all rows in turn, in a new order for each particle and epoch, the last batch of an epoch being "
       "what is left",
       "`with-replacement`"},
      {"random",
       "`NAME=LAW`: a column that is no file's but drawn fresh for each example: `normal:M,S`, `uniform:A,B`, "
       "`rademacher`, `laplace`, `student-t:NU`, or for several names at once `A,B=gaussian:MEANS;ROWS OF THE "
       "COVARIANCE`. Repeatable",
       ""},
      {"particles", "Number of independent particles. Memory does not grow with it", ""},
      {"steps", "Steps after burn-in", ""},
      {"burn-in", "Steps before the first sample, or `auto`; see [burn-in](theory.md#burn-in)", ""},
      {"thinning",
       "Steps between samples. With `K` steps of burn-in, `T` steps and thinning `M`, samples are taken at steps "
       "`K+T`, `K+T-M`, `K+T-2M`, ..., above `K`, each of every particle",
       ""},
      {"snapshots",
       "Steps at which to keep histograms and moments of their own. Step `n` is the state after `n` updates, burn-in "
       "included; 0 is the start",
       ""},
      {"init",
       "Where particles start: `point:V`, `normal:MEAN,SD` (`normal:MEAN,SD,LOWER,UPPER` moves what falls outside to "
       "the nearer end) or `uniform:LOWER,UPPER`; one law, or one for each coordinate, separated by `;`",
       "normal with the mean and the width of the Gibbs density, clamped to its 1 % and 99 % quantiles"},
      {"seed", "The key of every random number, 0 to 2^64 - 1; above 2^63 - 1 a file has it in quotes", ""},
      {"precision", "`float` or `double`: the arithmetic of the particles. Sums are in double in any case", ""},
      {"backend", "`cpu`, `cuda`, or `auto`: the GPU if there is one that can be used", ""},
      {"threads", "Threads of the CPU engine; 0: all", ""},
      {"device", "Number of the GPU", ""},
      {"chunk", "Particles in memory at a time; 0: chosen", ""},
      {"histogram",
       "`EXPR:BINS:LOWER:UPPER`, `EXPR:BINS` or `EXPR`, where `EXPR` is an expression of the coordinates, of `loss`, "
       "and of what the [dynamics](dynamics.md#observables) has: `v.x`, `kinetic`, `average(e,N)`, `ema(e,N)`, "
       "`previous(e)`, `first-passage(e)`. Two of them separated by a comma make a joint histogram; `:periodic` at the "
       "end is for an angle. Repeatable",
       "each coordinate and velocity, and the loss"},
      {"alpha", "Alpha of the Gibbs prediction: `T = 2 alpha T_eff`, which for `sgd` is `alpha eta sigma^2`", ""},
      {"output", "Folder for the [files](file-formats.md). What it holds of a former run is replaced", ""},
      {"format",
       "Formats of the histograms: `json`, [`npz`, `hdf5`, `csv`](file-formats.md#formats), separated by commas", ""},
      {"quiet", "Print errors only", ""},
      {"json", "Print result.json to standard output, instead of a table", ""},
      {"dry-run", "Print what would run, and run nothing", ""},
      {"log", "Print progress as JSON lines to standard error", ""},
      {"checkpoint-interval", "Seconds between [checkpoints](long-runs.md)", "60, and at most 2 % of the time"},
      {"expect", "`consistent:PREDICTION`: exit status 1 unless the verdict on this prediction is `consistent`", ""}};
  return texts;
}

const OptionText* find_option_text(std::string_view name) {
  for (const OptionText& text : option_texts())
    if (text.name == name) return &text;
  return nullptr;
}

}  // namespace isotherm::cli
