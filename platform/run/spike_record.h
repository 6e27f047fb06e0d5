// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/engine/driver.h>
#include <snnvp/platform/run/program.h>
#include <snnvp/workloads/formats/nir_data.h>

// `run.record: {spikes: [layer]}`: what engines wrote to memory for a layer, kept for spikes.nir.
namespace snnvp {

/// A workload driver that can keep the spikes of its layers.
class SpikeSource {
public:
  virtual ~SpikeSource() = default;
  virtual std::vector<std::string> spiking_layers() const = 0;
  /// Before the run; only names of spiking_layers(). Throws InputError if that were too much to keep.
  virtual void keep_spikes(const std::vector<std::string>& layers) = 0;
  /// After it, in the order asked for; the samples that ran.
  virtual std::vector<Recording> kept_spikes() const = 0;
};

/// Are there such layers? Problems are told at `run.record.spikes`, positioned at `pos`.
void check_spike_record(const LayerProgram& layers, const RunDecl& run, const SourcePos& pos, Diagnostics& diagnostics);

/// Spikes that a list of jobs left in memory, one sample each; `dt` of the layers is not known: 1e-4 s. A layer may be named by itself
/// or by its neurons.
std::vector<Recording> read_spikes(engine::JobDriver& driver, const LayerProgram& layers, const std::vector<Expectation>& results,
                                   const std::vector<std::string>& wanted);

}  // namespace snnvp
