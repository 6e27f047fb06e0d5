// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <snnvp/interconnect/d2d/d2d.h>
#include <snnvp/interconnect/d2d/d2d_settings.h>
#include <snnvp/platform/registry/registry.h>

namespace snnvp {
namespace {

D2d::Params params_of(const ParamSet& set) {
  D2d::Params params;
  params.link = d2d_params_of(set, "", set.clock());
  params.link.inputs[0] = static_cast<unsigned>(set.peers("a_in").size());
  params.link.inputs[1] = static_cast<unsigned>(set.peers("b_in").size());
  params.input_queue = set.get<std::uint32_t>("input_queue");
  return params;
}

KindDescriptor descriptor() {
  KindDescriptor kind;
  kind.kind = "interconnect.d2d";
  kind.doc = "Die-to-die link: serial EMIO or UCIe-style flits with CRC, replay and bit errors; packets are TLM writes at both ends";
  kind.params = d2d_param_specs();
  kind.params.push_back(
      param("input_queue", 16, "packets of an input that may wait before its writer does").unit("packets").range(1, 65536).from("assumed"));
  PortSpec a_in = target("a_in", "packets from die a, one port per writer"), b_in = target("b_in", "packets from die b");
  PortSpec a_out = initiator("a_out", "packets to die a"), b_out = initiator("b_out", "packets to die b");
  a_in.is_vector = b_in.is_vector = true;
  a_in.abilities = b_in.abilities = takes_packets(4096, false, true);
  a_in.is_optional = b_in.is_optional = a_out.is_optional = b_out.is_optional = true;
  kind.ports = {a_in, a_out, b_in, b_out};
  kind.factory = [](const sc_core::sc_module_name& name, const ParamSet& set) -> std::unique_ptr<sc_core::sc_module> {
    const ClockDomain link(set.clock());
    const auto die = [&](const char* which) { return set.has_clock(which) ? ClockDomain(set.clock(which)) : link; };
    return std::make_unique<D2d>(name, params_of(set), link, die("a"), die("b"));
  };
  for (const std::string way : {"ab_", "ba_"}) {
    const std::string what = way == "ab_" ? "a to b: " : "b to a: ";
    kind.stats.push_back({way + "packets", "1", StatKind::count, what + "packets delivered"});
    kind.stats.push_back({way + "payload_bits", "bit", StatKind::count, what + "their bits"});
    kind.stats.push_back({way + "wire_bits", "bit", StatKind::count, what + "bits sent, with slots, headers, CRC, padding, replays"});
    kind.stats.push_back({way + "flits", "1", StatKind::count, what + "flits with data, first transmissions"});
    kind.stats.push_back({way + "replays", "1", StatKind::count, what + "flits sent again"});
    kind.stats.push_back({way + "control_flits", "1", StatKind::count, what + "flits without data, for an acknowledgement"});
    kind.stats.push_back({way + "nop_bytes", "B", StatKind::bytes, what + "payload that held nothing"});
    kind.stats.push_back({way + "bad_flits", "1", StatKind::count, what + "damaged flits that were noticed"});
    kind.stats.push_back({way + "naks", "1", StatKind::count, what + "negative acknowledgements for them"});
    kind.stats.push_back({way + "timeouts", "1", StatKind::count, what + "replies that stayed away"});
    kind.stats.push_back({way + "crc_escapes", "1", StatKind::count, what + "damaged flits that the CRC took for good"});
    kind.stats.push_back({way + "corrupt_packets", "1", StatKind::count, what + "packets delivered out of damaged flits"});
    kind.stats.push_back({way + "flit_fill", "1", StatKind::ratio, what + "payload bytes used, of first transmissions"});
    kind.stats.push_back({way + "goodput", "1", StatKind::ratio, what + "payload bits over what the wires could carry"});
    kind.stats.push_back({way + "utilisation", "1", StatKind::ratio, what + "time in which the wires were taken"});
  }
  kind.stats.push_back({"refused", "1", StatKind::count, "packets that a target refused or for which none is linked"});
  kind.events = [](const ParamSet& set) { return d2d_event_keys(set, ""); };
  kind.price_hints = [](const ParamSet& set) { return d2d_price_hints(set, ""); };
  kind.check = [](const ParamSet& set, const SourcePos& pos, const std::string& path, Diagnostics& diagnostics) {
    D2dParams params = d2d_params_of(set, "", 1'000'000'000);
    if (const std::string problem = d2d_problem(params); !problem.empty()) diagnostics.error(pos, path, problem);
  };
  kind.sources = {{"EMIO: 38 + 38 cycles", Certainty::assumed, "spec/chiplet.md 1, from memory"},
                  {"adapter pipeline, go-back-N", Certainty::structural, "CAL-UniCNet"},
                  {"flit formats", Certainty::assumed, "UCIe tutorial, second-hand"},
                  {"acknowledgements, time-out, selective replay", Certainty::assumed, "README of the block"}};
  return kind;
}

}  // namespace

void register_d2d(Registry& registry) { registry.add(descriptor()); }

}  // namespace snnvp
