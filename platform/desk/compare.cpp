// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/desk/compare.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/quantity.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/report/price_files.h>
#include <snnvp/platform/report/uncertainty.h>

namespace snnvp::desk {

namespace {

using Json = nlohmann::ordered_json;

/// Rows told of layers and of blocks.
constexpr std::size_t most_rows = 12;
/// Smaller changes are called equal in the text.
constexpr double least_change = 0.001;

/// Numbers by path, in the order first met, over all runs.
class Numbers {
public:
  explicit Numbers(std::size_t runs) : runs_(runs) {}

  void add(std::size_t run, const std::string& path, const Json& value) {
    const auto [it, is_new] = index_.try_emplace(path, rows_.size());
    if (is_new) rows_.push_back({path, std::vector<std::optional<double>>(runs_)});
    if (value.is_number()) rows_[it->second].values[run] = value.get<double>();
  }

  /// Without rows that no run has a number for.
  std::vector<ComparedNumber> take() {
    rows_.erase(std::remove_if(rows_.begin(), rows_.end(),
                               [](const ComparedNumber& row) {
                                 return std::none_of(row.values.begin(), row.values.end(), [](const auto& v) { return v.has_value(); });
                               }),
                rows_.end());
    return std::move(rows_);
  }

private:
  std::size_t runs_;
  std::map<std::string, std::size_t> index_;
  std::vector<ComparedNumber> rows_;
};

const Json& member(const Json& j, const char* key) {
  static const Json none;
  return j.is_object() && j.contains(key) ? j.at(key) : none;
}

void add_totals(const Json& report, std::size_t run, Numbers& out) {
  for (const auto& [key, value] : member(report, "totals").items()) out.add(run, "totals." + key, value);
  for (const auto& [name, engine] : member(report, "engines").items())
    for (const char* key : {"accuracy", "cycles_per_sample", "energy_per_sample_j"})
      if (engine.contains(key)) out.add(run, "engines." + name + "." + key, engine.at(key));
}

void add_layers(const Json& report, std::size_t run, Numbers& out) {
  std::map<std::string, int> seen;
  std::set<std::string> engines;
  for (const Json& layer : member(report, "layers")) engines.insert(layer.value("engine", ""));
  for (const Json& layer : member(report, "layers")) {
    // One engine on each side is compared with the other whatever they are called; a name that comes again is numbered.
    std::string name = engines.size() > 1 ? layer.value("engine", "") + "/" + layer.value("name", "") : layer.value("name", "");
    if (const int n = seen[name]++; n > 0) name += fmt::format("#{}", n + 1);
    for (const char* key : {"cycles", "energy_mj", "dram_bits"}) out.add(run, "layers." + name + "." + key, member(layer, key));
  }
}

void add_blocks(const Json& report, std::size_t run, Numbers& out) {
  for (const auto& [name, energy] : member(member(report, "energy"), "by_block").items())
    out.add(run, "energy.by_block." + name + ".total_j", member(energy, "total_j"));
  for (const Json& block : member(report, "blocks"))
    for (const auto& [stat, value] : member(block, "stats").items())
      out.add(run, "blocks." + block.value("name", "") + ".stats." + stat, value);
}

/// The inputs as a set of digests: the same data under another path is the same.
std::set<std::string> digests(const Json& report) {
  std::set<std::string> all;
  for (const Json& input : member(report, "inputs")) {
    const std::string path = input.value("path", "");
    if (path.rfind("tech/", 0) != 0) all.insert(input.value("sha256", ""));
  }
  return all;
}

/// Prices a run used, by path and value.
std::string prices(const Json& report) {
  const Json& energy = member(report, "energy");
  return energy.is_null() ? "" : energy.value("mode", "") + " " + energy.value("preset", "");
}

void find_differences(const std::vector<RunFolder>& runs, Comparison& out) {
  const auto differ = [&](const std::string& text, bool is_apples_and_oranges) {
    out.differences.push_back(text);
    if (is_apples_and_oranges) out.is_like_for_like = false;
  };
  const Json& first = runs.front().report;
  for (std::size_t i = 1; i < runs.size(); ++i) {
    const Json& other = runs[i].report;
    const std::string& name = out.names[i];
    if (digests(first) != digests(other)) differ(name + " read other input data", true);
    if (first.value("seed", Json()) != other.value("seed", Json())) differ(name + " has another seed: what is drawn differs", true);
    if (member(member(first, "check"), "compared") != member(member(other, "check"), "compared") &&
        prices(first).empty() == prices(other).empty() && first.value("status", "") == "ok" && other.value("status", "") == "ok" &&
        member(member(first, "check"), "enabled") == member(member(other, "check"), "enabled"))
      differ(name + " computed another number of values: another network, or other engines", true);
    if (first.value("schema", 0) != other.value("schema", 0)) differ(name + " has another report schema", true);
    if (member(first, "tool") != member(other, "tool")) differ(name + " comes from another version of snnvp", false);
    if (prices(first) != prices(other))
      differ(fmt::format("{} has other prices: {} instead of {}", name, prices(other), prices(first)), false);
  }
  for (std::size_t i = 0; i < runs.size(); ++i)
    if (runs[i].report.value("status", "") != "ok")
      differ(fmt::format("{} ended with status {}", out.names[i], runs[i].report.value("status", "")), true);
}

/// The band of each run's energy over the first run's, drawn as the first run says.
std::vector<std::optional<EnergyRatio>> energy_ratios(const std::vector<RunFolder>& runs) {
  std::vector<std::optional<EnergyRatio>> ratios(runs.size());
  if (runs.front().uncertainty.is_null()) return ratios;
  const Ledger first = read_uncertainty(runs.front().uncertainty, runs.front().folder + "/uncertainty.json");
  const unsigned draws = first.settings.draws;
  const std::vector<double> divisors = draw_totals(first, draws, first.settings.seed);
  if (!(first.total_j > 0)) return ratios;
  const auto mode = [](const RunFolder& run) { return member(member(run.report, "energy"), "mode"); };
  for (std::size_t i = 1; i < runs.size(); ++i) {
    if (runs[i].uncertainty.is_null()) continue;
    const Ledger other = read_uncertainty(runs[i].uncertainty, runs[i].folder + "/uncertainty.json");
    std::vector<double> drawn = draw_totals(other, draws, first.settings.seed);
    for (std::size_t d = 0; d < drawn.size(); ++d) drawn[d] /= divisors[d];
    const Band band = nearest_rank_band(drawn);
    std::nth_element(drawn.begin(), drawn.begin() + static_cast<std::ptrdiff_t>((draws + 1) / 2 - 1), drawn.end());
    ratios[i] = EnergyRatio{other.total_j / first.total_j,      round_to_12_digits(drawn[(draws + 1) / 2 - 1]), band.p5, band.p95, draws,
                            mode(runs[i]) != mode(runs.front())};
  }
  return ratios;
}

std::string energy_text(const Comparison& c) {
  std::string text;
  for (std::size_t i = 1; i < c.energy.size(); ++i) {
    if (!c.energy[i]) continue;
    const EnergyRatio& e = *c.energy[i];
    text += fmt::format("  {:<24} {:.3f}x, median {:.3f}x, 90 % of {} shared draws from {:.3f}x to {:.3f}x{}\n", c.names[i], e.nominal,
                        e.median, e.draws, e.p5, e.p95, e.is_mixed ? "   (mixed: calibrated and bottom-up prices)" : "");
  }
  return text.empty()
             ? text
             : fmt::format("\n  energy over {}: constants are uncertain, their draws are the same in all runs\n{}", c.names[0], text);
}

Json energy_json(const Comparison& c) {
  Json list = Json::array();
  for (const auto& e : c.energy)
    list.push_back(e ? Json{{"ratio", e->nominal},
                            {"median", e->median},
                            {"p5", e->p5},
                            {"p95", e->p95},
                            {"draws", e->draws},
                            {"prices", e->is_mixed ? "mixed" : "alike"}}
                     : Json(nullptr));
  return list;
}

std::string value_text(const std::optional<double>& value) {
  if (!value) return "-";
  if (*value == std::floor(*value) && std::fabs(*value) < 1e12) return fmt::format(std::locale::classic(), "{:.0f}", *value);
  return fmt::format("{:.5g}", *value);
}

std::string ratio_text(const ComparedNumber& row, std::size_t i) {
  const auto ratio = row.ratio(i);
  if (!ratio) return "-";
  return *ratio >= 100 || *ratio < 0.01 ? fmt::format("{:.3g}x", *ratio) : fmt::format("{:.3f}x", *ratio);
}

std::string row_text(const ComparedNumber& row, std::size_t width, const std::string& prefix) {
  const std::string path = row.path.rfind(prefix, 0) == 0 ? row.path.substr(prefix.size()) : row.path;
  std::string text = fmt::format("  {:<{}}", path, width);
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    text += fmt::format(" {:>14}", value_text(row.values[i]));
    if (i > 0) text += fmt::format(" {:>9}", ratio_text(row, i));
  }
  return text + "\n";
}

std::string head_text(const Comparison& c, const char* title, std::size_t width) {
  std::string text = fmt::format("\n  {:<{}}", title, width);
  for (std::size_t i = 0; i < c.names.size(); ++i)
    text += fmt::format(i > 0 ? " {:>24}" : " {:>14}", c.names[i].size() > 24 ? c.names[i].substr(c.names[i].size() - 24) : c.names[i]);
  return text + "\n";
}

std::string largest_text(const Comparison& c, std::vector<ComparedNumber> rows, const char* title, const std::string& prefix) {
  const std::size_t all = rows.size();
  rows.erase(std::remove_if(rows.begin(), rows.end(), [](const ComparedNumber& row) { return row.distance() < least_change; }), rows.end());
  std::stable_sort(rows.begin(), rows.end(), [](const ComparedNumber& a, const ComparedNumber& b) { return a.distance() > b.distance(); });
  if (rows.empty()) return fmt::format("\n  {}: all {} numbers are equal\n", title, all);
  std::size_t width = 24;
  for (std::size_t i = 0; i < rows.size() && i < most_rows; ++i)
    width = std::max(width, rows[i].path.size() - (rows[i].path.rfind(prefix, 0) == 0 ? prefix.size() : 0));
  std::string text = head_text(c, title, width);
  for (std::size_t i = 0; i < rows.size() && i < most_rows; ++i) text += row_text(rows[i], width, prefix);
  if (rows.size() > most_rows) text += fmt::format("  ... and {} more that differ, of {} (--json has all)\n", rows.size() - most_rows, all);
  return text;
}

Json rows_json(const std::vector<ComparedNumber>& rows) {
  Json list = Json::array();
  for (const ComparedNumber& row : rows) {
    Json values = Json::array(), ratios = Json::array();
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      values.push_back(row.values[i] ? Json(*row.values[i]) : Json(nullptr));
      const auto ratio = row.ratio(i);
      ratios.push_back(ratio ? Json(*ratio) : Json(nullptr));
    }
    list.push_back({{"path", row.path}, {"values", values}, {"ratios", ratios}});
  }
  return list;
}

bool holds(double value, const std::string& comparison, double limit) {
  if (comparison == ">") return value > limit;
  if (comparison == ">=") return value >= limit;
  if (comparison == "<") return value < limit;
  return value <= limit;
}

}  // namespace

std::optional<double> ComparedNumber::ratio(std::size_t i) const {
  if (!values[0] || !values[i]) return std::nullopt;
  if (*values[0] == 0) return *values[i] == 0 ? std::optional(1.0) : std::nullopt;
  return *values[i] / *values[0];
}

double ComparedNumber::distance() const {
  double distance = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (values[i] == values[0]) continue;
    const auto r = ratio(i);
    if (!r || !(*r > 0)) return std::numeric_limits<double>::infinity();
    distance = std::max(distance, std::fabs(std::log(*r)));
  }
  return distance;
}

Comparison compare(const std::vector<RunFolder>& runs) {
  Comparison c;
  for (const RunFolder& run : runs) c.names.push_back(run.path);
  find_differences(runs, c);
  c.energy = energy_ratios(runs);
  Numbers totals(runs.size()), layers(runs.size()), blocks(runs.size());
  for (std::size_t i = 0; i < runs.size(); ++i) {
    add_totals(runs[i].report, i, totals);
    add_layers(runs[i].report, i, layers);
    add_blocks(runs[i].report, i, blocks);
  }
  c.totals = totals.take();
  c.layers = layers.take();
  c.blocks = blocks.take();
  return c;
}

std::string to_text(const Comparison& c) {
  std::string text;
  for (const std::string& difference : c.differences) text += "note: " + difference + "\n";
  std::size_t width = 24;
  for (const ComparedNumber& row : c.totals) width = std::max(width, row.path.size());
  text += head_text(c, "totals", width);
  for (const ComparedNumber& row : c.totals) text += row_text(row, width, "totals.");
  text += energy_text(c);
  text += largest_text(c, c.layers, "layers", "layers.");
  text += largest_text(c, c.blocks, "blocks", "blocks.");
  return text;
}

Json to_json(const Comparison& c) {
  return {{"comparison", 1},
          {"runs", c.names},
          {"like_for_like", c.is_like_for_like},
          {"differences", c.differences},
          {"energy_ratio", energy_json(c)},
          {"totals", rows_json(c.totals)},
          {"layers", rows_json(c.layers)},
          {"blocks", rows_json(c.blocks)}};
}

Condition parse_condition(const std::string& text) {
  const auto refuse = [&text]() -> InputError {
    return InputError(
        fmt::format("--fail-if {}: not a condition\n    allowed: PATH>+2%, PATH<-5% (change against the first run), PATH>=0.9 (the value), "
                    "also < and <=",
                    quote(text)));
  };
  Condition condition;
  condition.text = text;
  const std::size_t at = text.find_first_of("<>");
  if (at == std::string::npos || at == 0) throw refuse();
  const std::size_t after = at + 1 < text.size() && text[at + 1] == '=' ? at + 2 : at + 1;
  const auto trimmed = [](std::string word) {
    word.erase(0, word.find_first_not_of(' '));
    word.erase(word.find_last_not_of(' ') + 1);
    return word;
  };
  condition.path = trimmed(text.substr(0, at));
  condition.comparison = text.substr(at, after - at);
  std::string limit = trimmed(text.substr(after));
  condition.is_relative = !limit.empty() && limit.back() == '%';
  if (condition.is_relative) limit.pop_back();
  if (!limit.empty() && limit.front() == '+') limit.erase(0, 1);
  const ParsedNumber number = parse_real(trimmed(limit));
  if (!number || condition.path.empty() || condition.path.find('=') != std::string::npos) throw refuse();
  condition.limit = number.value.as_double();
  return condition;
}

std::vector<std::string> broken_by(const Condition& condition, const std::vector<RunFolder>& runs) {
  const auto number = [&](const RunFolder& run) {
    const Json* value = find_value(run.report, condition.path);
    if (!value) throw InputError(fmt::format("--fail-if {}: {} has no {}", quote(condition.text), run.path, condition.path));
    if (!value->is_number())
      throw InputError(fmt::format("--fail-if {}: {} of {} is no number", quote(condition.text), condition.path, run.path));
    return value->get<double>();
  };
  std::vector<std::string> sentences;
  const double first = number(runs.front());
  for (std::size_t i = 1; i < runs.size(); ++i) {
    const double value = number(runs[i]);
    if (!condition.is_relative) {
      if (holds(value, condition.comparison, condition.limit))
        sentences.push_back(fmt::format("{}: {} is {}", condition.text, runs[i].path, value_text(value)));
      continue;
    }
    if (first == 0)
      throw InputError(fmt::format("--fail-if {}: {} of {} is 0, there is no change in per cent", quote(condition.text), condition.path,
                                   runs.front().path));
    const double change = 100 * (value / first - 1);
    if (holds(value, condition.comparison, first * (1 + condition.limit / 100)))
      sentences.push_back(
          fmt::format("{}: {} is {}, {:+.2f} % against {}", condition.text, runs[i].path, value_text(value), change, runs.front().path));
  }
  return sentences;
}

}  // namespace snnvp::desk
