// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/relu_network.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/workloads/formats/npy.h>

namespace snnvp {
namespace {

using Json = nlohmann::json;

Json read_json(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw InputError(path + ": cannot be read");
  std::error_code error;
  if (const auto size = std::filesystem::file_size(path, error); !error && size > (1u << 24))
    throw InputError(path + ": larger than 16 MiB");
  try {
    return Json::parse(in);
  } catch (const Json::exception& problem) {
    throw InputError(path + ": " + problem.what());
  }
}

class Reader {
public:
  explicit Reader(const std::string& folder) : folder_(folder), path_(folder + "/manifest.json") {}

  ReluNetwork read() {
    const Json manifest = read_json(path_);
    network_.files.push_back(path_);
    try {
      if (manifest.at("format") != "snn-network-v1") throw InputError(path_ + ": format is not snn-network-v1");
      network_.name = manifest.value("name", "network");
      chain(manifest.at("nodes"));
    } catch (const Json::exception& problem) {
      throw InputError(path_ + ": " + problem.what());
    }
    if (network_.layers.empty()) throw InputError(path_ + ": no layer with weights");
    read_facts();
    return std::move(network_);
  }

private:
  [[noreturn]] void refuse(const Json& node, const std::string& why) const {
    throw InputError(fmt::format("{}: node {}: {}", path_, quote(node.value("name", "?")), why));
  }

  /// Nodes one behind the other, from the input on.
  void chain(const Json& nodes) {
    std::map<std::string, const Json*> following;
    const Json* at = nullptr;
    for (const Json& node : nodes) {
      if (node.at("op") == "input") {
        if (at) refuse(node, "a second input");
        at = &node;
        continue;
      }
      const Json& inputs = node.at("inputs");
      if (inputs.size() != 1) refuse(node, "pi^2 layers have one input");
      if (inputs[0].value("delay", 0) != 0) refuse(node, "delays between layers are not supported");
      if (!following.emplace(inputs[0].at("from").get<std::string>(), &node).second)
        refuse(node, "a branch: pi^2 layers follow one another");
    }
    if (!at) throw InputError(path_ + ": no input node");
    std::size_t steps = 0;
    for (;;) {
      take(*at);
      const auto next = following.find(at->at("name").get<std::string>());
      if (next == following.end()) break;
      if (++steps > nodes.size()) throw InputError(path_ + ": a cycle");
      at = next->second;
    }
  }

  void take(const Json& node) {
    const std::string op = node.at("op");
    if (op == "input") {
      shape_ = node.at("out").get<std::vector<std::uint64_t>>();
    } else if (op == "linear") {
      linear(node);
    } else if (op == "conv2d") {
      conv(node);
    } else if (op == "relu") {
      if (network_.layers.empty()) refuse(node, "a relu before the first layer");
      network_.layers.back().has_relu = true;
    } else if (op != "flatten" && op != "output") {
      refuse(node,
             quote(op) + " cannot become pi^2 (linear, conv2d, relu and flatten can; pools and batch norm are done in software there)");
    }
  }

  std::vector<double> weights_of(const Json& node, const std::vector<std::uint64_t>& expected) {
    const Json& weight = node.at("weight");
    const std::string file = weight.at("file");
    if (file.find("..") != std::string::npos || std::filesystem::path(file).is_absolute())
      refuse(node, "its weight file leaves the folder");
    const std::string path = folder_ + "/" + file;
    const NpyArray array = read_npy(path);
    network_.files.push_back(path);
    if (array.shape != expected)
      refuse(node, fmt::format("{} has shape {}, {} is needed", file, shape_text(array.shape), shape_text(expected)));
    if (weight.contains("zero") && weight.at("zero") != 0) refuse(node, "a zero point other than 0");
    if (node.contains("bias")) refuse(node, "it has a bias: pi^2 layers have none; train without");
    std::vector<double> scales{1.0};
    if (weight.contains("scale")) {
      const Json& scale = weight.at("scale");
      if (scale.is_number()) {
        scales = {scale.get<double>()};
      } else if (scale.is_array()) {
        scales = scale.get<std::vector<double>>();
      } else {
        const std::string scale_path = folder_ + "/" + scale.at("file").get<std::string>();
        const NpyArray values = read_npy(scale_path);
        network_.files.push_back(scale_path);
        scales.clear();
        for (std::uint64_t i = 0; i < values.elements(); ++i) scales.push_back(values.as_double(i));
      }
    }
    const std::uint64_t outputs = expected[0], each = array.elements() / std::max<std::uint64_t>(1, outputs);
    if (scales.size() != 1 && scales.size() != outputs) refuse(node, "as many scales as outputs are needed, or one");
    std::vector<double> weights(array.elements());
    for (std::uint64_t o = 0; o < outputs; ++o)
      for (std::uint64_t i = 0; i < each; ++i) {
        const double w = array.as_double(o * each + i) * scales[scales.size() == 1 ? 0 : o];
        if (!std::isfinite(w)) refuse(node, "a weight is not a finite number");
        weights[i * outputs + o] = w;
      }
    return weights;
  }

  static std::string shape_text(const std::vector<std::uint64_t>& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

  void linear(const Json& node) {
    ReluLayer layer;
    layer.name = node.at("name");
    std::uint64_t inputs = 1;
    for (const std::uint64_t extent : shape_) inputs *= extent;
    const auto out = node.at("out").get<std::vector<std::uint64_t>>();
    if (out.size() != 1 || out[0] == 0 || inputs == 0 || inputs > (1u << 26) || out[0] > (1u << 26)) refuse(node, "sizes out of range");
    layer.in_channels = static_cast<std::uint32_t>(inputs);
    layer.out_channels = static_cast<std::uint32_t>(out[0]);
    layer.weights = weights_of(node, {out[0], inputs});
    shape_ = out;
    network_.layers.push_back(std::move(layer));
  }

  void conv(const Json& node) {
    ReluLayer layer;
    layer.name = node.at("name");
    layer.is_conv = true;
    const auto out = node.at("out").get<std::vector<std::uint64_t>>();
    if (shape_.size() != 3 || out.size() != 3) refuse(node, "a convolution needs an image of three dimensions");
    for (const std::uint64_t extent : {shape_[0], shape_[1], shape_[2], out[0]})
      if (extent == 0 || extent > 65536) refuse(node, "sizes out of range");
    const Json params = node.value("params", Json::object());
    const auto square = [&](const char* key, std::uint64_t fallback) {
      if (!params.contains(key)) return fallback;
      const Json& v = params.at(key);
      if (v.is_number_unsigned()) return v.get<std::uint64_t>();
      const auto both = v.get<std::vector<std::uint64_t>>();
      if (both.size() != 2 || both[0] != both[1]) refuse(node, fmt::format("{} must be the same in both directions", key));
      return both[0];
    };
    const std::uint64_t padding = square("pad_before", 0);
    if (square("pad_after", padding) != padding || square("dilation", 1) != 1 || params.value("groups", 1) != 1)
      refuse(node, "uneven padding, dilation and groups are not supported");
    const NpyArray probe = read_npy(folder_ + "/" + node.at("weight").at("file").get<std::string>());
    if (probe.shape.size() != 4 || probe.shape[2] != probe.shape[3] || probe.shape[2] == 0 || probe.shape[2] > 1024)
      refuse(node, "its kernel must be square");
    layer.in_channels = static_cast<std::uint32_t>(shape_[0]);
    layer.in_height = static_cast<std::uint32_t>(shape_[1]);
    layer.in_width = static_cast<std::uint32_t>(shape_[2]);
    layer.kernel = static_cast<std::uint32_t>(probe.shape[2]);
    layer.stride = static_cast<std::uint32_t>(square("stride", 1));
    layer.padding = static_cast<std::uint32_t>(padding);
    layer.out_channels = static_cast<std::uint32_t>(out[0]);
    layer.weights = weights_of(node, {out[0], shape_[0], probe.shape[2], probe.shape[3]});
    shape_ = out;
    network_.layers.push_back(std::move(layer));
  }

  void read_facts() {
    const std::string path = folder_ + "/pi2.json";
    if (!std::filesystem::exists(path)) return;
    const Json facts = read_json(path);
    network_.files.push_back(path);
    try {
      if (facts.contains("weight_code")) network_.weight_code = facts.at("weight_code").get<std::string>();
      if (facts.contains("sign")) network_.sign = facts.at("sign").get<int>();
      if (facts.contains("first_offset")) network_.first_offset = facts.at("first_offset").get<double>();
      if (facts.contains("inp_scale")) network_.inp_scale = facts.at("inp_scale").get<double>();
      if (facts.contains("gain")) network_.gain = facts.at("gain").get<double>();
      if (facts.contains("k")) network_.k = facts.at("k").get<std::vector<std::uint32_t>>();
    } catch (const Json::exception& problem) {
      throw InputError(path + ": " + problem.what());
    }
    if (network_.gain && !(*network_.gain > 0)) throw InputError(path + ": gain must be positive");
  }

  std::string folder_, path_;
  std::vector<std::uint64_t> shape_;
  ReluNetwork network_;
};

}  // namespace

ReluNetwork read_relu_network(const std::string& folder) { return Reader(folder).read(); }

}  // namespace snnvp
