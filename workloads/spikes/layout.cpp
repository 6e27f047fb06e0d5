// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/spikes/layout.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <snnvp/platform/base/diagnostics.h>

namespace snnvp {

namespace {

constexpr std::array<std::string_view, 4> layouts = {"TCHW", "TC", "TLC", "TLD"};

}  // namespace

bool is_known_layout(std::string_view axes) { return std::find(layouts.begin(), layouts.end(), axes) != layouts.end(); }

std::string_view default_layout(std::size_t axes) {
  switch (axes) {
    case 2: return "TC";
    case 3: return "TLC";
    case 4: return "TCHW";
    default: return {};
  }
}

SpikeTensor permuted(const SpikeView& spikes, std::string_view axes) {
  const std::size_t rank = spikes.axes.size();
  if (rank != spikes.shape.size() || !std::is_permutation(axes.begin(), axes.end(), spikes.axes.begin(), spikes.axes.end()))
    throw InputError(fmt::format("axes {} cannot be put in the order {}", spikes.axes, axes));

  std::vector<std::uint64_t> source_stride(rank, 1);
  for (std::size_t a = rank; a-- > 1;) source_stride[a - 1] = source_stride[a] * spikes.shape[a];
  std::vector<std::uint64_t> shape;
  std::vector<std::uint64_t> stride;
  for (const char axis : axes) {
    const std::size_t a = spikes.axes.find(axis);
    shape.push_back(spikes.shape[a]);
    stride.push_back(source_stride[a]);
  }

  SpikeTensor out{std::string(axes), shape};
  std::vector<std::uint64_t> index(rank, 0);
  std::uint64_t from = 0;
  for (std::uint64_t to = 0; to < out.bits(); ++to) {
    if (spikes.at(from)) out.set(to);
    for (std::size_t a = rank; a-- > 0;) {
      from += stride[a];
      if (++index[a] < shape[a]) break;
      from -= stride[a] * shape[a];
      index[a] = 0;
    }
  }
  return out;
}

std::uint64_t big_last_axis_bytes(const std::vector<std::uint64_t>& shape) {
  const std::uint64_t bits = checked_bits(shape);
  if (bits == 0 || shape.empty()) return bits == 0 ? 0 : 1;
  return bits / shape.back() * ceil_div(shape.back(), 8);
}

std::vector<std::uint8_t> pack_big_last_axis(const SpikeView& spikes) {
  std::vector<std::uint8_t> bytes(big_last_axis_bytes(spikes.shape));
  const std::uint64_t run = spikes.shape.empty() ? 1 : spikes.shape.back();
  const std::uint64_t run_bytes = ceil_div(run, 8);
  const std::uint64_t bits = spikes.bits();
  for (std::uint64_t i = 0; i < bits; ++i) {
    const std::uint64_t x = i % run;
    if (spikes.at(i)) bytes[i / run * run_bytes + x / 8] |= static_cast<std::uint8_t>(0x80U >> (x % 8));
  }
  return bytes;
}

SpikeTensor unpack_big_last_axis(std::string axes, std::vector<std::uint64_t> shape, const std::uint8_t* bytes, std::uint64_t byte_count) {
  const std::uint64_t expected = big_last_axis_bytes(shape);
  if (byte_count != expected) throw InputError(fmt::format("{} packed bytes, but this shape needs {}", byte_count, expected));
  const std::uint64_t run = shape.empty() ? 1 : shape.back();
  const std::uint64_t run_bytes = ceil_div(run, 8);
  SpikeTensor out(std::move(axes), std::move(shape));
  for (std::uint64_t b = 0; b < byte_count; ++b) {
    for (unsigned k = 0; k < 8; ++k) {
      if (((bytes[b] >> (7 - k)) & 1U) == 0) continue;
      const std::uint64_t x = 8 * (b % run_bytes) + k;
      if (x >= run) throw InputError("the unused bits at the end of a packed run are not all zero");
      out.set(b / run_bytes * run + x);
    }
  }
  return out;
}

}  // namespace snnvp
