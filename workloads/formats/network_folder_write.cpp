// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/json_writer.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/workloads/formats/network_folder.h>
#include <snnvp/workloads/formats/network_words.h>
#include <snnvp/workloads/formats/npy.h>

namespace snnvp {

namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

/// Lists up to this length stand in the manifest itself.
constexpr std::size_t inline_most = 8;

class FolderWriter {
public:
  FolderWriter(const IntegerNetwork& network, const std::string& folder) : network_(network), folder_(folder) {}

  Json manifest() {
    Json json = {{"format", "snn-network-v1"}, {"name", network_.name}};
    if (!network_.source.empty()) json["source"] = network_.source;
    if (!network_.source_sha256.empty()) json["source_sha256"] = network_.source_sha256;
    json["dt"] = network_.dt;
    json["reset"] = reset_word(network_.reset);
    json["if_gain"] = network_.if_gain;
    json["bits"] = network_.bits;
    json["nodes"] = Json::array();
    for (index_ = 0; index_ < network_.nodes.size(); ++index_) json["nodes"].push_back(node(network_.nodes[index_]));
    return json;
  }

private:
  /// Any text may be a node's name; files get a number and what of the name is harmless.
  std::string file_name(const std::string& key) const {
    std::string name;
    for (const char c : network_.nodes[index_].name)
      if (std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-') name += c;
    return fmt::format("{:03}_{}.{}.npy", index_, name.substr(0, 40), key);
  }

  template <typename T>
  std::string write(const std::string& key, NpyType::Kind kind, Shape shape, const std::vector<T>& values) const {
    NpyArray array = NpyArray::of({kind, sizeof(T)}, std::move(shape));
    std::memcpy(array.data.data(), values.data(), values.size() * sizeof(T));  // little-endian, as all hosts we build for
    const std::string file = file_name(key);
    write_npy((fs::path(folder_) / file).string(), array);
    return file;
  }

  template <typename T>
  Json values(const std::string& key, const std::vector<T>& list) const {
    if (list.size() == 1) return list[0];
    if (list.size() <= inline_most) return list;
    const auto kind = std::is_floating_point_v<T> ? NpyType::Kind::real
                      : std::is_signed_v<T>       ? NpyType::Kind::signed_integer
                                                  : NpyType::Kind::unsigned_integer;
    return {{"file", write(key, kind, {list.size()}, list)}};
  }

  Json node(const IntegerNode& n) const {
    Json json = {{"name", n.name}, {"op", op_name(n.op)}};
    if (!n.inputs.empty()) json["inputs"] = inputs(n);
    json["in"] = n.in;
    json["out"] = n.out;
    json["input_signal"] = signal_word(n.input_signal);
    json["signal"] = signal_word(n.signal);
    json["scale"] = values("scale", n.scale);
    if (Json p = params(n); !p.empty()) json["params"] = std::move(p);
    if (!n.weight.empty())
      json["weight"] = {{"file", write("weight", NpyType::Kind::signed_integer, weight_shape(n), n.weight)},
                        {"scale", values("weight_scale", n.weight_scale)},
                        {"zero", 0}};
    if (n.parameters != 0) json["parameters"] = n.parameters;
    if (!n.bias.empty()) json["bias"] = {{"file", write("bias", NpyType::Kind::signed_integer, {n.bias.size()}, n.bias)}};
    return json;
  }

  Json inputs(const IntegerNode& n) const {
    Json list = Json::array();
    for (const IntegerInput& input : n.inputs) {
      Json edge = {{"from", network_.nodes[input.from].name}, {"delay", input.delay}};
      if (!input.is_plain()) edge["multiplier"] = input.multiplier, edge["shift"] = input.shift;
      list.push_back(std::move(edge));
    }
    return list;
  }

  static Shape weight_shape(const IntegerNode& n) {
    if (n.op == NodeOp::linear) return {n.size(), n.weight.size() / n.size()};
    Shape shape{n.out[0], n.in[0] / n.window.groups};
    if (n.op == NodeOp::conv2d) shape.push_back(n.window.kernel[0]);
    shape.push_back(n.window.kernel[1]);
    return shape;
  }

  Json params(const IntegerNode& n) const {
    Json p = Json::object();
    if (n.op == NodeOp::conv1d || n.op == NodeOp::conv2d || is_pool(n.op)) {
      p["kernel"] = n.window.kernel;
      p["stride"] = n.window.stride;
      p["pad_before"] = n.window.pad_before;
      p["pad_after"] = n.window.pad_after;
      p["dilation"] = n.window.dilation;
      p["groups"] = n.window.groups;
    }
    if (n.op == NodeOp::scale || n.op == NodeOp::relu) {
      p["multiplier"] = values("multiplier", n.multiplier);
      p["shift"] = n.shift;
    }
    if (n.op == NodeOp::delay) p["steps"] = values("steps", n.delay_steps);
    if (is_neuron(n.op) || n.op == NodeOp::threshold) neuron(n, p);
    return p;
  }

  void neuron(const IntegerNode& n, Json& p) const {
    const NeuronRecord& r = n.neuron;
    p["channels"] = n.channels;
    p["model"] = model_word(r.model);
    p["width_bits"] = r.width_bits;
    const auto each = [&](const char* key, std::int32_t all, const std::vector<std::int32_t>& per_channel) {
      p[key] = per_channel.empty() ? Json(all) : values(key, per_channel);
    };
    if (r.fires()) {
      each("threshold", r.threshold, r.channel_threshold);
      p["reset"] = r.reset == NeuronRecord::Reset::zero ? "zero" : "subtract";
      each("reset_value", r.reset_value, r.channel_reset);
    }
    p["leak"] = leak_word(r.leak);
    if (r.leak != NeuronRecord::Leak::none) each("leak_value", r.leak_value, r.channel_leak);
    each("bias", r.bias, r.channel_bias);
    p["input_shift"] = r.input_shift;
    if (!r.has_current()) return;
    each("synapse_leak", r.synapse_leak, r.channel_synapse_leak);
    each("synapse_bias", r.synapse_bias, r.channel_synapse_bias);
    p["synapse_shift"] = r.synapse_shift;
  }

  const IntegerNetwork& network_;
  const std::string& folder_;
  std::size_t index_ = 0;
};

}  // namespace

void write_network_folder(const IntegerNetwork& network, const std::string& folder) {
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (problem) throw InputError(fmt::format("{}: cannot make this folder: {}", folder, problem.message()));
  const Json manifest = FolderWriter(network, folder).manifest();
  std::string text_problem;
  if (!write_file_atomically((fs::path(folder) / "manifest.json").string(), to_json_text(manifest), text_problem))
    throw InputError(text_problem);
}

}  // namespace snnvp
