// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/formats/network_folder.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/workloads/formats/network_words.h>
#include <snnvp/workloads/formats/npy.h>
#include <snnvp/workloads/formats/spike_file.h>

namespace snnvp {

namespace {

constexpr std::size_t max_nodes = 1U << 16;
constexpr std::uint64_t max_size = std::uint64_t{1} << 28;
constexpr std::int64_t int32_low = std::numeric_limits<std::int32_t>::min(), int32_high = std::numeric_limits<std::int32_t>::max();

class FolderReader {
public:
  FolderReader(const ManifestText& manifest, std::vector<std::string>* files) : manifest_(manifest), files_(files) {}

  IntegerNetwork read() {
    const JsonNode root(manifest_.json, manifest_.path);
    root.refuse_misspelt({"format", "name", "source", "source_sha256", "dt", "reset", "if_gain", "bits", "nodes"});
    if (const std::string format = root.at("format").text(); format != "snn-network-v1")
      root.fail("format", quote(format) + " is not snn-network-v1");
    IntegerNetwork network;
    network.name = root.has("name") ? root.at("name").text() : std::filesystem::path(manifest_.folder).filename().string();
    if (root.has("source")) network.source = root.at("source").text();
    if (root.has("source_sha256")) network.source_sha256 = root.at("source_sha256").text();
    if (root.has("dt")) network.dt = positive(root.at("dt"));
    network.reset = static_cast<ResetRule>(word(root, "reset", reset_words()));
    if (root.has("if_gain")) network.if_gain = positive(root.at("if_gain"));
    if (root.has("bits")) network.bits = static_cast<unsigned>(root.at("bits").number(2, 8));
    const std::vector<JsonNode> nodes = root.at("nodes").items(max_nodes);
    std::map<std::string, std::size_t> index;
    for (std::size_t i = 0; i < nodes.size(); ++i)
      if (!index.emplace(nodes[i].at("name").text(), i).second) nodes[i].fail("name", "there are two nodes of this name");
    for (const JsonNode& json : nodes) network.nodes.push_back(node(json, index, network));
    Diagnostics diagnostics;
    check_network(network, manifest_.path, diagnostics);
    if (diagnostics.has_errors()) throw InputError(diagnostics);
    return network;
  }

private:
  static double positive(const JsonNode& json) {
    const double value = json.real();
    if (!(value > 0) || !std::isfinite(value)) json.fail("must be above 0");
    return value;
  }

  static std::size_t word(const JsonNode& json, const std::string& key, const std::vector<std::string>& words) {
    const std::string found = word_of(json, key, words);
    return static_cast<std::size_t>(std::find(words.begin(), words.end(), found) - words.begin());
  }

  static Shape shape(const JsonNode& json) {
    Shape sizes;
    std::uint64_t product = 1;
    for (const JsonNode& item : json.items(8)) {
      sizes.push_back(item.number(1, max_size));
      product *= sizes.back();
      if (product > max_size) json.fail(fmt::format("has more than {} values", max_size));
    }
    return sizes;
  }

  NpyArray array(const JsonNode& json, const std::string& key, NpyType type) {
    const std::string file = json.at("file").text();
    const std::string path = path_in_folder(json, "file", manifest_.folder, file);
    if (files_ != nullptr) files_->push_back(path);
    NpyArray found = read_npy(path);
    if (!found.is_plain(type)) json.fail("file", fmt::format("{} must be an array of {} for {}", quote(file), type.name(), key));
    return found;
  }

  /// A number, a list, or {file}.
  std::vector<std::int32_t> integers(const JsonNode& json, const std::string& key) {
    std::vector<std::int32_t> values;
    if (json.has("file")) {
      const NpyArray found = array(json, key, {NpyType::Kind::signed_integer, 4});
      for (std::uint64_t i = 0; i < found.elements(); ++i) values.push_back(static_cast<std::int32_t>(found.as_i64(i)));
    } else if (json.is_array()) {
      for (const JsonNode& item : json.items(1024)) values.push_back(static_cast<std::int32_t>(item.integer(int32_low, int32_high)));
    } else {
      values.push_back(static_cast<std::int32_t>(json.integer(int32_low, int32_high)));
    }
    if (values.empty()) json.fail("is empty");
    return values;
  }

  std::vector<double> reals(const JsonNode& json, const std::string& key) {
    std::vector<double> values;
    if (json.has("file")) {
      const NpyArray found = array(json, key, {NpyType::Kind::real, 8});
      for (std::uint64_t i = 0; i < found.elements(); ++i) values.push_back(found.as_double(i));
    } else if (json.is_array()) {
      for (const JsonNode& item : json.items(1024)) values.push_back(item.real());
    } else {
      values.push_back(json.real());
    }
    if (values.empty()) json.fail("is empty");
    return values;
  }

  IntegerNode node(const JsonNode& json, const std::map<std::string, std::size_t>& index, const IntegerNetwork& network) {
    json.refuse_misspelt(
        {"name", "op", "inputs", "in", "out", "input_signal", "signal", "scale", "params", "weight", "bias", "parameters"});
    IntegerNode n;
    n.name = json.at("name").text();
    if (!parse_op(json.at("op").text(), n.op))
      json.fail("op", fmt::format("{} is unknown; allowed: {}", quote(json.at("op").text()), join_names(op_names(), 30)));
    if (json.has("inputs"))
      for (const JsonNode& edge : json.at("inputs").items(1U << 16)) n.inputs.push_back(input(edge, index));
    else if (n.op != NodeOp::input && !network.nodes.empty())
      n.inputs.push_back({network.nodes.size() - 1});
    if (json.has("in")) n.in = shape(json.at("in"));
    if (json.has("out")) n.out = shape(json.at("out"));
    if (n.op == NodeOp::input && n.out.empty()) json.fail("out", "missing: an input states its shape");
    if (n.op == NodeOp::input) n.in = n.out;
    signals(json, network, n);
    if (json.has("scale")) n.scale = reals(json.at("scale"), "scale");
    static const nlohmann::json nothing = nlohmann::json::object();
    params(json.has("params") ? json.at("params") : JsonNode(nothing, json.file(), json.path() + ".params"), n);
    if (json.has("parameters")) n.parameters = json.at("parameters").number(0, max_size);
    if (json.has("bias")) n.bias = integers(json.at("bias"), "bias");
    if (is_connection(n.op)) weights(json.at("weight"), n);
    if (is_neuron(n.op) || n.op == NodeOp::threshold) settle_channels(json, network, n);
    return n;
  }

  static IntegerInput input(const JsonNode& edge, const std::map<std::string, std::size_t>& index) {
    edge.refuse_misspelt({"from", "delay", "multiplier", "shift"});
    const std::string from = edge.at("from").text();
    const auto found = index.find(from);
    if (found == index.end()) {
      std::vector<std::string> names;
      for (const auto& [name, i] : index) names.push_back(name);
      const std::string near = did_you_mean(from, names);
      edge.fail("from", fmt::format("there is no node {}{}", quote(from), near.empty() ? "" : "; " + near));
    }
    IntegerInput result;
    result.from = found->second;
    if (edge.has("delay")) result.delay = static_cast<std::uint32_t>(edge.at("delay").number(0, max_delay_steps));
    if (edge.has("multiplier"))
      result.multiplier = static_cast<std::int32_t>(edge.at("multiplier").integer(-max_multiplier, max_multiplier));
    if (edge.has("shift")) result.shift = static_cast<unsigned>(edge.at("shift").number(0, max_multiplier_shift));
    return result;
  }

  /// Where the folder says nothing, what the inputs and the operation imply.
  static void signals(const JsonNode& json, const IntegerNetwork& network, IntegerNode& n) {
    const std::size_t from = n.inputs.size() == 1 && n.inputs[0].is_plain() ? n.inputs[0].from : network.nodes.size();
    const bool spikes_in = n.op == NodeOp::input || (from < network.nodes.size() && network.nodes[from].spiking());
    n.input_signal = spikes_in ? Signal::spikes : is_connection(n.op) ? Signal::int8 : Signal::int32;
    if (json.has("input_signal")) n.input_signal = static_cast<Signal>(word(json, "input_signal", signal_words()));
    switch (n.op) {
      case NodeOp::input:
      case NodeOp::output:
      case NodeOp::flatten:
      case NodeOp::add:
      case NodeOp::delay:
      case NodeOp::max_pool2d: n.signal = n.input_signal; break;
      case NodeOp::relu: n.signal = Signal::int8; break;
      default: n.signal = is_spiking(n.op) ? Signal::spikes : Signal::int32;
    }
    if (json.has("signal")) n.signal = static_cast<Signal>(word(json, "signal", signal_words()));
  }

  static void pair(const JsonNode& p, const char* key, std::array<std::uint64_t, 2>& to, std::uint64_t least) {
    if (!p.has(key)) return;
    const JsonNode json = p.at(key);
    if (!json.is_array()) {
      to = {json.number(least, max_size), json.number(least, max_size)};
      return;
    }
    const std::vector<JsonNode> items = json.items(2);
    if (items.size() != 2) json.fail("must be one number or two");
    to = {items[0].number(least, max_size), items[1].number(least, max_size)};
  }

  void params(const JsonNode& p, IntegerNode& n) {
    p.refuse_misspelt({"kernel", "stride",     "pad_before", "pad_after",   "padding",      "dilation",     "groups",       "multiplier",
                       "shift",  "steps",      "channels",   "model",       "width_bits",   "threshold",    "reset",        "reset_value",
                       "leak",   "leak_value", "bias",       "input_shift", "synapse_leak", "synapse_bias", "synapse_shift"});
    pair(p, "kernel", n.window.kernel, 1);
    pair(p, "stride", n.window.stride, 1);
    pair(p, "padding", n.window.pad_before, 0);
    n.window.pad_after = n.window.pad_before;
    pair(p, "pad_before", n.window.pad_before, 0);
    pair(p, "pad_after", n.window.pad_after, 0);
    pair(p, "dilation", n.window.dilation, 1);
    if (n.op == NodeOp::conv1d)
      n.window.kernel[0] = n.window.stride[0] = n.window.dilation[0] = 1, n.window.pad_before[0] = n.window.pad_after[0] = 0;
    if (p.has("groups")) n.window.groups = p.at("groups").number(1, max_size);
    if (n.op == NodeOp::scale || n.op == NodeOp::relu) {
      n.multiplier = p.has("multiplier") ? integers(p.at("multiplier"), "multiplier") : std::vector<std::int32_t>{1};
      if (p.has("shift")) n.shift = static_cast<unsigned>(p.at("shift").number(0, max_multiplier_shift));
      for (const std::int32_t m : n.multiplier)
        if (m > max_multiplier || m < -max_multiplier) p.fail("multiplier", fmt::format("is {}, must be at most {}", m, max_multiplier));
    }
    if (n.op == NodeOp::delay) delays(p, n);
    if (is_neuron(n.op) || n.op == NodeOp::threshold) neuron(p, n);
  }

  void delays(const JsonNode& p, IntegerNode& n) {
    const JsonNode steps = p.at("steps");
    if (!steps.has("file")) {
      if (steps.is_array())
        for (const JsonNode& item : steps.items(1024)) n.delay_steps.push_back(item.number(0, max_delay_steps));
      else
        n.delay_steps = {steps.number(0, max_delay_steps)};
      return;
    }
    const NpyArray found = array(steps, "steps", {NpyType::Kind::unsigned_integer, 8});
    for (std::uint64_t i = 0; i < found.elements(); ++i) n.delay_steps.push_back(found.as_u64(i));
  }

  void neuron(const JsonNode& p, IntegerNode& n) {
    NeuronRecord& r = n.neuron;
    static const std::map<NodeOp, NeuronRecord::Model> models{{NodeOp::integrator, NeuronRecord::Model::i},
                                                              {NodeOp::li, NeuronRecord::Model::li},
                                                              {NodeOp::cuba_li, NeuronRecord::Model::cuba_li},
                                                              {NodeOp::cuba_lif, NeuronRecord::Model::cuba}};
    const auto implied = models.find(n.op);
    r.model = p.has("model")            ? static_cast<NeuronRecord::Model>(word(p, "model", model_words()))
              : implied == models.end() ? NeuronRecord::Model::lif
                                        : implied->second;
    if (p.has("width_bits")) r.width_bits = static_cast<unsigned>(p.at("width_bits").number(2, 32));
    if (p.has("channels")) n.channels = p.at("channels").number(1, max_size);
    each(p, "threshold", r.threshold, r.channel_threshold);
    r.reset = static_cast<NeuronRecord::Reset>(word(p, "reset", {"zero", "subtract"}));
    each(p, "reset_value", r.reset_value, r.channel_reset);
    r.leak = static_cast<NeuronRecord::Leak>(word(p, "leak", leak_words()));
    each(p, "leak_value", r.leak_value, r.channel_leak);
    each(p, "bias", r.bias, r.channel_bias);
    each(p, "synapse_leak", r.synapse_leak, r.channel_synapse_leak);
    each(p, "synapse_bias", r.synapse_bias, r.channel_synapse_bias);
    if (p.has("input_shift")) r.input_shift = static_cast<unsigned>(p.at("input_shift").number(0, 24));
    if (p.has("synapse_shift")) r.synapse_shift = static_cast<unsigned>(p.at("synapse_shift").number(0, 24));
  }

  void each(const JsonNode& p, const char* key, std::int32_t& all, std::vector<std::int32_t>& per_channel) {
    if (!p.has(key)) return;
    const std::vector<std::int32_t> values = integers(p.at(key), key);
    if (values.size() == 1)
      all = values[0];
    else
      per_channel = values;
  }

  void weights(const JsonNode& json, IntegerNode& n) {
    json.refuse_misspelt({"file", "scale", "zero"});
    if (json.has("zero") && json.at("zero").integer(int32_low, int32_high) != 0)
      json.fail("zero", "weights are symmetric: the zero point must be 0");
    if (json.has("scale")) n.weight_scale = reals(json.at("scale"), "scale");
    const NpyArray found = array(json, "weight", {NpyType::Kind::signed_integer, 1});
    const std::size_t axes = n.op == NodeOp::linear ? 2 : n.op == NodeOp::conv1d ? 3 : 4;
    if (found.shape.size() != axes || found.elements() == 0)
      json.fail("file", fmt::format("the weight of a {} has {} axes", op_name(n.op), axes));
    n.weight.assign(reinterpret_cast<const std::int8_t*>(found.data.data()),
                    reinterpret_cast<const std::int8_t*>(found.data.data()) + found.data.size());
    if (n.op != NodeOp::linear) {
      if (n.op == NodeOp::conv2d) n.window.kernel[0] = found.shape[2];
      n.window.kernel[1] = found.shape[axes - 1];
    }
    if (n.out.empty()) {
      if (n.op == NodeOp::linear)
        n.out = {found.shape[0]};
      else
        json.fail("file", "a convolution states `out`");
    }
    if (found.shape[0] != (n.op == NodeOp::linear ? elements_of(n.out) : n.out[0]))
      json.fail("file", fmt::format("{} outputs, but `out` is ({})", found.shape[0], shape_text(n.out)));
  }

  /// A neuron's channels: one per leading axis unless told otherwise.
  static void settle_channels(const JsonNode& json, const IntegerNetwork& network, IntegerNode& n) {
    if (n.in.empty())
      for (const IntegerInput& input : n.inputs)
        if (input.from < network.nodes.size()) n.in = network.nodes[input.from].out;
    if (n.out.empty()) n.out = n.in;
    if (n.out.empty()) json.fail("out", "missing: its shape follows from nothing before it");
    const std::uint64_t size = elements_of(n.out);
    if (n.channels == 0) n.channels = n.out.size() == 3 ? n.out[0] : size;
    if (size % n.channels != 0) json.fail("params", fmt::format("{} neurons do not divide into {} channels", size, n.channels));
    n.positions = size / n.channels;
  }

  const ManifestText& manifest_;
  std::vector<std::string>* files_;
};

}  // namespace

IntegerNetwork read_network_folder(const std::string& folder, std::vector<std::string>* input_files) {
  const ManifestText manifest = read_manifest_text(folder);
  if (input_files != nullptr) input_files->push_back(manifest.path);
  return FolderReader(manifest, input_files).read();
}

bool is_network_folder(const std::string& folder) {
  try {
    const ManifestText manifest = read_manifest_text(folder);
    return manifest.json.is_object() && manifest.json.value("format", "") == "snn-network-v1";
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace snnvp
