// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include <snnvp/models/stack3d/engine.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/workloads/network/transformer.h>

namespace snnvp::test {

/// A memory without latency and a front end in a few lines: runs one job of the stack outside a kernel.
class StackRig {
public:
  explicit StackRig(const stack3d::Config& config, std::uint64_t hz = 500'000'000) : engine(config, hz) {}

  Address put(const void* data, Bytes bytes) {
    const Address at = (memory_.size() + 63) / 64 * 64;
    memory_.resize(at + bytes);
    if (data != nullptr) std::memcpy(memory_.data() + at, data, bytes);
    return at;
  }
  Address put(const std::vector<std::int8_t>& values) { return put(values.data(), values.size()); }
  Address put_spikes(const SpikeBytes& spikes) {
    std::vector<std::uint8_t> packed((spikes.size() + 7) / 8);
    for (std::size_t i = 0; i < spikes.size(); ++i) packed[i / 8] = static_cast<std::uint8_t>(packed[i / 8] | spikes[i] << (i % 8));
    return put(packed.data(), packed.size());
  }
  SpikeBytes spikes_at(Address address, std::uint64_t count) const {
    SpikeBytes spikes(count);
    for (std::uint64_t i = 0; i < count; ++i) spikes[i] = memory_[address + i / 8] >> (i % 8) & 1;
    return spikes;
  }
  std::vector<std::int32_t> sums_at(Address address, std::uint64_t count) const {
    std::vector<std::int32_t> sums(count);
    std::memcpy(sums.data(), memory_.data() + address, count * 4);
    return sums;
  }
  SpikeBytes bytes_at(Address address, std::uint64_t count) const {
    return {memory_.begin() + static_cast<std::ptrdiff_t>(address), memory_.begin() + static_cast<std::ptrdiff_t>(address + count)};
  }

  /// Runs the job; throws with the reason if it is refused. Its cycles, from the first fetch to the last store.
  Cycles run(const engine::JobDescriptor& descriptor) {
    const engine::Decoded sent = engine::decode(engine::encode(descriptor));
    if (sent.status != engine::JobStatus::ok) throw std::runtime_error(sent.problem);
    auto started = engine.start(sent.job);
    if (const auto* refusal = std::get_if<engine::Refusal>(&started)) throw std::runtime_error(refusal->reason);
    auto job = std::get<std::unique_ptr<engine::Job>>(std::move(started));
    engine::TransferList list;
    Cycles port_free = 0, end = 0;
    for (std::uint64_t item = 0, items = job->items(); item < items; ++item) {
      const Cycles at = std::max(port_free, job->not_before(item, 0));
      list.clear();
      job->transfers(item, 0, list);
      for (const engine::Transfer& t : list.timed) {
        std::memcpy(t.data, memory_.data() + t.address, t.bytes);
        bytes_read += t.bytes;
        reads.push_back(t.address);
      }
      port_free = at + list.port_cycles;
      job->execute(item);
      list.clear();
      end = std::max(end, job->stores(item, port_free, list));
      for (const auto* part : {&list.timed, &list.untimed})
        for (const engine::Transfer& t : *part) std::memcpy(memory_.data() + t.address, t.data, t.bytes);
      end += item + 1 == items ? list.port_cycles : 0;
    }
    if (job->ignores_bus_time()) end = job->fixed_duration();
    rows = job->finish({0, end, end, 0, 0});
    return end;
  }

  stack3d::StackEngine engine;
  std::vector<engine::LayerRecord> rows;
  Bytes bytes_read = 0;
  std::vector<Address> reads;

private:
  std::vector<std::uint8_t> memory_;
};

inline engine::Operand operand_at(Address address, engine::Format format, std::initializer_list<std::uint64_t> shape) {
  engine::Operand o;
  o.address = address, o.format = format;
  std::size_t axis = 0;
  for (const std::uint64_t extent : shape) o.shape[axis++] = static_cast<std::uint32_t>(extent);
  return o;
}

inline SpikeBytes random_spikes(RandomStream& stream, std::uint64_t count, double density) {
  SpikeBytes spikes(count);
  for (auto& s : spikes) s = stream.bernoulli(density);
  return spikes;
}
inline std::vector<std::int8_t> random_weights(RandomStream& stream, std::uint64_t count) {
  std::vector<std::int8_t> weights(count);
  for (auto& w : weights) w = stream.next_int8();
  return weights;
}

/// A mixture of experts with its tensors.
struct MoeCase {
  TransformerGeometry g;
  NeuronRecord neuron;
  SpikeBytes x;
  std::vector<std::int8_t> router, w1, w2;
  Address out = 0, sums = 0;

  engine::JobDescriptor place(StackRig& rig) {
    using engine::Format;
    const std::uint64_t n = g.T * g.tokens * g.D;
    const bool counts = g.merge == TransformerGeometry::Merge::spike_sum;
    const bool has_sums = g.merge == TransformerGeometry::Merge::place || g.merge == TransformerGeometry::Merge::psum_sum;
    engine::JobDescriptor d;
    d.operation = engine::Operation::moe;
    d.transformer = g;
    d.neuron.present = true, d.neuron.record = neuron;
    d.operands[0] = operand_at(rig.put_spikes(x), Format::spikes, {g.T, g.tokens, g.D});
    d.operands[1] = operand_at(rig.put(w1), Format::int8, {g.experts, g.hidden, g.D});
    d.operands[2] = operand_at(rig.put(w2), Format::int8, {g.experts, g.D, g.hidden});
    d.operands[4] = operand_at(rig.put(router), Format::int8, {g.experts, g.D});
    out = rig.put(nullptr, counts ? n : (n + 7) / 8);
    d.operands[3] = operand_at(out, counts ? Format::uint8 : Format::spikes, {g.T, g.tokens, g.D});
    if (has_sums) sums = rig.put(nullptr, n * 4), d.operands[5] = operand_at(sums, Format::int32, {g.T, g.tokens, g.D});
    return d;
  }
  GoldenMoe golden(unsigned psum_bits) const { return golden_moe(g, {neuron, psum_bits}, x, router.data(), w1.data(), w2.data()); }
};

inline MoeCase random_moe(RandomStream& stream, const TransformerGeometry& g, double density = 0.3) {
  MoeCase c;
  c.g = g;
  c.x = random_spikes(stream, g.T * g.tokens * g.D, density);
  c.router = random_weights(stream, g.experts * g.D);
  c.w1 = random_weights(stream, g.experts * g.hidden * g.D);
  c.w2 = random_weights(stream, g.experts * g.D * g.hidden);
  return c;
}

/// Multi-head attention with its tensors.
struct MhaCase {
  TransformerGeometry g;
  NeuronRecord neuron;
  SpikeBytes x;
  std::vector<std::int8_t> wq, wk, wv;
  Address out = 0, at_k = 0, at_v = 0;

  engine::JobDescriptor place(StackRig& rig) {
    using engine::Format;
    engine::JobDescriptor d;
    d.operation = engine::Operation::mha;
    d.transformer = g;
    d.neuron.present = true, d.neuron.record = neuron;
    d.operands[0] = operand_at(rig.put_spikes(x), Format::spikes, {g.T, g.tokens, g.D});
    d.operands[1] = operand_at(rig.put(wq), Format::int8, {g.D, g.D});
    at_k = rig.put(wk), at_v = rig.put(wv);
    d.operands[2] = operand_at(at_k, Format::int8, {g.D, g.D});
    d.operands[4] = operand_at(at_v, Format::int8, {g.D, g.D});
    out = rig.put(nullptr, (g.T * g.tokens * g.D + 7) / 8);
    d.operands[3] = operand_at(out, Format::spikes, {g.T, g.tokens, g.D});
    return d;
  }
  GoldenMha golden(unsigned psum_bits) const { return golden_mha(g, {neuron, psum_bits}, x, wq.data(), wk.data(), wv.data()); }
};

inline MhaCase random_mha(RandomStream& stream, const TransformerGeometry& g, double density = 0.3) {
  MhaCase c;
  c.g = g;
  c.x = random_spikes(stream, g.T * g.tokens * g.D, density);
  c.wq = random_weights(stream, g.D * g.D), c.wk = random_weights(stream, g.D * g.D), c.wv = random_weights(stream, g.D * g.D);
  return c;
}

}  // namespace snnvp::test
