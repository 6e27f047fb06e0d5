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
  copy = 6,         ///< models.dma
  elementwise = 7,  ///< sums, scaling, ReLU and pools of tensors, without state
  mha = 8,          ///< spiking multi-head self-attention from its input on: projections, head selection, attention, concatenation
  moe = 9,          ///< spiking mixture of experts: routing, two layers per expert, merge
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
constexpr unsigned neuron_sums = 0, neuron_membranes = 1, neuron_currents = 2, neuron_spikes = 3;  // 1, 2: state, read and written
constexpr unsigned element_in = 0, element_out = 3, element_more = 4;                              // further inputs 4, 5, 6
constexpr unsigned norm_in = 0, norm_out = 3;
constexpr unsigned source = 0, destination = 1;
// Weights of the transformer kernels are int8 [output feature][input feature].
constexpr unsigned mha_in = 0, mha_wq = 1, mha_wk = 2, mha_out = 3, mha_wv = 4;
constexpr unsigned moe_in = 0, moe_w1 = 1, moe_w2 = 2, moe_out = 3, moe_router = 4, moe_sums = 5;  // sums optional
}  // namespace operand

/// The neuron part of an operation record. `present` false: no neuron update.
struct NeuronJob {
  bool present = false;
  std::uint32_t neurons = 0;      ///< neurons the update is counted for (a trace may say otherwise than the layer)
  Address threshold_address = 0;  ///< per-channel int32 thresholds, or the channel table, or 0
  bool channel_table = false;     ///< rows of 8 int32: threshold, leak, reset value, bias, synapse leak, synapse bias, 0, 0
  std::uint32_t channels = 0;     ///< rows; neuron n belongs to channel n / (neurons / channels)
  NeuronRecord record;
};

/// Words of a row of the channel table.
constexpr unsigned channel_table_words = 8;

/// The record needs a channel table: some of its values go by channel.
bool has_channel_values(const NeuronRecord& record);
/// The table of a record, a row per channel; scalars stand in every row.
std::vector<std::int32_t> channel_table_of(const NeuronRecord& record, std::uint64_t channels);
/// The reverse. What memory holds cannot be refused any more: factors beyond 0 to 1 are limited.
void set_channel_table(const std::int32_t* table, std::uint64_t channels, NeuronRecord& record);

/// The record of an element-wise operation: y from the sum x of up to four inputs, each times multiplier / 2^shift (halves away from
/// zero), saturated to int32. Shapes are (C, H, W) per step.
struct ElementwiseJob {
  enum class Kind : std::uint32_t {
    add,    ///< y = x
    scale,  ///< y = round(x * multiplier / 2^shift)
    relu,   ///< the same, limited to 0 to 127
    sum_pool,
    max_pool  ///< largest value, at least 0
  };
  struct Input {
    std::int32_t multiplier = 1;  ///< 22 bit
    std::uint32_t shift = 0;      ///< at most 40
  };
  Kind kind = Kind::add;
  std::uint32_t T = 1, C = 1, H = 1, W = 1;
  std::array<std::uint32_t, 2> kernel{1, 1}, stride{1, 1}, padding{0, 0};  ///< pools; each below 2^16
  std::int32_t multiplier = 1;                                             ///< scale, relu
  std::uint32_t shift = 0;
  std::uint32_t channels = 0;       ///< int32 multipliers at `multipliers_address`, one per leading block of values
  Address multipliers_address = 0;  ///< 0: `multiplier` for all
  std::array<Input, 4> inputs{};

  std::uint32_t out_h() const { return (H + 2 * padding[0] - kernel[0]) / stride[0] + 1; }
  std::uint32_t out_w() const { return (W + 2 * padding[1] - kernel[1]) / stride[1] + 1; }
  bool is_pool() const { return kind == Kind::sum_pool || kind == Kind::max_pool; }
};

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
  ElementwiseJob elementwise;                   ///< elementwise
  TransformerGeometry transformer;              ///< mha, moe
  NeuronJob neuron;
};

/// Channels of the neuron update behind an operation.
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
