// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <snnvp/platform/engine/job.h>
#include <snnvp/workloads/network/integer_network.h>

// One sample of a network as jobs for engines and work of the host in between. Pure: no simulation, no addresses yet.
namespace snnvp {

/// Where the layers of a network run.
struct NetworkPlacement {
  std::string engine;                         ///< of the layers that `layers` does not name
  std::map<std::string, std::string> layers;  ///< engine by layer
  std::vector<std::string> neuron_units;      ///< blocks for nodes without weights; the first that takes one gets it
  bool keeps_sums = true;                     ///< the sums behind fused neurons are stored as well, untimed, to be checked
};

/// Why a block would not take a job, or empty.
using BlockRefusal = std::function<std::string(const std::string& block, const engine::JobDescriptor&)>;

/// A layer that its engine does not take.
struct LayerRefusal {
  std::string layer, engine, reason;
  std::vector<std::string> others;  ///< those of `candidates` that take it
};

/// A piece of memory: one per sample under way, or one for all (weights, neuron tables).
struct NetworkBuffer {
  std::string what;  ///< "input of conv1"
  Bytes bytes = 0;
  bool is_shared = false;
  std::vector<std::uint8_t> content;  ///< of a shared one
};

constexpr int no_buffer = -1;
using OperandBuffers = std::array<int, engine::JobDescriptor::operand_count>;
constexpr OperandBuffers no_buffers() { return {no_buffer, no_buffer, no_buffer, no_buffer, no_buffer, no_buffer, no_buffer, no_buffer}; }

/// One job. A graded input x (int8) runs as bit planes: step t of x is `planes` steps of spikes, plane b at t * planes + b, and its sum is
/// the sum over b of 2^b times the plane's, the highest of eight planes counting negative.
struct NetworkJob {
  std::string block;
  std::size_t node = 0;              ///< connection, or the node that a neuron unit computes
  std::optional<std::size_t> fused;  ///< neurons behind a connection
  unsigned planes = 1;
  engine::JobDescriptor descriptor;       ///< without addresses
  OperandBuffers buffers = no_buffers();  ///< by operand
  bool is_partial = false;                ///< what it leaves is no node's value
  int table = no_buffer;                  ///< of values per channel
};

/// What happens for a sample, in order.
struct NetworkAction {
  enum class Kind {
    chain,     ///< jobs of one block, one doorbell
    pack,      ///< host: the input of a connection as spikes into its input buffer
    collect,   ///< host: sums of a connection in a cycle of the graph, of one step
    evaluate,  ///< host: computes a node
    publish    ///< host: all steps of a node in a cycle of the graph to its buffer
  };
  Kind kind = Kind::chain;
  std::size_t index = 0;   ///< chain: of `chains`; else the node
  std::int64_t step = -1;  ///< all steps, or one
};

struct NetworkChain {
  std::string block;
  std::vector<std::size_t> jobs;
};

/// The program of one sample.
struct NetworkProgram {
  std::uint64_t steps = 0;
  std::vector<NetworkBuffer> buffers;
  std::vector<NetworkJob> jobs;
  std::vector<NetworkChain> chains;
  std::vector<NetworkAction> actions;
  std::vector<std::size_t> source;      ///< by node: the node whose values it passes on, else itself
  std::vector<int> value_buffer;        ///< by node: spikes or int32, [T][size]; no_buffer for fused connections and those that pass on
  std::vector<int> sums_job;            ///< by node: the job that leaves its bare sums, or -1
  std::vector<int> input_buffer;        ///< by connection: what `pack` writes
  std::vector<std::size_t> host_nodes;  ///< computed by the host, between jobs and without time
  std::vector<std::size_t> recurrent;   ///< nodes in cycles of the graph

  /// Blocks that get jobs, in order of their first one.
  std::vector<std::string> blocks() const;
};

/// Makes the program. `candidates` are the engines that a refusal may name instead. InputError if a layer is too large to be lowered.
NetworkProgram make_network_program(const IntegerNetwork& network, std::uint64_t steps, const NetworkPlacement& placement,
                                    const BlockRefusal& refusal, const std::vector<std::string>& candidates,
                                    std::vector<LayerRefusal>& refused);

/// Bit planes that hold every value a connection's input can have.
unsigned planes_of(const IntegerNetwork& network, std::size_t node);

}  // namespace snnvp
