// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/program.h>

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <limits>
#include <map>
#include <optional>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/quantity.h>
#include <snnvp/platform/run/simulation.h>
#include <snnvp/workloads/network/golden.h>
#include <snnvp/workloads/network/weights.h>

namespace snnvp {
namespace {

using engine::Format;
using engine::JobDescriptor;
using engine::Operation;

constexpr Bytes alignment = 64;

/// Hands out addresses upwards from the start of a memory window.
class Allocator {
public:
  Allocator(Address base, Bytes size) : base_(base), size_(size) {}

  Address take(Bytes bytes, const std::string& what) {
    const Bytes rounded = (bytes + alignment - 1) / alignment * alignment;
    if (rounded < bytes || rounded > size_ - used_)
      throw InputError(fmt::format("the workload does not fit the memory: {} needs {} bytes, {} of {} are free", what, bytes, size_ - used_,
                                   format_quantity(Value(size_), Dimension::bytes)));
    const Address at = base_ + used_;
    used_ += rounded;
    return at;
  }
  Bytes used() const { return used_; }

private:
  Address base_;
  Bytes size_;
  Bytes used_ = 0;
};

template <typename T>
using Shared = std::shared_ptr<const std::vector<T>>;

template <typename T>
Shared<T> share(std::vector<T> values) {
  return std::make_shared<const std::vector<T>>(std::move(values));
}

template <typename T>
SharedBytes bytes_of(const Shared<T>& values) {
  return {values, reinterpret_cast<const std::uint8_t*>(values->data()), values->size() * sizeof(T)};
}

SharedBytes bytes_of(SpikeTensor tensor) {
  const auto owner = std::make_shared<const SpikeTensor>(std::move(tensor));
  return {owner, owner->data(), owner->byte_size()};
}

engine::Operand operand_at(Address address, Format format, const std::vector<std::uint64_t>& shape) {
  engine::Operand operand;
  operand.address = address;
  operand.format = format;
  for (std::size_t i = 0; i < shape.size() && i < 4; ++i) operand.shape[i] = static_cast<std::uint32_t>(shape[i]);
  return operand;
}

/// A layer's golden results.
struct Golden {
  SharedBytes sums, spikes;
  std::vector<std::uint64_t> sums_shape, spikes_shape;
};

/// Those of all layers, computed once for all engines of one rule.
struct GoldenRun {
  std::optional<ResultRule> rule;
  std::vector<Golden> layers;
  PruningLoss loss;
};

/// Limits sums to a signed width.
void saturate(std::vector<std::int32_t>& sums, unsigned bits) {
  if (bits >= 32) return;
  const std::int32_t high = static_cast<std::int32_t>((std::int64_t{1} << (bits - 1)) - 1);
  for (std::int32_t& sum : sums) sum = std::min(std::max(sum, -high - 1), high);
}

class Builder {
public:
  Builder(const LayerProgram& layers, Address base, Bytes size, bool check, const std::map<std::string, ResultRule>& rules = {})
      : layers_(layers), memory_(base, size), check_(check), rules_(rules) {}

  /// Only addresses are given out.
  Bytes measure(const std::vector<std::string>& engines) {
    makes_data_ = false;
    return build(engines).bytes_used;
  }

  MemoryProgram build(const std::vector<std::string>& engines) {
    for (const LayerStep& step : layers_.steps) place(step);
    for (const std::string& name : engines) {
      if (check_) golden_ = &golden_run(name);
      add_engine(name);
      if (check_ && golden_->rule && golden_->loss.scores != 0) {
        const BundlePruning& pruning = golden_->rule->pruning;
        program_.pruning.push_back({name, std::max(pruning.theta_q, pruning.theta_k), golden_->loss});
      }
    }
    program_.bytes_used = memory_.used();
    return std::move(program_);
  }

private:
  struct Placed {
    Address input = 0, weights = 0, q = 0, k = 0, v = 0;
    Shared<std::int8_t> weight_values;
  };

  template <typename Make>
  Address put(const std::string& what, Bytes size, Make make) {
    const Address at = memory_.take(size, what);
    if (makes_data_) program_.placements.push_back({what, at, make()});
    return at;
  }

  Address put_tensor(const std::string& what, const SpikeTensor& tensor) {
    const auto [it, fresh] = tensors_.emplace(&tensor, 0);
    if (fresh) it->second = put(what, tensor.byte_size(), [&] { return SharedBytes{layers_.owner, tensor.data(), tensor.byte_size()}; });
    return it->second;
  }

  void place(const LayerStep& step) {
    Placed p;
    if (step.op == LayerStep::Op::gemm) {
      p.input = put_tensor("input of " + step.name, *step.input);
      p.weights = put("weights of " + step.name, step.gemm.K() * step.gemm.N, [&] {
        p.weight_values = share(layer_weights(layers_.seed, step.name, step.gemm.K(), step.gemm.N));
        return bytes_of(p.weight_values);
      });
    } else if (step.op == LayerStep::Op::attention) {
      if (step.attention.kind == AttentionGeometry::Kind::spikingbert) {
        const Bytes size = step.attention.T * step.attention.L * step.attention.D;
        p.q = put("q of " + step.name, size, [&] { return bytes_of(share(queries_of(step.q->view()))); });
      } else {
        p.q = put_tensor("q of " + step.name, *step.q);
      }
      p.k = put_tensor("k of " + step.name, *step.k);
      p.v = put_tensor("v of " + step.name, *step.v);
    }
    placed_.push_back(std::move(p));
  }

  std::uint64_t T_of(const LayerStep& step) const {
    return step.op == LayerStep::Op::gemm || step.op == LayerStep::Op::neuron ? step.gemm.T
           : step.op == LayerStep::Op::attention                              ? step.attention.T
                                                                              : 1;
  }

  /// Shape of the sums a layer leaves: [T][N][y][x], [T][N], [T][L][N] (decision 11).
  std::vector<std::uint64_t> sums_shape(const LayerStep& step) const {
    switch (step.op) {
      case LayerStep::Op::gemm:
        if (step.gemm.kind == GemmGeometry::Kind::conv2d) return {step.gemm.T, step.gemm.N, step.gemm.out_h(), step.gemm.out_w()};
        if (step.gemm.L > 1) return {step.gemm.T, step.gemm.L, step.gemm.N};
        return {step.gemm.T, step.gemm.N};
      case LayerStep::Op::attention: return {step.attention.T, step.attention.L, step.attention.D};
      case LayerStep::Op::layernorm: return {step.norm_rows, step.norm_width};
      default: return {step.gemm.T, step.gemm.N};
    }
  }

  static std::uint64_t product(const std::vector<std::uint64_t>& shape) {
    std::uint64_t n = 1;
    for (const std::uint64_t extent : shape) n *= extent;
    return n;
  }

  /// The golden results that hold for an engine.
  const GoldenRun& golden_run(const std::string& engine) {
    const auto it = rules_.find(engine);
    const std::optional<ResultRule> rule = it == rules_.end() ? std::nullopt : std::optional(it->second);
    for (const GoldenRun& run : golden_runs_)
      if (run.rule == rule) return run;
    GoldenRun& run = golden_runs_.emplace_back();
    run.rule = rule;
    for (std::size_t i = 0; i < layers_.steps.size() && check_; ++i) {
      run.layers.push_back(compute(i, run));
      check_ = !stop_requested;  // an interrupted run is not compared, so it need not wait for this
    }
    return run;
  }

  Golden compute(std::size_t index, GoldenRun& run) {
    const LayerStep& step = layers_.steps[index];
    Golden g;
    g.sums_shape = sums_shape(step);
    std::vector<std::int32_t> sums(product(g.sums_shape));
    bool has_sums = true;
    switch (step.op) {
      case LayerStep::Op::gemm:
        golden_gemm(step.gemm, step.input->view(), placed_[index].weight_values->data(), sums.data());
        if (run.rule) saturate(sums, run.rule->sum_bits);
        break;
      case LayerStep::Op::attention: {
        const AttentionGeometry& a = step.attention;
        if (a.kind == AttentionGeometry::Kind::sdt) {
          SpikeTensor out("TLD", {a.T, a.L, a.D});
          attention_mask(a, step.q->view(), step.k->view(), step.v->view(), layers_.neuron, nullptr, out);
          g.spikes = bytes_of(std::move(out));
          g.spikes_shape = g.sums_shape;
          has_sums = false;
        } else if (a.kind == AttentionGeometry::Kind::spikingbert) {
          attention_softmax(a, queries_of(step.q->view()).data(), step.k->view(), step.v->view(), sums.data());
        } else if (run.rule && a.kind == AttentionGeometry::Kind::spikformer) {
          run.loss.add(pruned_attention(a, step.q->view(), step.k->view(), step.v->view(), run.rule->pruning, run.rule->attention_shift,
                                        sums.data()));
        } else {
          attention_sums(a, step.q->view(), step.k->view(), step.v->view(), sums.data());
        }
        break;
      }
      case LayerStep::Op::layernorm:
        if (!step.norm_fits) return g;
        integer_layernorm(step.norm_rows, step.norm_width, last_sums_->data(), sums.data());
        break;
      case LayerStep::Op::neuron: break;
    }
    if (step.op != LayerStep::Op::neuron) last_sums_ = share(std::move(sums));
    if (has_sums && step.op != LayerStep::Op::neuron) g.sums = bytes_of(last_sums_);
    if (step.neuron && step.neuron->fits && has_sums) {
      const std::uint64_t T = neuron_steps(index), neurons = product(g.sums_shape) / T;
      const bool conv = step.op == LayerStep::Op::gemm && step.gemm.kind == GemmGeometry::Kind::conv2d;
      const std::uint64_t channels = conv ? step.gemm.N : g.sums_shape.back();
      SpikeTensor out("TC", {T, neurons});
      lif_run(layers_.neuron, T, channels, neurons / channels, last_sums_->data(), out,
              conv ? LifState::Order::channel_major : LifState::Order::position_major);
      g.spikes = bytes_of(std::move(out));
      g.spikes_shape = conv ? g.sums_shape : std::vector<std::uint64_t>{T, neurons};
    }
    return g;
  }

  /// Time steps of a layer's neuron update; a layernorm has those of the layer before it.
  std::uint64_t neuron_steps(std::size_t index) const {
    while (index > 0 && layers_.steps[index].op == LayerStep::Op::layernorm) --index;
    return T_of(layers_.steps[index]);
  }

  void add_engine(const std::string& name) {
    EngineProgram program;
    program.engine = name;
    std::vector<JobDescriptor> jobs;
    Address last_sums = 0;
    std::vector<std::uint64_t> last_shape;
    for (std::size_t i = 0; i < layers_.steps.size(); ++i) {
      const LayerStep& step = layers_.steps[i];
      const Placed& placed = placed_[i];
      JobDescriptor job;
      job.tag = static_cast<std::uint32_t>(i);
      if (i == 0) job.flags |= engine::flag_first;
      if (layers_.store_sums) job.flags |= engine::flag_store_sums;
      const std::vector<std::uint64_t> shape = sums_shape(step);
      const bool masks = step.op == LayerStep::Op::attention && step.attention.kind == AttentionGeometry::Kind::sdt;
      Address sums = 0;
      if (!masks && step.computes()) sums = memory_.take(product(shape) * 4, "sums of " + step.name);
      unsigned sums_operand = engine::operand::sums, spikes_operand = engine::operand::spikes_out;
      switch (step.op) {
        case LayerStep::Op::gemm:
          job.operation = step.gemm.kind == GemmGeometry::Kind::conv2d ? Operation::conv2d : Operation::gemm;
          job.gemm = step.gemm;
          job.operands[engine::operand::input] = operand_at(placed.input, Format::spikes, step.input->shape());
          job.operands[engine::operand::weights] = operand_at(placed.weights, Format::int8, {step.gemm.K(), step.gemm.N});
          break;
        case LayerStep::Op::attention: {
          job.operation = Operation::attention;
          job.attention = step.attention;
          const std::vector<std::uint64_t> tld{step.attention.T, step.attention.L, step.attention.D};
          const bool softmax = step.attention.kind == AttentionGeometry::Kind::spikingbert;
          job.operands[engine::operand::q] = operand_at(placed.q, softmax ? Format::int8 : Format::spikes, tld);
          job.operands[engine::operand::k] = operand_at(placed.k, Format::spikes, tld);
          job.operands[engine::operand::v] = operand_at(placed.v, Format::spikes, tld);
          sums_operand = engine::operand::attention_out;
          spikes_operand = engine::operand::attention_spikes;
          break;
        }
        case LayerStep::Op::layernorm:
          job.operation = Operation::layernorm;
          job.norm_rows = step.norm_rows;
          job.norm_width = step.norm_width;
          job.gemm.T = neuron_steps(i);
          if (step.norm_fits) job.operands[engine::operand::norm_in] = operand_at(last_sums, Format::int32, last_shape);
          sums_operand = engine::operand::norm_out;
          spikes_operand = engine::operand::attention_spikes;
          break;
        case LayerStep::Op::neuron:
          job.operation = Operation::neuron;
          job.gemm = step.gemm;
          break;  // only counted: there are no sums that would be its input
      }
      if (sums != 0) {
        job.operands[sums_operand] = operand_at(sums, Format::int32, shape);
        if (check_) expect(name, step.name, "sums", sums, Format::int32, golden_->layers[i].sums, golden_->layers[i].sums_shape);
      }
      if (step.neuron) {
        job.neuron.present = true;
        job.neuron.neurons = static_cast<std::uint32_t>(step.neuron->neurons);
      }
      if (step.neuron || masks) job.neuron.record = layers_.neuron;
      if (masks) job.neuron.present = true;
      if ((step.neuron && step.neuron->fits) || masks) {
        const std::uint64_t bits = product(step.op == LayerStep::Op::neuron ? last_shape : shape);
        const Address spikes = memory_.take((bits + 7) / 8, "spikes of " + step.name);
        job.operands[spikes_operand] =
            operand_at(spikes, Format::spikes, masks ? shape : std::vector<std::uint64_t>{neuron_steps(i), bits / neuron_steps(i)});
        const std::string tensor_of = masks ? step.name : step.neuron->name;
        if (check_) expect(name, tensor_of, "spikes", spikes, Format::spikes, golden_->layers[i].spikes, golden_->layers[i].spikes_shape);
      }
      program.names.push_back({step.op == LayerStep::Op::neuron ? step.neuron->name : step.name, step.neuron ? step.neuron->name : ""});
      if (sums != 0) last_sums = sums, last_shape = shape;
      jobs.push_back(std::move(job));
    }
    std::vector<Address> at;
    for (std::size_t i = 0; i < jobs.size(); ++i) at.push_back(memory_.take(JobDescriptor::size_bytes, "descriptors"));
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      jobs[i].next = i + 1 < jobs.size() ? at[i + 1] : 0;
      program.submission.descriptors.emplace_back(at[i], engine::encode(jobs[i]));
    }
    program.submission.engine = name;
    program.submission.first = at.empty() ? 0 : at.front();
    program_.engines.push_back(std::move(program));
  }

  void expect(const std::string& engine, const std::string& layer, const std::string& tensor, Address address, Format format,
              SharedBytes expected, std::vector<std::uint64_t> shape) {
    if (!expected.owner) return;
    const std::uint64_t elements = product(shape);
    program_.expectations.push_back({engine, layer, tensor, address, format, elements, std::move(shape), std::move(expected)});
  }

  const LayerProgram& layers_;
  Allocator memory_;
  bool check_;
  bool makes_data_ = true;
  MemoryProgram program_;
  std::vector<Placed> placed_;
  const std::map<std::string, ResultRule> rules_;
  std::deque<GoldenRun> golden_runs_;
  const GoldenRun* golden_ = nullptr;  // of the engine under way
  std::map<const SpikeTensor*, Address> tensors_;
  Shared<std::int32_t> last_sums_ = share(std::vector<std::int32_t>());
};

}  // namespace

Bytes memory_needed(const LayerProgram& layers, const std::vector<std::string>& engines) {
  return Builder(layers, 0, std::numeric_limits<Bytes>::max(), false).measure(engines);
}

MemoryProgram build_memory_program(const LayerProgram& layers, const std::vector<std::string>& engines, Address base, Bytes size,
                                   bool check, const std::map<std::string, ResultRule>& rules) {
  return Builder(layers, base, size, check, rules).build(engines);
}

}  // namespace snnvp
