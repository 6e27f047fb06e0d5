// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include <snnvp/models/prosperity/paper_timing.h>
#include <snnvp/workloads/formats/manifest.h>

namespace snnvp::test {

/// The layers of a recorded network in `paper` timing, in execution order.
struct PaperRun {
  struct Layer {
    std::string name;
    prosperity::LayerCounts counts;
  };
  std::vector<Layer> layers;
  prosperity::NetworkTotals totals;
};

/// One analysis per simulated layer, by name: it depends on tile sizes and issue type only.
using Analyses = std::map<std::string, prosperity::GemmAnalysis>;
inline Analyses analyze(const prosperity::Config& config, const SpikeNetwork& network) {
  Analyses analyses;
  prosperity::GemmAnalyzer analyzer;
  for (const SpikeLayer& layer : network.layers) {
    if (layer.simulated) analyses[layer.name] = analyzer.analyze(config, layer.geometry, layer.spikes.view());
  }
  return analyses;
}

inline PaperRun run_paper(const prosperity::Config& config, const SpikeNetwork& network, const Analyses& analyses) {
  PaperRun run;
  prosperity::LayerState state;
  for (const SequenceOp& op : network.sequence) {
    prosperity::LayerCounts counts;
    switch (op.kind) {
      case SequenceOp::Kind::conv2d:
      case SequenceOp::Kind::fc: counts = gemm_layer(config, analyses.at(op.name), state); break;
      case SequenceOp::Kind::lif: counts = lif_layer(config, op.neurons, op.T, state); break;
      case SequenceOp::Kind::maxpool2d: prosperity::maxpool_layer(state); continue;
      default: continue;
    }
    run.layers.push_back({op.name, counts});
    run.totals.add(counts);
  }
  return run;
}

inline PaperRun run_paper(const prosperity::Config& config, const SpikeNetwork& network) {
  return run_paper(config, network, analyze(config, network));
}

}  // namespace snnvp::test
