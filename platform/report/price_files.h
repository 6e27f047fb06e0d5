// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include <snnvp/platform/report/ledger.h>

// A ledger for other tools and for later: Accelergy's tables, and the terms that a redraw of the constants needs.
namespace snnvp {

/// Accelergy's action counts in the flat form with dotted names (spec/formats.md 5.6): what each block did, how often. Time that a power
/// flows counts in picoseconds; what is a share of other energies (overheads) counts once.
std::string action_counts_yaml(const Ledger& ledger);
/// Accelergy's energy reference table of the same actions, pJ each: counts x energies = the ledger's total.
std::string ert_yaml(const Ledger& ledger);

/// Energies by the constants with a band that they follow from, with seed and number of draws (spec/energy.md 4.7).
nlohmann::ordered_json uncertainty_json(const Ledger& ledger);
/// The same read back as far as draw_totals() needs it: constants, terms, settings.draws and settings.seed, total_j. Throws InputError
/// with `what` as the file's name.
Ledger read_uncertainty(const nlohmann::ordered_json& json, const std::string& what);

}  // namespace snnvp
