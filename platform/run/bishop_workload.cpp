// SPDX-License-Identifier: Apache-2.0
// The workload kind `bishop`: encoder blocks of the spiking transformers that Bishop was evaluated on, with drawn spikes of the published
// activity.
#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/platform/run/workload_kinds.h>
#include <snnvp/workloads/network/bishop_models.h>

namespace snnvp {
namespace {

/// More spikes than this, all layers together, are not drawn: 1 GiB packed.
constexpr std::uint64_t most_bits = std::uint64_t{1} << 33;

SpikingTransformer wanted_model(const ParamSet& params) {
  SpikingTransformer m = bishop_model(params.get<unsigned>("model"));
  const auto take = [&params](const char* name, std::uint64_t& field) { field = params.get_optional<std::uint64_t>(name).value_or(field); };
  take("blocks", m.blocks), take("T", m.T), take("N", m.N), take("D", m.D), take("heads", m.heads), take("mlp_ratio", m.mlp_ratio);
  m.active_bundles = params.get_optional<double>("active_bundles").value_or(m.active_bundles);
  if (m.D % m.heads != 0) throw InputError(fmt::format("D is {}, must be a multiple of heads ({})", m.D, m.heads));
  // Inputs of the linear layers of a block have (5 + mlp_ratio) D features, queries, keys and values 3 D.
  if (m.blocks * m.T * m.N * m.D * (8 + m.mlp_ratio) > most_bits)
    throw InputError("the network's spikes take more than 1 GiB; make blocks, T, N, D or mlp_ratio smaller");
  return m;
}

/// Silences whole bundle rows of heads, each with chance 1 - `active`.
void silence_rows(SpikeTensor& x, const SpikingTransformer& m, unsigned bundle_t, unsigned bundle_n, double active, RandomStream& random) {
  const std::uint64_t d = m.head_width();
  for (std::uint64_t h = 0; h < m.heads; ++h)
    for (std::uint64_t t0 = 0; t0 < m.T; t0 += bundle_t)
      for (std::uint64_t n0 = 0; n0 < m.N; n0 += bundle_n) {
        if (random.bernoulli(active)) continue;
        for (std::uint64_t t = t0; t < std::min<std::uint64_t>(m.T, t0 + bundle_t); ++t)
          for (std::uint64_t n = n0; n < std::min<std::uint64_t>(m.N, n0 + bundle_n); ++n)
            for (std::uint64_t f = 0; f < d; ++f) x.set((t * m.N + n) * m.D + h * d + f, false);
      }
}

/// Draws the inputs of one network.
class Drawing {
public:
  Drawing(const ParamSet& params, const SpikingTransformer& model)
      : model_(model),
        seed_(params.get<std::uint64_t>("seed")),
        bundle_t_(params.get<unsigned>("bundle_t")),
        bundle_n_(params.get<unsigned>("bundle_n")),
        bsa_(params.get<bool>("bsa")) {}

  const SpikeTensor* draw(const std::string& name, const char* axes, std::uint64_t features, TransformerOperand operand) {
    const SpikeRequest request{axes, {model_.T, model_.N, features}, 0, seed_, "spikes/" + name};
    tensors_->push_back(bundled_spikes(request, bundle_t_, bundle_n_, bishop_activity(model_.active_bundles, operand, bsa_)));
    return &tensors_->back();
  }
  /// The same, with some bundle rows of each head silent.
  const SpikeTensor* draw_heads(const std::string& name, TransformerOperand operand, double active_rows) {
    draw(name, "TLD", model_.D, operand);
    RandomStream random(seed_, "rows/" + name);
    if (active_rows < 1) silence_rows(tensors_->back(), model_, bundle_t_, bundle_n_, active_rows, random);
    return &tensors_->back();
  }
  std::shared_ptr<void> owner() const { return tensors_; }

private:
  const SpikingTransformer& model_;
  std::uint64_t seed_;
  unsigned bundle_t_, bundle_n_;
  bool bsa_;
  std::shared_ptr<std::deque<SpikeTensor>> tensors_ = std::make_shared<std::deque<SpikeTensor>>();
};

LayerStep linear_step(Drawing& drawing, const SpikingTransformer& m, const std::string& block, const SpikingTransformer::Linear& layer) {
  LayerStep step;
  step.name = block + layer.name;
  step.gemm.T = m.T, step.gemm.L = m.N, step.gemm.C = layer.in, step.gemm.N = layer.out;
  step.input = drawing.draw(step.name, "TLC", layer.in, TransformerOperand::query);
  step.neuron = LayerStep::Neuron{step.name + ".lif", m.N * layer.out, true};
  return step;
}

LayerStep attention_step(const ParamSet& params, Drawing& drawing, const SpikingTransformer& m, const std::string& block) {
  LayerStep step;
  step.name = block + "attention";
  step.op = LayerStep::Op::attention;
  step.attention = {AttentionGeometry::Kind::spikformer, m.T, m.N, m.D, m.heads};
  step.q = drawing.draw_heads(step.name + ".q", TransformerOperand::query, params.get<double>("active_q_rows"));
  step.k = drawing.draw_heads(step.name + ".k", TransformerOperand::key, params.get<double>("active_k_rows"));
  step.v = drawing.draw(step.name + ".v", "TLD", m.D, TransformerOperand::query);
  step.neuron = LayerStep::Neuron{step.name + ".lif", m.N * m.D, true};
  return step;
}

LayerProgram build(const ParamSet& params) {
  const SpikingTransformer m = wanted_model(params);
  const std::string part = params.get<std::string>("part");
  LayerProgram program;
  program.network = fmt::format("Bishop model {} ({})", params.get<unsigned>("model"), m.data_set);
  Drawing drawing(params, m);
  for (std::uint64_t b = 0; b < m.blocks; ++b) {
    const std::string block = fmt::format("block{}.", b);
    for (const SpikingTransformer::Linear& layer : m.linear_layers()) {
      if (layer.name == "o" && part != "linear") program.steps.push_back(attention_step(params, drawing, m, block));
      if (part != "attention") program.steps.push_back(linear_step(drawing, m, block, layer));
    }
  }
  program.owner = drawing.owner();
  return program;
}

}  // namespace

WorkloadKind bishop_workload() {
  const auto own = [](ParamSpec spec) {
    spec.default_value = Value();
    return spec.optional_null();
  };
  WorkloadKind kind;
  kind.kind = "bishop";
  kind.doc =
      "Encoder blocks of Bishop's five spiking transformers: projections, attention and MLP on drawn spikes of the published activity";
  kind.params = {
      param("model", 3, "1 CIFAR10, 2 CIFAR100, 3 ImageNet-100, 4 DVS-Gesture, 5 Speech Commands")
          .range(1, 5)
          .from("published shapes; spec/stack3d.md 7"),
      own(param("blocks", 1, "encoder blocks; null: the model's").range(1, 64)),
      own(param("T", 1, "time steps; null: the model's").range(1, 1024)),
      own(param("N", 1, "tokens; null: the model's").range(1, 65536)),
      own(param("D", 1, "features; null: the model's").range(1, 65536)),
      own(param("heads", 8, "attention heads, divide D; null: 8").range(1, 1024).from("assumed: not published")),
      own(param("mlp_ratio", 4, "hidden features of the MLP per feature; null: 4").range(1, 64).from("assumed: not published")),
      param("part", "all", "layers of a block that run").choices({"all", "linear", "attention"}),
      own(param("active_bundles", 0.2, "mean share of bundles that hold a spike; null: the model's (0.29, model 3: 0.2)")
              .range(0, 1)
              .from("published for models 1 and 3, assumed for the others")),
      param("bsa", false, "activity as after bundle-sparsity-aware training").from("published change of model 1's feature groups"),
      param("active_q_rows", 1.0, "share of a head's bundle rows in which queries spike at all: what pruning keeps")
          .range(0, 1)
          .from("assumed; pruning kept 71.8, 93.2, 10.7, 8.0 % in models 1 to 4"),
      param("active_k_rows", 1.0, "likewise for keys").range(0, 1).from("assumed; pruning kept 52.0, 55.1, 9.7, 5.5 %"),
      param("bundle_t", 2, "time steps of the bundles that spikes are drawn in").range(1, 64).unit("steps").from("assumed"),
      param("bundle_n", 2, "tokens of these bundles").range(1, 64).unit("tokens").from("assumed"),
  };
  kind.main_param = "model";
  kind.build = build;
  return kind;
}

}  // namespace snnvp
