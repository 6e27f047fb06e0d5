// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <snnvp/workloads/spikes/spike_tensor.h>

namespace snnvp {

/// Spike tensors carry their axes as letters: T time, C channel, H row, W column, L token, D model width.
/// Manifests use TCHW (conv), TC (fc), TLC or TLD (fc and attention over tokens); C order in memory (spec/formats.md 4.3).
bool is_known_layout(std::string_view axes);
/// TC, TLC or TCHW for a tensor of that many axes; empty if there is none.
std::string_view default_layout(std::size_t axes);

/// The same spikes with the axes in another order, e.g. TCHW to THWC. InputError unless `axes` is a permutation.
SpikeTensor permuted(const SpikeView& spikes, std::string_view axes);

/// numpy's own `packbits` default: big-endian bits, each run along the last axis padded to whole bytes.
std::vector<std::uint8_t> pack_big_last_axis(const SpikeView& spikes);
/// Bytes that pack_big_last_axis() gives for this shape. InputError if the shape is too large.
std::uint64_t big_last_axis_bytes(const std::vector<std::uint64_t>& shape);
/// The reverse. InputError if the byte count or a padding bit is wrong.
SpikeTensor unpack_big_last_axis(std::string axes, std::vector<std::uint64_t> shape, const std::uint8_t* bytes, std::uint64_t byte_count);

}  // namespace snnvp
