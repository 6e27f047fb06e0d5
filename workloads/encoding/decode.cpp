// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/workloads/encoding/activation_code.h>
#include <snnvp/workloads/encoding/encoding.h>
#include <snnvp/workloads/encoding/packets.h>
#include <snnvp/workloads/encoding/window.h>

namespace snnvp {
namespace {

[[noreturn]] void refuse(std::size_t packet, const char* why) { throw InputError(fmt::format("encoded packet {}: {}", packet, why)); }

/// One ACT packet: a byte of a value.
void take_value(BitReader& in, std::size_t packet, std::vector<std::uint32_t>& values) {
  const std::uint64_t core = in.get(destination_bits), axon = in.get(8), byte = in.get(4), payload = in.get(8);
  const std::uint64_t index = core * core_size + axon;
  if (!in.good() || index >= values.size() || byte > 3) refuse(packet, "no such value");
  values[index] |= static_cast<std::uint32_t>(payload << 8 * byte);
}

/// Takes the packets of a stream apart, from packet `first` on.
class Decoder {
public:
  Decoder(Encoding format, const EncodingSpec& spec, const BitStream& stream, std::uint64_t steps, std::uint64_t neurons, std::size_t first)
      : format_(format),
        spec_(spec),
        stream_(stream),
        steps_(steps),
        neurons_(neurons),
        first_(first),
        in_(stream.bytes(), stream.bits()) {}

  SpikeTensor run() {
    const std::string problem = encoding_problem(format_, spec_, steps_, neurons_);
    if (!problem.empty()) throw InputError("encoding " + encoding_name(format_) + ": " + problem);
    SpikeTensor window("TC", {steps_, neurons_});
    std::vector<std::uint32_t> values(format_ == Encoding::act || format_ == Encoding::rate ? neurons_ : 0);
    for (packet_ = 0; packet_ < stream_.packet_bits().size(); ++packet_) {
      end_ = in_.at() + stream_.packet_bits()[packet_];
      if (packet_ < first_)
        in_.get(stream_.packet_bits()[packet_]);
      else if (format_ == Encoding::act)
        take_value(in_, packet_, values);
      else if (format_ == Encoding::aer || format_ == Encoding::ttfs || (format_ == Encoding::delta && spec_.delta_inner == Encoding::aer))
        spike(window);
      else
        group(window, values);
      if (in_.at() != end_ || !in_.good()) refuse(packet_, "its length does not fit its content");
    }
    if (format_ == Encoding::delta) integrate(window);
    if (!values.empty()) spread(values, window);
    return window;
  }

private:
  void spike(SpikeTensor& window) {
    const std::uint64_t core = in_.get(destination_bits), axon = in_.get(8), t = in_.get(4);
    const std::uint64_t neuron = core * core_size + axon;
    if (neuron >= neurons_ || t >= steps_) refuse(packet_, "no such neuron or step");
    if (in_.at() > end_) refuse(packet_, "it is too short");
    window.set(t * neurons_ + neuron);
    in_.get(static_cast<unsigned>(end_ - in_.at()));
  }

  void group(SpikeTensor& window, std::vector<std::uint32_t>& values) {
    const std::uint64_t first = in_.get(destination_bits) * spec_.group, t = in_.get(4), format = in_.get(4);
    in_.get(spec_.header_bits - group_header_bits);
    if (first >= neurons_ || t >= steps_) refuse(packet_, "no such group or step");
    if (format != static_cast<std::uint64_t>(format_)) refuse(packet_, "another format");
    const std::uint64_t size = std::min<std::uint64_t>(spec_.group, neurons_ - first);
    const std::uint64_t at = t * neurons_ + first;
    const Encoding how = format_ == Encoding::delta ? spec_.delta_inner : format_;
    if (how == Encoding::rate) {
      for (std::uint64_t n = 0; n < size; ++n) values[first + n] = static_cast<std::uint32_t>(in_.get(bits_for(steps_ + 1)));
    } else if (how == Encoding::bitmap) {
      for (std::uint64_t n = 0; n < size; ++n)
        if (in_.get(1)) window.set(at + n);
    } else if (how == Encoding::baer) {
      while (in_.at() < end_ && in_.good()) set(window, at, in_.get(bits_for(spec_.group)), size);
    } else {
      const unsigned k = format_ == Encoding::delta && t > 0 ? spec_.rice_k_delta : spec_.rice_k;
      for (std::uint64_t next = 0; in_.at() < end_ && in_.good();) {
        std::uint64_t quotient = 0;
        while (in_.at() < end_ && in_.get(1)) ++quotient;
        const std::uint64_t n = next + (quotient << k | in_.get(k));
        set(window, at, n, size);
        next = n + 1;
      }
    }
  }

  void set(SpikeTensor& window, std::uint64_t at, std::uint64_t n, std::uint64_t size) {
    if (n >= size) refuse(packet_, "a spike lies beyond its group");
    window.set(at + n);
  }

  void spread(const std::vector<std::uint32_t>& values, SpikeTensor& window) const {
    for (std::uint64_t n = 0; n < neurons_; ++n) {
      if (values[n] > steps_) throw InputError("a neuron has more spikes than steps");
      RateIntegrator integrator(static_cast<std::uint32_t>(steps_));
      for (std::uint64_t t = 0; t < steps_; ++t)
        if (integrator.step(values[n])) window.set(t * neurons_ + n);
    }
  }

  Encoding format_;
  const EncodingSpec& spec_;
  const BitStream& stream_;
  std::uint64_t steps_, neurons_;
  std::size_t first_;
  BitReader in_;
  std::size_t packet_ = 0;
  Bits end_ = 0;
};

}  // namespace

SpikeTensor decode(Encoding encoding, const EncodingSpec& spec, const BitStream& stream, std::uint64_t steps, std::uint64_t neurons) {
  return Decoder(encoding, spec, stream, steps, neurons, 0).run();
}

SpikeTensor decode_auto(const EncodingSpec& spec, const BitStream& stream, std::uint64_t steps, std::uint64_t neurons) {
  const std::uint64_t code = BitReader(stream.bytes(), stream.bits()).get(auto_code_bits);
  const auto encoding = static_cast<Encoding>(code);
  if (code > 7 || !is_lossless(encoding)) throw InputError(fmt::format("auto: there is no lossless encoding {}", code));
  return Decoder(encoding, spec, stream, steps, neurons, 1).run();
}

std::vector<std::uint32_t> decode_values(const EncodingSpec& spec, const BitStream& stream, std::uint64_t count) {
  const std::string problem = encoding_problem(Encoding::act, spec, 1, count);
  if (!problem.empty()) throw InputError("encoding act: " + problem);
  std::vector<std::uint32_t> values(count);
  BitReader in(stream.bytes(), stream.bits());
  for (std::size_t packet = 0; packet < stream.packet_bits().size(); ++packet) {
    if (stream.packet_bits()[packet] != act_packet_bits) refuse(packet, "its length does not fit its content");
    take_value(in, packet, values);
  }
  return values;
}

}  // namespace snnvp
