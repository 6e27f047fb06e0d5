// SPDX-License-Identifier: Apache-2.0
#include <snnvp/interconnect/bond/bond.h>

#include <algorithm>
#include <memory>

#include <snnvp/platform/registry/registry.h>

namespace snnvp {
namespace {

Bus::Params bus_params(const Bond::Params& params, Bus::Params ports, const ClockDomain& clock) {
  ports.width_bytes = Bond::granted_bits(params) / 8;
  ports.hop_cycles = params.stacked ? params.latency : params.wire.latency_cycles(clock.hz());
  return ports;
}

Bond::Params params_of(const ParamSet& p) {
  Bond::Params b;
  b.stacked = p.get<std::string>("variant") == "3d";
  b.width = p.get<std::uint64_t>("width");
  b.field.pitch_um = p.get<double>("pitch");
  b.field.overlap_mm2 = p.get<double>("overlap_area");
  b.field.signal_fraction = p.get<double>("signal_fraction");
  b.limit = p.get<std::string>("limit") == "enforce" ? bond::Limit::enforce : bond::Limit::report;
  b.latency = p.get<Cycles>("latency_cycles");
  b.wire = {p.get<double>("length_mm"), p.get<double>("wire_ps_per_mm")};
  return b;
}

}  // namespace

Bond::Bond(const sc_core::sc_module_name& name, const Params& params, Bus::Params ports, const ClockDomain& clock)
    : Bus(name, bus_params(params, std::move(ports), clock), clock), params_(params) {}

std::uint64_t Bond::granted_bits(const Params& params) {
  const std::uint64_t bits = params.stacked ? bond::granted_width(params.field, params.limit, params.width, params.width) : params.width;
  return std::max<std::uint64_t>(8, bits / 8 * 8);
}

EventCounts Bond::events() const {
  const std::uint64_t bits = bytes() * 8;
  return {{"bond_bit", params_.stacked ? bits : 0}, {"link_bit_um", params_.stacked ? 0 : params_.wire.bit_um(bits)}};
}

void Bond::report_stats(StatSink& sink) const {
  Bus::report_stats(sink);
  sink.integer("width_bits", granted_bits(params_));
  sink.integer("sites_required", params_.stacked ? params_.field.sites_needed(params_.width) : 0);
  sink.integer("sites_available", params_.stacked ? params_.field.sites_available() : 0);
  sink.real("bond_area_mm2", params_.stacked ? params_.field.area_mm2(params_.field.sites_needed(params_.width)) : 0);
}

void register_bond(Registry& registry) {
  KindDescriptor kind = *registry.find("interconnect.bus");  // ports and statistics are a bus's
  kind.kind = "interconnect.bond";
  kind.doc = "Memory-mapped link across a bonded tier border, or the planar wire in its place: width from sites, energy per bit";
  kind.params = {
      param("variant", "3d", "3d: face-to-face bonds; 2d: a planar wire").choices({"3d", "2d"}),
      param("width", 512, "as configured; both directions share it").range(8, 65536).unit("bit/cycle").from("assumed"),
      param("pitch", 1.0, "of the bond sites").range(0.1, 100).unit("um").from("assumed; 9 um is production hybrid bonding"),
      param("overlap_area", 1.5, "area that carries sites").range(1e-6, 1e4).unit("mm2").from("assumed"),
      param("signal_fraction", 0.5, "sites that carry data").range(0.01, 1).from("assumed, 0.3 to 0.7"),
      param("limit", "report", "too few sites: report tells, enforce narrows the link to whole bytes").choices({"report", "enforce"}),
      param("latency_cycles", 0, "3d: 0 within the cycle, 1 registered").range(0, 1).unit("cycles").from("assumed"),
      param("length_mm", 0.866, "2d: length of the wire").range(0, 1000).unit("mm").from("half the side of 3 mm2"),
      param("wire_ps_per_mm", 100.0, "2d: delay of the wire; its cycles are rounded up, at least one")
          .range(1, 1e4)
          .unit("ps/mm")
          .from("noc technology table, 60 to 220"),
  };
  kind.factory = [](const sc_core::sc_module_name& name, const ParamSet& set) -> std::unique_ptr<sc_core::sc_module> {
    Bus::Params ports;
    ports.initiator_names = set.peers("in");
    ports.initiators = static_cast<unsigned>(ports.initiator_names.size());
    ports.targets = static_cast<unsigned>(set.peers("out").size());
    return std::make_unique<Bond>(name, params_of(set), std::move(ports), ClockDomain(set.clock()));
  };
  kind.stats.push_back({"width_bits", "bit/cycle", StatKind::gauge, "width the field grants"});
  kind.stats.push_back({"sites_required", "sites", StatKind::gauge, "sites the configured width takes; 0 on one die"});
  kind.stats.push_back({"sites_available", "sites", StatKind::gauge, "sites that fit the overlap; 0 on one die"});
  kind.stats.push_back({"bond_area_mm2", "mm2", StatKind::gauge, "area of the required sites"});
  kind.events = [](const ParamSet&) { return std::vector<std::string>{"bond_bit", "link_bit_um"}; };
  kind.price_hints = [](const ParamSet& set) {
    PriceHints hints;
    hints.bond_pitch_um = set.get<double>("pitch");
    return hints;
  };
  kind.energy_not_counted.clear();
  kind.sources = {{"occupancy, sites", Certainty::structural, "ceil(bytes / width) cycles a burst; sites = overlap / pitch^2"},
                  {"pitch, width, latency", Certainty::assumed, "no source publishes them for a spiking stack"},
                  {"energy", Certainty::assumed, "bond_bit by pitch, link_bit_um by length (technology tables)"}};
  registry.add(std::move(kind));
}

}  // namespace snnvp
