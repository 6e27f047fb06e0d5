// SPDX-License-Identifier: Apache-2.0
// Workload kind `network`: a trained network with input samples, run by engines.
#include <fmt/format.h>

#include <algorithm>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/run/network_task.h>
#include <snnvp/platform/run/workload_kinds.h>
#include <snnvp/workloads/formats/network_folder.h>
#include <snnvp/workloads/formats/nir.h>
#include <snnvp/workloads/formats/samples.h>

namespace snnvp {
namespace {

/// So many samples of the input give the ranges of an imported network's values, whatever `samples` says: the integer network is then
/// the same for every run, and that of `snnvp import --data`.
constexpr std::uint64_t range_samples = 32;

/// Values of one sample, over all nodes and steps, that a run keeps: 1 GiB of them.
constexpr std::uint64_t max_values = std::uint64_t{1} << 28;

template <typename Node>
void check_size(const std::vector<Node>& nodes, std::uint64_t steps, const std::string& file) {
  std::uint64_t per_step = 0;
  for (const Node& node : nodes) per_step += elements_of(node.out);
  if (per_step != 0 && steps > max_values / per_step)
    throw InputError(fmt::format("{}: samples of {} steps, but the network has {} values per step: at most {} steps can be run", file,
                                 steps, per_step, max_values / per_step));
}

bool is_nir(const std::string& path) { return path.size() > 4 && path.compare(path.size() - 4, 4, ".nir") == 0; }

NirOptions nir_options(const ParamSet& params) {
  NirOptions options;
  if (!params.is_null("input.dt")) options.dt = params.get<double>("input.dt") / 1e12, options.dt_given = true;
  if (!params.is_null("import.reset"))
    options.reset = params.get<std::string>("import.reset") == "subtract" ? ResetRule::subtract : ResetRule::to_v_reset,
    options.reset_given = true;
  const std::string gain = params.get<std::string>("import.if_gain");
  options.if_gain = gain == "r" ? NirOptions::IfGain::r : gain == "r_dt" ? NirOptions::IfGain::r_dt : NirOptions::IfGain::automatic;
  return options;
}

NetworkGraph imported(const ParamSet& params, LayerProgram& program) {
  const std::string file = params.get<std::string>("network");
  NirImport import = import_nir(file, nir_options(params));
  std::string refused;
  for (const ImportRow& row : import.rows) {
    if (row.verdict == ImportVerdict::refused) refused += fmt::format("{}{}: {}", refused.empty() ? "" : "; ", row.node, row.reason);
    if (row.verdict == ImportVerdict::approximated)
      program.notices.emplace_back("approximated", fmt::format("{}: {}", row.node, row.reason));
  }
  if (!refused.empty()) throw InputError(fmt::format("{}: refused: {}", file, refused));
  for (const std::string& notice : import.notices) program.notices.emplace_back("import", notice);
  return std::move(import.graph);
}

Shape shape_of(const ParamSet& params) {
  Shape shape;
  for (const Value& side : params.at("input.shape").items()) shape.push_back(side.as_u64());
  return shape;
}

EventBinning binning_of(const ParamSet& params, const Shape& input, double dt) {
  EventBinning binning;
  binning.shape = shape_of(params);
  if (binning.shape.empty()) binning.shape = input;
  if (elements_of(binning.shape) != elements_of(input))
    throw InputError(fmt::format("input.shape ({}) has {} values, the network's input ({}) has {}", shape_text(binning.shape),
                                 elements_of(binning.shape), shape_text(input), elements_of(input)));
  binning.dt = params.is_null("input.dt") ? dt : params.get<double>("input.dt") / 1e12;
  const std::string file = params.get<std::string>("input.file");
  const bool is_csv = file.size() > 4 && file.compare(file.size() - 4, 4, ".csv") == 0;
  if (is_csv && params.is_null("input.steps"))
    throw InputError("input.steps is needed: a file of events does not tell the length of a sample");
  binning.steps = params.get_optional<std::uint64_t>("input.steps").value_or(1);
  const std::string polarity = params.get<std::string>("input.polarity");
  binning.polarity = polarity == "merge"  ? EventBinning::Polarity::merge
                     : polarity == "sign" ? EventBinning::Polarity::sign
                                          : EventBinning::Polarity::channels;
  if (params.get<std::string>("input.duplicate") == "count") binning.duplicate = EventBinning::Duplicate::count;
  return binning;
}

Readout readout_of(const ParamSet& params) {
  static const std::vector<std::string> words{"auto", "count", "sum", "last", "max"};
  const auto it = std::find(words.begin(), words.end(), params.get<std::string>("readout"));
  return static_cast<Readout>(it - words.begin());
}

/// Labels that name no output, or too few of them.
void check_labels(const NetworkTask& task, const std::string& file) {
  if (task.labels.size() < task.samples)
    throw InputError(fmt::format("{}: {} labels for {} samples", file, task.labels.size(), task.samples));
  const std::uint64_t classes = task.network.nodes[task.network.outputs().front()].size();
  for (std::uint64_t i = 0; i < task.samples; ++i)
    if (task.labels[i] >= classes)
      throw InputError(fmt::format("{}: label {} of sample {}, but the network has {} outputs", file, task.labels[i], i, classes));
}

ParamSpec null_by_default(ParamSpec spec) {
  spec.default_value = Value();
  return spec.optional_null();
}

}  // namespace

NetworkTask read_network_task(const ParamSet& params, LayerProgram& program) {
  NetworkTask task;
  const std::string path = params.get<std::string>("network");
  if (is_nir(path)) {
    task.graph = imported(params, program);
    program.input_files.push_back(path);
  } else {
    task.network = read_network_folder(path, &program.input_files);
  }

  // The input: one node takes it.
  const auto input_count = task.graph ? task.graph->inputs().size() : task.network.inputs().size();
  if (input_count != 1) throw InputError(fmt::format("{}: the network has {} input nodes; one can be given samples", path, input_count));
  std::string input_name;
  Shape input_shape;
  if (task.graph) {
    const GraphNode& node = task.graph->nodes[task.graph->inputs().front()];
    input_name = node.name, input_shape = node.out;
  } else {
    const IntegerNode& node = task.network.nodes[task.network.inputs().front()];
    input_name = node.name, input_shape = node.out;
  }
  if (const auto steps = params.get_optional<std::uint64_t>("input.steps"))
    task.graph ? check_size(task.graph->nodes, *steps, "input.steps") : check_size(task.network.nodes, *steps, "input.steps");
  const EventBinning binning = binning_of(params, input_shape, task.graph ? task.graph->dt : task.network.dt);
  const std::string file = params.get<std::string>("input.file");
  auto samples = std::make_shared<SampleSet>(file, binning, input_name);
  program.input_files.push_back(file);
  for (const std::string& notice : samples->notices()) program.notices.emplace_back("input", notice);
  if (samples->size() == 0) throw InputError(file + ": holds no samples");
  task.steps = samples->steps();
  task.graph ? check_size(task.graph->nodes, task.steps, file) : check_size(task.network.nodes, task.steps, file);
  const auto wanted = params.get_optional<std::uint64_t>("samples");
  if (wanted && *wanted > samples->size())
    throw InputError(fmt::format("{} holds {} samples, {} are wanted", file, samples->size(), *wanted));
  task.samples = wanted.value_or(samples->size());
  task.sample = [samples](std::uint64_t i) { return samples->sample(i); };

  if (task.graph) {
    QuantiseOptions options;
    options.bits = params.get<unsigned>("import.bits");
    options.width_bits = params.get<unsigned>("import.width");
    options.per_channel = params.get<bool>("import.per_channel");
    std::vector<NetworkSample> first;
    for (std::uint64_t i = 0; i < std::min(range_samples, samples->size()); ++i) first.push_back(samples->sample(i));
    Quantised quantised = quantise(*task.graph, options, first);
    for (const QuantisedNode& node : quantised.nodes)
      if (!node.remark.empty()) program.notices.emplace_back("quantised", fmt::format("{}: {}", node.name, node.remark));
    task.network = std::move(quantised.network);
  }
  if (task.network.outputs().empty()) throw InputError(path + ": the network has no output node");
  check_sample({task.network.nodes[task.network.inputs().front()].size()}, samples->sample(0));

  task.readout = readout_of(params);
  if (!params.is_null("input.labels")) {
    const std::string labels = params.get<std::string>("input.labels");
    task.labels = read_labels(labels);
    program.input_files.push_back(labels);
    check_labels(task, labels);
  }
  return task;
}

std::vector<ParamSpec> network_task_params() {
  ParamSpec side = param("side", 1, "size of an axis").range(1, 1U << 24);
  ParamSpec network = path_param("network", "network folder (snn-network-v1) or NIR file (.nir), which is imported");
  network.required = true;
  ParamSpec file = path_param("file", "samples: events .csv, .npy, .npz, NIRData .nir or .h5");
  file.required = true;
  ParamSpec labels = path_param("labels", "class of each sample, .csv or .npy; null: no accuracy").optional_null();
  ParamSpec dt = quantity("dt", Dimension::time, 0, "length of a step; null: the network's");
  return {
      network,
      group("input",
            {
                file,
                labels,
                list_of("shape", side, "shape of the values in the file, e.g. [2, 24, 24]; default: that of the network's input"),
                null_by_default(dt),
                null_by_default(param("steps", 1, "steps of a sample; null: as the file has them (needed for events)").range(1, 1U << 20)),
                param("polarity", "channels", "events: channels (0 negative, 1 positive), merge, or sign (+1 and -1)")
                    .choices({"channels", "merge", "sign"}),
                param("duplicate", "or", "several events of one value in a step: one spike, or their count").choices({"or", "count"}),
            },
            "the samples"),
      null_by_default(param("samples", 1, "so many of the first samples; null: all").at_least(1)),
      param("readout", "auto", "how outputs become a class; auto: spike count, or the sum of graded outputs")
          .choices({"auto", "count", "sum", "last", "max"}),
      group("import",
            {
                param("bits", 8, "of weights").range(2, 8).unit("bit"),
                param("width", 16, "of membranes; nodes that need more get 24 or 32").range(4, 32).unit("bit"),
                param("per_channel", false, "a weight scale per output channel instead of one per layer"),
                null_by_default(
                    param("reset", "to_v_reset", "what a spike does; null: to_v_reset, with a notice").choices({"to_v_reset", "subtract"})),
                param("if_gain", "auto", "what IF and I nodes add per step: r, or r x dt").choices({"auto", "r", "r_dt"}),
            },
            "how a NIR file becomes integers"),
  };
}

namespace {

LayerProgram build_network(const ParamSet& params) {
  LayerProgram program;
  NetworkTask task = read_network_task(params, program);
  const Value& mapping = params.at("mapping");
  for (std::size_t i = 0; i < mapping.items().size(); ++i) task.mapping[mapping.keys()[i]] = mapping.items()[i].as_text();
  task.pipelined = params.get<std::string>("schedule") == "pipelined";
  if (task.pipelined && task.mapping.empty()) throw InputError("schedule: pipelined needs a mapping of layers to several engines");
  program.driver = std::make_shared<NetworkStream>(std::move(task));
  return program;
}

}  // namespace

WorkloadKind network_workload() {
  ParamSpec engine;
  engine.type = ParamType::text;
  WorkloadKind kind;
  kind.kind = "network";
  kind.doc = "A trained network on samples, bit-exact on every engine: accuracy, cycles and energy per sample, NeuroBench metrics";
  kind.params = network_task_params();
  const std::vector<ParamSpec> own{
      map_of("mapping", engine, "engine by layer; the others run on the first of `engines`"),
      param("schedule", "layer_by_layer", "with a mapping: pipelined lets its engines work on different samples at the same time")
          .choices({"layer_by_layer", "pipelined"}),
  };
  kind.params.insert(kind.params.begin() + 3, own.begin(), own.end());
  kind.main_param = "network";
  kind.makes_jobs = true;
  kind.build = build_network;
  return kind;
}

}  // namespace snnvp
