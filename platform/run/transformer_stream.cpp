// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/transformer_stream.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include <snnvp/platform/base/text.h>
#include <snnvp/platform/block/result_rule.h>
#include <snnvp/platform/block/stacked.h>
#include <snnvp/platform/block/tiered.h>
#include <snnvp/platform/elaborate/platform.h>
#include <snnvp/platform/engine/accelerator.h>
#include <snnvp/platform/report/report.h>
#include <snnvp/platform/run/check.h>
#include <snnvp/platform/run/stack_report.h>

namespace snnvp {

using engine::Format;
using engine::JobDescriptor;
using engine::Operand;
using engine::Operation;
using Op = TransformerKernel::Op;
using Merge = TransformerGeometry::Merge;

namespace {

constexpr Bytes alignment = 64;

Operand operand_at(Address address, Format format, std::initializer_list<std::uint64_t> shape) {
  Operand operand;
  operand.address = address;
  operand.format = format;
  std::size_t axis = 0;
  for (const std::uint64_t extent : shape) operand.shape[axis++] = static_cast<std::uint32_t>(extent);
  return operand;
}

bool counts_spikes(const TransformerKernel& k) { return k.op == Op::moe && k.geometry.merge == Merge::spike_sum; }
bool has_sums(const TransformerKernel& k) {
  return k.op == Op::linear || (k.op == Op::moe && (k.geometry.merge == Merge::place || k.geometry.merge == Merge::psum_sum));
}
std::uint64_t values(const TransformerKernel& k) { return k.geometry.T * k.geometry.tokens * k.outputs; }
Bytes result_bytes(const TransformerKernel& k) { return counts_spikes(k) ? values(k) : (values(k) + 7) / 8; }

template <typename T>
SharedBytes shared(std::vector<T> bytes) {
  const auto owner = std::make_shared<const std::vector<T>>(std::move(bytes));
  return {owner, reinterpret_cast<const std::uint8_t*>(owner->data()), owner->size() * sizeof(T)};
}

std::vector<std::uint8_t> packed(const SpikeBytes& spikes) {
  std::vector<std::uint8_t> bytes((spikes.size() + 7) / 8);
  for (std::size_t i = 0; i < spikes.size(); ++i) bytes[i / 8] = static_cast<std::uint8_t>(bytes[i / 8] | spikes[i] << (i % 8));
  return bytes;
}

}  // namespace

TransformerStream::TransformerStream(TransformerTask task) : task_(std::move(task)) {}
TransformerStream::~TransformerStream() = default;

JobDescriptor TransformerStream::descriptor(std::size_t index, const Turn& turn) const {
  const TransformerKernel& k = task_.kernels[index];
  const TransformerGeometry& g = k.geometry;
  namespace operand = engine::operand;
  JobDescriptor d;
  d.tag = static_cast<std::uint32_t>(index);
  if (index == 0) d.flags |= engine::flag_first;
  d.neuron.present = true;
  d.neuron.record = task_.neuron;
  d.neuron.neurons = static_cast<std::uint32_t>(g.tokens * k.outputs);
  const Address in = k.is_chained ? turn.out[index - 1] : inputs_[index];
  d.operands[operand::input] = operand_at(in, Format::spikes, {g.T, g.tokens, k.inputs});
  const auto weights = [&](unsigned which, std::initializer_list<std::uint64_t> shape) {
    return operand_at(weights_[index][which], Format::int8, shape);
  };
  const Operand out = operand_at(turn.out[index], counts_spikes(k) ? Format::uint8 : Format::spikes, {g.T, g.tokens, k.outputs});
  const Operand sums = operand_at(turn.sums[index], Format::int32, {g.T, g.tokens, k.outputs});
  switch (k.op) {
    case Op::mha:
      d.operation = Operation::mha;
      d.transformer = g;
      d.operands[operand::mha_wq] = weights(0, {g.D, g.D});
      d.operands[operand::mha_wk] = weights(1, {g.D, g.D});
      d.operands[operand::mha_wv] = weights(2, {g.D, g.D});
      d.operands[operand::mha_out] = out;
      break;
    case Op::moe:
      d.operation = Operation::moe;
      d.transformer = g;
      d.operands[operand::moe_w1] = weights(0, {g.experts, g.hidden, g.D});
      d.operands[operand::moe_w2] = weights(1, {g.experts, g.D, g.hidden});
      d.operands[operand::moe_router] = weights(2, {g.experts, g.D});
      d.operands[operand::moe_out] = out;
      if (has_sums(k)) d.operands[operand::moe_sums] = sums;
      break;
    case Op::linear:
      d.operation = Operation::gemm;
      d.gemm.T = g.T, d.gemm.L = g.tokens, d.gemm.C = k.inputs, d.gemm.N = k.outputs;
      d.operands[operand::weights] = weights(0, {k.inputs, k.outputs});
      d.operands[operand::weights].stride = {1, static_cast<std::uint32_t>(k.inputs), 0, 0};  // output feature by output feature
      d.operands[operand::spikes_out] = out;
      d.operands[operand::sums] = sums;
  }
  return d;
}

TransformerStream::Turn TransformerStream::lay_out(const Plan& plan, const JobSetup& setup, const std::string& engine,
                                                   Address& next) const {
  const auto take = [&next](Bytes bytes) {
    const Address at = next;
    next += ceil_div(bytes, alignment) * alignment;
    return at;
  };
  Turn turn;
  turn.engine = engine;
  for (const TransformerKernel& k : task_.kernels) {
    turn.out.push_back(take(result_bytes(k)));
    turn.sums.push_back(has_sums(k) ? take(values(k) * 4) : 0);
  }
  turn.submission.engine = engine;
  turn.submission.registers = plan.address_of({setup.host, "out", -1}, engine, "regs").value();  // prepare() has checked
  const LinkPlan* irq = plan.link_from({engine, "irq", -1});
  turn.submission.irq = irq && irq->to.block == setup.host ? irq->to.index : -1;
  turn.submission.first = next;
  for (std::size_t i = 0; i < task_.kernels.size(); ++i) {
    JobDescriptor d = descriptor(i, turn);
    const Address at = take(JobDescriptor::size_bytes);
    d.next = i + 1 < task_.kernels.size() ? at + JobDescriptor::size_bytes : 0;
    turn.submission.descriptors.emplace_back(at, engine::encode(d));
  }
  return turn;
}

void TransformerStream::check_jobs(const Plan& plan, const JobSetup& setup, const SourcePos& pos, Diagnostics& diagnostics) {
  host_ = setup.host;
  check_output_ = setup.check_output;
  Address next = setup.memory.base;
  const auto take = [&next](Bytes bytes) {
    const Address at = next;
    next += ceil_div(bytes, alignment) * alignment;
    return at;
  };
  for (const TransformerKernel& k : task_.kernels) {
    inputs_.push_back(k.is_chained ? 0 : take(k.input.byte_size()));
    weights_.emplace_back();
    for (const auto& w : k.weights) weights_.back().push_back(take(w.size()));
  }
  for (const std::string& engine : setup.engines) {
    const BlockPlan& block = plan.blocks.at(engine);
    Turn turn = lay_out(plan, setup, engine, next);
    for (std::size_t i = 0; i < task_.kernels.size(); ++i) {
      const engine::Decoded sent = engine::decode(turn.submission.descriptors[i].second);
      std::string reason = sent.problem;
      if (sent.status == engine::JobStatus::ok)
        reason = block.kind->refusal ? block.kind->refusal(block.params, sent.job) : "it takes no jobs";
      if (!reason.empty())
        diagnostics.error(pos, "workload.engines", fmt::format("{} does not take {}: {}", engine, task_.kernels[i].name, reason),
                          "models.stack3d takes all kernels whose weights fit its buffer");
    }
    turns_.push_back(std::move(turn));
  }
  memory_needed_ = next - setup.memory.base;
}

void TransformerStream::attach(Platform& platform) {
  platform_ = &platform;
  memory_ = platform.find<engine::JobDriver>(host_);
  if (memory_ == nullptr) throw InternalError(host_ + " is no job driver");
  memory_->serve(*this);
}

void TransformerStream::start() {
  const auto place = [this](const std::string& what, Address at, const std::uint8_t* data, Bytes bytes) {
    if (memory_->debug_write(at, data, bytes) != bytes)
      throw InputError(fmt::format("{} cannot be placed at 0x{:x}: the memory refuses debug access there", what, at));
  };
  for (std::size_t i = 0; i < task_.kernels.size(); ++i) {
    const TransformerKernel& k = task_.kernels[i];
    if (!k.is_chained) place("input of " + k.name, inputs_[i], k.input.data(), k.input.byte_size());
    for (std::size_t w = 0; w < k.weights.size(); ++w)
      place("weights of " + k.name, weights_[i][w], reinterpret_cast<const std::uint8_t*>(k.weights[w].data()), k.weights[w].size());
  }
}

const engine::Submission* TransformerStream::next(unsigned, bool& finished) {
  finished = turn_ >= turns_.size();
  if (finished || running_) return nullptr;
  running_ = true;
  return &turns_[turn_].submission;
}

void TransformerStream::ended(unsigned, const engine::SubmissionResult& result) {
  running_ = false;
  if (!result.finished || result.status != engine::JobStatus::ok) return;  // the run is over
  turn_end_({turns_[turn_].engine});
  ++turn_;
}

std::uint64_t TransformerStream::work_done() const {
  std::uint64_t jobs = 0;
  for (const Turn& turn : turns_)
    if (const auto* engine = platform_->find<engine::JobEngine>(turn.engine)) jobs += engine->totals().jobs;
  return jobs;
}

std::vector<EngineRows> TransformerStream::engine_rows() {
  std::vector<EngineRows> all;
  for (const Turn& turn : turns_) {
    EngineRows rows{turn.engine, {}};
    if (auto* engine = platform_->find<engine::JobEngine>(turn.engine))
      for (engine::LayerRecord& record : engine->take_layer_records())
        rows.rows.emplace_back(task_.kernels[record.tag].name + (record.part == 0 ? "" : ".attention"), record);
    all.push_back(std::move(rows));
  }
  return all;
}

std::vector<Expectation> TransformerStream::expectations(const Turn& turn, unsigned psum_bits) const {
  std::vector<Expectation> all;
  const TransformerArithmetic arithmetic{task_.neuron, psum_bits};
  SpikeBytes last;
  for (std::size_t i = 0; i < task_.kernels.size(); ++i) {
    const TransformerKernel& k = task_.kernels[i];
    const TransformerGeometry& g = k.geometry;
    const SpikeBytes x = k.is_chained ? last : k.input.to_bytes();
    std::vector<std::int32_t> sums;
    if (k.op == Op::mha) {
      last = golden_mha(g, arithmetic, x, k.weights[0].data(), k.weights[1].data(), k.weights[2].data()).out;
    } else if (k.op == Op::moe) {
      GoldenMoe moe = golden_moe(g, arithmetic, x, k.weights[2].data(), k.weights[0].data(), k.weights[1].data());
      last = std::move(moe.out), sums = std::move(moe.sums);
    } else {
      sums = golden_projection(x, g.T * g.tokens, k.inputs, k.outputs, k.weights[0].data(), psum_bits);
      last = golden_fire(task_.neuron, g.T, g.tokens, k.outputs, sums);
    }
    const std::vector<std::uint64_t> shape{g.T, g.tokens, k.outputs};
    const bool counts = counts_spikes(k);
    all.push_back({turn.engine, k.name, "spikes", turn.out[i], counts ? Format::uint8 : Format::spikes, values(k), shape,
                   shared(counts ? last : packed(last))});
    if (has_sums(k)) all.push_back({turn.engine, k.name, "sums", turn.sums[i], Format::int32, values(k), shape, shared(std::move(sums))});
  }
  return all;
}

void TransformerStream::collect(RunReport& report) {
  if (check_output_ && is_finished()) {
    for (const Turn& turn : turns_) {
      const auto* rule = platform_->find<ResultRuleProvider>(turn.engine);
      const CheckResult result = check_results(*memory_, expectations(turn, rule ? rule->result_rule().sum_bits : ResultRule().sum_bits));
      report.compared += result.compared;
      report.mismatches += result.mismatches;
      if (result.mismatches != 0)
        report.diagnosis.push_back(
            {"output_mismatch", "error", result.first, "the engine's result in memory differs from the golden kernels"});
    }
  }
  report_stack(report);
}

void TransformerStream::report_stack(RunReport& report) const {
  std::vector<StackedEngine> stacks;
  for (const Turn& turn : turns_)
    if (const auto* stack = platform_->find<StackedBlock>(turn.engine))
      stacks.push_back({turn.engine, stack->stack_figures(), platform_->find<TieredBlock>(turn.engine) != nullptr});
  add_stacks(report, stacks);
}

}  // namespace snnvp
