// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <snnvp/platform/engine/engine_core.h>

namespace snnvp::neuron {

/// A tensor of T steps of `size` values in memory, as spikes, int8, uint8 or int32, moved a step at a time.
///
/// Steps of spikes need not begin at a whole byte: a step moves every byte that holds one of its bits.
class StepTensor {
public:
  StepTensor(const engine::Operand& operand, std::uint64_t T, std::uint64_t size);

  /// The burst that brings or stores step t; data stay valid as long as this object.
  engine::Transfer step(std::uint64_t t);
  /// The burst of the whole tensor.
  engine::Transfer all() { return {operand_.address, bytes_.data(), bytes_.size()}; }
  /// Values of step t, once it has arrived.
  void load(std::uint64_t t, std::int32_t* values) const;
  /// Sets step t: spikes where a value is not 0, int8 and uint8 saturating.
  void store(std::uint64_t t, const std::int32_t* values);
  /// Ones of a tensor of spikes.
  std::uint64_t ones() const;

private:
  engine::Operand operand_;
  std::uint64_t size_;
  std::vector<std::uint8_t> bytes_;
};

/// True for formats a StepTensor can read.
bool is_step_format(engine::Format format);

}  // namespace snnvp::neuron
