// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/snap/snap_config.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <snnvp/models/snap/tile_work.h>
#include <snnvp/workloads/encoding/packets.h>
#include <snnvp/workloads/encoding/window.h>

namespace snnvp::snap {
namespace {

/// Bits of the largest packet that an encoding may make of one group.
Bits largest_group(const Config& c, Encoding encoding) {
  const EncodingSpec& s = c.encoding_spec;
  const Bits head = s.header_bits;
  switch (encoding) {
    case Encoding::baer: return head + s.group * bits_for(s.group);
    case Encoding::bitmap: return head + s.group;
    case Encoding::rle: return head + s.group * (s.rice_k + 1) + (s.group >> s.rice_k);
    case Encoding::rate: return head + s.group * bits_for(c.steps() + 1);
    case Encoding::delta:
      return std::max(largest_group(c, s.delta_inner), head + s.group * (s.rice_k_delta + 1) + (s.group >> s.rice_k_delta));
    default: return act_packet_bits;
  }
}

/// Bytes of payload that a packet of the links can have.
Bits link_payload_bits(const Config& c) {
  return c.d2d.kind == LinkKind::ucie ? 8 * layout_of(c.d2d.ucie.flit).payload - packet_type_bits : 8 * 4096 - packet_type_bits;
}

}  // namespace

std::vector<std::string> problems(const Config& c) {
  std::vector<std::string> wrong = mesh::problems(c.mesh);
  const auto check = [&wrong](bool good, std::string text) {
    if (!good) wrong.push_back(std::move(text));
  };
  D2dParams link = c.d2d;
  if (const std::string problem = d2d_problem(link); !problem.empty()) wrong.push_back(problem);
  check(c.chips_x >= 1 && c.chips_y >= 1 && c.chips() <= 4096, "package.chips must be 1 x 1 to 4096 chips");
  check(c.chips_x * c.mesh.width <= 256 && c.chips_y * c.mesh.height <= 256, "offsets of packets reach over 256 tiles per axis");
  check(c.mesh.topology == mesh::Topology::mesh && c.mesh.routing == mesh::Routing::xy, "chips are meshes with XY routing");
  check(c.mesh.vc_choice == mesh::VcChoice::flow, "packets of a flow must stay in order");
  const unsigned most_steps = c.mode == Mode::ann || (c.encoding == Encoding::rate && !c.auto_encoding && c.mode == Mode::hnn) ? 32 : 16;
  check(
      c.steps() >= 1 && c.steps() <= most_steps,
      fmt::format("converter.T must be 1..{}: the tick field of a packet has 4 bits (d2d.encoding rate takes 32 in mode hnn)", most_steps));
  check(c.act_bits == 8 || c.act_bits == 16 || c.act_bits == 32, "core.act_bits must be 8, 16 or 32");
  check(c.coding.code != ActivationCode::ttfs || c.steps() <= 16, "code ttfs needs T of at most 16");
  check(c.coding.code != ActivationCode::graded || (c.encoding == Encoding::rate && !c.auto_encoding),
        "converter.code graded sends counts: it needs d2d.encoding: rate");
  check(c.mode != Mode::hnn || c.coding.code != ActivationCode::ttfs || c.auto_encoding ||
            (c.encoding != Encoding::rate && c.encoding != Encoding::act),
        "converter.code ttfs tells values by the time of a spike: d2d.encoding rate and act carry counts only");
  if (c.mode == Mode::snn) {
    check(c.auto_encoding || is_lossless(c.encoding), "mode snn needs a d2d.encoding that loses no spike");
    check(c.auto_encoding || c.encoding == Encoding::aer ? true : c.close == WindowClose::eow,
          "in mode snn an encoder of groups waits for the end of the window: converter.window_close must be eow");
    check(!c.auto_encoding || c.close == WindowClose::eow,
          "in mode snn encoding auto waits for the end of the window: use window_close: eow");
  }
  for (unsigned e = 0; e < 8 && c.mode != Mode::ann; ++e) {
    const auto encoding = static_cast<Encoding>(e);
    if (c.auto_encoding ? !is_lossless(encoding) : encoding != c.encoding) continue;
    const std::string problem = encoding_problem(encoding, c.encoding_spec, std::min(c.steps(), most_steps), 256);
    if (!problem.empty()) wrong.push_back("d2d.encoding " + encoding_name(encoding) + ": " + problem);
    check(largest_group(c, encoding) <= link_payload_bits(c),
          fmt::format("d2d.encoding {}: a group of {} neurons may need {} bits, a packet of this link holds {}; make d2d.group smaller",
                      encoding_name(encoding), c.encoding_spec.group, largest_group(c, encoding), link_payload_bits(c)));
  }
  if (c.multicast == Multicast::tree)
    check(c.packing == ActPacking::single && c.mesh.flit_bits >= act_packet_bits,
          "multicast tree needs packets of one flit: act_packing single and flits of at least 38 bits");
  if (c.mesh.switching == mesh::Switching::vct)
    check(c.packing == ActPacking::single, "bursts are longer than the buffers that virtual cut-through needs");
  check(c.macs_per_cycle >= 1 && c.neurons >= 1 && c.neurons <= 256 && c.axons >= 1 && c.axons <= 256,
        "a tile has 1..256 axons and neurons");
  check(c.acc_bits >= 8 && c.acc_bits <= 32, "core.acc_bits must be 8..32");
  check(c.overlap >= 0 && c.overlap <= 1, "overlap must be 0..1");
  return wrong;
}

std::uint32_t burst_values(const Config& c, unsigned bits) {
  return static_cast<std::uint32_t>(std::max<Bits>(1, (link_payload_bits(c) - spike_packet_bits) / bits));
}

TileWork tile_work(const Config& c, const LayerTable& table, const SpikeSource& spikes, std::uint32_t layer, std::uint64_t row,
                   std::uint64_t col) {
  const LayerRecord& record = table.layers[layer];
  const std::uint64_t in = inputs_of(c, record, row), out = outputs_of(c, record, col);
  if (c.mode != Mode::snn) {
    const Cycles cycles = std::max<Cycles>(1, ceil_div(in * out, c.macs_per_cycle));
    return {cycles, cycles};
  }
  double rate = c.boundary.rate;
  if (!record.inputs.empty()) {
    rate = 0;
    for (const std::size_t input : record.inputs) rate += spikes.rate(static_cast<std::uint32_t>(input));
    rate /= static_cast<double>(record.inputs.size());
  }
  // A depthwise tile sees the spikes of each of its channels' windows.
  const std::uint64_t seen = record.type == LayerRecord::Type::dwconv ? in * out : in;
  const auto arrived = static_cast<std::uint64_t>(std::ceil(static_cast<double>(seen) * rate - 1e-9));
  if (c.snn_core == SnnCore::ranc) return {258 * 256 + 3, arrived};
  return {arrived + out, arrived};
}

}  // namespace snnvp::snap
