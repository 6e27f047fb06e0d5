// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <snnvp/workloads/spikes/bundled.h>

// The spiking transformers that Bishop (ISCA 2025) was evaluated on: shapes and activity, as published (spec/stack3d.md 7).
namespace snnvp {

/// Encoder blocks of query, key, value and output projections, attention between them, and an MLP of two layers.
struct SpikingTransformer {
  std::string data_set;
  std::uint64_t blocks = 1, T = 1, N = 1, D = 1;
  std::uint64_t heads = 8, mlp_ratio = 4;  ///< not published; ours
  double active_bundles = 0.29;            ///< mean share of active bundles over all layers
  bool is_event_camera = false;

  struct Linear {
    std::string name;
    std::uint64_t in = 0, out = 0;
  };
  /// The linear layers of a block in order: q, k, v, o, mlp1, mlp2.
  std::vector<Linear> linear_layers() const;
  std::uint64_t head_width() const { return D / heads; }
};

/// Models 1 to 5. InputError for another number.
SpikingTransformer bishop_model(unsigned number);

/// Whose published feature groups.
enum class TransformerOperand {
  query,  ///< also all other inputs
  key
};

/// Feature groups with `active` bundles on average (0 to 1): silent, quiet and busy features in the published proportions (queries 9.3,
/// 72.6, 18.2 %, keys 5.4, 82.4, 12.2 %), busy features with 75.5 % active bundles, quiet ones with what is left to reach `active`;
/// more than both can have goes to the silent ones. Inside active bundles 14.9 and 31.6 % of the positions spike.
/// `bsa`: as after bundle-sparsity-aware training, by the published change: more silent features, fewer active bundles in the others.
std::vector<BundleGroup> bishop_activity(double active, TransformerOperand operand = TransformerOperand::query, bool bsa = false);

}  // namespace snnvp
