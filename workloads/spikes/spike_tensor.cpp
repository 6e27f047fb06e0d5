// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/spikes/spike_tensor.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <snnvp/platform/base/diagnostics.h>

namespace snnvp {

namespace {

// Readers of packed_bits() may touch eight bytes from any byte of the tensor on.
constexpr std::size_t tail_bytes = 8;

// Assembled bytewise so that hosts of either byte order agree; compilers turn it into one load.
std::uint64_t load_word(const std::uint8_t* p) {
  std::uint64_t word = 0;
  for (unsigned b = 0; b < 8; ++b) word |= std::uint64_t{p[b]} << (8 * b);
  return word;
}

// Branch-free, so that the loop over words vectorises on any x86-64 (no popcnt needed).
std::uint64_t popcount(std::uint64_t x) {
  x -= (x >> 1) & 0x5555555555555555U;
  x = (x & 0x3333333333333333U) + ((x >> 2) & 0x3333333333333333U);
  x = (x + (x >> 4)) & 0x0F0F0F0F0F0F0F0FU;
  x += x >> 8;
  x += x >> 16;
  x += x >> 32;
  return x & 0x7FU;
}

}  // namespace

std::uint64_t packed_bits(const std::uint8_t* bytes, std::uint64_t i, unsigned count) {
  const std::uint64_t word = load_word(bytes + (i >> 3)) >> (i & 7);
  return word & ((std::uint64_t{1} << count) - 1);
}

std::uint64_t count_ones(const std::uint8_t* bytes, std::uint64_t bits) {
  std::uint64_t ones = 0;
  const std::uint64_t words = bits / 64;
  for (std::uint64_t w = 0; w < words; ++w) ones += popcount(load_word(bytes + 8 * w));
  std::uint64_t rest = 0;
  for (std::uint64_t i = 64 * words; i < bits; i += 8) rest |= std::uint64_t{bytes[i >> 3]} << (i - 64 * words);
  if (const unsigned left = bits % 64) ones += popcount(rest & ((std::uint64_t{1} << left) - 1));
  return ones;
}

std::uint64_t checked_bits(const std::vector<std::uint64_t>& shape) {
  std::uint64_t bits = 1;
  bool fits = true;
  for (const std::uint64_t side : shape) {
    if (side == 0) return 0;
    fits = fits && bits <= max_tensor_bits / side;
    if (fits) bits *= side;
  }
  if (!fits) throw InputError(fmt::format("a tensor of shape ({}) has more than {} bits", shape_text(shape), max_tensor_bits));
  return bits;
}

std::string shape_text(const std::vector<std::uint64_t>& shape) {
  std::string text;
  for (const std::uint64_t side : shape) text += (text.empty() ? "" : ", ") + std::to_string(side);
  return text;
}

std::uint64_t SpikeView::bits() const {
  std::uint64_t n = 1;
  for (const std::uint64_t side : shape) n *= side;
  return n;
}

SpikeTensor::SpikeTensor(std::string axes, std::vector<std::uint64_t> shape)
    : axes_(std::move(axes)), shape_(std::move(shape)), bits_(checked_bits(shape_)), store_(byte_size() + tail_bytes) {}

SpikeTensor SpikeTensor::from_packed(std::string axes, std::vector<std::uint64_t> shape, const std::uint8_t* bytes,
                                     std::uint64_t byte_count) {
  SpikeTensor tensor(std::move(axes), std::move(shape));
  if (byte_count != tensor.byte_size())
    throw InputError(fmt::format("{} packed bytes, but {} bits need {}", byte_count, tensor.bits_, tensor.byte_size()));
  std::copy_n(bytes, byte_count, tensor.store_.begin());
  const unsigned used = tensor.bits_ % 8;
  if (used != 0 && (bytes[byte_count - 1] >> used) != 0) throw InputError("the unused bits of the last packed byte are not all zero");
  return tensor;
}

SpikeTensor SpikeTensor::from_bytes(std::string axes, std::vector<std::uint64_t> shape, const std::uint8_t* spikes) {
  SpikeTensor tensor(std::move(axes), std::move(shape));
  for (std::uint64_t i = 0; i < tensor.bits_; ++i)
    tensor.store_[i >> 3] = static_cast<std::uint8_t>(tensor.store_[i >> 3] | (spikes[i] != 0) << (i & 7));
  return tensor;
}

std::vector<std::uint8_t> SpikeTensor::to_bytes() const {
  std::vector<std::uint8_t> spikes(bits_);
  for (std::uint64_t i = 0; i < bits_; ++i) spikes[i] = at(i);
  return spikes;
}

void SpikeTensor::set(std::uint64_t i, bool value) {
  const auto mask = static_cast<std::uint8_t>(1U << (i & 7));
  std::uint8_t& byte = store_[i >> 3];
  byte = static_cast<std::uint8_t>(value ? byte | mask : byte & ~mask);
}

bool SpikeTensor::operator==(const SpikeTensor& other) const {
  return axes_ == other.axes_ && shape_ == other.shape_ && store_ == other.store_;
}

}  // namespace snnvp
