// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/network/recorded.h>

#include <fmt/format.h>

#include <snnvp/workloads/network/integer_state.h>

namespace snnvp {

const std::int32_t* recorded_step(const IntegerTrace& trace, std::uint64_t size, std::uint64_t t, std::uint64_t delay,
                                  std::vector<std::int32_t>& scratch) {
  if (delay > t) {
    scratch.assign(size, 0);
    return scratch.data();
  }
  const std::uint64_t first = (t - delay) * size;
  if (trace.spikes.bits() == 0) return trace.values.data() + first;
  scratch.resize(size);
  for (std::uint64_t n = 0; n < size; ++n) scratch[n] = trace.spikes.at(first + n);
  return scratch.data();
}

const std::int32_t* RecordedValues::output(std::size_t node, std::uint64_t t, std::uint64_t delay) {
  return recorded_step(traces_[node], network_.nodes[node].size(), t, delay, values_);
}

void RecordedValues::input(std::size_t node, std::uint64_t t, std::vector<std::int32_t>& x) {
  gather_input(
      network_.nodes[node], [&](const IntegerInput& input) { return output(input.from, t, input.delay); }, sums_, x);
}

IntegerTrace make_trace(const IntegerNode& node, std::uint64_t steps) {
  IntegerTrace trace;
  if (!node.spiking()) {
    trace.values.resize(steps * node.size());
    return trace;
  }
  Shape shape = node.out.size() == 3 ? node.out : Shape{node.size()};
  shape.insert(shape.begin(), steps);
  trace.spikes = SpikeTensor(shape.size() == 4 ? "TCHW" : "TC", shape);
  return trace;
}

TraceComparison compare_traces(const IntegerNetwork& network, const std::vector<IntegerTrace>& found,
                               const std::vector<IntegerTrace>& expected) {
  TraceComparison result;
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    const IntegerNode& node = network.nodes[i];
    const IntegerTrace &a = found[i], &b = expected[i];
    const std::uint64_t count = b.spikes.bits() != 0 ? b.spikes.bits() : b.values.size();
    result.compared += count;
    const auto value = [](const IntegerTrace& trace, std::uint64_t n) -> std::int64_t {
      if (trace.spikes.bits() != 0) return n < trace.spikes.bits() ? trace.spikes.at(n) : -1;
      return n < trace.values.size() ? trace.values[n] : std::int64_t{1} << 40;
    };
    for (std::uint64_t n = 0; n < count; ++n) {
      if (value(a, n) == value(b, n)) continue;
      if (result.mismatches++ == 0)
        result.first = fmt::format("{}[{}][{}] is {}, the golden model says {}", node.name, n / node.size(), n % node.size(), value(a, n),
                                   value(b, n));
    }
  }
  return result;
}

void record(IntegerTrace& trace, std::uint64_t t, std::uint64_t size, const std::int32_t* values) {
  if (trace.spikes.bits() == 0) {
    std::copy_n(values, size, trace.values.begin() + static_cast<std::ptrdiff_t>(t * size));
    return;
  }
  for (std::uint64_t n = 0; n < size; ++n)
    if (values[n] != 0) trace.spikes.set(t * size + n);
}

}  // namespace snnvp
