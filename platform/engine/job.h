// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <snnvp/platform/base/types.h>
#include <snnvp/workloads/network/layers.h>

// The job descriptor: the one command format of all engines (architecture, section 4). A fixed-size
// little-endian record in memory; a host driver, firmware and a foreign CPU write the same bytes.
namespace snnvp::engine {

enum class Operation : std::uint32_t {
  none = 0,
  gemm = 1,       ///< fully connected: spikes x weights; with a neuron record also its LIF
  conv2d = 2,     ///< convolution as a GEMM
  attention = 3,  ///< spiking attention on q, k, v
  neuron = 4,     ///< neuron update on sums
  layernorm = 5,
  copy = 6,  ///< models.dma
  count_
};

/// Name of an operation as reports print it.
std::string operation_name(Operation operation);

enum class Format : std::uint32_t { none = 0, spikes = 1, int8 = 2, int32 = 3, uint8 = 4 };

/// Bits of an element.
unsigned format_bits(Format format);

enum Flag : std::uint32_t {
  flag_first = 1U << 0,       ///< starts a chain: what the engine kept of earlier layers is forgotten
  flag_irq = 1U << 1,         ///< raise `done` after this job even if another follows
  flag_store_sums = 1U << 2,  ///< sums leave over the DMA port, timed and counted
};

/// A tensor in memory. Stride 0 in all axes means dense C order; strides count elements.
struct Operand {
  Address address = 0;
  Format format = Format::none;
  std::uint32_t stream_port = 0;  ///< 0: memory; else tiles come from this stream port
  std::array<std::uint32_t, 4> shape{};
  std::array<std::uint32_t, 4> stride{};

  bool present() const { return format != Format::none; }
  /// In memory, dense in C order.
  bool is_dense_memory() const { return stream_port == 0 && stride == std::array<std::uint32_t, 4>{}; }
  std::uint64_t elements() const;
  Bytes bytes() const { return (elements() * format_bits(format) + 7) / 8; }
};

/// Which operand is which, per operation.
namespace operand {
constexpr unsigned input = 0, weights = 1, sums = 2, spikes_out = 3;  // gemm, conv2d
constexpr unsigned q = 0, k = 1, v = 2, attention_out = 3, attention_spikes = 4;
constexpr unsigned neuron_sums = 0, neuron_spikes = 3;
constexpr unsigned norm_in = 0, norm_out = 3;
constexpr unsigned source = 0, destination = 1;
}  // namespace operand

/// Per-channel values of a neuron record that lie in memory, in this order, each int32 [channels].
enum NeuronTable : std::uint32_t {
  table_threshold = 1U << 0,
  table_leak = 1U << 1,
  table_reset = 1U << 2,
  table_bias = 1U << 3,
  table_synapse_leak = 1U << 4,
  table_synapse_bias = 1U << 5,
};
constexpr std::uint32_t all_neuron_tables = 63;

/// The neuron part of an operation record. `present` false: no neuron update.
struct NeuronJob {
  bool present = false;
  std::uint32_t neurons = 0;   ///< neurons the update is counted for (a trace may say otherwise than the layer)
  std::uint32_t tables = 0;    ///< NeuronTable bits: what lies at tables_address; the front end reads it into `record`
  Address tables_address = 0;  ///< 0: no tables
  NeuronRecord record;
};

/// The tables a record needs, and their values one after the other.
std::uint32_t tables_of(const NeuronRecord& record);
std::vector<std::int32_t> table_values(const NeuronRecord& record);
/// The reverse; `values` holds `channels` items for each bit of `tables`.
void set_tables(std::uint32_t tables, std::uint64_t channels, const std::int32_t* values, NeuronRecord& record);

struct JobDescriptor {
  static constexpr Bytes size_bytes = 512;
  static constexpr std::uint32_t version = 1;
  static constexpr unsigned operand_count = 8;

  Operation operation = Operation::none;
  std::uint32_t flags = 0;
  std::uint32_t tag = 0;  ///< free for the driver; comes back in layer records
  Address next = 0;       ///< next descriptor of the chain, 0 = end
  std::array<Operand, operand_count> operands{};

  GemmGeometry gemm;                            ///< gemm, conv2d
  AttentionGeometry attention;                  ///< attention
  std::uint64_t norm_rows = 0, norm_width = 0;  ///< layernorm
  NeuronJob neuron;
};

/// Channels of the neuron update of a job: what its tables have values for.
std::uint64_t neuron_channels(const JobDescriptor& job);

using DescriptorBytes = std::array<std::uint8_t, JobDescriptor::size_bytes>;

/// Little-endian image with its CRC-32 (zlib polynomial, over everything after the CRC field).
DescriptorBytes encode(const JobDescriptor& job);

enum class JobStatus : std::uint32_t {
  ok = 0,
  bad_descriptor = 1,  ///< size, version or CRC wrong
  unknown_operation = 2,
  unsupported = 3,  ///< known, but not by this engine or not with these shapes
  bad_shape = 4,    ///< zero, overflowing or inconsistent shapes
  misaligned = 5,   ///< pointer alignment (descriptors 8 bytes, int32 operands 4 bytes)
  bus_error = 6,    ///< an address did not answer
  busy = 7,         ///< doorbell while a job runs
  aborted = 8,
  count_
};

std::string status_name(JobStatus status);

/// Decodes an image; anything wrong is a status and a sentence, never an exception.
struct Decoded {
  JobDescriptor job;
  JobStatus status = JobStatus::ok;
  std::string problem;
};
Decoded decode(const DescriptorBytes& bytes);

}  // namespace snnvp::engine
