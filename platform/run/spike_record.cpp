// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/spike_record.h>

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include <snnvp/platform/base/text.h>

namespace snnvp {
namespace {

constexpr double default_dt = 1e-4;

/// What a name in the scenario leads to: the tensor's name in the list of results.
std::map<std::string, std::string> tensors_of(const LayerProgram& layers) {
  std::map<std::string, std::string> names;
  for (const LayerStep& step : layers.steps) {
    if (!step.neuron || !step.neuron->fits) continue;
    names[step.neuron->name] = step.neuron->name;
    names[step.name] = step.neuron->name;
  }
  return names;
}

}  // namespace

void check_spike_record(const LayerProgram& layers, const RunDecl& run, const SourcePos& pos, Diagnostics& diagnostics) {
  if (run.record_spikes.empty()) return;
  std::vector<std::string> names;
  if (const auto* source = dynamic_cast<const SpikeSource*>(layers.driver.get())) {
    names = source->spiking_layers();
  } else {
    for (const auto& [name, tensor] : tensors_of(layers)) names.push_back(name);
    if (!layers.driver && !run.check_output)
      diagnostics.error(pos, "run.record.spikes", "results are read back only where they are compared", "check_output: true");
  }
  for (const std::string& layer : run.record_spikes) {
    if (std::find(names.begin(), names.end(), layer) != names.end()) continue;
    const std::string hint = did_you_mean(layer, names);
    diagnostics.error(pos, "run.record.spikes", "the workload has no layer " + quote(layer) + " that makes spikes",
                      (names.empty() ? "no layer of it does" : "layers: " + join_names(names)) + (hint.empty() ? "" : "   " + hint));
  }
}

std::vector<Recording> read_spikes(engine::JobDriver& driver, const LayerProgram& layers, const std::vector<Expectation>& results,
                                   const std::vector<std::string>& wanted) {
  const auto tensors = tensors_of(layers);
  std::vector<Recording> all;
  for (const std::string& layer : wanted) {
    const auto tensor = tensors.find(layer);
    if (tensor == tensors.end()) continue;
    // Every engine has made the same: the first one's are kept.
    const auto e = std::find_if(results.begin(), results.end(),
                                [&](const Expectation& r) { return r.tensor == "spikes" && r.layer == tensor->second; });
    if (e == results.end() || e->shape.empty() || e->shape[0] == 0) continue;
    std::vector<std::uint8_t> bytes(e->expected.size);
    if (driver.debug_read(e->address, bytes.data(), bytes.size()) != bytes.size()) continue;  // told by the check
    if (e->elements % 8 != 0) bytes[(e->elements - 1) / 8] &= static_cast<std::uint8_t>((1U << e->elements % 8) - 1);
    Recording recording;
    recording.node = layer;
    recording.dt = default_dt;
    recording.steps = e->shape[0];
    recording.neurons = e->elements / recording.steps;
    recording.spikes = SpikeTensor::from_packed("TC", {recording.steps, recording.neurons}, bytes.data(), (e->elements + 7) / 8);
    all.push_back(std::move(recording));
  }
  return all;
}

}  // namespace snnvp
