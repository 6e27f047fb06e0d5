// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/interconnect/d2d/d2d_params.h>
#include <snnvp/platform/registry/param.h>
#include <snnvp/platform/registry/registry.h>

// The parameters of a die-to-die link as a scenario writes them; shared by every kind that has such links.
namespace snnvp {

/// kind, lanes, mux_cycles, ... and the group `ucie` (spec/chiplet.md 3, decision 38).
std::vector<ParamSpec> d2d_param_specs();
/// Reads them; `prefix` is "" or "d2d." and so on, `hz` the clock of the link. A preset fills in what is null.
D2dParams d2d_params_of(const ParamSet& set, const std::string& prefix, std::uint64_t hz);
/// The price entry of the link and its own prices, if `e_pj_per_bit` states one.
PriceHints d2d_price_hints(const ParamSet& set, const std::string& prefix);
/// d2d_bit, and d2d_idle_bit for UCIe-style links.
std::vector<std::string> d2d_event_keys(const ParamSet& set, const std::string& prefix);

}  // namespace snnvp
