// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/platform/desk/run_folder.h>

namespace snnvp::desk {

/// Figures of a run for papers, drawn by gnuplot: energy, cycles, roofline and utilisation, those for which the run has data. Writes
/// NAME.dat, NAME.gp and NAME.svg into `folder`, which it makes; the scripts can be changed and run again. Equal runs give equal files.
/// Returns the names of the figures. Throws InputError, also where there is no gnuplot; the scripts are there then.
std::vector<std::string> write_plots(const RunFolder& run, const std::string& folder);

}  // namespace snnvp::desk
