#pragma once
// Many runs on one machine: small ones side by side, one thread each or on a GPU in packs that share its launches;
// large ones one after the other, with all threads.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "batch/point_queue.hpp"
#include "engine/shared_device.hpp"
#include "experiment/plan.hpp"
#include "experiment/result.hpp"

namespace isotherm::batch {

/// Wall time that went into one run, or, added up, the time of the threads that made them.
struct PhaseSeconds {
  double plan = 0;       ///< parsing, differentiating, minima, ranges, burn-in
  double particles = 0;  ///< advancing and counting
  double theory = 0;     ///< predictions, estimates, verdict
  double total() const { return plan + particles + theory; }
};

/// What became of one point. Either `result` (and `plan`) or `failure`.
struct PointOutcome {
  std::size_t point = 0;
  const Plan* plan = nullptr;
  const Result* result = nullptr;
  std::string failure;      ///< the reason
  bool incidental = false;  ///< of a failure: not by the setting itself (memory), so that another attempt may succeed
  PhaseSeconds seconds;
};

/// As engine::share_cuda_device.
using DeviceSharer =
    std::function<std::unique_ptr<engine::SharedDevice>(int device, std::size_t engines, std::string& why_not)>;

struct PointsRequest {
  std::span<const std::size_t> points;                    ///< which to run, in this order
  PointQueue* queue = nullptr;                            ///< or, instead of `points`, where they come from
  std::function<Experiment(std::size_t)> experiment;      ///< of a point; called from any thread
  std::uint64_t threads = 0;                              ///< in all; 0: as many as there are cores
  std::optional<PredictionSet> predictions;               ///< empty: affordable_predictions
  std::string simd;                                       ///< as Plan::simd
  const std::atomic<bool>* stop = nullptr;                ///< as Control::stop; points under way are given up
  std::function<void(const PointOutcome&)> finished;      ///< called as each ends, from any thread, several at a time
  std::function<void(std::uint64_t)> on_particle_steps;   ///< particle-steps since the last call; likewise
  DeviceSharer share_device = engine::share_cuda_device;  ///< where points that are not large find a GPU
};

/// Returns when all are done, or throws Stopped. A point that throws is an outcome with a failure; what `finished`
/// throws ends the sweep and is thrown on. Each result is that of run() on the same experiment, to the last bit.
void run_points(const PointsRequest& request);

/// All theory for points of 2^33 particle-steps or more, Gibbs' from 2^28, and none below: it takes 10 ms to 1 s, and
/// so less time than the particles.
PredictionSet affordable_predictions(const Plan& plan);

/// True for a point that is better run by all threads than beside others: 2^36 particle-steps or more, of 64 blocks or
/// more for each thread.
bool is_large(const Experiment& experiment, std::uint64_t threads);

}  // namespace isotherm::batch
