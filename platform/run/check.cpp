// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/check.h>

#include <fmt/format.h>

#include <cstring>

#include <snnvp/workloads/spikes/spike_tensor.h>

namespace snnvp {
namespace {

/// "[2][0][5]" of element i.
std::string place(std::uint64_t i, const std::vector<std::uint64_t>& shape) {
  std::string text;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    text = fmt::format("[{}]", i % shape[axis]) + text;
    i /= shape[axis];
  }
  return text;
}

std::int64_t element(const std::uint8_t* bytes, engine::Format format, std::uint64_t i) {
  if (format == engine::Format::spikes) return packed_bit(bytes, i);
  if (format == engine::Format::uint8) return bytes[i];
  std::int32_t value;
  std::memcpy(&value, bytes + 4 * i, 4);
  return value;
}

}  // namespace

CheckResult check_results(engine::JobDriver& driver, const std::vector<Expectation>& expectations) {
  CheckResult result;
  std::vector<std::uint8_t> found;
  for (const Expectation& e : expectations) {
    found.assign(e.expected.size, 0);
    const Bytes read = driver.debug_read(e.address, found.data(), found.size());
    result.compared += e.elements;
    if (read == found.size() && std::memcmp(found.data(), e.expected.data, found.size()) == 0) continue;
    if (read != found.size()) {
      result.mismatches += e.elements;
      if (result.first.empty())
        result.first = fmt::format("{} of {} on {} cannot be read back at 0x{:x}", e.tensor, e.layer, e.engine, e.address);
      continue;
    }
    for (std::uint64_t i = 0; i < e.elements; ++i) {
      const std::int64_t is = element(found.data(), e.format, i), should = element(e.expected.data, e.format, i);
      if (is == should) continue;
      if (result.first.empty())
        result.first = fmt::format("first difference: {}{} of {} on {} is {}, the golden model says {}", e.tensor, place(i, e.shape),
                                   e.layer, e.engine, is, should);
      ++result.mismatches;
    }
  }
  return result;
}

}  // namespace snnvp
