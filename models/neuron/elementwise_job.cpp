// SPDX-License-Identifier: Apache-2.0
// Job `elementwise`: sums of tensors, scaling, ReLU and pools, as the golden model of networks does them.
#include <algorithm>
#include <limits>

#include <snnvp/models/neuron/elements.h>
#include <snnvp/models/neuron/step_job.h>
#include <snnvp/workloads/network/connection.h>
#include <snnvp/workloads/network/lif.h>

namespace snnvp::neuron {

using engine::ElementwiseJob;
using engine::Format;
using engine::JobDescriptor;
using engine::JobStatus;
using engine::Refusal;
namespace operand = engine::operand;

namespace {

constexpr unsigned input_operands[] = {operand::element_in, operand::element_more, operand::element_more + 1, operand::element_more + 2};

std::int32_t saturated(std::int64_t value) {
  return static_cast<std::int32_t>(
      std::clamp<std::int64_t>(value, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()));
}

std::uint64_t in_size(const ElementwiseJob& e) { return std::uint64_t{e.C} * e.H * e.W; }
std::uint64_t out_size(const ElementwiseJob& e) { return e.is_pool() ? std::uint64_t{e.C} * e.out_h() * e.out_w() : in_size(e); }

class Elementwise : public StepJob {
public:
  Elementwise(NeuronCore& core, const JobDescriptor& job)
      : StepJob(core, job, "elementwise", job.elementwise.T, std::max(in_size(job.elementwise), out_size(job.elementwise))),
        e_(job_.elementwise),
        out_(job.operands[operand::element_out], e_.T, out_size(e_)),
        x_(in_size(e_)),
        y_(out_size(e_)),
        values_(in_size(e_)),
        sums_(in_size(e_)) {
    for (unsigned i = 0; i < 4; ++i)
      if (job.operands[input_operands[i]].present())
        inputs_.push_back({StepTensor(job.operands[input_operands[i]], e_.T, in_size(e_)), e_.inputs[i]});
    if (e_.multipliers_address != 0) multipliers_.resize(e_.channels);
    for (unsigned a = 0; a < 2; ++a)
      window_.kernel[a] = e_.kernel[a], window_.stride[a] = e_.stride[a], window_.pad_before[a] = window_.pad_after[a] = e_.padding[a];
  }

  void execute(std::uint64_t item) override {
    std::fill(sums_.begin(), sums_.end(), 0);
    for (const Input& input : inputs_) {
      input.tensor.load(item, values_.data());
      for (std::uint64_t n = 0; n < values_.size(); ++n)
        sums_[n] += shifted_right(std::int64_t{values_[n]} * input.scale.multiplier, input.scale.shift);
    }
    std::transform(sums_.begin(), sums_.end(), x_.begin(), saturated);
    apply();
    out_.store(item, y_.data());
    core_.count_elements(std::max(x_.size(), y_.size()));
    core_.count_cycles(core_.step_cycles(std::max(x_.size(), y_.size())));
  }

protected:
  void fetch(std::uint64_t item, std::vector<engine::Transfer>& list) override {
    if (item == 0 && !multipliers_.empty())
      list.push_back({e_.multipliers_address, reinterpret_cast<std::uint8_t*>(multipliers_.data()), multipliers_.size() * 4});
    for (Input& input : inputs_) list.push_back(input.tensor.step(item));
  }
  void results(std::vector<engine::Transfer>& list) override { list.push_back(out_.all()); }

private:
  struct Input {
    StepTensor tensor;
    ElementwiseJob::Input scale;
  };

  void apply() {
    const Shape in{e_.C, e_.H, e_.W}, out{e_.C, e_.is_pool() ? e_.out_h() : e_.H, e_.is_pool() ? e_.out_w() : e_.W};
    switch (e_.kind) {
      case ElementwiseJob::Kind::add: y_ = x_; return;
      case ElementwiseJob::Kind::sum_pool: return pool<false>(window_, in, out, x_.data(), y_.data());
      case ElementwiseJob::Kind::max_pool: return pool<true>(window_, in, out, x_.data(), y_.data());
      default:
        for (std::uint64_t n = 0; n < x_.size(); ++n) {
          const std::int32_t m = multipliers_.empty() ? e_.multiplier : multipliers_[n / (x_.size() / multipliers_.size())];
          const std::int64_t value = shifted_right(std::int64_t{x_[n]} * m, e_.shift);
          y_[n] =
              e_.kind == ElementwiseJob::Kind::relu ? static_cast<std::int32_t>(std::clamp<std::int64_t>(value, 0, 127)) : saturated(value);
        }
    }
  }

  const ElementwiseJob& e_;
  StepTensor out_;
  std::vector<std::int32_t> x_, y_, values_, multipliers_;
  std::vector<std::int64_t> sums_;
  std::vector<Input> inputs_;
  Window window_;
};

}  // namespace

JobOrRefusal make_elementwise(NeuronCore& core, const JobDescriptor& job) {
  const ElementwiseJob& e = job.elementwise;
  const engine::Operand& out = job.operands[operand::element_out];
  std::uint64_t bytes = (in_size(e) + out_size(e)) * 24 + out.bytes();
  if (!job.operands[operand::element_in].present() || !out.present())
    return Refusal{JobStatus::bad_shape, "an input and a result are needed"};
  for (const unsigned i : input_operands) {
    const engine::Operand& in = job.operands[i];
    if (!in.present()) continue;
    if (in.elements() != e.T * in_size(e)) return Refusal{JobStatus::bad_shape, "each input must hold T x C x H x W values"};
    if (!in.is_dense_memory()) return Refusal{JobStatus::unsupported, "only dense operands in memory"};
    bytes += in.bytes();
  }
  if (!out.is_dense_memory()) return Refusal{JobStatus::unsupported, "only dense operands in memory"};
  if (out.elements() != e.T * out_size(e)) return Refusal{JobStatus::bad_shape, "the result must hold T x C x OH x OW values"};
  if (e.multipliers_address != 0 && (e.channels == 0 || in_size(e) % e.channels != 0))
    return Refusal{JobStatus::bad_shape, "the number of multipliers must divide the values of a step"};
  if (e.multipliers_address % 4 != 0) return Refusal{JobStatus::misaligned, "multipliers are not 4-byte aligned"};
  if (auto refusal = engine::refuse_large(bytes, e.T)) return *refusal;
  return std::make_unique<Elementwise>(core, job);
}

}  // namespace snnvp::neuron
