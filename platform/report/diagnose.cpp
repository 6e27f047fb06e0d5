// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/report/diagnose.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/human.h>
#include <snnvp/platform/report/diagnosis_rules.h>

namespace snnvp {
namespace {

using namespace diagnosis;

/// Names told in one sentence.
constexpr std::size_t most_names = 4;

std::optional<double> count_in(const engine::LayerRecord& record, const char* name) {
  for (const auto& [key, value] : record.counts)
    if (key == name) return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
  return std::nullopt;
}

double count_of(const engine::LayerRecord& record, const char* name) { return count_in(record, name).value_or(0); }

std::optional<double> number(const StatValue& value) {
  if (const auto* n = std::get_if<std::uint64_t>(&value)) return static_cast<double>(*n);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return std::nullopt;
}

std::optional<double> stat_of(const BlockReport& block, const char* name) {
  for (const auto& [key, value] : block.stats)
    if (key == name) return number(value);
  return std::nullopt;
}

std::string percent(double share) { return fmt::format("{:.0f} %", 100 * share); }

void tell(RunReport& report, const char* rule, std::string text) {
  const DiagnosisRule& r = *find_diagnosis_rule(rule);
  report.diagnosis.push_back({r.rule, r.severity, std::move(text), r.advice});
}

/// Layers that a rule holds for, with the largest share seen.
struct Worst {
  std::vector<std::string> layers;
  double share = 0;

  void add(const std::string& layer, double s) {
    layers.push_back(layer);
    share = std::max(share, s);
  }
};

void link_saturated(RunReport& report, const std::vector<Series::Row>& series) {
  std::map<std::string, std::size_t> full, windows;
  std::size_t all = 0;
  for (const Series::Row& row : series) {
    all = std::max(all, row.window + 1);
    if (row.stat != "utilisation") continue;
    ++windows[row.block];
    full[row.block] += row.value > saturated_utilisation;
  }
  static constexpr std::pair<const char*, const char*> shares[] = {{"utilisation", ""},
                                                                   {"link_utilisation_max", "its busiest link"},
                                                                   {"link_utilisation", "its busiest die-to-die direction"},
                                                                   {"busiest_port", "its busiest output"}};
  for (const BlockReport& block : report.blocks)
    for (const auto& [stat, part] : shares) {
      const auto share = stat_of(block, stat);
      const std::string who = block.name + (*part ? fmt::format(": {}", part) : std::string());
      if (share && windows.count(block.name) && stat == std::string("utilisation")) {
        if (static_cast<double>(full[block.name]) > saturated_windows * static_cast<double>(all))
          tell(report, "link_saturated",
               fmt::format("{} is taken above {} in {} of the run ({} on average)", who, percent(saturated_utilisation),
                           percent(static_cast<double>(full[block.name]) / static_cast<double>(all)), percent(*share)));
      } else if (share && *share > saturated_utilisation) {
        tell(report, "link_saturated", fmt::format("{} is taken {:.1f} % of the time", who, 100 * *share));
      }
    }
  for (const auto& [name, value] : report.totals)
    if (const bool* stable = std::get_if<bool>(&value); stable && name == "stable" && !*stable) {
      const auto total = [&report](const char* key) {
        for (const auto& [n, v] : report.totals)
          if (n == key) return number(v).value_or(0);
        return 0.0;
      };
      tell(report, "link_saturated",
           fmt::format("the network does not carry the load: {:.4g} flits per node and cycle offered, {:.4g} accepted",
                       total("offered_rate"), total("accepted_rate")));
    }
}

void layer_stalls(RunReport& report) {
  Worst memory, detector;
  for (const LayerRow& row : report.layers) {
    const double cycles = static_cast<double>(row.record.total_cycles);
    if (cycles <= 0) continue;
    const double stalls = count_of(row.record, "stall_cycles") / cycles, waits = count_of(row.record, "preprocess_stall_cycles") / cycles;
    if (stalls > memory_stalls) memory.add(row.name, stalls);
    if (waits > detector_stalls) detector.add(row.name, waits);
  }
  if (!memory.layers.empty())
    tell(
        report, "memory_bound",
        fmt::format("memory holds up {}: up to {} of the cycles are stalls", join_names(memory.layers, most_names), percent(memory.share)));
  if (!detector.layers.empty())
    tell(report, "detection_bound",
         fmt::format("the detector holds up {}: up to {} of the cycles", join_names(detector.layers, most_names), percent(detector.share)));
}

/// What the cycles of an engine's layers went to.
struct EngineCycles {
  double total = 0, compute = 0;
  std::map<std::string, double> other;
};

EngineCycles cycles_of(const RunReport& report, const std::string& engine) {
  static constexpr std::pair<const char*, const char*> parts[] = {{"stall_cycles", "memory stalls"},
                                                                  {"preprocess_stall_cycles", "waits for the detector"},
                                                                  {"fill_cycles", "filling the array"},
                                                                  {"lif_cycles", "neuron updates"},
                                                                  {"fixed_cycles", "the fixed part of layers"},
                                                                  {"dram_cycles", "transfers from and to DRAM"},
                                                                  {"glb_cycles", "transfers of the global buffer"}};
  EngineCycles sum;
  for (const LayerRow& row : report.layers) {
    if (row.engine != engine) continue;
    auto compute = count_in(row.record, "compute_cycles");
    if (!compute) compute = count_in(row.record, "integ_cycles");
    if (!compute || !row.record.M) continue;  // an update that hides behind its layer
    sum.total += static_cast<double>(row.record.total_cycles);
    sum.compute += *compute;
    for (const auto& [key, words] : parts) sum.other[words] += count_of(row.record, key);
  }
  return sum;
}

void engine_balance(RunReport& report) {
  const std::vector<EngineReport> engines = report.engines;
  for (const EngineReport& engine : engines) {
    const EngineCycles cycles = cycles_of(report, engine.name);
    if (cycles.total > 0) {
      const double busy = std::min(1.0, cycles.compute / cycles.total), stalls = cycles.other.at("memory stalls") / cycles.total;
      if (busy > compute_busy && stalls < compute_stalls)
        tell(report, "compute_bound",
             fmt::format("{}: its adders work in {} of the cycles of its layers, memory stalls take {}", engine.name, percent(busy),
                         percent(stalls)));
      if (busy < 1 - idle_share) {
        const auto most =
            std::max_element(cycles.other.begin(), cycles.other.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
        std::string text = fmt::format("{}: its adders idle in {} of the cycles of its layers", engine.name, percent(1 - busy));
        if (most->second > 0) text += fmt::format("; most go to {} ({})", most->first, percent(std::min(1.0, most->second / cycles.total)));
        tell(report, "idle_units", std::move(text));
      }
    }
    // Engines that take turns wait for each other by design.
    if (engines.size() == 1 && engine.hz != 0 && report.seconds > 0 && engine.jobs > 0) {
      const double busy = static_cast<double>(engine.cycles) / static_cast<double>(engine.hz) / report.seconds;
      if (busy < 1 - idle_share)
        tell(report, "idle_units",
             fmt::format("{} has no job in {} of the run: whoever drives it takes that long", engine.name, percent(1 - busy)));
    }
  }
}

void window_too_small(RunReport& report) {
  std::map<std::string, Worst> engines;
  for (const LayerRow& row : report.layers) {
    const double fill = count_of(row.record, "fill_cycles"), integ = count_of(row.record, "integ_cycles");
    if (count_in(row.record, "tws") && integ > 0 && fill > window_fill * integ) engines[row.engine].add(row.name, fill / integ);
  }
  for (const auto& [engine, worst] : engines)
    tell(report, "window_too_small",
         fmt::format("{}: filling the array takes up to {} of the integration in {}", engine, percent(worst.share),
                     join_names(worst.layers, most_names)));
  for (const BlockReport& block : report.blocks)
    if (const auto n = stat_of(block, "short_windows"); n && *n > 0)
      tell(report, "window_too_small",
           fmt::format("{}: {} neurons fired although their window did not hold all K events", block.name,
                       grouped(static_cast<std::uint64_t>(*n))));
}

void block_rules(RunReport& report) {
  struct Count {
    const char *stat, *rule, *words;
  };
  static constexpr Count counts[] = {
      {"dropped_buffer", "buffer_overflow", "frames dropped for want of buffer"},
      {"dropped_residence", "buffer_overflow", "frames dropped by the shaper, which waited too long"},
      {"overflow", "buffer_overflow", "events dropped beyond the calendar's horizon"},
      {"late_spikes", "late_events", "spikes came behind the end of their window"},
      {"pair_late", "late_events", "frames left later than their value says"},
      {"late_frames", "late_events", "frames came when their window was over, or twice"},
  };
  for (const BlockReport& block : report.blocks) {
    for (const Count& count : counts)
      if (const auto n = stat_of(block, count.stat); n && *n > 0)
        tell(report, count.rule, fmt::format("{}: {} {}", block.name, grouped(static_cast<std::uint64_t>(*n)), count.words));
    if (const auto imbalance = stat_of(block, "load_imbalance"); imbalance && *imbalance > expert_imbalance)
      tell(report, "moe_imbalance", fmt::format("{}: the fullest expert has {:.2f} times the mean of tokens", block.name, *imbalance));
    const double conflicts = stat_of(block, "row_conflicts").value_or(0),
                 bursts = conflicts + stat_of(block, "row_hits").value_or(0) + stat_of(block, "row_misses").value_or(0);
    if (bursts > 0 && conflicts > row_conflicts * bursts)
      tell(report, "row_conflicts",
           fmt::format("{}: {} of the bursts close a row to open another", block.name, percent(conflicts / bursts)));
  }
}

void no_sparsity_gain(RunReport& report) {
  for (const EngineReport& engine : report.engines)
    if (engine.product_density && *engine.product_density > dense_left)
      tell(report, "no_sparsity_gain", fmt::format("{}: {} of the dense work is left", engine.name, percent(*engine.product_density)));
}

void short_run(RunReport& report) {
  const nlohmann::ordered_json& sections = report.sections;
  if (!sections.contains("traffic")) return;
  const auto& traffic = sections.at("traffic");
  if (!traffic.contains("measured_to") || !traffic.contains("latency_cycles") || !traffic.at("latency_cycles").at("mean").is_number())
    return;
  const double latency = traffic.at("latency_cycles").at("mean").get<double>();
  const double window = traffic.at("measured_to").get<double>() - traffic.at("measured_from").get<double>();
  if (window < shortest_run * latency)
    tell(report, "short_run", fmt::format("{:.0f} cycles were measured, the mean latency is {:.0f}", window, latency));
}

/// What engines did not take as it stood, each sentence once with the layers it holds for.
void row_notices(RunReport& report) {
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> layers;
  for (const LayerRow& row : report.layers)
    if (!row.record.notice.empty()) layers[{row.engine, row.record.notice}].push_back(row.name);
  for (const auto& [key, names] : layers)
    tell(report, "clamped", fmt::format("{}: {} ({})", key.first, key.second, join_names(names, most_names)));
}

void never_touched(RunReport& report) {
  for (const BlockReport& block : report.blocks) {
    if (block.stats.empty()) continue;
    bool touched = false;
    for (const auto& [name, value] : block.stats) touched = touched || !std::holds_alternative<std::monostate>(value);
    if (!touched) tell(report, "never_touched", block.name + " did nothing: all its statistics are null");
  }
}

void energy_warnings(RunReport& report) {
  if (!report.ledger) return;
  for (const EnergyWarning& w : report.ledger->warnings)
    report.diagnosis.push_back({w.rule, "warning", (w.block.empty() ? "" : w.block + ": ") + w.text, w.advice});
}

}  // namespace

void diagnose_load(RunReport& report, const std::vector<Series::Row>& series) { link_saturated(report, series); }

void diagnose(RunReport& report) {
  layer_stalls(report);
  engine_balance(report);
  window_too_small(report);
  block_rules(report);
  no_sparsity_gain(report);
  short_run(report);
  row_notices(report);
  never_touched(report);
  energy_warnings(report);
}

}  // namespace snnvp
