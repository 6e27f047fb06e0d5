// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/engine/job.h>

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <utility>

#include <snnvp/workloads/network/geometry.h>

namespace snnvp::engine {
namespace {

// Byte layout (docs/jobs.md): 32-byte header, 8 operands of 48 bytes, 96-byte operation record.
constexpr unsigned operands_at = 32, operand_bytes = 48, record_at = operands_at + 8 * operand_bytes;
static_assert(record_at + 96 == JobDescriptor::size_bytes);
constexpr std::uint32_t max_element_shift = 40;
constexpr unsigned crc_at = 24, crc_covers_from = 28;

void put32(DescriptorBytes& out, unsigned at, std::uint64_t value) {
  for (unsigned i = 0; i < 4; ++i) out[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}
void put64(DescriptorBytes& out, unsigned at, std::uint64_t value) {
  put32(out, at, value);
  put32(out, at + 4, value >> 32);
}
std::uint32_t get32(const DescriptorBytes& in, unsigned at) {
  return in[at] | in[at + 1] << 8 | in[at + 2] << 16 | static_cast<std::uint32_t>(in[at + 3]) << 24;
}
std::uint64_t get64(const DescriptorBytes& in, unsigned at) { return get32(in, at) | static_cast<std::uint64_t>(get32(in, at + 4)) << 32; }

std::uint32_t crc_of(const DescriptorBytes& bytes) {
  // The CRC covers the header before it and everything behind it.
  uLong crc = crc32(0, bytes.data(), crc_at);
  return static_cast<std::uint32_t>(crc32(crc, bytes.data() + crc_covers_from, JobDescriptor::size_bytes - crc_covers_from));
}

}  // namespace

std::string operation_name(Operation operation) {
  switch (operation) {
    case Operation::gemm: return "fc";
    case Operation::conv2d: return "conv2d";
    case Operation::attention: return "attention";
    case Operation::neuron: return "lif";
    case Operation::layernorm: return "layernorm";
    case Operation::copy: return "copy";
    case Operation::elementwise: return "elementwise";
    case Operation::mha: return "mha";
    case Operation::moe: return "moe";
    default: return "none";
  }
}

unsigned format_bits(Format format) {
  switch (format) {
    case Format::spikes: return 1;
    case Format::int8:
    case Format::uint8: return 8;
    case Format::int32: return 32;
    default: return 0;
  }
}

namespace {

/// The columns of the channel table: values per channel and the scalars they replace.
constexpr std::pair<std::vector<std::int32_t> NeuronRecord::*, std::int32_t NeuronRecord::*> columns[] = {
    {&NeuronRecord::channel_threshold, &NeuronRecord::threshold},       {&NeuronRecord::channel_leak, &NeuronRecord::leak_value},
    {&NeuronRecord::channel_reset, &NeuronRecord::reset_value},         {&NeuronRecord::channel_bias, &NeuronRecord::bias},
    {&NeuronRecord::channel_synapse_leak, &NeuronRecord::synapse_leak}, {&NeuronRecord::channel_synapse_bias, &NeuronRecord::synapse_bias}};

}  // namespace

bool has_channel_values(const NeuronRecord& record) {
  return std::any_of(std::begin(columns), std::end(columns), [&](const auto& column) { return !(record.*column.first).empty(); });
}

std::vector<std::int32_t> channel_table_of(const NeuronRecord& record, std::uint64_t channels) {
  std::vector<std::int32_t> table(channels * channel_table_words);
  for (std::uint64_t c = 0; c < channels; ++c)
    for (unsigned k = 0; k < std::size(columns); ++k) {
      const std::vector<std::int32_t>& each = record.*columns[k].first;
      table[c * channel_table_words + k] = each.empty() ? record.*columns[k].second : each[c];
    }
  return table;
}

void set_channel_table(const std::int32_t* table, std::uint64_t channels, NeuronRecord& record) {
  for (unsigned k = 0; k < std::size(columns); ++k) {
    std::vector<std::int32_t>& each = record.*columns[k].first;
    each.resize(channels);
    for (std::uint64_t c = 0; c < channels; ++c) each[c] = table[c * channel_table_words + k];
  }
  const auto limit = [](std::int32_t& factor) { factor = std::clamp(factor, 0, 65536); };
  if (record.leak == NeuronRecord::Leak::multiply) std::for_each(record.channel_leak.begin(), record.channel_leak.end(), limit);
  std::for_each(record.channel_synapse_leak.begin(), record.channel_synapse_leak.end(), limit);
}

std::uint64_t neuron_channels(const JobDescriptor& job) {
  switch (job.operation) {
    case Operation::attention: return job.attention.D;
    case Operation::layernorm: return job.norm_width;
    case Operation::mha:
    case Operation::moe: return job.transformer.D;
    default: return job.gemm.N;
  }
}

std::uint64_t Operand::elements() const {
  std::uint64_t n = 1;
  for (const std::uint32_t extent : shape) n *= extent ? extent : 1;
  return n;
}

std::string status_name(JobStatus status) {
  static const char* const names[] = {"ok",   "bad_descriptor", "unknown_operation", "unsupported", "bad_shape", "misaligned", "bus_error",
                                      "busy", "aborted"};
  const auto i = static_cast<std::size_t>(status);
  return i < std::size(names) ? names[i] : "unknown";
}

DescriptorBytes encode(const JobDescriptor& job) {
  DescriptorBytes out{};
  put32(out, 0, JobDescriptor::size_bytes);
  put32(out, 4, JobDescriptor::version);
  put32(out, 8, static_cast<std::uint32_t>(job.operation));
  put32(out, 12, job.flags);
  put64(out, 16, job.next);
  put32(out, 28, job.tag);
  for (unsigned i = 0; i < JobDescriptor::operand_count; ++i) {
    const unsigned at = operands_at + i * operand_bytes;
    const Operand& operand = job.operands[i];
    put64(out, at, operand.address);
    put32(out, at + 8, static_cast<std::uint32_t>(operand.format));
    put32(out, at + 12, operand.stream_port);
    for (unsigned a = 0; a < 4; ++a) {
      put32(out, at + 16 + 4 * a, operand.shape[a]);
      put32(out, at + 32 + 4 * a, operand.stride[a]);
    }
  }
  auto word = [&out](unsigned index, std::uint64_t value) { put32(out, record_at + 4 * index, value); };
  if (job.operation == Operation::gemm || job.operation == Operation::conv2d || job.operation == Operation::neuron) {
    const GemmGeometry& g = job.gemm;
    const std::uint64_t words[] = {g.T, g.C, g.H, g.W, g.L, g.N, g.kernel, g.stride, g.padding};
    for (unsigned i = 0; i < 9; ++i) word(i, words[i]);
  } else if (job.operation == Operation::attention) {
    const AttentionGeometry& a = job.attention;
    const std::uint64_t words[] = {a.T, static_cast<std::uint64_t>(a.kind), a.L, a.D, a.heads};
    for (unsigned i = 0; i < 5; ++i) word(i, words[i]);
  } else if (job.operation == Operation::layernorm) {
    word(0, job.norm_rows);
    word(1, job.norm_width);
    word(2, job.gemm.T);
  } else if (job.operation == Operation::mha || job.operation == Operation::moe) {
    const TransformerGeometry& t = job.transformer;
    const bool moe = job.operation == Operation::moe;
    const std::uint64_t words[] = {t.T,
                                   t.tokens,
                                   t.D,
                                   moe ? t.experts : t.heads,
                                   moe ? t.top_k : t.kept,
                                   moe ? t.hidden : t.scale_shift,
                                   moe ? static_cast<std::uint64_t>(t.merge) : 0};
    for (unsigned i = 0; i < 7; ++i) word(i, words[i]);
  }
  const NeuronJob& n = job.neuron;
  word(9, n.present);
  if (n.present) {
    word(10, n.neurons);
    word(11, static_cast<std::uint32_t>(n.record.threshold));
    word(12, static_cast<std::uint32_t>(n.record.leak));
    word(13, static_cast<std::uint32_t>(n.record.leak_value));
    word(14, static_cast<std::uint32_t>(n.record.reset));
    word(15, n.record.width_bits);
    put64(out, record_at + 4 * 16, n.threshold_address);
    const NeuronRecord& r = n.record;
    word(18, static_cast<std::uint32_t>(r.model) | r.input_shift << 8 | r.synapse_shift << 16 |
                 static_cast<std::uint32_t>(n.channel_table) << 24);
    word(19, static_cast<std::uint32_t>(r.bias));
    word(20, static_cast<std::uint32_t>(r.reset_value));
    word(21, static_cast<std::uint32_t>(r.synapse_leak));
    word(22, static_cast<std::uint32_t>(r.synapse_bias));
    word(23, n.channels);
  }
  if (job.operation == Operation::elementwise) {
    const ElementwiseJob& e = job.elementwise;
    const auto pair = [](const std::array<std::uint32_t, 2>& p) { return (p[0] & 0xFFFF) | p[1] << 16; };
    const std::uint32_t words[] = {e.T, static_cast<std::uint32_t>(e.kind), e.C, e.H, e.W, pair(e.kernel), pair(e.stride), pair(e.padding),
                                   0};
    for (unsigned i = 0; i < 9; ++i) word(i, words[i]);
    word(10, static_cast<std::uint32_t>(e.multiplier));
    word(11, e.shift);
    word(12, e.channels);
    put64(out, record_at + 4 * 16, e.multipliers_address);
    for (unsigned i = 0; i < 4; ++i)
      word(18 + i, (static_cast<std::uint32_t>(e.inputs[i].multiplier) & 0x3FFFFF) | e.inputs[i].shift << 22);
  }
  put32(out, crc_at, crc_of(out));
  return out;
}

namespace {

/// The first thing wrong with a decoded job's shapes, or an empty string.
std::string shape_problem(const JobDescriptor& job) {
  const GemmGeometry& g = job.gemm;
  constexpr std::uint64_t largest = 0xFFFFFFFF;  // elements of one tensor; a product of two factors fits 64 bits
  auto too_large = [](std::initializer_list<std::uint64_t> factors) {
    std::uint64_t product = 1;  // below 2^32 before each step
    for (const std::uint64_t f : factors) {
      if (f > largest || product * f > largest) return true;
      product *= f;
    }
    return false;
  };
  switch (job.operation) {
    case Operation::gemm:
      if (!g.T || !g.C || !g.N || !g.L) return "T, C, N and L must not be zero";
      if (too_large({g.T, g.L, g.C}) || too_large({g.T, g.L, g.N}) || too_large({g.C, g.N}))
        return "a tensor has more than 2^32 - 1 elements";
      break;
    case Operation::conv2d:
      if (!g.T || !g.C || !g.N || !g.H || !g.W || !g.kernel || !g.stride) return "T, C, H, W, N, kernel and stride must not be zero";
      if (g.H + 2 * g.padding < g.kernel || g.W + 2 * g.padding < g.kernel) return "the kernel is larger than the padded image";
      if (too_large({g.T, g.C, g.H, g.W}) || too_large({g.C, g.kernel, g.kernel, g.N}) || too_large({g.T, g.N, g.out_h(), g.out_w()}) ||
          too_large({g.M(), 1}) || too_large({g.K(), 1}))
        return "a tensor has more than 2^32 - 1 elements";
      break;
    case Operation::attention: {
      const AttentionGeometry& a = job.attention;
      if (!a.T || !a.L || !a.D || !a.heads) return "T, L, D and heads must not be zero";
      if (a.D % a.heads) return "D must be a multiple of heads";
      if (static_cast<std::uint32_t>(a.kind) > static_cast<std::uint32_t>(AttentionGeometry::Kind::spikingbert))
        return "unknown attention kind";
      if (too_large({a.T, a.L, a.D}) || too_large({a.T, a.heads, a.L, a.L})) return "a tensor has more than 2^32 - 1 elements";
      break;
    }
    case Operation::layernorm:
      if (!job.norm_rows || !job.norm_width) return "rows and width must not be zero";
      if (too_large({job.norm_rows, job.norm_width})) return "a tensor has more than 2^32 - 1 elements";
      break;
    case Operation::mha:
    case Operation::moe: {
      const TransformerGeometry& t = job.transformer;
      const bool moe = job.operation == Operation::moe;
      if (!t.T || !t.tokens || !t.D) return "T, tokens and D must not be zero";
      if (too_large({t.T, t.tokens, t.D})) return "a tensor has more than 2^32 - 1 elements";
      if (!moe) {
        if (!t.heads || t.D % t.heads) return "D must be a multiple of heads";
        if (!t.kept || t.kept > t.heads) return "kept heads must be 1 to heads";
        if (t.scale_shift > 31) return "a shift of more than 31";
        if (too_large({t.D, t.D}) || too_large({t.T, t.tokens, t.tokens})) return "a tensor has more than 2^32 - 1 elements";
        break;
      }
      if (!t.experts || !t.hidden) return "experts and hidden must not be zero";
      if (!t.top_k || t.top_k > t.experts) return "top_k must be 1 to experts";
      if (t.merge > TransformerGeometry::Merge::spike_or) return "unknown merge rule";
      if (t.merge == TransformerGeometry::Merge::place && t.top_k != 1) return "merge rule place needs top_k 1";
      if (too_large({t.experts, t.hidden, t.D}) || too_large({t.T, t.tokens, t.hidden}) || too_large({t.tokens, t.experts}))
        return "a tensor has more than 2^32 - 1 elements";
      break;
    }
    case Operation::elementwise: {
      const ElementwiseJob& e = job.elementwise;
      if (e.kind > ElementwiseJob::Kind::max_pool) return "unknown element-wise operation";
      if (!e.T || !e.C || !e.H || !e.W) return "T, C, H and W must not be zero";
      if (too_large({e.T, e.C, e.H, e.W})) return "a tensor has more than 2^32 - 1 elements";
      for (unsigned a = 0; e.is_pool() && a < 2; ++a) {
        if (!e.kernel[a] || !e.stride[a]) return "kernel and stride must not be zero";
        if (std::uint64_t{a ? e.W : e.H} + 2 * e.padding[a] < e.kernel[a]) return "the kernel is larger than the padded image";
      }
      if (e.is_pool() && too_large({e.T, e.C, e.out_h(), e.out_w()})) return "a tensor has more than 2^32 - 1 elements";
      if (e.shift > max_element_shift) return "a shift of more than 40";
      for (const ElementwiseJob::Input& input : e.inputs)
        if (input.shift > max_element_shift) return "a shift of more than 40";
      break;
    }
    default: break;
  }
  if (job.operation == Operation::neuron && (!g.T || !g.N || !g.H || !g.W || !g.L)) return "T, N, H, W and L must not be zero";
  if (job.operation == Operation::neuron && (too_large({g.T, g.N, g.H, g.W, g.L}))) return "a tensor has more than 2^32 - 1 elements";
  if (job.neuron.present) {
    const NeuronRecord& r = job.neuron.record;
    if (r.width_bits < 2 || r.width_bits > 32) return "membrane width must be 2 to 32 bits";
    if (static_cast<unsigned>(r.leak) > 2 || static_cast<unsigned>(r.reset) > 1) return "unknown leak or reset rule";
    if (r.model > NeuronRecord::Model::cuba_li) return "unknown neuron model";
    if (r.input_shift > max_neuron_shift || r.synapse_shift > max_neuron_shift) return "a shift of a neuron is at most 24";
    const bool transformer = job.operation == Operation::mha || job.operation == Operation::moe;
    const std::uint64_t T = job.operation == Operation::attention ? job.attention.T : transformer ? job.transformer.T : g.T;
    if (too_large({job.neuron.neurons, T})) return "more than 2^32 - 1 neuron updates";
  }
  if (job.operation == Operation::neuron && !job.neuron.present) return "a neuron update needs a neuron record";
  for (const Operand& operand : job.operands) {
    if (too_large({operand.shape[0] ? operand.shape[0] : 1, operand.shape[1] ? operand.shape[1] : 1,
                   operand.shape[2] ? operand.shape[2] : 1, operand.shape[3] ? operand.shape[3] : 1}))
      return "an operand has more than 2^32 - 1 elements";
    if (operand.present() && operand.address > std::numeric_limits<Address>::max() - operand.bytes()) return "an operand wraps around 2^64";
  }
  return {};
}

}  // namespace

Decoded decode(const DescriptorBytes& bytes) {
  Decoded out;
  auto fail = [&out](JobStatus status, std::string problem) {
    out.status = status;
    out.problem = std::move(problem);
    return out;
  };
  JobDescriptor& job = out.job;
  if (get32(bytes, 0) != JobDescriptor::size_bytes) return fail(JobStatus::bad_descriptor, "descriptor size is not 512");
  if (get32(bytes, 4) != JobDescriptor::version) return fail(JobStatus::bad_descriptor, "descriptor version is not 1");
  if (get32(bytes, crc_at) != crc_of(bytes)) return fail(JobStatus::bad_descriptor, "descriptor CRC-32 does not match");
  const std::uint32_t operation = get32(bytes, 8);
  if (operation == 0 || operation >= static_cast<std::uint32_t>(Operation::count_))
    return fail(JobStatus::unknown_operation, "operation " + std::to_string(operation) + " is not defined");
  job.operation = static_cast<Operation>(operation);
  job.flags = get32(bytes, 12);
  job.next = get64(bytes, 16);
  job.tag = get32(bytes, 28);
  for (unsigned i = 0; i < JobDescriptor::operand_count; ++i) {
    const unsigned at = operands_at + i * operand_bytes;
    Operand& operand = job.operands[i];
    operand.address = get64(bytes, at);
    const std::uint32_t format = get32(bytes, at + 8);
    if (format > static_cast<std::uint32_t>(Format::uint8)) return fail(JobStatus::bad_descriptor, "operand format is not defined");
    operand.format = static_cast<Format>(format);
    operand.stream_port = get32(bytes, at + 12);
    for (unsigned a = 0; a < 4; ++a) {
      operand.shape[a] = get32(bytes, at + 16 + 4 * a);
      operand.stride[a] = get32(bytes, at + 32 + 4 * a);
    }
    if (operand.format == Format::int32 && operand.address % 4)
      return fail(JobStatus::misaligned, "an int32 operand is not 4-byte aligned");
  }
  auto word = [&bytes](unsigned index) { return get32(bytes, record_at + 4 * index); };
  if (job.operation == Operation::gemm || job.operation == Operation::conv2d || job.operation == Operation::neuron) {
    GemmGeometry& g = job.gemm;
    g.kind = job.operation == Operation::conv2d ? GemmGeometry::Kind::conv2d : GemmGeometry::Kind::fc;
    std::uint64_t* const fields[] = {&g.T, &g.C, &g.H, &g.W, &g.L, &g.N, &g.kernel, &g.stride, &g.padding};
    for (unsigned i = 0; i < 9; ++i) *fields[i] = word(i);
  } else if (job.operation == Operation::attention) {
    AttentionGeometry& a = job.attention;
    a.T = word(0), a.kind = static_cast<AttentionGeometry::Kind>(word(1)), a.L = word(2), a.D = word(3), a.heads = word(4);
  } else if (job.operation == Operation::layernorm) {
    job.norm_rows = word(0), job.norm_width = word(1), job.gemm.T = word(2);
  } else if (job.operation == Operation::mha) {
    TransformerGeometry& t = job.transformer;
    t.T = word(0), t.tokens = word(1), t.D = word(2), t.heads = word(3), t.kept = word(4), t.scale_shift = word(5);
  } else if (job.operation == Operation::moe) {
    TransformerGeometry& t = job.transformer;
    t.T = word(0), t.tokens = word(1), t.D = word(2), t.experts = word(3), t.top_k = word(4), t.hidden = word(5);
    t.merge = static_cast<TransformerGeometry::Merge>(word(6));
  }
  NeuronJob& n = job.neuron;
  n.present = word(9) != 0;
  if (n.present) {
    n.neurons = word(10);
    n.record.threshold = static_cast<std::int32_t>(word(11));
    n.record.leak = static_cast<NeuronRecord::Leak>(word(12));
    n.record.leak_value = static_cast<std::int32_t>(word(13));
    n.record.reset = static_cast<NeuronRecord::Reset>(word(14));
    n.record.width_bits = word(15);
    n.threshold_address = get64(bytes, record_at + 4 * 16);
    n.record.model = static_cast<NeuronRecord::Model>(word(18) & 0xFF);
    n.record.input_shift = word(18) >> 8 & 0xFF;
    n.record.synapse_shift = word(18) >> 16 & 0xFF;
    n.channel_table = (word(18) >> 24 & 1) != 0;
    n.record.bias = static_cast<std::int32_t>(word(19));
    n.record.reset_value = static_cast<std::int32_t>(word(20));
    n.record.synapse_leak = static_cast<std::int32_t>(word(21));
    n.record.synapse_bias = static_cast<std::int32_t>(word(22));
    n.channels = word(23);
  }
  if (job.operation == Operation::elementwise) {
    ElementwiseJob& e = job.elementwise;
    const auto pair = [&word](unsigned index) { return std::array<std::uint32_t, 2>{word(index) & 0xFFFF, word(index) >> 16}; };
    e.T = word(0), e.kind = static_cast<ElementwiseJob::Kind>(word(1)), e.C = word(2), e.H = word(3), e.W = word(4);
    e.kernel = pair(5), e.stride = pair(6), e.padding = pair(7);
    e.multiplier = static_cast<std::int32_t>(word(10)), e.shift = word(11), e.channels = word(12);
    e.multipliers_address = get64(bytes, record_at + 4 * 16);
    for (unsigned i = 0; i < 4; ++i) {
      const std::uint32_t w = word(18 + i);
      e.inputs[i] = {static_cast<std::int32_t>(w << 10) >> 10, w >> 22};
    }
  }
  if (job.next % 8) return fail(JobStatus::misaligned, "the next descriptor is not 8-byte aligned");
  if (std::string problem = shape_problem(job); !problem.empty()) return fail(JobStatus::bad_shape, std::move(problem));
  return out;
}

}  // namespace snnvp::engine
