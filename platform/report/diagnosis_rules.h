// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace snnvp {

/// A rule behind an entry of `diagnosis`: when it speaks and what it suggests (spec/formats.md 7). The measured numbers stand in the
/// entry's text.
struct DiagnosisRule {
  const char* rule;
  const char* severity;
  const char* condition;
  const char* advice;
};

/// All rules over statistics, in the order in which they are told.
const std::vector<DiagnosisRule>& diagnosis_rules();
const DiagnosisRule* find_diagnosis_rule(const std::string& rule);

/// Limits of the rules.
namespace diagnosis {
constexpr double saturated_utilisation = 0.95, saturated_windows = 0.10;
constexpr double memory_stalls = 0.30;
constexpr double compute_stalls = 0.05, compute_busy = 0.90;
constexpr double detector_stalls = 0.30;
constexpr double idle_share = 0.50;
constexpr double dense_left = 0.90;
constexpr double window_fill = 0.50;
constexpr double expert_imbalance = 1.5;
constexpr double shortest_run = 10;  ///< latencies
constexpr double row_conflicts = 0.50;
}  // namespace diagnosis

}  // namespace snnvp
