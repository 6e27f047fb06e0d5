// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <snnvp/platform/block/result_rule.h>
#include <snnvp/platform/engine/driver.h>
#include <snnvp/platform/engine/job.h>
#include <snnvp/platform/run/workload_driver.h>
#include <snnvp/workloads/network/layers.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

// From a workload to jobs: what lies where in memory, which descriptors run it, what must come out.
namespace snnvp {

/// One layer of a workload, with the neuron update that directly follows it.
struct LayerStep {
  enum class Op { gemm, attention, layernorm, neuron };

  /// The neuron update of a layer, or alone.
  struct Neuron {
    std::string name;
    std::uint64_t neurons = 0;  ///< as the workload counts them
    bool fits = true;           ///< false: `neurons` does not fit the layer; only counted, nothing computed (decision 15)
  };

  std::string name;
  Op op = Op::gemm;
  GemmGeometry gemm;  ///< gemm; for a lone neuron update T and N (neurons)
  AttentionGeometry attention;
  std::uint64_t norm_rows = 0, norm_width = 0;
  bool norm_fits = true;               ///< false: the rows are not the sums of the layer before; only counted, nothing computed
  const SpikeTensor* input = nullptr;  ///< gemm: recorded input
  const SpikeTensor *q = nullptr, *k = nullptr, *v = nullptr;
  std::optional<Neuron> neuron;

  /// It leaves sums of its own.
  bool computes() const { return op != Op::neuron && (op != Op::layernorm || norm_fits); }
};

/// Everything a run needs to know of a workload, whatever kind it is.
struct LayerProgram {
  std::string network;  ///< its name, empty if it has none
  std::vector<LayerStep> steps;
  NeuronRecord neuron;
  std::uint64_t seed = 1;
  bool store_sums = false;
  std::shared_ptr<void> owner;           ///< keeps the tensors alive
  std::vector<std::string> input_files;  ///< data files read, paths as the user wrote them
  std::vector<std::string> real_files;   ///< the same files as they can be opened
  std::vector<std::pair<std::string, std::string>> notices;
  Picoseconds default_limit = 0;           ///< of simulated time where the scenario sets none; 0: none
  std::shared_ptr<WorkloadDriver> driver;  ///< set by a kind that drives blocks itself; `steps` is empty then
};

/// Bytes kept alive by whoever needs them; never copied.
struct SharedBytes {
  std::shared_ptr<const void> owner;
  const std::uint8_t* data = nullptr;
  Bytes size = 0;
};

/// Bytes put into memory before time 0.
struct Placement {
  std::string what;  ///< "weights of conv2d_1"
  Address address = 0;
  SharedBytes bytes;
};

/// A result to compare with the golden model.
struct Expectation {
  std::string engine, layer, tensor;  ///< tensor: sums or spikes
  Address address = 0;
  engine::Format format = engine::Format::int32;
  std::uint64_t elements = 0;
  std::vector<std::uint64_t> shape;  ///< for the place of the first difference
  SharedBytes expected;
};

/// The rows of the report that a descriptor leads to: names by part.
struct JobNames {
  std::string main, neuron;
};

struct EngineProgram {
  std::string engine;
  engine::Submission submission;  ///< registers and irq are filled in by the run
  std::vector<JobNames> names;    ///< by descriptor tag
};

/// What pruning took from an engine's attention scores, by the golden model.
struct PruningRecord {
  std::string engine;
  std::uint32_t bound = 0;  ///< every removed score is below it
  PruningLoss loss;
};

struct MemoryProgram {
  std::vector<Placement> placements;
  std::vector<EngineProgram> engines;
  std::vector<Expectation> expectations;
  std::vector<PruningRecord> pruning;
  Bytes bytes_used = 0;
};

/// Bytes that build_memory_program will take, without making any of the data.
Bytes memory_needed(const LayerProgram& layers, const std::vector<std::string>& engines);

/// Lays out a workload for engines in memory [base, base + size): inputs and weights once, results and
/// descriptors per engine. `check` false leaves out expectations (nothing golden is computed). `rules` by engine: what its construction
/// makes of results; without one they are plain. Throws InputError if the memory is too small.
MemoryProgram build_memory_program(const LayerProgram& layers, const std::vector<std::string>& engines, Address base, Bytes size,
                                   bool check, const std::map<std::string, ResultRule>& rules = {});

}  // namespace snnvp
