// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/layer_report.h>

#include <fmt/format.h>

#include <snnvp/platform/run/summary_mark.h>

namespace snnvp {
namespace {

const char* const packages_mark = "{packages}";

StatValue stat_of(const LayerValue& value) {
  return std::visit([](const auto& v) { return StatValue(v); }, value);
}

nlohmann::ordered_json json_of(const LayerValues& values) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  for (const auto& [name, value] : values)
    std::visit(
        [&, key = name](const auto& v) {
          if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::monostate>)
            out[key] = nullptr;
          else
            out[key] = v;
        },
        value);
  return out;
}

const LayerValue* find(const LayerValues& values, const std::string& name) {
  for (const auto& [key, value] : values)
    if (key == name) return &value;
  return nullptr;
}

void add_csv(std::string& csv, const std::string& block, const std::vector<LayerValues>& stages) {
  for (const LayerValues& stage : stages) {
    if (csv.empty()) {
      csv = "block";
      for (const auto& [key, value] : stage) csv += "," + key;
      csv += "\n";
    }
    csv += block;
    for (const auto& [key, value] : stage) {
      csv += ",";
      if (const auto* n = std::get_if<std::uint64_t>(&value)) csv += std::to_string(*n);
      if (const auto* d = std::get_if<double>(&value)) csv += fmt::format("{:.10g}", *d);
      if (const auto* t = std::get_if<std::string>(&value)) csv += *t;
    }
    csv += "\n";
  }
}

/// Packages at points of a curve of learnt sparsity: accuracy, latency and energy side by side.
void add_front(RunReport& report, const nlohmann::ordered_json& packages, std::vector<std::string>& lines) {
  std::string csv;
  for (const nlohmann::ordered_json& package : packages) {
    if (!package.contains("lambda")) continue;
    if (csv.empty()) {
      csv = "block,mode,lambda,rate,accuracy,cycles,latency_s,energy_j\n";
      lines.push_back(fmt::format("  {:16} {:>8} {:>8} {:>9} {:>14} {:>12}", "front", "lambda", "rate", "accuracy", "cycles", "energy"));
    }
    const auto number = [&package](const char* key) { return package[key].get<double>(); };
    const std::string block = package["block"].get<std::string>();
    csv += fmt::format("{},{},{:.10g},{:.10g},{:.10g},{},{:.10g},{:.10g}\n", block, package["mode"].get<std::string>(), number("lambda"),
                       number("boundary_rate"), number("accuracy"), package["cycles"].get<std::uint64_t>(), number("latency_s"),
                       number("energy_j"));
    lines.push_back(fmt::format("  {:16} {:8.3g} {:8.4f} {:9.4f} {:14.0f} {:>9.4g} mJ", block, number("lambda"), number("boundary_rate"),
                                number("accuracy"), number("cycles"), 1e3 * number("energy_j")));
  }
  if (!csv.empty()) report.files.emplace_back("front.csv", csv);
}

}  // namespace

double layer_number(const LayerValues& values, const std::string& name) {
  const LayerValue* v = find(values, name);
  if (v == nullptr) return 0;
  if (const auto* n = std::get_if<std::uint64_t>(v)) return static_cast<double>(*n);
  const auto* d = std::get_if<double>(v);
  return d ? *d : 0;
}

void add_layer_packages(RunReport& report, const std::vector<LayerPackageRow>& rows) {
  nlohmann::ordered_json section = nlohmann::ordered_json::array();
  std::string csv;
  report.summary_lines.push_back(packages_mark);
  for (const LayerPackageRow& package : rows) {
    const std::string& name = package.block;
    const LayerPackageResult& result = package.result;
    nlohmann::ordered_json row{{"block", name}};
    const nlohmann::ordered_json totals = json_of(result.totals);
    for (const auto& [key, value] : totals.items()) row[key] = value;
    row["energy_j"] = nullptr;
    row["stages"] = nlohmann::ordered_json::array();
    for (const LayerValues& stage : result.stages) row["stages"].push_back(json_of(stage));
    add_csv(csv, name, result.stages);
    report.compared += result.compared;
    report.mismatches += result.mismatches;
    if (result.mismatches != 0) {
      const double late = layer_number(result.totals, "late_spikes");
      report.diagnosis.push_back({"output_mismatch", "error", name + ": " + result.first_mismatch,
                                  late == 0
                                      ? "the package's result differs from the golden model"
                                      : fmt::format("{:.0f} spikes came after the timer had closed their windows, so values are really "
                                                    "changed; window_close: eow waits for them, and so does a longer t_step_cycles",
                                                    late)});
    }
    if (section.empty())
      for (const auto& [key, value] : result.totals)
        if (key != "cycles" && key != "network") report.totals.emplace_back(key, stat_of(value));
    if (section.empty()) report.totals.emplace_back("cycles", static_cast<std::uint64_t>(layer_number(result.totals, "cycles")));
    section.push_back(std::move(row));
  }
  report.sections["packages"] = std::move(section);
  report.files.emplace_back("stages.csv", csv);
}

void price_layer_packages(RunReport& report) {
  if (!report.sections.contains("packages")) return;
  std::vector<std::string> lines{fmt::format("  {:16} {:16} {:4} {:7} {:>14} {:>12} {:>12} {:>14} {:>6}", "package", "network", "mode",
                                             "packing", "cycles", "energy", "d2d packets", "d2d bits", "link")};
  nlohmann::ordered_json& packages = report.sections["packages"];
  for (nlohmann::ordered_json& row : packages) {
    const auto text = [&row](const char* key) { return row.at(key).get<std::string>(); };
    const auto number = [&row](const char* key) { return row.contains(key) && row[key].is_number() ? row[key].get<double>() : 0; };
    const auto priced = report.ledger->by_block.find(text("block"));
    const double energy = priced == report.ledger->by_block.end() ? 0 : priced->second.total_j;
    row["energy_j"] = energy;
    lines.push_back(fmt::format("  {:16} {:16} {:4} {:7} {:14.0f} {:>9.4g} mJ {:12.0f} {:14.0f} {:5.0f} %", text("block"), text("network"),
                                text("mode"), text("act_packing"), number("cycles"), 1e3 * energy, number("d2d_packets"),
                                number("d2d_bits"), 100 * number("link_utilisation")));
  }
  add_front(report, packages, lines);
  put_lines(report, packages_mark, lines);
}

}  // namespace snnvp
