// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/sample_run.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/workloads/network/recorded.h>

namespace snnvp {

using engine::JobDriver;
using Kind = NetworkAction::Kind;

SampleRun::SampleRun(const IntegerNetwork& network, const NetworkProgram& program, std::vector<Address> addresses)
    : network_(network),
      program_(program),
      addresses_(std::move(addresses)),
      traces_(network.nodes.size()),
      loaded_(network.nodes.size(), false),
      in_cycle_(network.nodes.size(), false),
      states_(network.nodes.size()) {
  for (const std::size_t node : program.recurrent) in_cycle_[node] = true;
}

void SampleRun::read(int buffer, void* to, Bytes bytes, JobDriver& memory) const {
  if (memory.debug_read(at(buffer), static_cast<std::uint8_t*>(to), bytes) != bytes)
    throw InputError(fmt::format("{} cannot be read back at 0x{:x}: the memory refuses debug access there",
                                 program_.buffers[static_cast<std::size_t>(buffer)].what, at(buffer)));
}

void SampleRun::write(int buffer, const void* from, Bytes bytes, JobDriver& memory) const {
  if (memory.debug_write(at(buffer), static_cast<const std::uint8_t*>(from), bytes) != bytes)
    throw InputError(fmt::format("{} cannot be placed at 0x{:x}: the memory refuses debug access there",
                                 program_.buffers[static_cast<std::size_t>(buffer)].what, at(buffer)));
}

void SampleRun::store(std::size_t node, JobDriver& memory) {
  const IntegerTrace& trace = traces_[node];
  const int buffer = program_.value_buffer[node];
  if (trace.spikes.bits() != 0)
    write(buffer, trace.spikes.data(), trace.spikes.byte_size(), memory);
  else
    write(buffer, trace.values.data(), trace.values.size() * 4, memory);
}

void SampleRun::begin(std::uint64_t index, const NetworkSample& sample, std::vector<IntegerTrace> golden, JobDriver& memory) {
  index_ = index;
  next_ = 0;
  golden_ = std::move(golden);
  std::fill(loaded_.begin(), loaded_.end(), false);
  const std::vector<std::size_t> inputs = network_.inputs();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    traces_[inputs[i]] = quantised_input(network_.nodes[inputs[i]], sample.inputs[i], sample.steps);
    store(inputs[i], memory);
    traces_[inputs[i]] = {};
  }
  for (const std::size_t node : program_.recurrent) {
    traces_[node] = make_trace(network_.nodes[node], program_.steps);
    loaded_[node] = true;
  }
}

std::vector<std::int32_t> SampleRun::read_sums(const NetworkJob& job, std::uint64_t steps, JobDriver& memory) const {
  const IntegerNode& node = network_.nodes[job.node];
  const std::uint64_t size = node.size();
  std::vector<std::int32_t> raw(steps * job.planes * size), sums(steps * size);
  read(job.buffers[engine::operand::sums], raw.data(), raw.size() * 4, memory);
  for (std::uint64_t t = 0; t < steps; ++t)
    for (std::uint64_t n = 0; n < size; ++n) {
      std::int64_t sum = 0;
      for (unsigned plane = 0; plane < job.planes; ++plane) {
        const std::int64_t weight = plane == 7 ? -128 : std::int64_t{1} << plane;
        sum += weight * raw[(t * job.planes + plane) * size + n];
      }
      if (!node.bias.empty()) sum += pick(node.bias, n, size);
      sums[t * size + n] = saturated(sum);
    }
  return sums;
}

const IntegerTrace& SampleRun::values(std::size_t index, JobDriver& memory) {
  const std::size_t node = program_.source[index];
  if (loaded_[node]) return traces_[node];
  loaded_[node] = true;
  IntegerTrace& trace = traces_[node];
  if (program_.value_buffer[node] == no_buffer) {
    if (program_.sums_job[node] < 0) throw InternalError("values of " + network_.nodes[node].name + " are not in memory");
    trace = {{}, read_sums(program_.jobs[static_cast<std::size_t>(program_.sums_job[node])], program_.steps, memory)};
    return trace;
  }
  trace = make_trace(network_.nodes[node], program_.steps);
  if (trace.spikes.bits() != 0) {
    read(program_.value_buffer[node], trace.spikes.data(), trace.spikes.byte_size(), memory);
    // Bits behind the last spike are nobody's.
    if (const unsigned used = trace.spikes.bits() % 8; used != 0)
      trace.spikes.data()[trace.spikes.byte_size() - 1] &= static_cast<std::uint8_t>((1U << used) - 1);
  } else {
    read(program_.value_buffer[node], trace.values.data(), trace.values.size() * 4, memory);
  }
  return trace;
}

const std::int32_t* SampleRun::output(std::size_t index, std::uint64_t t, std::uint64_t delay, JobDriver& memory) {
  values(index, memory);
  return recorded_step(traces_[program_.source[index]], network_.nodes[index].size(), t, delay, values_);
}

void SampleRun::gather(std::size_t node, std::uint64_t t, std::vector<std::int32_t>& x, JobDriver& memory) {
  x.resize(elements_of(network_.nodes[node].in));
  gather_input(
      network_.nodes[node], [&](const IntegerInput& input) { return output(input.from, t, input.delay, memory); }, scratch_, x);
}

void SampleRun::pack(const NetworkAction& action, JobDriver& memory) {
  const std::size_t node = action.index;
  const std::uint64_t inputs = elements_of(network_.nodes[node].in), first = action.step < 0 ? 0 : static_cast<std::uint64_t>(action.step);
  const std::uint64_t steps = action.step < 0 ? program_.steps : 1;
  const unsigned planes = planes_of(network_, node);
  SpikeTensor packed("TC", {steps * planes, inputs});
  std::vector<std::int32_t> x;
  for (std::uint64_t t = 0; t < steps; ++t) {
    gather(node, first + t, x, memory);
    for (unsigned plane = 0; plane < planes; ++plane)
      for (std::uint64_t n = 0; n < inputs; ++n)
        if ((static_cast<std::uint32_t>(x[n]) >> plane & 1) != 0) packed.set((t * planes + plane) * inputs + n);
  }
  write(program_.input_buffer[node], packed.data(), packed.byte_size(), memory);
}

void SampleRun::collect(const NetworkAction& action, JobDriver& memory, CheckTally& tally) {
  const std::size_t node = action.index;
  const auto t = static_cast<std::uint64_t>(action.step);
  const NetworkJob& job = program_.jobs[static_cast<std::size_t>(program_.sums_job[node])];
  const std::vector<std::int32_t> sums = read_sums(job, 1, memory);
  record(traces_[node], t, sums.size(), sums.data());
  if (!golden_.empty())
    compare_values("sums", node, sums.data(), golden_[node].values.data() + t * sums.size(), sums.size(), t, job.block, tally);
}

IntegerState& SampleRun::state_of(std::size_t node) {
  if (!states_[node]) states_[node] = std::make_unique<IntegerState>(network_.nodes[node], 0);
  return *states_[node];
}

void SampleRun::evaluate_step(std::size_t node, std::uint64_t t, JobDriver& memory) {
  IntegerState& state = state_of(node);
  if (t == 0) state.reset();
  gather(node, t, state.x(), memory);
  state.advance();
  state.step();
  record(traces_[node], t, network_.nodes[node].size(), state.output(0));
}

void SampleRun::evaluate(const NetworkAction& action, JobDriver& memory) {
  if (action.step >= 0) return evaluate_step(action.index, static_cast<std::uint64_t>(action.step), memory);
  traces_[action.index] = make_trace(network_.nodes[action.index], program_.steps);
  for (std::uint64_t t = 0; t < program_.steps; ++t) evaluate_step(action.index, t, memory);
  loaded_[action.index] = true;
  store(action.index, memory);
}

int SampleRun::advance(JobDriver& memory, CheckTally& tally) {
  for (; next_ < program_.actions.size(); ++next_) {
    const NetworkAction& action = program_.actions[next_];
    switch (action.kind) {
      case Kind::chain: return static_cast<int>(action.index);
      case Kind::pack: pack(action, memory); break;
      case Kind::collect: collect(action, memory, tally); break;
      case Kind::evaluate: evaluate(action, memory); break;
      case Kind::publish: store(action.index, memory); break;
    }
  }
  return -1;
}

void SampleRun::chain_done(JobDriver& memory, CheckTally& tally) {
  const NetworkAction& action = program_.actions[next_++];
  if (golden_.empty() || action.step >= 0) return;  // steps of a cycle are compared when they are collected
  for (const std::size_t j : program_.chains[action.index].jobs) {
    const NetworkJob& job = program_.jobs[j];
    if (is_connection(network_.nodes[job.node].op) && job.buffers[engine::operand::sums] != no_buffer) {
      const std::vector<std::int32_t> sums = read_sums(job, program_.steps, memory);
      compare_values("sums", job.node, sums.data(), golden_[job.node].values.data(), sums.size(), 0, job.block, tally);
    }
    if (job.fused) compare("spikes", *job.fused, values(*job.fused, memory), job.block, tally);
    if (!is_connection(network_.nodes[job.node].op) && !job.is_partial)
      compare("values", job.node, values(job.node, memory), job.block, tally);
  }
}

void SampleRun::compare(const std::string& what, std::size_t node, const IntegerTrace& found, const std::string& block,
                        CheckTally& tally) const {
  const IntegerTrace& golden = golden_[node];
  if (found.spikes.bits() == 0)
    return compare_values(what, node, found.values.data(), golden.values.data(), found.values.size(), 0, block, tally);
  const std::uint64_t bits = found.spikes.bits();
  if (std::memcmp(found.spikes.data(), golden.spikes.data(), found.spikes.byte_size()) == 0) {
    tally.compared += bits;
    return;
  }
  std::vector<std::int32_t> a(bits), b(bits);
  for (std::uint64_t i = 0; i < bits; ++i) a[i] = found.spikes.at(i), b[i] = golden.spikes.at(i);
  compare_values(what, node, a.data(), b.data(), bits, 0, block, tally);
}

void SampleRun::compare_values(const std::string& what, std::size_t node, const std::int32_t* found, const std::int32_t* expected,
                               std::uint64_t count, std::uint64_t first_step, const std::string& block, CheckTally& tally) const {
  tally.compared += count;
  if (std::memcmp(found, expected, count * 4) == 0) return;
  const std::uint64_t size = network_.nodes[node].size();
  for (std::uint64_t i = 0; i < count; ++i) {
    if (found[i] == expected[i]) continue;
    if (tally.first.empty())
      tally.first = fmt::format("first difference: {}[{}][{}] of {} on {}, sample {}, is {}, the golden model says {}", what,
                                first_step + i / size, i % size, network_.nodes[node].name, block, index_, found[i], expected[i]);
    ++tally.mismatches;
  }
}

}  // namespace snnvp
