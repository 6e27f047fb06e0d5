// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/engine/engine_core.h>
#include <snnvp/platform/registry/registry.h>
#include <snnvp/platform/report/ledger.h>
#include <snnvp/platform/report/pricing.h>
#include <snnvp/platform/report/uncertainty.h>

// What a run leaves behind: plain data, and the files made of it (spec/formats.md 5). No SystemC.
namespace snnvp {

/// A statistic's value; monostate prints as null.
using StatValue = std::variant<std::monostate, std::uint64_t, double, std::string, bool>;

struct BlockReport {
  std::string name, kind;
  const KindDescriptor* descriptor = nullptr;
  std::vector<std::pair<std::string, StatValue>> stats;  ///< in declaration order, every declared one
  EventCounts events;
};

/// A row of `layers`: the engine's record with its names.
struct LayerRow {
  std::string name, engine;
  engine::LayerRecord record;
  std::optional<double> energy_mj;
};

struct EngineReport {
  std::string name;
  Cycles cycles = 0;
  std::uint64_t hz = 0;
  Bits dram_bits = 0;
  std::optional<double> bit_density, product_density;
  std::uint64_t jobs = 0;
  std::optional<std::uint64_t> passes, weight_bits;  ///< sums over its layers; weights as read from DRAM
  std::optional<double> energy_j;                    ///< of its block alone
  std::optional<std::uint64_t> samples, correct;     ///< of a network: what it ran, and what of it was right
  /// Energy per sample during its turn: of all blocks but engines that do not take part in it, and of its own block alone.
  std::optional<double> energy_per_sample_j, own_energy_per_sample_j;

  std::optional<double> cycles_per_sample() const {
    if (!samples || *samples == 0) return std::nullopt;
    return static_cast<double>(cycles) / static_cast<double>(*samples);
  }
};

struct DiagnosisItem {
  std::string rule, severity, text, advice;
};

struct InputFile {
  std::string path, sha256;
};

struct RunReport {
  std::string tool_version;
  std::string scenario_name, scenario_hash;
  std::vector<InputFile> inputs;
  std::uint64_t seed = 1;
  std::string status = "ok";
  Cycles cycles = 0;
  double seconds = 0;
  std::string time_clock;  ///< what `time.cycles` counts
  std::uint64_t compared = 0, mismatches = 0;
  bool checked = true;
  std::vector<LayerRow> layers;       ///< in execution order
  std::vector<BlockReport> blocks;    ///< by name
  std::vector<EngineReport> engines;  ///< in the order of the scenario; the first gives `totals`
  std::optional<Ledger> ledger;
  std::optional<Band> energy_band;
  std::vector<DiagnosisItem> diagnosis;
  // What only some workloads have.
  std::vector<std::pair<std::string, StatValue>> totals;                 ///< more entries of `totals`, in order
  nlohmann::ordered_json sections = nlohmann::ordered_json::object();    ///< more sections of the report, by key
  std::vector<std::pair<std::string, std::string>> files;                ///< more files of the output folder: name, content
  nlohmann::ordered_json host_facts = nlohmann::ordered_json::object();  ///< more entries of host.json
  std::vector<std::string> summary_lines;                                ///< printed above the layer table, as they stand
};

/// The report as JSON with keys in fixed order: equal runs give equal bytes.
nlohmann::ordered_json to_json(const RunReport& report);

/// What a newcomer reads: status, cycles, energy, correctness, layers, what to look at next. At most 100 columns.
std::string summary(const RunReport& report);

/// Writes report.json, layers.csv, stats.csv, stats.txt, energy.csv and the report's own files into an existing folder; throws
/// InputError. `outputs`: only those of the tables (and stats.jsonl; "workload": the report's own files); empty: the usual ones.
void write_report_files(const RunReport& report, const std::string& folder, const std::vector<std::string>& outputs = {});

}  // namespace snnvp
