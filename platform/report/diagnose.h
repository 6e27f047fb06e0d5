// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <snnvp/platform/report/report.h>
#include <snnvp/platform/report/series.h>

namespace snnvp {

/// Adds what the figures suggest: rules over statistics, with the measured numbers and advice (spec/formats.md 7). This one looks at the
/// load of links and memories, before anything is priced. `series`: the run over time, or empty.
void diagnose_load(RunReport& report, const std::vector<Series::Row>& series = {});

/// All other rules.
void diagnose(RunReport& report);

}  // namespace snnvp
