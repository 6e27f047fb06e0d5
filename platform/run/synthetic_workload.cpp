// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <set>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/run/workload_kinds.h>
#include <snnvp/workloads/network/golden.h>
#include <snnvp/workloads/spikes/generators.h>
#include <snnvp/workloads/spikes/product_density.h>

namespace snnvp {
namespace {

GemmGeometry geometry_of(const Value& layer, std::uint64_t T) {
  const auto number = [&layer](const char* key) { return layer.find(key)->as_u64(); };
  GemmGeometry g;
  g.kind = layer.find("type")->as_text() == "conv2d" ? GemmGeometry::Kind::conv2d : GemmGeometry::Kind::fc;
  g.T = T;
  g.C = number("C");
  g.N = number("N");
  if (g.kind == GemmGeometry::Kind::conv2d) {
    g.H = g.W = number("H");
    g.kernel = number("kernel");
    g.stride = number("stride");
    g.padding = number("padding");
  } else {
    g.L = number("L");
  }
  return g;
}

SpikeTensor draw(const ParamSet& params, const GemmGeometry& g, const std::string& name, LayerProgram& program) {
  SpikeRequest request;
  request.seed = params.get<std::uint64_t>("seed");
  request.name = "spikes/" + name;
  request.density = params.get<double>("density");
  if (g.kind == GemmGeometry::Kind::conv2d) {
    request.axes = "TCHW";
    request.shape = {g.T, g.C, g.H, g.W};
  } else if (g.L > 1) {
    request.axes = "TLC";
    request.shape = {g.T, g.L, g.C};
  } else {
    request.axes = "TC";
    request.shape = {g.T, g.C};
  }
  const std::string generator = params.get<std::string>("generator");
  if (generator == "bernoulli") return bernoulli_spikes(request);
  if (generator == "clustered") return clustered_spikes(request);
  const double wanted = params.get<double>("product_density");
  SimilarSpikes similar = similar_spikes(request, wanted, [&g](const SpikeTensor& t) { return count_sparsity(g, t.view()).product_density(); });
  program.notices.emplace_back("similar_spikes", fmt::format("{}: bit density {:.4f} (wanted {:.4f}), product density {:.4f} (wanted {:.4f})", name,
                                                             similar.bit_density, request.density, similar.product_density, wanted));
  return std::move(similar.spikes);
}

LayerProgram build_synthetic(const ParamSet& params) {
  LayerProgram program;
  auto network = std::make_shared<SpikeNetwork>();
  network->name = "synthetic";
  network->folder = "workload.layers";
  const std::uint64_t T = params.get<std::uint64_t>("T");
  std::set<std::string> names;
  const auto& layers = params.at("layers").items();
  if (layers.empty()) throw InputError("at least one layer is needed");
  for (std::size_t i = 0; i < layers.size(); ++i) {
    SpikeLayer layer;
    layer.name = layers[i].find("name")->as_text();
    if (layer.name.empty()) layer.name = layers[i].find("type")->as_text() + "_" + std::to_string(i);
    if (!names.insert(layer.name).second) throw InputError("the name " + quote(layer.name) + " is used twice");
    layer.geometry = geometry_of(layers[i], T);
    if (const std::string problem = geometry_problem(layer.geometry); !problem.empty())
      throw InputError("layer " + quote(layer.name) + ": " + problem);
    layer.spikes = draw(params, layer.geometry, layer.name, program);
    SequenceOp op;
    op.kind = layer.geometry.kind == GemmGeometry::Kind::conv2d ? SequenceOp::Kind::conv2d : SequenceOp::Kind::fc;
    op.name = layer.name;
    op.index = i;
    network->sequence.push_back(op);
    if (layers[i].find("lif")->as_bool()) {
      SequenceOp lif;
      lif.kind = SequenceOp::Kind::lif;
      lif.name = "lif_" + layer.name;
      lif.neurons = layer.geometry.positions() * layer.geometry.N;
      lif.T = T;
      network->sequence.push_back(lif);
    }
    network->layers.push_back(std::move(layer));
  }
  program.steps = steps_of(*network);
  program.owner = network;
  return program;
}

}  // namespace

WorkloadKind synthetic_workload() {
  const auto size = [](const char* name, std::uint64_t value, const char* doc) { return param(name, value, doc).range(1, 65536); };
  ParamSpec layer = group("layer",
                          {
                              param("name", "", "layer name; default: type and position"),
                              param("type", "fc", "operation").choices({"conv2d", "fc"}),
                              size("C", 1, "input channels, or inputs of fc"),
                              size("N", 1, "output channels, or outputs of fc"),
                              size("H", 1, "conv2d: image side"),
                              size("L", 1, "fc: sequence length"),
                              size("kernel", 3, "conv2d: kernel side"),
                              size("stride", 1, "conv2d: stride"),
                              param("padding", 1, "conv2d: zero padding").range(0, 1024),
                              param("lif", true, "a LIF update follows"),
                          },
                          "one layer");
  WorkloadKind kind;
  kind.kind = "synthetic";
  kind.doc = "Layers by shape, with spikes from a seeded generator; each layer's input is drawn on its own";
  kind.params = {
      param("generator", "bernoulli", "how spikes are drawn").choices({"bernoulli", "clustered", "similar"}),
      param("density", 0.1, "wanted fraction of ones").range(0, 1),
      param("product_density", 0.03, "similar: wanted fraction left after prefix removal, tile 256 x 16").range(0, 1),
      param("T", 4, "time steps").range(1, 4096),
      list_of("layers", layer, "the layers in order"),
  };
  kind.main_param = "layers";
  kind.build = build_synthetic;
  return kind;
}

}  // namespace snnvp
