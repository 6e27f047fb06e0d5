// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/network/weights.h>

#include <fmt/format.h>
#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/random.h>

namespace snnvp {

std::vector<std::int8_t> layer_weights(std::uint64_t seed, const std::string& layer, std::uint64_t K, std::uint64_t N) {
  if (N != 0 && K > (std::uint64_t{1} << 32) / N) throw InputError(fmt::format("layer {}: {} x {} weights are too many", layer, K, N));
  const RandomStream start(seed, "weights/" + layer);
  RandomStream random = start;  // a copy that nothing refers to lives in registers
  std::vector<std::int8_t> weights(K * N);
  for (std::int8_t& weight : weights) weight = random.next_int8();
  return weights;
}

}  // namespace snnvp
