// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <snnvp/platform/report/report.h>

namespace snnvp {

/// Adds what the figures suggest: rules over statistics, with the measured numbers and advice (spec/formats.md 7).
void diagnose(RunReport& report);

}  // namespace snnvp
