// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/encoding/encoding.h>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/workloads/encoding/expected_bits.h>
#include <snnvp/workloads/encoding/packets.h>
#include <snnvp/workloads/encoding/window.h>

namespace snnvp {
namespace {

constexpr const char* names[] = {"act", "aer", "baer", "bitmap", "rle", "delta", "rate", "ttfs"};

/// Makes the packets of a window; Out is a BitStream or a BitCount.
template <typename Out>
class Encoder {
public:
  Encoder(Encoding format, const EncodingSpec& spec, const SpikeView& window, Out& out)
      : format_(format), spec_(spec), window_(window), out_(out), steps_(steps_of(window)), neurons_(neurons_of(window)) {}

  void run() {
    switch (format_) {
      case Encoding::act: return act();
      case Encoding::rate: return rate();
      case Encoding::ttfs: return ttfs();
      case Encoding::delta: {
        const SpikeTensor changes = differences(window_);
        window_ = changes.view();
        for (std::uint64_t t = 0; t < steps_; ++t) step(t, spec_.delta_inner, t == 0 ? spec_.rice_k : spec_.rice_k_delta);
        return;
      }
      default:
        for (std::uint64_t t = 0; t < steps_; ++t) step(t, format_, spec_.rice_k);
    }
  }

  /// One step of a step-wise encoding.
  void step(std::uint64_t t, Encoding how, unsigned k) {
    if (how == Encoding::aer) {
      for_each_one(window_.bytes, t * neurons_, neurons_, [&](std::uint64_t n) { spike(n, t); });
      return;
    }
    for (std::uint64_t g = 0; g * spec_.group < neurons_; ++g) {
      const std::uint64_t first = g * spec_.group, size = std::min<std::uint64_t>(spec_.group, neurons_ - first);
      const std::uint64_t ones = ones_in(window_.bytes, t * neurons_ + first, size);
      if (ones == 0) continue;
      header(g, t, ones);
      body(how, t * neurons_ + first, size, k);
      out_.end_packet();
    }
  }

private:
  void spike(std::uint64_t neuron, std::uint64_t t) {
    out_.put(neuron / core_size, destination_bits);
    out_.put(neuron % core_size, 8);
    out_.put(t, 4);
    if (spec_.packet_bits > spike_packet_bits) out_.put(0, spec_.packet_bits - spike_packet_bits);
    out_.end_packet();
  }

  void header(std::uint64_t g, std::uint64_t t, std::uint64_t ones) {
    out_.put(g, destination_bits);
    out_.put(t, 4);
    out_.put(static_cast<std::uint64_t>(format_), 4);
    if (spec_.header_bits >= group_header_bits + 8) out_.put(ones - 1, 8);
    const unsigned used = spec_.header_bits >= group_header_bits + 8 ? group_header_bits + 8 : group_header_bits;
    if (spec_.header_bits > used) out_.put(0, spec_.header_bits - used);
  }

  void body(Encoding how, std::uint64_t first, std::uint64_t size, unsigned k) {
    if (how == Encoding::bitmap) {
      for (std::uint64_t i = 0; i < size; i += 56) {
        const auto count = static_cast<unsigned>(std::min<std::uint64_t>(56, size - i));
        std::uint64_t bits = packed_bits(window_.bytes, first + i, count), reversed = 0;
        for (unsigned b = 0; b < count; ++b, bits >>= 1) reversed = reversed << 1 | (bits & 1);
        out_.put(reversed, count);
      }
    } else if (how == Encoding::baer) {
      for_each_one(window_.bytes, first, size, [&](std::uint64_t n) { out_.put(n, bits_for(spec_.group)); });
    } else {
      std::uint64_t next = 0;
      for_each_one(window_.bytes, first, size, [&](std::uint64_t n) {
        const std::uint64_t gap = n - next;
        next = n + 1;
        for (std::uint64_t quotient = gap >> k; quotient > 0;) {
          const auto run = static_cast<unsigned>(std::min<std::uint64_t>(quotient, 63));
          out_.put((std::uint64_t{1} << run) - 1, run);
          quotient -= run;
        }
        out_.put(0, 1);
        out_.put(gap & ((std::uint64_t{1} << k) - 1), k);
      });
    }
  }

  std::vector<std::uint16_t> counts() const {
    std::vector<std::uint16_t> counts(neurons_);
    for (std::uint64_t t = 0; t < steps_; ++t) for_each_one(window_.bytes, t * neurons_, neurons_, [&](std::uint64_t n) { ++counts[n]; });
    return counts;
  }

  void rate() {
    const std::vector<std::uint16_t> spikes = counts();
    const unsigned width = bits_for(steps_ + 1);
    for (std::uint64_t g = 0; g * spec_.group < neurons_; ++g) {
      const std::uint64_t first = g * spec_.group, end = std::min<std::uint64_t>(first + spec_.group, neurons_);
      std::uint64_t active = 0;
      for (std::uint64_t n = first; n < end; ++n) active += spikes[n] != 0;
      if (active == 0) continue;
      header(g, 0, active);
      for (std::uint64_t n = first; n < end; ++n) out_.put(spikes[n], width);
      out_.end_packet();
    }
  }

  void ttfs() {
    std::vector<std::uint8_t> seen(neurons_);
    for (std::uint64_t t = 0; t < steps_; ++t)
      for_each_one(window_.bytes, t * neurons_, neurons_, [&](std::uint64_t n) {
        if (seen[n]) return;
        seen[n] = 1;
        out_.put(n / core_size, destination_bits);
        out_.put(n % core_size, 8);
        out_.put(t, 4);
        out_.end_packet();
      });
  }

  void act() {
    const std::vector<std::uint16_t> spikes = counts();
    for (std::uint64_t n = 0; n < neurons_; ++n) value_packets(out_, spec_, n, spikes[n]);
  }

public:
  static void value_packets(Out& out, const EncodingSpec& spec, std::uint64_t index, std::uint32_t value) {
    for (unsigned byte = 0; byte * 8 < spec.act_bits; ++byte) {
      out.put(index / core_size, destination_bits);
      out.put(index % core_size, 8);
      out.put(byte, 4);
      out.put(value >> 8 * byte & 0xff, 8);
      out.end_packet();
    }
  }

private:
  Encoding format_;
  const EncodingSpec& spec_;
  SpikeView window_;
  Out& out_;
  std::uint64_t steps_, neurons_;
};

void require(Encoding encoding, const EncodingSpec& spec, const SpikeView& window) {
  const std::string problem = encoding_problem(encoding, spec, steps_of(window), neurons_of(window));
  if (!problem.empty()) throw InputError("encoding " + encoding_name(encoding) + ": " + problem);
}

BitCount counted(Encoding encoding, const EncodingSpec& spec, const SpikeView& window) {
  require(encoding, spec, window);
  BitCount count;
  Encoder<BitCount>(encoding, spec, window, count).run();
  return count;
}

}  // namespace

std::string encoding_name(Encoding encoding) { return names[static_cast<unsigned>(encoding)]; }

std::optional<Encoding> encoding_of(const std::string& name) {
  for (unsigned i = 0; i < 8; ++i)
    if (name == names[i]) return static_cast<Encoding>(i);
  return std::nullopt;
}

void EncodingSpec::tune(double rate, double correlation) {
  const double changed = 2 * rate * (1 - rate) * (1 - correlation);
  rice_k = best_rice_k(rate, group);
  rice_k_delta = best_rice_k(changed, group);
}

std::string encoding_problem(Encoding encoding, const EncodingSpec& spec, std::uint64_t steps, std::uint64_t neurons) {
  if (steps == 0 || neurons == 0) return "the window is empty";
  if (spec.group < 8 || spec.group > 1024) return fmt::format("group {} is not in 8..1024", spec.group);
  if (spec.header_bits < group_header_bits || spec.header_bits > 64)
    return fmt::format("header_bits {} is not in 26..64", spec.header_bits);
  if (spec.header_bits >= group_header_bits + 8 && spec.group > 256) return "an 8-bit count in the header needs groups of at most 256";
  if (spec.packet_bits < spike_packet_bits || spec.packet_bits > 64)
    return fmt::format("packet_bits {} is not in 30..64", spec.packet_bits);
  if (spec.act_bits < 1 || spec.act_bits > 32) return fmt::format("act_bits {} is not in 1..32", spec.act_bits);
  if (spec.rice_k > 11 || spec.rice_k_delta > 11) return "a Rice parameter is at most 11";
  const Encoding inner = spec.delta_inner;
  if (inner != Encoding::aer && inner != Encoding::baer && inner != Encoding::bitmap && inner != Encoding::rle)
    return "delta_inner must be aer, baer, bitmap or rle";
  const bool counts = encoding == Encoding::act || encoding == Encoding::rate;
  if (!counts && steps > 16) return fmt::format("{} steps do not fit the 4-bit tick field (at most 16; rate takes 32)", steps);
  if (counts && steps > 255) return "at most 255 steps";
  const std::uint64_t cores = ceil_div(neurons, std::min<std::uint64_t>(core_size, spec.group));
  if (cores > (std::uint64_t{1} << destination_bits)) return fmt::format("{} groups do not fit the 18 bits of dx and dy", cores);
  return {};
}

BitStream encode(Encoding encoding, const EncodingSpec& spec, const SpikeView& window) {
  require(encoding, spec, window);
  BitStream stream;
  Encoder<BitStream>(encoding, spec, window, stream).run();
  return stream;
}

Bits encoded_bits(Encoding encoding, const EncodingSpec& spec, const SpikeView& window) { return counted(encoding, spec, window).bits(); }

std::uint64_t encoded_packets(Encoding encoding, const EncodingSpec& spec, const SpikeView& window) {
  return counted(encoding, spec, window).packets();
}

Encoding cheapest(const EncodingSpec& spec, const SpikeView& window) {
  Encoding best = Encoding::aer;
  Bits least = encoded_bits(best, spec, window);
  for (const Encoding e : {Encoding::baer, Encoding::bitmap, Encoding::rle, Encoding::delta}) {
    const Bits bits = encoded_bits(e, spec, window);
    if (bits < least) best = e, least = bits;
  }
  return best;
}

BitStream encode_auto(const EncodingSpec& spec, const SpikeView& window) {
  const Encoding best = cheapest(spec, window);
  BitStream stream;
  stream.put(static_cast<std::uint64_t>(best), auto_code_bits);
  stream.end_packet();
  Encoder<BitStream>(best, spec, window, stream).run();
  return stream;
}

BitStream encode_values(const EncodingSpec& spec, const std::vector<std::uint32_t>& values) {
  const std::string problem = encoding_problem(Encoding::act, spec, 1, values.size());
  if (!problem.empty()) throw InputError("encoding act: " + problem);
  BitStream stream;
  for (std::size_t i = 0; i < values.size(); ++i) Encoder<BitStream>::value_packets(stream, spec, i, values[i]);
  return stream;
}

SpikeTensor differences(const SpikeView& window) {
  const std::uint64_t steps = steps_of(window), neurons = neurons_of(window);
  SpikeTensor changes("TC", {steps, neurons});
  for (std::uint64_t t = 0; t < steps; ++t)
    for (std::uint64_t n = 0; n < neurons; ++n)
      if (window.at(t * neurons + n) != (t > 0 && window.at((t - 1) * neurons + n))) changes.set(t * neurons + n);
  return changes;
}

void integrate(SpikeTensor& window) {
  const std::uint64_t steps = window.shape()[0], neurons = steps == 0 ? 0 : window.bits() / steps;
  for (std::uint64_t i = neurons; i < window.bits(); ++i)
    if (window.at(i - neurons)) window.set(i, !window.at(i));
}

EncodingLoss loss_between(const SpikeView& sent, const SpikeView& received) {
  if (sent.bits() != received.bits() || steps_of(sent) != steps_of(received))
    throw InputError("windows of different shape cannot be compared");
  EncodingLoss loss;
  const std::uint64_t steps = steps_of(sent), neurons = neurons_of(sent);
  for (std::uint64_t n = 0; n < neurons; ++n) {
    std::uint64_t in = 0, out = 0;
    for (std::uint64_t t = 0; t < steps; ++t) {
      const bool a = sent.at(t * neurons + n), b = received.at(t * neurons + n);
      in += a, out += b, loss.changed += a != b;
    }
    loss.spikes_in += in, loss.spikes_out += out;
    const std::uint64_t error = in > out ? in - out : out - in;
    loss.count_error += error;
    loss.worst_count_error = std::max(loss.worst_count_error, error);
  }
  return loss;
}

}  // namespace snnvp
