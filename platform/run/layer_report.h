// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/platform/block/layer_package.h>
#include <snnvp/platform/report/report.h>

namespace snnvp {

struct LayerPackageRow {
  std::string block;
  LayerPackageResult result;
};

/// A value of that name as a number; 0 if there is none.
double layer_number(const LayerValues& values, const std::string& name);

/// What packages of chips made of networks: section `packages`, stages.csv, totals of the first package, and what was compared.
/// Energies, and the table of the summary, are for price_layer_packages().
void add_layer_packages(RunReport& report, const std::vector<LayerPackageRow>& rows);

/// Fills in the section `packages`, if there is one, from the ledger, and adds its table to the summary and front.csv.
void price_layer_packages(RunReport& report);

}  // namespace snnvp
