// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/report/diagnosis_rules.h>

namespace snnvp {

const std::vector<DiagnosisRule>& diagnosis_rules() {
  static const std::vector<DiagnosisRule> rules{
      {"link_saturated", "notice",
       "utilisation above 95 % in more than 10 % of the windows (run.windows), or of the whole run without them; or a traffic load that "
       "the network does not carry",
       "a wider link, traffic spread over more of them, or a lower rate; past saturation latency depends on the length of the run"},
      {"memory_bound", "notice", "memory stalls are above 30 % of a layer's cycles",
       "more or faster channels, larger tiles, or deeper prefetch"},
      {"detection_bound", "notice", "the adders wait for the detector in more than 30 % of a layer's cycles",
       "smaller tiles in m, or more lanes of the detector"},
      {"compute_bound", "notice", "stalls below 5 % and adders busy above 90 % of the cycles of an engine's layers",
       "more units, or more sparsity; memory is not the limit"},
      {"idle_units", "notice",
       "adders idle in more than 50 % of the cycles of an engine's layers, or an engine without a job for more than half of the run",
       "tile shape against layer shape; what the cycles went to is named"},
      {"window_too_small", "notice",
       "filling the array takes more than half as long as integrating (SpikeX, PTB), or neurons fire before their window holds K events "
       "(pi2)",
       "a longer window spreads the fixed part of a pass, and lets late events count"},
      {"moe_imbalance", "notice", "the fullest expert has more than 1.5 times the mean of tokens",
       "a router with a balancing loss or a capacity limit, or experts that share a unit"},
      {"buffer_overflow", "warning", "anything was dropped for want of room", "a deeper buffer, or a faster consumer behind it"},
      {"late_events", "warning", "spikes or frames came after their deadline", "a longer time step or fewer hops"},
      {"row_conflicts", "notice", "more than half of a DRAM's bursts close a row to open another",
       "another address mapping, more banks or channels, or larger bursts"},
      {"no_sparsity_gain", "notice", "more than 90 % of the dense work is left",
       "the input is nearly dense: a sparse engine only pays its overhead"},
      {"short_run", "notice", "measured for less than 10 times the mean latency", "measure longer; the mean is not settled"},
      {"clamped", "notice", "a setting did not fit a layer and was cut", ""},
      {"never_touched", "warning", "all statistics of a block are null", "not connected, or the workload bypasses it"},
  };
  return rules;
}

const DiagnosisRule* find_diagnosis_rule(const std::string& rule) {
  for (const DiagnosisRule& r : diagnosis_rules())
    if (rule == r.rule) return &r;
  return nullptr;
}

}  // namespace snnvp
