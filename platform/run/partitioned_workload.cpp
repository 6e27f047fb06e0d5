// SPDX-License-Identifier: Apache-2.0
// Workload kind `partitioned`: a trained network spread over the tiles of packages of chips.
#include <algorithm>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/block/network_package.h>
#include <snnvp/platform/elaborate/platform.h>
#include <snnvp/platform/report/report.h>
#include <snnvp/platform/run/layer_report.h>
#include <snnvp/platform/run/network_task.h>
#include <snnvp/platform/run/workload_kinds.h>
#include <snnvp/workloads/network/recorded.h>

namespace snnvp {
namespace {

using Json = nlohmann::ordered_json;

double ratio(std::uint64_t part, std::uint64_t whole) { return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole); }

class PartitionedNetwork : public WorkloadDriver {
public:
  explicit PartitionedNetwork(NetworkTask task)
      : task_(std::move(task)), network_(std::make_shared<const IntegerNetwork>(task_.network)), golden_(*network_) {}

  void check(const Plan&, const SourcePos&, Diagnostics&) const override {}

  void attach(Platform& platform) override {
    for (const auto& [name, module] : platform.blocks()) {
      auto* package = dynamic_cast<NetworkPackage*>(module.get());
      if (package == nullptr) continue;
      runs_.push_back({name, package, {}});
    }
    if (runs_.empty()) throw InputError("workload: no block of the platform spreads a network over its tiles; models.snap does");
    for (Run& run : runs_) {
      PackageTask task;
      task.network = network_;
      task.samples = task_.samples, task.steps = task_.steps;
      task.sample = [this](std::uint64_t i) { return read(i); };
      task.done = [this, &run](std::uint64_t i, const NetworkSample& sample, const std::vector<IntegerTrace>& found) {
        judge(run, i, sample, found);
      };
      try {
        run.package->load_network(std::move(task));
      } catch (const InputError& error) {
        throw InputError(run.block + ": " + error.what());
      }
    }
  }

  bool is_finished() const override {
    return std::all_of(runs_.begin(), runs_.end(), [](const Run& run) { return run.package->is_finished(); });
  }
  std::uint64_t work_done() const override {
    std::uint64_t sum = 0;
    for (const Run& run : runs_) sum += run.package->stages_done();
    return sum;
  }
  std::uint64_t work_total() const override {
    std::uint64_t sum = 0;
    for (const Run& run : runs_) sum += run.package->stages_total();
    return sum;
  }

  void collect(RunReport& report) override {
    if (problem_) std::rethrow_exception(problem_);
    const bool has_labels = !task_.labels.empty();
    std::vector<LayerPackageRow> rows;
    for (Run& run : runs_) {
      LayerPackageRow row{run.block, run.package->layer_result()};
      auto& totals = row.result.totals;
      const Tally& t = run.tally;
      totals.emplace_back("correct", has_labels ? LayerValue(t.correct) : LayerValue());
      totals.emplace_back("accuracy", has_labels ? LayerValue(ratio(t.correct, t.samples)) : LayerValue());
      totals.emplace_back("accuracy_without_encoding", has_labels ? LayerValue(ratio(t.plain_correct, t.samples)) : LayerValue());
      totals.emplace_back("accuracy_change",
                          has_labels ? LayerValue(ratio(t.correct, t.samples) - ratio(t.plain_correct, t.samples)) : LayerValue());
      totals.emplace_back("agreement", ratio(t.agree, t.samples));
      totals.emplace_back("values_changed_by_encoding", t.changed);
      row.result.compared = t.compared, row.result.mismatches = t.mismatches, row.result.first_mismatch = t.first;
      rows.push_back(std::move(row));
    }
    add_layer_packages(report, rows);

    const Tally& main = runs_.front().tally;
    Json workload;
    workload["samples"] = main.samples;
    workload["steps"] = task_.steps;
    workload["correct"] = has_labels ? Json(main.correct) : Json(nullptr);
    workload["accuracy"] = has_labels ? Json(ratio(main.correct, main.samples)) : Json(nullptr);
    workload["accuracy_change"] =
        has_labels ? Json(ratio(main.correct, main.samples) - ratio(main.plain_correct, main.samples)) : Json(nullptr);
    workload["agreement"] = {{"output_agreement", ratio(main.agree, main.samples)}, {"values_changed", main.changed}};
    report.sections["workload"] = std::move(workload);
    for (const Run& run : runs_) {
      const Tally& t = run.tally;
      std::string line = fmt::format("  {:16} ", run.block);
      line += has_labels
                  ? fmt::format("{:.1f} % of {} samples right, {:+.1f} points by the boundary's code", 100 * ratio(t.correct, t.samples),
                                t.samples, 100 * (ratio(t.correct, t.samples) - ratio(t.plain_correct, t.samples)))
                  : fmt::format("{} samples, no labels", t.samples);
      line += fmt::format("; {:.1f} % of the classes as without it", 100 * ratio(t.agree, t.samples));
      report.summary_lines.push_back(line);
    }
  }

private:
  struct Tally {
    std::uint64_t samples = 0, correct = 0, plain_correct = 0, agree = 0, changed = 0;
    std::uint64_t compared = 0, mismatches = 0;
    std::string first;
  };
  struct Run {
    std::string block;
    NetworkPackage* package = nullptr;
    Tally tally;
  };

  std::optional<NetworkSample> read(std::uint64_t i) {
    try {
      return task_.sample(i);
    } catch (const InputError&) {
      problem_ = std::current_exception();  // thrown again outside the kernel
    }
    return std::nullopt;
  }

  void judge(Run& run, std::uint64_t i, const NetworkSample& sample, const std::vector<IntegerTrace>& found) {
    const std::vector<IntegerTrace> plain = golden_.run(sample);
    const std::optional<std::vector<IntegerTrace>> coded = run.package->golden_behind_boundary(sample);
    const TraceComparison comparison = compare_traces(*network_, found, coded ? *coded : plain);
    Tally& t = run.tally;
    ++t.samples;
    t.compared += comparison.compared;
    t.mismatches += comparison.mismatches;
    if (t.first.empty() && !comparison.first.empty()) t.first = fmt::format("sample {}: {}", i, comparison.first);
    if (coded) t.changed += compare_traces(*network_, *coded, plain).mismatches;
    const std::size_t output = network_->outputs().front();
    const auto winner = [&](const std::vector<IntegerTrace>& traces) {
      return classify(network_->nodes[output], traces[output], sample.steps, task_.readout);
    };
    const std::size_t answer = winner(found), without = winner(plain);
    t.agree += answer == without;
    if (task_.labels.empty()) return;
    t.correct += answer == task_.labels[i];
    t.plain_correct += without == task_.labels[i];
  }

  NetworkTask task_;
  std::shared_ptr<const IntegerNetwork> network_;
  IntegerSimulation golden_;
  std::vector<Run> runs_;
  std::exception_ptr problem_;
};

LayerProgram build_partitioned(const ParamSet& params) {
  LayerProgram program;
  program.driver = std::make_shared<PartitionedNetwork>(read_network_task(params, program));
  return program;
}

}  // namespace

WorkloadKind partitioned_workload() {
  WorkloadKind kind;
  kind.kind = "partitioned";
  kind.doc = "A trained network spread over the tiles of packages of chips, computed there and checked value by value";
  kind.params = network_task_params();
  kind.main_param = "network";
  kind.uses_engines = false;
  kind.build = build_partitioned;
  return kind;
}

}  // namespace snnvp
