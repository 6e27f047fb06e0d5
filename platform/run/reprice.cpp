// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/reprice.h>

#include <fmt/format.h>

#include <algorithm>

#include <snnvp/platform/base/sha256.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/config/canonical.h>
#include <snnvp/platform/config/overrides.h>
#include <snnvp/platform/config/params.h>
#include <snnvp/platform/report/price_list.h>
#include <snnvp/platform/run/heat_replay.h>
#include <snnvp/platform/run/resolved.h>

namespace snnvp {
namespace {

std::string technology_folder() { return data_dir() + "/tech"; }

/// The entry `prices` of a technology section, made if it is missing.
Node& prices_of(Node& technology) {
  if (Node* prices = technology.find("prices"); prices && prices->is_map()) return *prices;
  Node::Entry entry;
  entry.key = "prices";
  entry.value.type = Node::Type::map;
  const auto old = std::find_if(technology.entries.begin(), technology.entries.end(), [](const auto& e) { return e.key == "prices"; });
  if (old != technology.entries.end()) return *old = std::move(entry), old->value;
  technology.entries.push_back(std::move(entry));
  return technology.entries.back().value;
}

/// Puts the constants of a price file over those of the section.
void add_price_file(Node& technology, const std::string& file, Diagnostics& diagnostics) {
  Node read = read_yaml_file(file, diagnostics, "price file");
  if (diagnostics.has_errors()) return;
  if (const Node* inner = read.find("prices"); inner && read.entries.size() == 1) read = Node(*inner);
  if (!read.is_map() || read.entries.empty())
    return diagnostics.error(
        read.pos, "", "a price file maps paths or event keys to constants",
        "e.g. arithmetic.ops_28nm.add_16b: {value: 0.03, unit: pJ, lo: 0.02, hi: 0.04, status: measured, source: ...}");
  Node& prices = prices_of(technology);
  for (Node::Entry& entry : read.entries) {
    const auto same = std::find_if(prices.entries.begin(), prices.entries.end(), [&](const auto& e) { return e.key == entry.key; });
    if (same != prices.entries.end())
      *same = std::move(entry);
    else
      prices.entries.push_back(std::move(entry));
  }
}

void set_scalar(Node& technology, const std::string& key, const std::string& text) {
  Node::Entry entry;
  entry.key = key;
  entry.value.type = Node::Type::scalar, entry.value.text = text, entry.value.quoted = true;
  technology.entries.push_back(std::move(entry));
}

/// Why other values than those of the technology section need a new run.
void check_override(const std::string& text) {
  if (text.rfind("technology.", 0) == 0 && text.find('=') != std::string::npos) return;
  throw InputError(fmt::format("--set {}: only technology.KEY=VALUE changes prices alone; anything else changes what is simulated: use run",
                               quote(text)));
}

const nlohmann::json& block_entry(const nlohmann::json& resolved, const std::string& name) {
  for (const nlohmann::json& block : resolved.at("platform").at("blocks"))
    if (block.at("name") == name) return block;
  throw InputError("activity.json names a block " + quote(name) + " that its scenario lacks");
}

}  // namespace

InputFile digest_file(const std::string& shown, const std::string& real) {
  std::string problem;
  const auto sha = sha256_of_file(real, problem);
  if (!sha) throw InputError(problem);
  return {shown, *sha};
}

std::vector<InputFile> digest_technology(const Technology& technology) {
  std::vector<InputFile> files;
  const std::string data = data_dir();
  for (const std::string& file : technology.read_files()) {
    const std::string shown = file.rfind(data, 0) == 0 ? file.substr(data.size() + 1) : file;
    files.push_back(digest_file(shown, file.rfind('/', 0) == 0 || file.rfind(data, 0) == 0 ? file : data + "/tech/" + file));
  }
  return files;
}

StoredRun::StoredRun(std::string folder, const Registry& registry) : folder_(std::move(folder)), registry_(registry) {
  activity_ = read_activity(folder_, registry_, foreign_);
  const auto& heat = activity_.run.heat;
  if (!heat) return;
  if (heat->throttled || heat->refreshed)
    throw InputError(fmt::format("{}: heat {} during this run, so its time depends on its prices: simulate it again with other ones",
                                 folder_, heat->throttled ? "slowed clocks" : "made a memory refresh more often"));
  if (heat->epochs.size() != heat->epochs_run)
    throw InputError(fmt::format("{}: the run has {} thermal epochs, more than the {} that are kept: simulate it again with other prices",
                                 folder_, heat->epochs_run, HeatRecord::most_epochs));
}

Value StoredRun::settle(const RepriceOptions& options, const Technology& technology, Node& document) {
  for (const std::string& text : options.overrides) check_override(text);
  Diagnostics diagnostics;
  document = read_yaml_text(to_yaml(nlohmann::json{{"technology", activity_.resolved.at("technology")}}), folder_ + "/activity.json", ".",
                            diagnostics);
  if (document.find("technology")->is_null()) document.find("technology")->type = Node::Type::map;
  for (const std::string& text : options.overrides) apply_override(document, text, diagnostics);
  if (options.draws) apply_override(document, fmt::format("technology.draws={}", *options.draws), diagnostics);
  Node* section = document.find("technology");
  if (!options.prices_file.empty()) add_price_file(*section, options.prices_file, diagnostics);
  const Value value = check_params(section, technology_params(technology), "technology", "technology", diagnostics);
  if (diagnostics.has_errors()) throw InputError(diagnostics);
  return value;
}

std::vector<std::string> StoredRun::changed_latencies(const Technology& technology, const TechnologySettings& settings) const {
  std::vector<std::string> changed;
  for (const TableLatency& latency : activity_.latencies) {
    const Cycles now = sram_table_latency(technology, latency.bank, activity_.timing_node, activity_.timing_sram_device, latency.hz);
    try {
      const Cycles then = sram_table_latency(technology, latency.bank, settings.timing_node, settings.timing_sram_device, latency.hz);
      if (then != now) changed.push_back(fmt::format("{} (latency_cycles {} -> {})", latency.block, now, then));
    } catch (const MissingSramDevice&) {
      changed.push_back(fmt::format("{} (latency_cycles {} -> none: no such SRAM)", latency.block, now));
    }
  }
  return changed;
}

RunReport StoredRun::price(const RepriceOptions& options) {
  const Technology technology(technology_folder());
  Node document;
  Value value = settle(options, technology, document);
  Node& section = *document.find("technology");
  Diagnostics diagnostics;
  PriceContext prices = resolve_prices(technology, value, activity_.declarations, diagnostics, &section);
  if (diagnostics.has_errors()) throw InputError(diagnostics);

  // Latencies stay those of the run: what is not said otherwise is frozen, what is must come out the same.
  const Technology tables(technology_folder());
  const std::vector<std::string> changed = changed_latencies(tables, prices.settings);
  const bool other_node = prices.settings.timing_node != activity_.timing_node;
  const bool other_device = prices.settings.timing_sram_device != activity_.timing_sram_device;
  const bool is_said = section.find("timing_node") || section.find("timing_sram_device");
  if (is_said && !changed.empty())
    throw InputError(fmt::format("technology.timing_node and timing_sram_device: the run's time would change at {}; simulate it again",
                                 join_names(changed, 8)));
  notices_.clear();
  if (!changed.empty())
    notices_.push_back(fmt::format("time stays as at {} nm, {}; a new simulation would change the latency of {}", activity_.timing_node,
                                   activity_.timing_sram_device, join_names(changed, 8)));
  if (!is_said && !activity_.latencies.empty() && (other_node || other_device)) {
    if (other_node) set_scalar(section, "timing_node", std::to_string(activity_.timing_node));
    if (other_device) set_scalar(section, "timing_sram_device", activity_.timing_sram_device);
    value = check_params(&section, technology_params(technology), "technology", "technology", diagnostics);
    prices = resolve_prices(technology, value, activity_.declarations, diagnostics, &section);
    if (diagnostics.has_errors()) throw InputError(diagnostics);
  }

  activity_.timing_node = prices.settings.timing_node;
  activity_.timing_sram_device = prices.settings.timing_sram_device;
  activity_.resolved["technology"] = written(value, technology_params(technology));
  activity_.run.report.scenario_hash = canonical_hash(activity_.resolved);
  std::optional<HeatReplay> heat;
  if (activity_.run.heat)
    heat.emplace(technology, prices, *activity_.run.heat, block_entry(activity_.resolved, activity_.run.heat->block), registry_);
  else if (prices.settings.is_thermal)
    throw InputError("technology.temperature: thermal needs a run with a block of kind models.thermal");
  RunReport report = price_run(prices, activity_.run, heat ? &*heat : nullptr);
  report.inputs = activity_.inputs;
  for (InputFile& file : digest_technology(technology)) report.inputs.push_back(std::move(file));
  for (const DiagnosisItem& notice : activity_.notices) report.diagnosis.push_back(notice);
  add_files(report);
  return report;
}

namespace {

/// The counts of each window are kept, its power at the prices of before is not.
std::string without_power(const std::string& series) {
  std::string out;
  for (std::size_t begin = 0; begin < series.size();) {
    const std::size_t end = std::min(series.find('\n', begin), series.size() - 1) + 1;
    const std::string line = series.substr(begin, end - begin);
    if (line.find(",power_w,") == std::string::npos) out += line;
    begin = end;
  }
  return out;
}

}  // namespace

void StoredRun::add_files(RunReport& report) const {
  for (const auto& [name, digest] : activity_.files) {
    if (name.empty() || name.find('/') != std::string::npos || name == "." || name == "..")
      throw InputError(folder_ + "/activity.json names a file outside the folder: " + quote(name));
    std::string problem;
    const auto text = read_file(folder_ + "/" + name, problem);
    if (!text) throw InputError(problem + "\n    the run wrote it; without it the folder cannot be priced again");
    if (sha256(*text) != digest) throw InputError(fmt::format("{}/{} is not as the run wrote it; simulate again", folder_, name));
    report.files.emplace_back(name, name == "series.csv" ? without_power(*text) : *text);
  }
}

std::vector<PricedMode> StoredRun::modes() const {
  std::vector<PricedMode> all;
  const Technology technology(technology_folder());
  nlohmann::json section = activity_.resolved.at("technology");
  for (const char* key : {"mode", "preset"}) section.erase(key);
  for (const std::string& name : technology.price_lists()) {
    const PriceList list = read_price_list(technology, name);
    const bool fits = name == "generic28" || std::any_of(activity_.declarations.begin(), activity_.declarations.end(),
                                                         [&](const BlockDeclaration& d) { return list.find(d.kind) != nullptr; });
    if (!fits) continue;
    section["preset"] = name;
    Diagnostics diagnostics;
    const Node node = read_yaml_text(to_yaml(section), name, ".", diagnostics);
    const Value value = check_params(&node, technology_params(technology), "technology", "technology", diagnostics);
    PricedMode mode;
    mode.preset = name;
    const PriceContext prices = resolve_prices(technology, value, activity_.declarations, diagnostics, &node);
    mode.mode = prices.settings.mode;
    if (diagnostics.has_errors()) {
      const Diagnostic& first = diagnostics.items().front();
      mode.problem = first.text;
    } else {
      mode.ledger = snnvp::price(prices, activity_.run.counted);
    }
    all.push_back(std::move(mode));
  }
  return all;
}

}  // namespace snnvp
