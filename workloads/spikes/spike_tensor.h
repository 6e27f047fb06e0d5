// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <snnvp/platform/base/types.h>

namespace snnvp {

/// Reads bit i of packed little-bit-order bytes: bit (i & 7) of byte (i >> 3) (spec/formats.md 4.3).
inline bool packed_bit(const std::uint8_t* bytes, std::uint64_t i) { return (bytes[i >> 3] >> (i & 7)) & 1U; }

/// Reads `count` <= 57 consecutive bits starting at bit i into the low bits of the result.
/// Touches up to 8 bytes from byte (i >> 3) on: the store must be padded accordingly.
std::uint64_t packed_bits(const std::uint8_t* bytes, std::uint64_t i, unsigned count);

/// Ones among the first `bits` bits of packed bytes; reads ceil(bits / 8) bytes only.
std::uint64_t count_ones(const std::uint8_t* bytes, std::uint64_t bits);

/// Tensors beyond this many bits are refused (1 GiB packed): a wrong shape must not ask for all memory.
constexpr std::uint64_t max_tensor_bits = std::uint64_t{1} << 33;

/// Product of the shape, or InputError if it exceeds max_tensor_bits.
std::uint64_t checked_bits(const std::vector<std::uint64_t>& shape);

/// "2, 3, 5", for messages.
std::string shape_text(const std::vector<std::uint64_t>& shape);

/// A non-owning view of a packed spike tensor in C order; axes are "TCHW", "TC", "TLC" or "TLD".
/// `bytes` is readable for at least byte_size() + 8 bytes.
struct SpikeView {
  const std::uint8_t* bytes = nullptr;
  std::vector<std::uint64_t> shape;
  std::string axes;

  std::uint64_t bits() const;
  std::uint64_t byte_size() const { return (bits() + 7) / 8; }
  std::uint64_t count() const { return count_ones(bytes, bits()); }
  bool at(std::uint64_t i) const { return packed_bit(bytes, i); }
};

/// An owning packed spike tensor: one bit per neuron and step, in C order of its shape.
class SpikeTensor {
public:
  SpikeTensor() = default;
  /// All zero. InputError if the shape exceeds max_tensor_bits.
  SpikeTensor(std::string axes, std::vector<std::uint64_t> shape);

  /// Copies packed bytes (`byte_count` must be ceil(bits / 8)); InputError if a padding bit of the last byte is one.
  static SpikeTensor from_packed(std::string axes, std::vector<std::uint64_t> shape, const std::uint8_t* bytes, std::uint64_t byte_count);
  /// From one byte per neuron and step, zero or non-zero, in C order.
  static SpikeTensor from_bytes(std::string axes, std::vector<std::uint64_t> shape, const std::uint8_t* spikes);
  /// One byte, 0 or 1, per neuron and step, in C order.
  std::vector<std::uint8_t> to_bytes() const;

  const std::string& axes() const { return axes_; }
  const std::vector<std::uint64_t>& shape() const { return shape_; }
  std::uint64_t bits() const { return bits_; }
  std::uint64_t byte_size() const { return (bits_ + 7) / 8; }
  /// Number of ones.
  std::uint64_t count() const { return count_ones(store_.data(), bits_); }
  double density() const { return bits_ ? static_cast<double>(count()) / static_cast<double>(bits_) : 0.0; }

  bool at(std::uint64_t i) const { return packed_bit(store_.data(), i); }
  void set(std::uint64_t i, bool value = true);

  /// byte_size() bytes, followed by at least 8 zero bytes.
  const std::uint8_t* data() const { return store_.data(); }
  std::uint8_t* data() { return store_.data(); }
  SpikeView view() const { return {store_.data(), shape_, axes_}; }

  bool operator==(const SpikeTensor& other) const;
  bool operator!=(const SpikeTensor& other) const { return !(*this == other); }

private:
  std::string axes_;
  std::vector<std::uint64_t> shape_;
  std::uint64_t bits_ = 0;
  std::vector<std::uint8_t> store_;
};

}  // namespace snnvp
