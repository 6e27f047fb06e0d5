// SPDX-License-Identifier: Apache-2.0
#include "import.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/json_writer.h>
#include <snnvp/platform/base/quantity.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/workloads/formats/network_folder.h>
#include <snnvp/workloads/formats/nir.h>
#include <snnvp/workloads/formats/nir_data.h>
#include <snnvp/workloads/formats/samples.h>
#include <snnvp/workloads/network/quantise.h>

#include "commands.h"

namespace snnvp::cli {
namespace {

using Json = nlohmann::ordered_json;

/// So many samples give the ranges of values; more change little.
constexpr std::uint64_t range_samples = 32;

double seconds(const std::string& text) {
  double value = 0;
  const auto [at, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || at != text.data() + text.size()) {
    const ParsedNumber parsed = parse_quantity(text, Dimension::time);
    if (!parsed) throw InputError(fmt::format("--dt: {}", parsed.problem));
    value = parsed.value.as_double() * 1e-12;
  }
  if (!(value > 0) || !std::isfinite(value) || value > 1e6) throw InputError(fmt::format("--dt: {} is not a time step", quote(text)));
  return value;
}

NirOptions options_of(const ImportArguments& a) {
  NirOptions o;
  if (!a.dt.empty()) o.dt = seconds(a.dt), o.dt_given = true;
  if (!a.reset.empty()) o.reset = a.reset == "subtract" ? ResetRule::subtract : ResetRule::to_v_reset, o.reset_given = true;
  if (a.if_gain == "r") o.if_gain = NirOptions::IfGain::r;
  if (a.if_gain == "r_dt") o.if_gain = NirOptions::IfGain::r_dt;
  if (a.duplicate_edges == "sum") o.duplicate_edges = DuplicateEdges::sum;
  if (a.duplicate_edges == "ignore") o.duplicate_edges = DuplicateEdges::ignore;
  for (const std::string& pair : a.rename) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == pair.size())
      throw InputError(fmt::format("--rename: {} is not OLD=NEW", quote(pair)));
    o.rename[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return o;
}

const char* verdict_word(ImportVerdict verdict) {
  switch (verdict) {
    case ImportVerdict::mapped: return "mapped";
    case ImportVerdict::approximated: return "approximated";
    default: return "refused";
  }
}

/// The samples of --data, if there are any.
class Data {
public:
  Data(const ImportArguments& a, const NetworkGraph& graph) {
    if (a.data.empty()) {
      if (!a.labels.empty()) throw InputError("--labels: there are no samples without --data");
      return;
    }
    const std::vector<std::size_t> inputs = graph.inputs();
    if (inputs.size() != 1) throw InputError(fmt::format("--data: the network has {} Input nodes; one can be given data", inputs.size()));
    const GraphNode& input = graph.nodes[inputs[0]];
    EventBinning binning;
    binning.shape = input.out;
    binning.dt = graph.dt;
    binning.steps = a.steps != 0 ? a.steps : whole_recording(a.data, binning);
    binning.polarity = a.polarity == "merge"  ? EventBinning::Polarity::merge
                       : a.polarity == "sign" ? EventBinning::Polarity::sign
                                              : EventBinning::Polarity::channels;
    if (a.duplicate == "count") binning.duplicate = EventBinning::Duplicate::count;
    set_.emplace(a.data, binning, input.name);
    if (set_->size() == 0) throw InputError(a.data + ": holds no samples");
    if (!a.labels.empty()) {
      labels_ = read_labels(a.labels);
      if (labels_.size() < set_->size())
        throw InputError(fmt::format("{}: {} labels for {} samples", a.labels, labels_.size(), set_->size()));
    }
    used_ = std::min(set_->size(), std::max<std::uint64_t>(a.samples, 1));
  }

  bool empty() const { return !set_; }
  std::uint64_t used() const { return used_; }
  std::uint64_t size() const { return set_ ? set_->size() : 0; }
  NetworkSample sample(std::uint64_t i) const { return set_->sample(i); }
  const std::vector<std::uint32_t>& labels() const { return labels_; }
  const SampleSet& set() const { return *set_; }

  std::vector<NetworkSample> first(std::uint64_t count) const {
    std::vector<NetworkSample> samples;
    for (std::uint64_t i = 0; i < std::min(count, used_); ++i) samples.push_back(sample(i));
    return samples;
  }

private:
  /// Steps up to the last event of a file of events; other files know their steps.
  static std::uint64_t whole_recording(const std::string& file, const EventBinning& binning) {
    if (file.size() < 4 || file.substr(file.size() - 4) != ".csv") return 1;
    const EventFile events(file, std::int64_t{1} << 53);
    if (events.count() == 0) throw InputError(file + ": holds no events");
    const std::int64_t last = events.window(0).back().time;
    if (events.kind() == EventKind::neurons) return static_cast<std::uint64_t>(last) + 1;
    std::uint64_t steps = static_cast<std::uint64_t>(std::floor(static_cast<double>(last) * 1e-6 / binning.dt + 1e-6)) + 1;
    const double micro = binning.dt * 1e6;
    while (std::abs(micro * static_cast<double>(steps) - std::nearbyint(micro * static_cast<double>(steps))) >
           1e-9 * micro * static_cast<double>(steps))
      ++steps;
    return steps;
  }

  std::optional<SampleSet> set_;
  std::vector<std::uint32_t> labels_;
  std::uint64_t used_ = 0;
};

// -- tables -----------------------------------------------------------------------------------------------------------------

void print_columns(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> width;
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (width.size() <= c) width.push_back(0);
      width[c] = std::max(width[c], row[c].size());
    }
  for (const auto& row : rows) {
    std::string line = " ";
    for (std::size_t c = 0; c < row.size(); ++c) line += fmt::format(" {:<{}}", row[c], c + 1 == row.size() ? row[c].size() : width[c] + 1);
    line.erase(line.find_last_not_of(' ') + 1);
    fmt::print("{}\n", line);
  }
}

std::string percent(double part) { return part == 0 ? "0" : fmt::format("{:.3g} %", 100 * part); }

/// Rounding of a node in words, empty where there is none.
std::string rounding(const QuantisedNode& node) {
  std::vector<std::string> parts;
  constexpr double visible = 1e-9;
  if (node.weight_error > visible) parts.push_back(fmt::format("weights within {}", percent(node.weight_error)));
  if (node.threshold_error > visible) parts.push_back(fmt::format("thresholds within {}", percent(node.threshold_error)));
  if (node.leak_error > visible) parts.push_back(fmt::format("leaks within {:.2g}", node.leak_error));
  if (!node.remark.empty()) parts.push_back(node.remark);
  return fmt::format("{}", fmt::join(parts, ", "));
}

void print_table(const NirImport& import, const std::vector<QuantisedNode>& quantised) {
  std::vector<std::vector<std::string>> rows{{"node", "type", "shape", "verdict", "remarks"}};
  for (const ImportRow& row : import.rows) {
    std::string remarks = row.reason;
    for (const QuantisedNode& node : quantised)
      if (node.name == row.node)
        if (const std::string rounded = rounding(node); !rounded.empty()) remarks += (remarks.empty() ? "" : "; ") + rounded;
    rows.push_back({row.node, row.type, row.shape, verdict_word(row.verdict), remarks});
  }
  print_columns(rows);
  for (const std::string& notice : import.notices) fmt::print("  notice: {}\n", notice);
}

struct Scores {
  Agreement agreement;
  std::uint64_t float_correct = 0, integer_correct = 0;
};

Scores compare(const NetworkGraph& graph, const IntegerNetwork& network, const Data& data) {
  Scores scores;
  if (data.empty()) return scores;
  IntegerSimulation simulation(network);
  for (std::uint64_t i = 0; i < data.used(); ++i) {
    const Classes classes = compare_sample(graph, simulation, network, data.sample(i), Readout::automatic, scores.agreement);
    if (data.labels().empty()) continue;
    scores.float_correct += classes.real == data.labels()[i];
    scores.integer_correct += classes.integer == data.labels()[i];
  }
  return scores;
}

void print_scores(const Scores& scores, const Data& data) {
  const Agreement& a = scores.agreement;
  if (a.samples == 0) return;
  fmt::print("  float against integer on {} of {} samples: {} of neuron steps differ, outputs agree on {}\n", a.samples, data.size(),
             percent(a.mismatch_rate()), a.outputs_equal);
  for (const Agreement::Node& node : a.nodes)
    fmt::print("    {}: {} spikes in float, {} in integers, {} neuron steps differ\n", node.name, node.float_spikes, node.integer_spikes,
               node.mismatches);
  if (data.labels().empty()) return;
  const auto share = [&](std::uint64_t correct) { return 100.0 * static_cast<double>(correct) / static_cast<double>(a.samples); };
  fmt::print("  accuracy: float {:.2f} %, integer {:.2f} %\n", share(scores.float_correct), share(scores.integer_correct));
}

Json report(const NirImport& import, const Quantised& quantised, const Scores& scores, const Data& data) {
  Json j;
  j["source"] = import.graph.source;
  j["source_sha256"] = import.graph.source_sha256;
  j["dt"] = import.graph.dt;
  j["nodes"] = Json::array();
  for (const ImportRow& row : import.rows) {
    Json node = {{"node", row.node}, {"type", row.type}, {"shape", row.shape}, {"verdict", verdict_word(row.verdict)}};
    if (!row.reason.empty()) node["reason"] = row.reason;
    for (const QuantisedNode& q : quantised.nodes)
      if (q.name == row.node) {
        node["weight_error"] = q.weight_error, node["threshold_error"] = q.threshold_error, node["leak_error"] = q.leak_error;
        if (!q.remark.empty()) node["remark"] = q.remark;
      }
    j["nodes"].push_back(std::move(node));
  }
  j["notices"] = import.notices;
  if (const Agreement& a = scores.agreement; a.samples != 0) {
    Json agreement = {
        {"samples", a.samples}, {"spike_mismatch_rate", a.mismatch_rate()}, {"outputs_equal", a.outputs_equal}, {"nodes", Json::array()}};
    for (const Agreement::Node& n : a.nodes)
      agreement["nodes"].push_back({{"node", n.name},
                                    {"compared", n.compared},
                                    {"float_spikes", n.float_spikes},
                                    {"integer_spikes", n.integer_spikes},
                                    {"mismatches", n.mismatches}});
    if (!data.labels().empty()) agreement["float_correct"] = scores.float_correct, agreement["integer_correct"] = scores.integer_correct;
    j["agreement"] = std::move(agreement);
  }
  return j;
}

// -- traces -----------------------------------------------------------------------------------------------------------------

/// Recordings of all chosen nodes and observables, sample after sample.
class Recorder {
public:
  Recorder(const ImportArguments& a, const NetworkGraph& graph, const Data& data) : graph_(graph), data_(data) {
    const std::vector<std::string> wanted = a.record.empty() ? std::vector<std::string>{"v"} : a.record;
    for (const std::string& observable : wanted)
      for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        const NodeOp op = graph.nodes[i].op;
        const bool has = observable == "v"   ? is_neuron(op)
                         : observable == "i" ? is_cuba(op)
                                             : is_spiking(op) || op == NodeOp::input || op == NodeOp::output;
        if (has) columns_.push_back({i, observable, {}});
      }
    if (columns_.empty()) throw InputError(fmt::format("--record: no node has {}", join_names(wanted)));
    std::uint64_t values = 0;
    for (const Column& column : columns_) values += elements_of(graph.nodes[column.node].out) * data.set().steps() * data.used();
    constexpr std::uint64_t most = std::uint64_t{1} << 27;
    if (values > most) throw InputError(fmt::format("--record: {} values, more than {}; --samples takes fewer", values, most));
  }

  void run_float() {
    for (std::uint64_t s = 0; s < data_.used(); ++s) {
      const NetworkSample sample = data_.sample(s);
      check_sample({elements_of(graph_.nodes[graph_.inputs()[0]].out)}, sample);
      FloatSimulation simulation(graph_);
      for (std::uint64_t t = 0; t < sample.steps; ++t) {
        simulation.step(sample, t);
        for (Column& column : columns_) {
          const double* from = column.observable == "v"   ? simulation.membrane(column.node).data()
                               : column.observable == "i" ? simulation.current(column.node).data()
                                                          : simulation.output(column.node);
          column.values.insert(column.values.end(), from, from + elements_of(graph_.nodes[column.node].out));
        }
      }
    }
  }

  std::vector<Recording> recordings() {
    std::vector<Recording> list;
    for (Column& column : columns_) {
      const GraphNode& node = graph_.nodes[column.node];
      Recording r;
      r.node = node.name, r.observable = column.observable, r.dt = graph_.dt;
      r.samples = data_.used(), r.steps = data_.set().steps(), r.neurons = elements_of(node.out);
      const bool binary = column.observable == "spikes" &&
                          std::all_of(column.values.begin(), column.values.end(), [](double v) { return v == 0 || v == 1; });
      if (binary && !column.values.empty()) {
        r.spikes = SpikeTensor("TC", {r.samples * r.steps, r.neurons});
        for (std::uint64_t i = 0; i < column.values.size(); ++i)
          if (column.values[i] != 0) r.spikes.set(i);
      } else {
        r.values = std::move(column.values);
      }
      list.push_back(std::move(r));
    }
    return list;
  }

private:
  struct Column {
    std::size_t node;
    std::string observable;
    std::vector<double> values;
  };
  const NetworkGraph& graph_;
  const Data& data_;
  std::vector<Column> columns_;
};

int simulate(const ImportArguments& a, const NirImport& import, const Data& data) {
  if (data.empty()) throw InputError("--simulate: give the input with --data");
  if (a.out.empty()) throw InputError("--simulate: give the file for the traces with --out");
  Recorder recorder(a, import.graph, data);
  recorder.run_float();
  const std::vector<Recording> recordings = recorder.recordings();
  NirDataOptions options;
  options.flat = a.flat;
  write_nir_data(a.out, recordings, options);
  print_table(import, {});
  fmt::print("  {} samples of {} steps, {} recordings written to {}\n", data.used(), data.set().steps(), recordings.size(), a.out);
  return 0;
}

}  // namespace

void define_import(CLI::App& app, ImportArguments& a) {
  CLI::App* c = app.add_subcommand("import", "read a NIR network: a table of what became of each node, and an integer network folder");
  c->add_option("FILE", a.file, "network (NIR, HDF5)")->required();
  c->add_option("--out", a.out, "network folder, or with --simulate the file of traces; without it nothing is written");
  c->add_option("--data", a.data, "input samples: events .csv, .npy, .npz, NIRData; they set ranges and show the agreement");
  c->add_option("--labels", a.labels, "class of each sample, .csv or .npy");
  c->add_option("--steps", a.steps, "steps of a sample of events; without it the recording is one sample");
  c->add_option("--samples", a.samples, "most samples that are simulated")->capture_default_str();
  c->add_option("--polarity", a.polarity, "of events: channels, merge or sign")
      ->check(CLI::IsMember({"channels", "merge", "sign"}))
      ->capture_default_str();
  c->add_option("--duplicate", a.duplicate, "events of one value in one step: or, count")
      ->check(CLI::IsMember({"or", "count"}))
      ->capture_default_str();
  c->add_option("--bits", a.bits, "of weights")->check(CLI::Range(2, 8))->capture_default_str();
  c->add_option("--width", a.width, "bits of membranes")->check(CLI::Range(4, 32))->capture_default_str();
  c->add_flag("--per-channel", a.per_channel, "a weight scale per output channel instead of one per layer");
  c->add_option("--dt", a.dt, "time step, in seconds or with a unit (default 1e-4)");
  c->add_option("--reset", a.reset, "what a spike does")->check(CLI::IsMember({"to_v_reset", "subtract"}));
  c->add_option("--if-gain", a.if_gain, "what IF and I nodes add per step")->check(CLI::IsMember({"auto", "r", "r_dt"}));
  c->add_option("--duplicate-edges", a.duplicate_edges, "an edge listed twice")->check(CLI::IsMember({"error", "sum", "ignore"}));
  c->add_option("--rename", a.rename, "OLD=NEW: a name in edges")->allow_extra_args(false);
  c->add_option("--simulate", a.simulate, "write traces instead of a folder: float")->check(CLI::IsMember({"float"}));
  c->add_option("--record", a.record, "with --simulate: v, i, spikes")->check(CLI::IsMember({"v", "i", "spikes"}))->allow_extra_args(false);
  c->add_flag("--flat", a.flat, "traces of nested graphs as outer.inner instead of groups in groups");
  c->add_flag("--json", a.json, "the report as JSON on stdout");
}

int import_network(const ImportArguments& a) {
  const NirImport import = import_nir(a.file, options_of(a));
  const auto refused =
      std::count_if(import.rows.begin(), import.rows.end(), [](const ImportRow& row) { return row.verdict == ImportVerdict::refused; });
  if (refused != 0) {
    print_table(import, {});
    std::fflush(stdout);
    std::string text;
    for (const ImportRow& row : import.rows)
      if (row.verdict == ImportVerdict::refused) text += fmt::format("{}: {}: {}\n", a.file, row.node, row.reason);
    throw InputError(fmt::format("{}{} node{} refused, nothing was written", text, refused, refused == 1 ? "" : "s"));
  }
  const Data data(a, import.graph);
  if (!data.empty())
    for (const std::string& notice : data.set().notices()) say(fmt::format("notice: {}\n", notice));
  if (!a.simulate.empty()) return simulate(a, import, data);
  QuantiseOptions options;
  options.bits = a.bits, options.width_bits = a.width, options.per_channel = a.per_channel;
  const Quantised quantised = quantise(import.graph, options, data.first(range_samples));
  const Scores scores = compare(import.graph, quantised.network, data);
  const Json json = report(import, quantised, scores, data);
  if (!a.out.empty()) {
    write_network_folder(quantised.network, a.out);
    std::string problem;
    if (!write_file_atomically((std::filesystem::path(a.out) / "import.json").string(), to_json_text(json), problem))
      throw InputError(problem);
  }
  if (a.json) {
    fmt::print("{}", to_json_text(json));
    return 0;
  }
  print_table(import, quantised.nodes);
  if (data.empty()) fmt::print("  notice: ranges of values come from one random sample (25 % spikes); --data gives real ones\n");
  print_scores(scores, data);
  if (!a.out.empty()) fmt::print("  written to {}: manifest.json, weights, import.json\n", a.out);
  return 0;
}

}  // namespace snnvp::cli
