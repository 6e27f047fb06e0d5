// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <snnvp/platform/report/pricing.h>

namespace snnvp {

/// Adds area, footnotes and plausibility warnings to a summed ledger (spec/energy.md 4.6, 4.8, 8).
void annotate(Ledger& ledger, const PriceContext& context, const PricingInput& input);

}  // namespace snnvp
