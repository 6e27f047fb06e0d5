// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <snnvp/workloads/network/pruned_attention.h>

namespace snnvp {

/// What an engine's construction makes of results, exactly: the golden model follows it.
struct ResultRule {
  unsigned sum_bits = 32;        ///< finished sums of a product saturate to this width
  unsigned attention_shift = 0;  ///< attention results count as result >> shift, rounded down
  BundlePruning pruning;         ///< of attention's queries and keys

  bool operator==(const ResultRule& o) const {
    return sum_bits == o.sum_bits && attention_shift == o.attention_shift && pruning == o.pruning;
  }
};

/// An engine that has such a rule. Without it results are the plain integer ones.
class ResultRuleProvider {
public:
  virtual ~ResultRuleProvider() = default;
  virtual ResultRule result_rule() const = 0;
};

}  // namespace snnvp
