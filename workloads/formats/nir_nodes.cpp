// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/formats/nir_nodes.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

namespace snnvp {

namespace {

constexpr double max_whole = 1U << 28;

const std::map<std::string, NodeOp>& types() {
  static const std::map<std::string, NodeOp> words{
      {"Input", NodeOp::input},          {"Output", NodeOp::output},   {"Affine", NodeOp::linear},   {"Linear", NodeOp::linear},
      {"Conv1d", NodeOp::conv1d},        {"Conv2d", NodeOp::conv2d},   {"Flatten", NodeOp::flatten}, {"SumPool2d", NodeOp::sum_pool2d},
      {"AvgPool2d", NodeOp::avg_pool2d}, {"Scale", NodeOp::scale},     {"Delay", NodeOp::delay},     {"Threshold", NodeOp::threshold},
      {"I", NodeOp::integrator},         {"IF", NodeOp::if_neuron},    {"LI", NodeOp::li},           {"LIF", NodeOp::lif},
      {"CubaLI", NodeOp::cuba_li},       {"CubaLIF", NodeOp::cuba_lif}};
  return words;
}

/// Reads the datasets of one node and says what is wrong with each.
class NodeReader {
public:
  NodeReader(const Hdf5Item& group, const std::string& path, const NirContext& context) : group_(group), path_(path), context_(context) {}

  NirNode read(const std::string& name) {
    NirNode result;
    result.node.name = name;
    result.type = nir_type(group_, path_, context_);
    if (result.type.empty()) return result;
    const auto found = types().find(result.type);
    if (found == types().end()) {
      std::vector<std::string> words;
      for (const auto& [word, op] : types()) words.push_back(word);
      const std::string near = did_you_mean(result.type, words);
      result.refusal = fmt::format("there is no node type {}{}", quote(result.type), near.empty() ? "" : "; " + near);
      return result;
    }
    node_ = &result.node;
    node_->op = found->second;
    content(result.type);
    result.refusal = refusal_;
    return result;
  }

private:
  void fail(const std::string& key, const std::string& what, const std::string& hint = {}) {
    context_.diagnostics.error({context_.file}, key.empty() ? path_ : path_ + "/" + key, what, hint);
  }
  void refuse(const std::string& why) {
    if (refusal_.empty()) refusal_ = why;
  }

  const Hdf5Item* item(const std::string& key, bool needed) {
    const Hdf5Item* found = group_.child(key);
    if (found == nullptr) {
      if (needed) {
        std::vector<std::string> names;
        for (const Hdf5Item& child : group_.children) names.push_back(child.name);
        fail(key, "missing dataset", did_you_mean(key, names));
      }
      return nullptr;
    }
    if (found->kind != Hdf5Item::Kind::unread) return found;
    fail(key, found->problem);
    return nullptr;
  }

  /// Finite numbers of any shape.
  std::optional<RealTensor> numbers(const std::string& key, bool needed = true) {
    const Hdf5Item* found = item(key, needed);
    if (found == nullptr) return {};
    if (found->kind != Hdf5Item::Kind::numbers) {
      fail(key, found->kind == Hdf5Item::Kind::group ? "is a group, must be numbers" : "is text, must be numbers");
      return {};
    }
    if (found->numbers.empty()) {
      fail(key, "is empty");
      return {};
    }
    for (std::size_t i = 0; i < found->numbers.size(); ++i)
      if (!std::isfinite(found->numbers[i])) {
        fail(key, fmt::format("value {} is {}", i, shortest_double(found->numbers[i])), "all parameters must be finite numbers");
        return {};
      }
    return RealTensor{found->shape, found->numbers};
  }

  void param(const char* key, NeuronParam& to, bool needed = true, double otherwise = 0) {
    if (auto values = numbers(key, needed))
      to = std::move(*values);
    else
      to = scalar_param(otherwise);
  }
  void positive(const char* key, NeuronParam& to, bool needed = true, double otherwise = 1) {
    param(key, to, needed, otherwise);
    for (const double v : to.values)
      if (!(v > 0)) return refuse(fmt::format("its {} is {}; only positive values can be run", key, shortest_double(v)));
  }
  /// A time constant: forward Euler with a step above it oscillates.
  void time_constant(const char* key, NeuronParam& to) {
    positive(key, to);
    for (const double v : to.values)
      if (v > 0 && context_.options.dt > v * (1 + 1e-9))
        return refuse(fmt::format("its {} of {} s is shorter than the step of {} s; --dt gives another step", key, shortest_double(v),
                                  shortest_double(context_.options.dt)));
    for (double& v : to.values) v = std::max(v, context_.options.dt);
  }

  /// Whole numbers from `least` on.
  std::optional<std::vector<std::uint64_t>> whole(const std::string& key, std::uint64_t least, bool needed = true) {
    const auto values = numbers(key, needed);
    if (!values) return {};
    std::vector<std::uint64_t> result;
    for (const double v : values->values) {
      if (v != std::floor(v) || v < static_cast<double>(least) || v > max_whole) {
        fail(key, fmt::format("{} is not a whole number of {} to {}", shortest_double(v), least, static_cast<std::uint64_t>(max_whole)));
        return {};
      }
      result.push_back(static_cast<std::uint64_t>(v));
    }
    return result;
  }
  void pair(const std::string& key, std::array<std::uint64_t, 2>& to, std::uint64_t least) {
    const auto values = whole(key, least);
    if (!values) return;
    if (values->size() > 2) return fail(key, fmt::format("has {} values, must have one or two", values->size()));
    to = {values->front(), values->back()};
    if (node_->op == NodeOp::conv1d) {
      if (values->size() != 1) return fail(key, fmt::format("has {} values, must have one", values->size()));
      to[0] = least;
    }
  }

  void content(const std::string& type) {
    switch (node_->op) {
      case NodeOp::input:
      case NodeOp::output:
        if (auto shape = whole("shape", 1)) node_->declared = std::move(*shape);
        return;
      case NodeOp::linear: return linear(type == "Affine");
      case NodeOp::conv1d:
      case NodeOp::conv2d: return convolution();
      case NodeOp::sum_pool2d:
      case NodeOp::avg_pool2d:
        pair("kernel_size", node_->window.kernel, 1);
        pair("stride", node_->window.stride, 1);
        pair("padding", node_->window.pad_before, 0);
        node_->window.pad_after = node_->window.pad_before;
        return;
      case NodeOp::flatten: return flatten();
      case NodeOp::scale: return param("scale", node_->factor);
      case NodeOp::threshold: return param("threshold", node_->v_threshold);
      case NodeOp::delay: return delay();
      default: return neuron();
    }
  }

  void linear(bool with_bias) {
    if (auto weight = numbers("weight")) {
      // Leading axes of one are a batch that a writer left in.
      while (weight->shape.size() > 2 && weight->shape[0] == 1) weight->shape.erase(weight->shape.begin());
      if (weight->shape.size() != 2) {
        fail("weight", fmt::format("has the shape ({}), must be (out, in)", shape_text(weight->shape)));
        return;
      }
      node_->weight = std::move(*weight);
    }
    if (with_bias) bias(node_->weight.shape.empty() ? 0 : node_->weight.shape[0], "outputs");
  }

  void bias(std::uint64_t outputs, const char* what) {
    const auto values = numbers("bias");
    if (!values || node_->weight.empty()) return;
    if (values->values.size() != outputs) return fail("bias", fmt::format("has {} values for {} {}", values->values.size(), outputs, what));
    if (std::any_of(values->values.begin(), values->values.end(), [](double v) { return v != 0; })) node_->bias = values->values;
  }

  void convolution() {
    const bool two = node_->op == NodeOp::conv2d;
    Window& window = node_->window;
    if (auto weight = numbers("weight")) {
      const std::size_t axes = two ? 4 : 3;
      if (weight->shape.size() != axes) {
        fail("weight", fmt::format("has the shape ({}), must be {}", shape_text(weight->shape),
                                   two ? "(Cout, Cin/groups, Kh, Kw)" : "(Cout, Cin/groups, K)"));
        return;
      }
      if (two) window.kernel[0] = weight->shape[2];
      window.kernel[1] = weight->shape[axes - 1];
      node_->weight = std::move(*weight);
    }
    if (node_->weight.empty()) return;
    bias(node_->weight.shape[0], "output channels");
    pair("stride", window.stride, 1);
    pair("dilation", window.dilation, 1);
    if (const auto groups = whole("groups", 1)) window.groups = groups->front();
    padding();
    if (const auto shape = whole("input_shape", 1, false)) {
      node_->declared = *shape;
      if (shape->size() == (two ? 2U : 1U)) node_->declared.insert(node_->declared.begin(), node_->weight.shape[1] * window.groups);
    }
  }

  void padding() {
    Window& window = node_->window;
    const Hdf5Item* found = item("padding", true);
    if (found == nullptr) return;
    if (found->kind == Hdf5Item::Kind::numbers) {
      pair("padding", window.pad_before, 0);
      window.pad_after = window.pad_before;
      return;
    }
    const std::string word = found->strings.size() == 1 ? found->strings[0] : "";
    if (word == "valid") return;
    if (word != "same") return fail("padding", fmt::format("is {}, must be numbers, 'same' or 'valid'", quote(word)));
    for (unsigned axis = node_->op == NodeOp::conv1d ? 1 : 0; axis < 2; ++axis) {
      if (window.stride[axis] != 1) return refuse("padding 'same' with a stride above 1 has no agreed meaning");
      const std::uint64_t total = window.dilation[axis] * (window.kernel[axis] - 1);
      window.pad_before[axis] = total / 2, window.pad_after[axis] = total - total / 2;
    }
  }

  void flatten() {
    for (const auto& [key, to] : {std::pair{"start_dim", &node_->first_dim}, std::pair{"end_dim", &node_->last_dim}}) {
      const auto value = numbers(key);
      if (!value) continue;
      if (value->values.size() != 1 || value->values[0] != std::floor(value->values[0]) || std::abs(value->values[0]) > 32)
        fail(key, "must be the number of an axis");
      else
        *to = static_cast<std::int64_t>(value->values[0]);
    }
    if (const Hdf5Item* found = group_.child("input_type"); found != nullptr && found->kind == Hdf5Item::Kind::numbers)
      if (auto shape = whole("input_type", 1, false)) node_->declared = std::move(*shape);
  }

  void delay() {
    const auto values = numbers("delay");
    if (!values) return;
    node_->delay_steps = *values;
    double worst = 0, from = 0;
    for (double& v : node_->delay_steps.values) {
      const double steps = v / context_.options.dt, nearest = std::nearbyint(steps);
      if (v < 0) return refuse(fmt::format("a delay of {} s is negative", shortest_double(v)));
      if (nearest > static_cast<double>(max_delay_steps))
        return refuse(fmt::format("a delay of {} s is {:.3g} steps; at most {} can be run", shortest_double(v), steps, max_delay_steps));
      if (std::abs(steps - nearest) > 1e-6 && std::abs(steps - nearest) > worst) worst = std::abs(steps - nearest), from = v;
      v = nearest;
    }
    if (worst > 0)
      node_->approximation = fmt::format("{} s is {:.6g} steps, rounded to {:.0f}", shortest_double(from), from / context_.options.dt,
                                         std::nearbyint(from / context_.options.dt));
  }

  void neuron() {
    GraphNode& n = *node_;
    positive("r", n.r);
    if (n.op == NodeOp::integrator) return;
    if (is_spiking(n.op)) {
      param("v_threshold", n.v_threshold);
      param("v_reset", n.v_reset, false, 0);
    }
    if (n.op == NodeOp::if_neuron) return;
    time_constant(is_cuba(n.op) ? "tau_mem" : "tau", n.tau);
    param("v_leak", n.v_leak);
    if (!is_cuba(n.op)) return;
    time_constant("tau_syn", n.tau_syn);
    positive("w_in", n.w_in, false, 1);
  }

  const Hdf5Item& group_;
  const std::string& path_;
  const NirContext& context_;
  GraphNode* node_ = nullptr;
  std::string refusal_;
};

}  // namespace

std::string nir_type(const Hdf5Item& group, const std::string& path, const NirContext& context) {
  const Hdf5Item* type = group.child("type");
  if (type != nullptr && type->kind == Hdf5Item::Kind::strings && type->strings.size() == 1 && !type->strings[0].empty())
    return type->strings[0];
  context.diagnostics.error({context.file}, path + "/type",
                            type == nullptr                        ? "missing dataset"
                            : type->kind == Hdf5Item::Kind::unread ? type->problem
                                                                   : "must be one text that names the type");
  return {};
}

NirNode read_nir_node(const Hdf5Item& group, const std::string& path, const std::string& name, const NirContext& context) {
  return NodeReader(group, path, context).read(name);
}

}  // namespace snnvp
