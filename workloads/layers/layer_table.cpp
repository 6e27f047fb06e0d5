// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/layers/layer_table.h>

#include <map>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/config/document.h>
#include <snnvp/platform/config/params.h>

namespace snnvp {
namespace {

std::vector<ParamSpec> specs() {
  const auto size = [](const char* name, const char* doc) { return param(name, 1, doc).range(1, 1 << 24); };
  ParamSpec density = param("density", 0.0, "spikes per neuron and step of its outputs").range(0, 1).optional_null();
  density.default_value = Value();
  ParamSpec chip = param("chip", 0, "chip that its tiles are placed on").range(0, 65535).optional_null();
  chip.default_value = Value();
  ParamSpec name;
  name.type = ParamType::text;
  const ParamSpec layer =
      group("layer",
            {required_param("name", ParamType::text, "name"), param("type", "fc", "kind").choices({"fc", "conv", "dwconv"}),
             size("in", "input channels or features"), size("out", "output channels or features"), size("kernel", "kernel side"),
             size("stride", "stride"), size("tokens", "output pixels or rows"), density, list_of("inputs", name, "layers it reads"),
             list_of("skips", name, "layers added to its output"), chip},
            "one layer");
  return {required_param("network", ParamType::text, "name of the network"), list_of("layers", layer, "the layers in execution order")};
}

LayerTable table_of(const Node& node, const std::string& file, Diagnostics& diagnostics) {
  LayerTable table;
  if (diagnostics.has_errors()) throw InputError(diagnostics);
  const Value values = check_params(&node, specs(), "a layer table", file, diagnostics);
  if (diagnostics.has_errors()) throw InputError(diagnostics);
  table.name = values.find("network")->as_text();
  const Node* list = node.find("layers");
  std::map<std::string, std::size_t> by_name;
  std::vector<std::string> names;
  const auto& items = values.find("layers")->items();
  if (items.empty()) diagnostics.error(node.pos, "layers", "at least one layer is needed");
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Value& v = items[i];
    const Node& at = list->items[i];
    LayerRecord layer;
    layer.name = v.find("name")->as_text();
    const std::string type = v.find("type")->as_text();
    layer.type = type == "fc" ? LayerRecord::Type::fc : type == "conv" ? LayerRecord::Type::conv : LayerRecord::Type::dwconv;
    layer.in = v.find("in")->as_u64(), layer.out = v.find("out")->as_u64();
    layer.kernel = v.find("kernel")->as_u64(), layer.stride = v.find("stride")->as_u64();
    layer.tokens = v.find("tokens")->as_u64();
    if (!v.find("density")->is_null()) layer.density = v.find("density")->as_double();
    if (!v.find("chip")->is_null()) layer.chip = v.find("chip")->as_u64();
    const std::string path = "layers." + layer.name;
    if (layer.type == LayerRecord::Type::fc && layer.kernel != 1) diagnostics.error(at.pos, path + ".kernel", "an fc layer has no kernel");
    if (layer.type == LayerRecord::Type::dwconv && layer.in != layer.out)
      diagnostics.error(at.pos, path + ".out", "a depthwise convolution has as many outputs as inputs");
    const auto resolve = [&](const char* key, std::vector<std::size_t>& out) {
      for (const Value& name : v.find(key)->items()) {
        const auto it = by_name.find(name.as_text());
        if (it != by_name.end()) {
          out.push_back(it->second);
          continue;
        }
        const std::string hint = did_you_mean(name.as_text(), names);
        diagnostics.error(at.pos, path + '.' + key, quote(name.as_text()) + " is no layer before this one", hint);
      }
    };
    resolve("inputs", layer.inputs);
    resolve("skips", layer.skips);
    if (!at.find("inputs") && i > 0) layer.inputs = {i - 1};
    if (!by_name.emplace(layer.name, i).second) diagnostics.error(at.pos, path, "the name " + quote(layer.name) + " is used twice");
    names.push_back(layer.name);
    table.layers.push_back(std::move(layer));
  }
  if (diagnostics.has_errors()) throw InputError(diagnostics);
  return table;
}

}  // namespace

std::uint64_t LayerTable::macs() const {
  std::uint64_t sum = 0;
  for (const LayerRecord& layer : layers) sum += layer.macs();
  return sum;
}

std::uint64_t LayerTable::weights() const {
  std::uint64_t sum = 0;
  for (const LayerRecord& layer : layers) sum += layer.weights();
  return sum;
}

LayerTable read_layer_table(const std::string& file) {
  Diagnostics diagnostics;
  const Node node = read_yaml_file(file, diagnostics, "layer table");
  return table_of(node, file, diagnostics);
}

LayerTable parse_layer_table(const std::string& text, const std::string& name) {
  Diagnostics diagnostics;
  const Node node = read_yaml_text(text, name, ".", diagnostics, "layer table");
  return table_of(node, name, diagnostics);
}

}  // namespace snnvp
