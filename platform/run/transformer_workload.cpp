// SPDX-License-Identifier: Apache-2.0
// Workload kind `transformer`: kernels of a spiking transformer, drawn or recorded spikes, checked against the golden kernels.
#include <snnvp/platform/run/transformer_stream.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/platform/run/workload_kinds.h>
#include <snnvp/workloads/formats/spike_file.h>
#include <snnvp/workloads/network/geometry.h>
#include <snnvp/workloads/spikes/generators.h>

namespace snnvp {
namespace {

using Merge = TransformerGeometry::Merge;

std::vector<std::int8_t> draw_weights(std::uint64_t seed, const std::string& name, std::uint64_t count, unsigned bits) {
  RandomStream stream(seed, "weights/" + name);
  std::vector<std::int8_t> weights(count);
  for (std::int8_t& w : weights) w = static_cast<std::int8_t>(stream.next_int8() >> (8 - bits));
  return weights;
}

SpikeTensor draw_spikes(const ParamSet& params, const TransformerGeometry& g, const std::string& name) {
  SpikeRequest request;
  request.axes = "TLD";
  request.shape = {g.T, g.tokens, g.D};
  request.density = params.get<double>("density");
  request.seed = params.get<std::uint64_t>("seed");
  request.name = "spikes/" + name;
  if (params.get<std::string>("generator") == "clustered") return clustered_spikes(request, {params.get<double>("burst"), 1, 1});
  return bernoulli_spikes(request);
}

/// Token n always fires at features n, n + 1, ... n + top_k - 1 (mod experts) of the first `experts` and at no other of them.
void mark_tokens(const TransformerGeometry& g, SpikeTensor& x) {
  for (std::uint64_t t = 0; t < g.T; ++t)
    for (std::uint64_t n = 0; n < g.tokens; ++n)
      for (std::uint64_t e = 0; e < g.experts; ++e)
        x.set((t * g.tokens + n) * g.D + e, (e + g.experts - n % g.experts) % g.experts < g.top_k);
}

/// Router weights: drawn; or such that marked tokens spread evenly; or such that all gates tie and the first experts get every token.
std::vector<std::int8_t> router_of(const ParamSet& params, const TransformerGeometry& g, const std::string& name) {
  const std::string gate = params.get<std::string>("gate");
  if (gate == "drawn")
    return draw_weights(params.get<std::uint64_t>("seed"), name + "/router", g.experts * g.D, params.get<unsigned>("weight_bits"));
  std::vector<std::int8_t> router(g.experts * g.D);
  for (std::uint64_t e = 0; gate == "balanced" && e < g.experts; ++e) router[e * g.D + e] = 1;
  return router;
}

TransformerGeometry geometry_of(const ParamSet& params) {
  TransformerGeometry g;
  g.T = params.get<std::uint64_t>("T"), g.tokens = params.get<std::uint64_t>("tokens"), g.D = params.get<std::uint64_t>("D");
  g.heads = params.get<std::uint64_t>("heads");
  if (g.D % g.heads != 0) throw InputError(fmt::format("D ({}) must be a multiple of heads ({})", g.D, g.heads));
  // ceil(p H), where p H that should be whole may come out a bit above
  g.kept = static_cast<std::uint64_t>(std::ceil(params.get<double>("d3_keep") * static_cast<double>(g.heads) * (1 - 1e-12)));
  g.scale_shift = params.get<unsigned>("scale_shift");
  g.experts = params.get<std::uint64_t>("experts"), g.top_k = params.get<std::uint64_t>("top_k");
  if (g.top_k > g.experts) throw InputError(fmt::format("top_k ({}) is more than experts ({})", g.top_k, g.experts));
  const auto hidden = params.get_optional<std::uint64_t>("expert_hidden");
  const std::uint64_t all_hidden = params.get<std::uint64_t>("mlp_ratio") * g.D;
  g.hidden = hidden.value_or(std::max<std::uint64_t>(1, all_hidden / g.experts));
  const std::string merge = params.get<std::string>("merge");
  g.merge = merge == "place"       ? Merge::place
            : merge == "psum_sum"  ? Merge::psum_sum
            : merge == "spike_sum" ? Merge::spike_sum
            : merge == "spike_or"  ? Merge::spike_or
            : g.top_k == 1         ? Merge::place
                                   : Merge::psum_sum;
  if (g.merge == Merge::place && g.top_k != 1) throw InputError("merge: place is for top_k: 1");
  // Tensors must be small enough to be drawn and checked here.
  checked_bits({g.T, g.tokens, g.D});
  for (const auto& [a, b] : {std::pair(g.D, g.D), std::pair(g.experts * g.hidden, g.D)})
    if (a * b > (std::uint64_t{1} << 28)) throw InputError(fmt::format("a weight matrix of {} x {} values is beyond 2^28", a, b));
  if (g.T * g.tokens * std::max(g.D, g.hidden) > (std::uint64_t{1} << 28)) throw InputError("more than 2^28 values in a layer");
  return g;
}

/// A kernel with its drawn tensors. `chained`: its input is the result of the one before, so none is drawn.
TransformerKernel make_kernel(const ParamSet& params, const TransformerGeometry& g, const std::string& op, const std::string& name,
                              bool chained, std::optional<SpikeTensor> given) {
  TransformerKernel k;
  k.name = name;
  k.geometry = g;
  k.op = op == "mha" ? TransformerKernel::Op::mha : op == "moe" ? TransformerKernel::Op::moe : TransformerKernel::Op::linear;
  k.inputs = op == "ffn_out" ? g.hidden * g.experts : g.D;
  k.outputs = op == "ffn_in" ? g.hidden * g.experts : g.D;
  const auto weights = [&](const char* what, std::uint64_t count) {
    return draw_weights(params.get<std::uint64_t>("seed"), name + "/" + what, count, params.get<unsigned>("weight_bits"));
  };
  if (k.op == TransformerKernel::Op::mha) {
    for (const char* what : {"q", "k", "v"}) k.weights.push_back(weights(what, g.D * g.D));
  } else if (k.op == TransformerKernel::Op::moe) {
    k.weights.push_back(weights("w1", g.experts * g.hidden * g.D));
    k.weights.push_back(weights("w2", g.experts * g.hidden * g.D));
    k.weights.push_back(router_of(params, g, name));
  } else {
    k.weights.push_back(weights("w", k.inputs * k.outputs));
  }
  k.is_chained = chained;
  const bool balanced = k.op == TransformerKernel::Op::moe && params.get<std::string>("gate") == "balanced";
  if (balanced && (chained || given)) throw InputError("gate: balanced marks the tokens of a drawn input; " + name + " has another one");
  if (balanced && g.experts > g.D) throw InputError("gate: balanced needs as many features as experts");
  if (chained) return k;
  TransformerGeometry in = g;
  in.D = k.inputs;
  k.input = given ? *std::move(given) : draw_spikes(params, in, name);
  if (balanced) mark_tokens(g, k.input);
  return k;
}

LayerProgram build_transformer(const ParamSet& params) {
  LayerProgram program;
  const TransformerGeometry g = geometry_of(params);
  std::vector<std::string> ops;
  for (const Value& op : params.at("kernels").items()) ops.push_back(op.as_text());
  if (ops.empty()) ops = {"mha", "projection", "moe"};
  const bool chained = params.get<std::string>("inputs") == "chained";
  TransformerTask task;
  task.neuron = neuron_of(params);
  if (const std::string problem = neuron_problem(task.neuron, 1); !problem.empty()) throw InputError(problem);
  std::uint64_t last_outputs = 0;
  for (std::uint64_t b = 0; b < params.get<std::uint64_t>("blocks"); ++b)
    for (const std::string& op : ops) {
      const auto expand = op == "ffn" ? std::vector<std::string>{"ffn_in", "ffn_out"} : std::vector<std::string>{op};
      for (const std::string& part : expand) {
        const std::string name = fmt::format("block{}.{}", b, part);
        const bool follows = (chained && !task.kernels.empty()) || part == "ffn_out";
        std::optional<SpikeTensor> given;
        if (!follows && !params.is_null("spikes") && task.kernels.empty()) {
          const std::string file = params.get<std::string>("spikes");
          given = read_spike_array(file, "TLD", {g.T, g.tokens, g.D});
          program.input_files.push_back(file);
        }
        task.kernels.push_back(make_kernel(params, g, part, name, follows, std::move(given)));
        if (follows && last_outputs == 0) throw InputError("merge: spike_sum leaves counts, which no kernel takes: it must come last");
        last_outputs =
            task.kernels.back().op == TransformerKernel::Op::moe && g.merge == Merge::spike_sum ? 0 : task.kernels.back().outputs;
      }
    }
  program.driver = std::make_shared<TransformerStream>(std::move(task));
  return program;
}

ParamSpec null_by_default(ParamSpec spec) {
  spec.default_value = Value();
  return spec.optional_null();
}

}  // namespace

WorkloadKind transformer_workload() {
  WorkloadKind kind;
  kind.kind = "transformer";
  kind.doc =
      "Kernels of a spiking transformer (multi-head attention, mixture of experts, projections), bit-exact, on drawn or recorded spikes";
  const auto size = [](const char* name, int value, double most, const char* doc) { return param(name, value, doc).range(1, most); };
  kind.params = {
      list_of("kernels", param("kernel", "mha", "a kernel").choices({"mha", "projection", "moe", "ffn"}),
              "kernels of a block in order; default: mha, projection, moe. ffn: the dense pair of layers that the experts divide"),
      size("blocks", 1, 64, "how often they repeat"),
      size("T", 4, 1024, "time points").from("Spikformer-4-384"),
      size("tokens", 64, 65536, "N: tokens").from("Spikformer-4-384"),
      size("D", 384, 65536, "features").from("Spikformer-4-384"),
      size("heads", 8, 256, "H: attention heads; divides D").from("example of the papers"),
      param("d3_keep", 1.0, "p: ceil(p H) heads with the most spikes in Q are computed").range(1e-6, 1),
      param("scale_shift", 3, "k: attention sums count as sum >> k").range(0, 31).from("Spikformer's 0.125"),
      size("experts", 4, 64, "E").from("assumed"),
      size("top_k", 1, 64, "K: experts per token").from("assumed"),
      size("mlp_ratio", 4, 64, "hidden neurons of all experts over D").from("assumed"),
      null_by_default(size("expert_hidden", 384, 65536, "hidden neurons of an expert; null: mlp_ratio x D / experts")),
      param("merge", "auto", "results of a token's experts; auto: place for top_k 1, else psum_sum")
          .choices({"auto", "place", "psum_sum", "spike_sum", "spike_or"})
          .from("assumed"),
      param("gate", "drawn", "router weights: drawn; balanced: equal loads; first: all gates tie, so the first experts get all tokens")
          .choices({"drawn", "balanced", "first"}),
      param("inputs", "drawn", "each kernel's input: drawn, or chained: the result of the kernel before").choices({"drawn", "chained"}),
      param("density", 0.2, "of drawn spikes").range(0, 1).from("Bishop's models, 20 % active"),
      param("generator", "bernoulli", "of drawn spikes; clustered: bursts in time").choices({"bernoulli", "clustered"}),
      param("burst", 4.0, "clustered: mean length of a burst").range(1, 1e6).unit("time points"),
      path_param("spikes", "recorded input of the first kernel, .npy of zeros and ones [T][tokens][D]; null: drawn").optional_null(),
      param("weight_bits", 8, "of drawn weights").range(2, 8).unit("bit"),
      neuron_param(),
  };
  kind.main_param = "kernels";
  kind.makes_jobs = true;
  kind.build = build_transformer;
  return kind;
}

}  // namespace snnvp
