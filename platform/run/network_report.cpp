// SPDX-License-Identifier: Apache-2.0
// What a run of a network tells: accuracy, agreement, NeuroBench's metrics, engines side by side.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include <snnvp/platform/base/human.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/report/report.h>
#include <snnvp/platform/run/network_turn.h>
#include <snnvp/workloads/network/recorded.h>

namespace snnvp {
namespace {

using Json = nlohmann::ordered_json;

Json neurobench_json(const NeuroBenchMetrics& m) {
  Json j;
  j["Footprint"] = m.footprint_bytes;
  j["ParameterCount"] = m.parameter_count;
  j["ConnectionSparsity"] = m.connection_sparsity;
  if (m.samples != 0) {
    j["ActivationSparsity"] = m.activation_sparsity;
    Json by_layer = Json::object();
    for (const auto& [layer, sparsity] : m.activation_sparsity_by_layer) by_layer[layer] = sparsity;
    j["ActivationSparsityByLayer"] = std::move(by_layer);
    j["SynapticOperations"] = {{"Effective_MACs", m.effective_macs}, {"Effective_ACs", m.effective_acs}, {"Dense", m.dense}};
    j["MembraneUpdates"] = m.membrane_updates;
    j["NeuronOperations"] = {{"Effective Neuron Ops", m.effective_neuron_ops}, {"Neuron Dense Ops", m.dense_neuron_ops}};
  }
  return j;
}

double ratio(std::uint64_t part, std::uint64_t whole) { return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole); }

}  // namespace

std::vector<EngineRows> NetworkStream::engine_rows() {
  std::vector<EngineRows> all;
  for (const auto& turn : turns_)
    for (const std::string& block : turn->program.blocks()) {
      if (all.end() != std::find_if(all.begin(), all.end(), [&](const EngineRows& e) { return e.engine == block; })) continue;
      EngineRows rows{block, {}};
      for (const auto& other : turns_)
        for (const auto& [key, record] : other->rows) {
          if (key.first != block) continue;
          const NetworkJob& job = other->program.jobs[record.tag];
          const std::size_t node = record.part != 0 && job.fused ? *job.fused : job.node;
          rows.rows.emplace_back(task_.network.nodes[node].name + (job.is_partial ? ".sum" : ""), record);
        }
      all.push_back(std::move(rows));
    }
  return all;
}

std::vector<std::string> NetworkStream::spiking_layers() const {
  std::vector<std::string> names;
  for (const IntegerNode& node : task_.network.nodes)
    if (node.op != NodeOp::output && make_trace(node, 1).spikes.bits() != 0) names.push_back(node.name);
  return names;
}

void NetworkStream::keep_spikes(const std::vector<std::string>& layers) {
  for (const std::string& layer : layers)
    for (std::size_t n = 0; n < task_.network.nodes.size(); ++n) {
      if (task_.network.nodes[n].name != layer) continue;
      Recording recording;
      recording.node = layer;
      recording.dt = task_.network.dt > 0 ? task_.network.dt : recording.dt;
      recording.samples = task_.samples, recording.steps = task_.steps, recording.neurons = task_.network.nodes[n].size();
      recording.spikes = SpikeTensor("STC", {recording.samples, recording.steps, recording.neurons});
      kept_nodes_.push_back(n);
      kept_.push_back(std::move(recording));
    }
}

std::vector<Recording> NetworkStream::kept_spikes() const { return kept_; }

void NetworkStream::collect(RunReport& report) {
  if (problem_) std::rethrow_exception(problem_);
  std::uint64_t mismatches = 0;
  std::string first;
  for (const auto& turn : turns_) {
    report.compared += turn->tally.compared;
    mismatches += turn->tally.mismatches;
    if (first.empty()) first = turn->tally.first;
  }
  report.mismatches += mismatches;
  if (mismatches != 0)
    report.diagnosis.push_back({"output_mismatch", "error", first, "the engine's result in memory differs from the golden model"});

  const Turn& main = *turns_.front();
  const bool has_labels = !task_.labels.empty();
  Json workload;
  workload["samples"] = main.done;
  workload["steps"] = task_.steps;
  workload["correct"] = has_labels ? Json(main.correct) : Json(nullptr);
  workload["accuracy"] = has_labels && main.done != 0 ? Json(ratio(main.correct, main.done)) : Json(nullptr);
  if (agreement_.samples != 0)
    workload["agreement"] = {{"spike_mismatch_rate", agreement_.mismatch_rate()},
                             {"output_agreement", ratio(agreement_.outputs_equal, agreement_.samples)}};
  else
    workload["agreement"] = nullptr;
  Json host = Json::array();
  for (const std::size_t node : main.program.host_nodes) host.push_back(task_.network.nodes[node].name);
  workload["host_nodes"] = std::move(host);
  report.sections["workload"] = std::move(workload);

  const NeuroBenchMetrics metrics = neurobench_ ? neurobench_->metrics() : NeuroBench(task_.network).metrics();
  Json neurobench = neurobench_json(metrics);
  if (has_labels && main.done != 0) neurobench["ClassificationAccuracy"] = ratio(main.correct, main.done);
  report.sections["neurobench"] = std::move(neurobench);

  for (EngineReport& engine : report.engines) {
    engine.samples = 0;
    for (const auto& turn : turns_) {  // a unit beside the engines serves several turns
      const std::vector<std::string> blocks = turn->program.blocks();
      if (std::find(blocks.begin(), blocks.end(), engine.name) != blocks.end()) *engine.samples += turn->done;
      if (has_labels && turn->name == engine.name) engine.correct = turn->correct;
    }
  }
  if (!task_.mapping.empty() && !report.engines.empty()) {
    const double seconds = static_cast<double>(main.ended - main.started) * 1e-12;
    report.totals.emplace_back("cycles",
                               static_cast<std::uint64_t>(std::llround(seconds * static_cast<double>(report.engines.front().hz))));
    report.totals.emplace_back("seconds", seconds);
  }

  std::string line = fmt::format("  accuracy  ");
  if (has_labels && main.done != 0)
    line += fmt::format("{:.1f} %: {} of {} samples", 100 * ratio(main.correct, main.done), main.correct, main.done);
  else
    line += fmt::format("no labels; {} samples", main.done);
  if (agreement_.samples != 0)
    line += fmt::format("; {:.1f} % of the classes as in floating point, {:.2f} % of the spikes differ",
                        100 * ratio(agreement_.outputs_equal, agreement_.samples), 100 * agreement_.mismatch_rate());
  report.summary_lines.push_back(line);
  if (metrics.samples != 0)
    report.summary_lines.push_back(fmt::format(
        "  work      {} synaptic operations of {} dense and {} membrane updates per sample (NeuroBench)",
        grouped(static_cast<std::uint64_t>(metrics.effective_acs + metrics.effective_macs + 0.5)),
        grouped(static_cast<std::uint64_t>(metrics.dense + 0.5)), grouped(static_cast<std::uint64_t>(metrics.membrane_updates + 0.5))));
  if (!main.program.host_nodes.empty()) {
    std::vector<std::string> names;
    for (const std::size_t node : main.program.host_nodes) names.push_back(task_.network.nodes[node].name);
    report.diagnosis.push_back({"host_nodes", "notice",
                                "no engine computes " + join_names(names) + ": the host did it between jobs, in no time and for no energy",
                                "add a models.neuron, which takes nodes without weights"});
  }
}

}  // namespace snnvp
