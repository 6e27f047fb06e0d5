// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/neuron/elements.h>

#include <algorithm>
#include <cstring>

#include <snnvp/platform/base/types.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

namespace snnvp::neuron {

using engine::Format;

StepTensor::StepTensor(const engine::Operand& operand, std::uint64_t T, std::uint64_t size)
    : operand_(operand), size_(size), bytes_(ceil_div(T * size * engine::format_bits(operand.format), 8)) {}

engine::Transfer StepTensor::step(std::uint64_t t) {
  const std::uint64_t bits = size_ * engine::format_bits(operand_.format), first = t * bits / 8, end = ceil_div((t + 1) * bits, 8);
  return {operand_.address + first, bytes_.data() + first, end - first};
}

void StepTensor::load(std::uint64_t t, std::int32_t* values) const {
  const std::uint64_t first = t * size_;
  for (std::uint64_t n = 0; n < size_; ++n) {
    const std::uint64_t i = first + n;
    switch (operand_.format) {
      case Format::spikes: values[n] = packed_bit(bytes_.data(), i); break;
      case Format::int8: values[n] = static_cast<std::int8_t>(bytes_[i]); break;
      case Format::uint8: values[n] = bytes_[i]; break;
      default: std::memcpy(&values[n], &bytes_[4 * i], 4);  // little-endian, as the bus is
    }
  }
}

void StepTensor::store(std::uint64_t t, const std::int32_t* values) {
  const std::uint64_t first = t * size_;
  for (std::uint64_t n = 0; n < size_; ++n) {
    const std::uint64_t i = first + n;
    switch (operand_.format) {
      case Format::spikes:
        if (values[n] != 0) bytes_[i >> 3] = static_cast<std::uint8_t>(bytes_[i >> 3] | 1U << (i & 7));
        break;
      case Format::int8: bytes_[i] = static_cast<std::uint8_t>(std::clamp(values[n], -128, 127)); break;
      case Format::uint8: bytes_[i] = static_cast<std::uint8_t>(std::clamp(values[n], 0, 255)); break;
      default: std::memcpy(&bytes_[4 * i], &values[n], 4);
    }
  }
}

std::uint64_t StepTensor::ones() const {
  std::uint64_t ones = 0;
  for (const std::uint8_t byte : bytes_) ones += static_cast<unsigned>(__builtin_popcount(byte));
  return ones;
}

bool is_step_format(Format format) {
  return format == Format::spikes || format == Format::int8 || format == Format::uint8 || format == Format::int32;
}

}  // namespace snnvp::neuron
