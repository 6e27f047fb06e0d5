// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/run/workload_kinds.h>
#include <snnvp/workloads/formats/spike_file.h>
#include <snnvp/workloads/network/elementwise.h>
#include <snnvp/workloads/network/golden.h>
#include <snnvp/workloads/spikes/generators.h>
#include <snnvp/workloads/spikes/product_density.h>
#include <snnvp/workloads/spikes/time_windows.h>

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

AttentionGeometry attention_of(const Value& layer, std::uint64_t T) {
  static const std::vector<std::string> kinds{"spikformer", "spikebert", "sdt", "spikingbert"};
  AttentionGeometry g;
  g.kind = static_cast<AttentionGeometry::Kind>(std::find(kinds.begin(), kinds.end(), layer.find("attention")->as_text()) - kinds.begin());
  g.T = T;
  g.L = layer.find("L")->as_u64();
  g.D = layer.find("C")->as_u64();
  g.heads = layer.find("heads")->as_u64();
  return g;
}

/// `rate` is the spiking papers' word for `density`.
double density_of(const ParamSet& params) { return params.is_null("rate") ? params.get<double>("density") : params.get<double>("rate"); }

/// One operand of an attention layer; patches and product densities are of products, so it is drawn bit by bit or in bursts.
SpikeTensor draw_operand(const ParamSet& params, const AttentionGeometry& g, const std::string& name, std::uint64_t seed) {
  SpikeRequest request;
  request.seed = seed;
  request.name = "spikes/" + name;
  request.density = density_of(params);
  request.axes = "TLD";
  request.shape = {g.T, g.L, g.D};
  const std::string generator = params.get<std::string>("generator");
  if (generator == "clustered" || generator == "markov") return clustered_spikes(request, {params.get<double>("burst"), 1, 1});
  return bernoulli_spikes(request);
}

/// Axes and shape of a layer's input.
void describe_input(const GemmGeometry& g, SpikeRequest& request) {
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
}

/// NAME.npy of the folder `workload.spikes`, or nothing if it has none: zeros and ones in the layer's shape.
std::optional<SpikeTensor> given_spikes(const ParamSet& params, const GemmGeometry& g, const std::string& name, LayerProgram& program) {
  if (params.is_null("spikes")) return std::nullopt;
  const std::string file = params.get<std::string>("spikes") + "/" + name + ".npy";
  if (!std::filesystem::exists(file)) return std::nullopt;
  SpikeRequest input;
  describe_input(g, input);
  SpikeTensor spikes = read_spike_array(file, input.axes, input.shape);
  if (std::find(program.input_files.begin(), program.input_files.end(), file) == program.input_files.end())
    program.input_files.push_back(file);
  return spikes;
}

SpikeTensor draw(const ParamSet& params, const GemmGeometry& g, const std::string& name, std::uint64_t seed, LayerProgram& program) {
  SpikeRequest request;
  request.seed = seed;
  request.name = "spikes/" + name;
  if (std::optional<SpikeTensor> spikes = given_spikes(params, g, name, program)) return *std::move(spikes);
  request.density = density_of(params);
  describe_input(g, request);
  const std::string generator = params.get<std::string>("generator");
  if (generator == "bernoulli") return bernoulli_spikes(request);
  if (generator == "clustered") return clustered_spikes(request);
  if (generator == "markov") return clustered_spikes(request, {params.get<double>("burst"), 1, 1});
  const double wanted = params.get<double>("product_density");
  SimilarSpikes similar =
      similar_spikes(request, wanted, [&g](const SpikeTensor& t) { return count_sparsity(g, t.view()).product_density(); });
  program.notices.emplace_back("similar_spikes",
                               fmt::format("{}: bit density {:.4f} (wanted {:.4f}), product density {:.4f} (wanted {:.4f})", name,
                                           similar.bit_density, request.density, similar.product_density, wanted));
  return std::move(similar.spikes);
}

/// What training or coding makes of the windows of a layer's input. The network's own input is given and keeps its windows.
SpikeTensor shape_windows(const ParamSet& params, SpikeTensor spikes, const std::string& name, std::uint64_t seed, bool is_first) {
  const auto points = params.get<std::uint32_t>("tw_points");
  const double keep = params.get<double>("tw_density_scale");
  if (!is_first && keep < 1) spikes = keep_windows(spikes.view(), points, keep, seed, "windows/" + name);
  if (params.get<std::string>("encoding") == "stt") spikes = first_spike_per_window(spikes.view(), points);
  return spikes;
}

/// A layer as the scenario wants it: its shape, and whether neurons follow.
struct WantedLayer {
  enum class Kind { product, attention, layernorm };
  std::string name;
  GemmGeometry geometry;
  bool lif = true;
  Kind kind = Kind::product;
  AttentionGeometry attention{};
  LayerNormGeometry norm{};
  std::uint64_t norm_neurons = 0;  ///< per step
};

WantedLayer wanted_layer(const Value& layer, std::uint64_t T) {
  WantedLayer wanted{layer.find("name")->as_text(), {}, layer.find("lif")->as_bool()};
  const std::string type = layer.find("type")->as_text();
  if (type == "attention") {
    wanted.kind = WantedLayer::Kind::attention;
    wanted.attention = attention_of(layer, T);
    // The spike-driven one has its LIF inside.
    wanted.lif = wanted.lif && wanted.attention.kind != AttentionGeometry::Kind::sdt;
  } else if (type == "layernorm") {
    wanted.kind = WantedLayer::Kind::layernorm;
    const std::uint64_t rows = layer.find("parts")->as_u64() * layer.find("L")->as_u64();
    wanted.norm = {T * rows, layer.find("C")->as_u64()};
    wanted.norm_neurons = rows * wanted.norm.width;
  } else {
    wanted.geometry = geometry_of(layer, T);
  }
  return wanted;
}

std::string problem_of(const WantedLayer& layer) {
  switch (layer.kind) {
    case WantedLayer::Kind::attention: return geometry_problem(layer.attention);
    case WantedLayer::Kind::layernorm:
      return layer.norm.width <= max_norm_width ? std::string() : fmt::format("a layernorm is at most {} wide", max_norm_width);
    default: return geometry_problem(layer.geometry);
  }
}

/// Layers of one `block` follow each other as often as `blocks` says; their names then carry the count.
void append_layers(const ParamSet& params, std::vector<WantedLayer>& wanted) {
  const auto& layers = params.at("layers").items();
  const Value& blocks = params.at("blocks");
  const std::uint64_t T = params.get<std::uint64_t>("T");
  std::set<std::string> known;
  for (std::size_t first = 0; first < layers.size();) {
    const std::string block = layers[first].find("block")->as_text();
    std::size_t end = first + 1;
    while (end < layers.size() && !block.empty() && layers[end].find("block")->as_text() == block) ++end;
    const Value* times = block.empty() ? nullptr : blocks.find(block);
    if (!block.empty() && !known.insert(block).second) throw InputError("the layers of block " + quote(block) + " do not stand together");
    const std::uint64_t count = times ? times->as_u64() : 1;
    for (std::uint64_t n = 0; n < count; ++n)
      for (std::size_t i = first; i < end; ++i) {
        WantedLayer layer = wanted_layer(layers[i], T);
        if (layer.name.empty()) layer.name = layers[i].find("type")->as_text() + "_" + std::to_string(i);
        if (times) layer.name += "." + std::to_string(n);
        wanted.push_back(std::move(layer));
      }
    first = end;
  }
  for (const std::string& block : blocks.keys())
    if (known.count(block) == 0) throw InputError("blocks: no layer is of block " + quote(block));
}

/// Engines take no job beyond 1 GiB of tensors: told before anything of that size is drawn.
void check_size(const WantedLayer& wanted) {
  const GemmGeometry& g = wanted.geometry;
  constexpr std::uint64_t most = std::uint64_t{1} << 30;
  const auto refuse = [&](const char* what, std::uint64_t bytes) {
    if (bytes > most)
      throw InputError(fmt::format("layer {}: its {} take {} MiB, no engine takes a layer with more than 1024 MiB", quote(wanted.name),
                                   what, bytes >> 20));
  };
  refuse("weights", g.K() * g.N);
  refuse("input spikes", g.input_bits() / 8);
  refuse("sums", g.M() * g.N * 4);
}

std::vector<WantedLayer> wanted_layers(const ParamSet& params) {
  std::vector<WantedLayer> wanted;
  const unsigned given = !params.is_null("m") + !params.is_null("k") + !params.is_null("n");
  if (given != 0 && given != 3) throw InputError("m, k and n belong together: one M x K by K x N product instead of `layers`");
  if (given == 3) {
    WantedLayer product{"product", {}, false};
    product.geometry.T = params.get<std::uint64_t>("m");
    product.geometry.C = params.get<std::uint64_t>("k");
    product.geometry.N = params.get<std::uint64_t>("n");
    wanted.push_back(std::move(product));
  } else {
    append_layers(params, wanted);
  }
  if (wanted.empty()) throw InputError("at least one layer is needed");
  std::set<std::string> names;
  for (const WantedLayer& layer : wanted) {
    if (!names.insert(layer.name).second) throw InputError("the name " + quote(layer.name) + " is used twice");
    if (const std::string problem = problem_of(layer); !problem.empty()) throw InputError("layer " + quote(layer.name) + ": " + problem);
    check_size(layer);
  }
  return wanted;
}

/// Appends one layer with spikes of `seed` to the network.
void append(const ParamSet& params, const WantedLayer& wanted, const std::string& name, std::uint64_t seed, bool is_first,
            SpikeNetwork& network, LayerProgram& program) {
  SequenceOp op;
  op.name = name;
  std::uint64_t neurons = wanted.geometry.positions() * wanted.geometry.N;
  switch (wanted.kind) {
    case WantedLayer::Kind::attention: {
      const AttentionGeometry& g = wanted.attention;
      op.kind = SequenceOp::Kind::attention;
      op.index = network.attentions.size();
      neurons = g.L * g.D;
      network.attentions.push_back({name, g, draw_operand(params, g, wanted.name + "/q", seed),
                                    draw_operand(params, g, wanted.name + "/k", seed), draw_operand(params, g, wanted.name + "/v", seed)});
      break;
    }
    case WantedLayer::Kind::layernorm:
      op.kind = SequenceOp::Kind::layernorm;
      op.norm = wanted.norm;
      neurons = wanted.norm_neurons;
      break;
    default: {
      op.kind = wanted.geometry.kind == GemmGeometry::Kind::conv2d ? SequenceOp::Kind::conv2d : SequenceOp::Kind::fc;
      op.index = network.layers.size();
      SpikeLayer layer;
      layer.name = name;
      layer.geometry = wanted.geometry;
      layer.spikes = shape_windows(params, draw(params, wanted.geometry, wanted.name, seed, program), wanted.name, seed, is_first);
      network.layers.push_back(std::move(layer));
    }
  }
  network.sequence.push_back(op);
  if (!wanted.lif) return;
  SequenceOp lif;
  lif.kind = SequenceOp::Kind::lif;
  lif.name = "lif_" + name;
  lif.neurons = neurons;
  lif.T = params.get<std::uint64_t>("T");
  if (wanted.kind == WantedLayer::Kind::product) lif.T = wanted.geometry.T;
  network.sequence.push_back(lif);
}

LayerProgram build_synthetic(const ParamSet& params) {
  LayerProgram program;
  auto network = std::make_shared<SpikeNetwork>();
  network->name = "synthetic";
  network->folder = "workload.layers";
  const std::vector<WantedLayer> wanted = wanted_layers(params);
  const std::uint64_t seed = params.get<std::uint64_t>("seed"), seeds = params.get<std::uint64_t>("seeds");
  for (std::uint64_t replica = 0; replica < seeds; ++replica)
    for (const WantedLayer& layer : wanted)
      append(params, layer, seeds == 1 ? layer.name : layer.name + "@" + std::to_string(seed + replica), seed + replica,
             &layer == &wanted.front(), *network, program);
  if (!params.is_null("spikes") && program.input_files.empty()) {
    std::vector<std::string> names;
    for (const WantedLayer& layer : wanted) names.push_back(layer.name + ".npy");
    throw InputError(
        fmt::format("{} holds spikes of none of the layers; looked for {}", params.get<std::string>("spikes"), join_names(names)));
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
                              param("type", "fc", "operation").choices({"conv2d", "fc", "attention", "layernorm"}),
                              size("C", 1, "input channels, or inputs of fc; attention and layernorm: width"),
                              size("N", 1, "output channels, or outputs of fc"),
                              size("H", 1, "conv2d: image side"),
                              size("L", 1, "fc, attention, layernorm: sequence length"),
                              param("attention", "spikformer", "attention: which")
                                  .choices({"spikformer", "spikebert", "sdt", "spikingbert"})
                                  .from("spec/prosperity.md 5.4"),
                              size("heads", 1, "attention: heads; C is a multiple of them"),
                              size("parts", 1, "layernorm: so many rows of width C for each step and token (3 for q, k and v together)"),
                              size("kernel", 3, "conv2d: kernel side"),
                              size("stride", 1, "conv2d: stride"),
                              param("padding", 1, "conv2d: zero padding").range(0, 1024),
                              param("lif", true, "a LIF update follows"),
                              param("block", "", "layers of one block stand together and are repeated as `blocks` says"),
                          },
                          "one layer");
  const auto product_size = [&size](const char* name, const char* doc) {
    ParamSpec spec = size(name, 1, doc).optional_null();
    spec.default_value = Value();
    return spec;
  };
  ParamSpec rate = param("rate", 0.1, "the same as density; wins over it").range(0, 1).optional_null();
  rate.default_value = Value();
  ParamSpec spikes = path_param("spikes", "folder with LAYER.npy, zeros and ones in the layer's input shape: used instead of drawn ones");
  spikes.nullable = true;
  WorkloadKind kind;
  kind.kind = "synthetic";
  kind.doc = "Layers by shape, with spikes from a seeded generator; each layer's input is drawn on its own";
  kind.params = {
      spikes,
      param("generator", "bernoulli", "how spikes are drawn").choices({"bernoulli", "clustered", "markov", "similar"}),
      param("density", 0.1, "wanted fraction of ones").range(0, 1),
      rate,
      param("product_density", 0.03, "similar: wanted fraction left after prefix removal, tile 256 x 16").range(0, 1),
      param("burst", 4.0, "markov: mean length of a burst; a neuron spikes in every step of it").at_least(1).unit("steps"),
      param("tw_density_scale", 1.0, "share of the windows with a spike that are kept, in all layers but the first (emulates training)")
          .range(0, 1)
          .from("assumed; spec/spikex.md 7.2"),
      param("tw_points", 5, "time points of these windows").range(1, 4096).unit("time points"),
      param("encoding", "none", "stt: each window keeps its first spike").choices({"none", "stt"}).from("spec/spikex.md 5.6"),
      param("T", 4, "time steps").range(1, 4096),
      list_of("layers", layer, "the layers in order"),
      map_of("blocks", param("times", 1, "how often").range(1, 1024),
             "how often the layers of a block are run, each time with spikes of its own"),
      param("seeds", 1, "the layers are run this many times, with spikes of seed, seed + 1, ...; totals are sums over them").range(1, 1024),
      product_size("m", "rows of a single dense product"),
      product_size("k", "its columns"),
      product_size("n", "its outputs; m, k and n together replace `layers` by one fc layer of T = m steps without neurons"),
  };
  kind.main_param = "layers";
  kind.build = build_synthetic;
  return kind;
}

}  // namespace snnvp
