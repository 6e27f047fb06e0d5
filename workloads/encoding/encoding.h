// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <snnvp/workloads/encoding/bit_stream.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

// How the spikes of one window cross a die edge, bit for bit, there and back (spec/chiplet.md 4.2, 4.3). A window is a spike
// tensor whose first axis is time; the others are flattened to neurons. Neurons are cut into groups, one per destination core;
// the 18 bits of dx and dy hold the group's number.
namespace snnvp {

/// The numbers are the codes of `auto` and of the format field (decision 37).
enum class Encoding : std::uint8_t { act = 0, aer = 1, baer = 2, bitmap = 3, rle = 4, delta = 5, rate = 6, ttfs = 7 };

/// "act", "aer", "baer", ...
std::string encoding_name(Encoding encoding);
std::optional<Encoding> encoding_of(const std::string& name);
/// Every spike comes back at its neuron and step.
constexpr bool is_lossless(Encoding e) { return e != Encoding::act && e != Encoding::rate && e != Encoding::ttfs; }

/// What sender and receiver of a stream have agreed on.
struct EncodingSpec {
  unsigned group = 256;                  ///< N, neurons of a group, 8..1024; aer and ttfs always address cores of 256
  unsigned header_bits = 26;             ///< of a group packet: dx 9, dy 9, tick 4, format 4; 34 adds an 8-bit count of the body's spikes
  unsigned packet_bits = 30;             ///< W of aer: 30, or 38 where every packet takes a 38-bit slot
  unsigned act_bits = 8;                 ///< of `act`: ceil(act_bits / 8) packets of 38 bits a value
  Encoding delta_inner = Encoding::rle;  ///< aer, baer, bitmap or rle
  unsigned rice_k = 0;                   ///< of rle, and of delta's first step; best_rice_k() chooses it
  unsigned rice_k_delta = 0;             ///< of delta from the second step on
  /// Sets both Rice parameters for a spike probability and the lag-1 correlation of a neuron's train.
  void tune(double rate, double correlation = 0);
};

/// What forbids this encoding for a window of `steps` x `neurons`; empty if nothing does.
std::string encoding_problem(Encoding encoding, const EncodingSpec& spec, std::uint64_t steps, std::uint64_t neurons);

/// Encodes a window. `act` and `rate` send spike counts. Throws InputError where encoding_problem() finds something.
BitStream encode(Encoding encoding, const EncodingSpec& spec, const SpikeView& window);
/// Exact size of encode() without making it.
Bits encoded_bits(Encoding encoding, const EncodingSpec& spec, const SpikeView& window);
/// Packets of encode().
std::uint64_t encoded_packets(Encoding encoding, const EncodingSpec& spec, const SpikeView& window);

/// The window that a stream holds, axes TC. `act` and `rate` give their counts spread evenly over the window, `ttfs` the first
/// spike of each neuron. Throws InputError on a stream that encode() cannot have made.
SpikeTensor decode(Encoding encoding, const EncodingSpec& spec, const BitStream& stream, std::uint64_t steps, std::uint64_t neurons);

/// The cheapest lossless encoding of a window, the first by code among equals.
Encoding cheapest(const EncodingSpec& spec, const SpikeView& window);
/// `auto`: a 4-bit code once per tensor, then the cheapest.
constexpr unsigned auto_code_bits = 4;
BitStream encode_auto(const EncodingSpec& spec, const SpikeView& window);
SpikeTensor decode_auto(const EncodingSpec& spec, const BitStream& stream, std::uint64_t steps, std::uint64_t neurons);

/// Dense values, `act_bits` each (up to 32), ceil(act_bits / 8) ACT packets a value, low byte first.
BitStream encode_values(const EncodingSpec& spec, const std::vector<std::uint32_t>& values);
std::vector<std::uint32_t> decode_values(const EncodingSpec& spec, const BitStream& stream, std::uint64_t count);

/// What an encoding changed.
struct EncodingLoss {
  std::uint64_t spikes_in = 0, spikes_out = 0;
  std::uint64_t changed = 0;      ///< (neuron, step) pairs that differ
  std::uint64_t count_error = 0;  ///< sum over neurons of |spikes in - spikes out|
  std::uint64_t worst_count_error = 0;
  bool is_lossless() const { return changed == 0; }
};
/// Compares two windows of equal shape.
EncodingLoss loss_between(const SpikeView& sent, const SpikeView& received);

}  // namespace snnvp
