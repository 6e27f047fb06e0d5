// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/network/bishop_models.h>

#include <algorithm>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp {

std::vector<SpikingTransformer::Linear> SpikingTransformer::linear_layers() const {
  const std::uint64_t hidden = D * mlp_ratio;
  return {{"q", D, D}, {"k", D, D}, {"v", D, D}, {"o", D, D}, {"mlp1", D, hidden}, {"mlp2", hidden, D}};
}

SpikingTransformer bishop_model(unsigned number) {
  // Published: 29 % active bundles in model 1, 20 % in model 3 ("sparsity level", section 9). The others are taken to be like model 1.
  switch (number) {
    case 1: return {"CIFAR10", 4, 10, 64, 384};
    case 2: return {"CIFAR100", 4, 8, 64, 384};
    case 3: return {"ImageNet-100", 8, 4, 196, 128, 8, 4, 0.20};
    case 4: return {"DVS-Gesture-128", 2, 20, 64, 128, 8, 4, 0.29, true};
    case 5: return {"Google Speech Commands", 4, 8, 256, 384};
    default: throw InputError(fmt::format("there is no model {}; allowed: 1 to 5", number));
  }
}

std::vector<BundleGroup> bishop_activity(double active, TransformerOperand operand, bool bsa) {
  // Of the output projection of block 3 and of Q and K of block 4 of model 1, all without and with BSA.
  const bool is_key = operand == TransformerOperand::key;
  const double silent = is_key ? 0.054 : 0.093, busy = is_key ? 0.122 : 0.182, quiet = 1 - silent - busy;
  const double busy_chance = std::min(0.755, active / busy);
  const double quiet_chance = std::min(1.0, std::max(0.0, active - busy * busy_chance) / quiet);
  const double silent_chance = std::min(1.0, std::max(0.0, active - busy * busy_chance - quiet * quiet_chance) / silent);
  if (!bsa) return {{silent, silent_chance, 0.0128 / 0.0858}, {quiet, quiet_chance, 0.0128 / 0.0858}, {busy, busy_chance, 0.2389 / 0.755}};
  const double silent_bsa = is_key ? 0.562 : 0.522, busy_bsa = is_key ? 0.047 : 0.113, rarer = 0.0405 / 0.0858;
  return {{silent_bsa, silent_chance * rarer, 0.0049 / 0.0405},
          {1 - silent_bsa - busy_bsa, quiet_chance * rarer, 0.0049 / 0.0405},
          {busy_bsa, busy_chance * 0.5403 / 0.755, 0.108 / 0.5403}};
}

}  // namespace snnvp
