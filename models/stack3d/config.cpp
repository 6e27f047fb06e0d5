// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/stack3d/config.h>

#include <cmath>

namespace snnvp::stack3d {

std::optional<Preset> find_preset(const std::string& name) {
  Preset p;
  p.name = name;
  const auto latency = [&p](double factor) { p.mem_latency = factor, p.has_mem_latency = true; };
  if (name == "none") return p;
  if (name == "f2f_iccad24_mlp") {
    p.fmax = 1.065, latency(0.32), p.source = "ICCAD 2024 (arXiv 2411.07397), spiking MLP";
  } else if (name == "f2f_iccad24_ssa") {
    p.fmax = 1.065, latency(0.26), p.source = "ICCAD 2024 (arXiv 2411.07397), spiking self-attention";
  } else if (name == "f2f_2412_moe") {
    p.footprint = 0.60, p.energy = 0.856, latency(0.775), p.source = "arXiv 2412.05540, mixture of experts";
  } else if (name == "f2f_iccad25") {
    p.energy = 0.8318, p.source = "ICCAD 2025 (DOI 10.1109/ICCAD66269.2025.11240876)";
  } else {
    return std::nullopt;
  }
  return p;
}

Links::Links(const Config& config, std::uint64_t hz) {
  const bool stacked = config.variant == Variant::stacked;
  crosses_in_ = stacked && config.partition != Partition::logic_on_logic;
  crosses_sums_ = stacked && config.partition != Partition::memory_on_logic;
  wanted_.weight = config.width_weight.value_or(config.rows * config.weight_bits);
  wanted_.spike = config.width_spike.value_or(config.cols);
  wanted_.psum = config.width_psum.value_or(config.rows * config.psum_bits);
  bits_ = config.cores * ((crosses_in_ ? wanted_.weight + wanted_.spike : 0) + (crosses_sums_ ? wanted_.psum : 0));
  footprint_ = stacked ? config.area_2d_mm2 * config.preset.footprint : config.area_2d_mm2;
  widths_ = wanted_;
  if (stacked) {
    required_ = config.field.sites_needed(bits_);
    available_ = config.field.sites_available();
    area_ = config.field.area_mm2(required_);
    const auto granted = [&](std::uint64_t width) { return bond::granted_width(config.field, config.limit, width, bits_); };
    if (crosses_in_) widths_.weight = granted(wanted_.weight), widths_.spike = granted(wanted_.spike);
    if (crosses_sums_) widths_.psum = granted(wanted_.psum);
  }

  const bond::Wire wire_2d{bond::mean_wire_mm(config.area_2d_mm2), config.wire_ps_per_mm};
  const bond::Wire wire_3d{bond::mean_wire_mm(footprint_), config.wire_ps_per_mm};
  in_wire_ = stacked ? wire_3d : wire_2d;
  sum_wire_ = crosses_sums_ ? bond::Wire{0, config.wire_ps_per_mm} : in_wire_;
  access_2d_ns_ = config.glb_access_ns + wire_2d.delay_ps() * 1e-3;
  const double bond_ns = crosses_in_ ? static_cast<double>(config.bond_latency) * 1e9 / static_cast<double>(hz) : 0;
  access_ns_ = !stacked                        ? access_2d_ns_
               : config.preset.has_mem_latency ? config.preset.mem_latency * access_2d_ns_
                                               : config.glb_access_ns + in_wire_.delay_ps() * 1e-3 + bond_ns;
  in_latency_ = static_cast<Cycles>(std::ceil(access_ns_ * 1e-9 * static_cast<double>(hz) * (1 - 1e-12)));
  sum_latency_ = crosses_sums_ ? config.bond_latency : sum_wire_.latency_cycles(hz);
}

Links::Events Links::events(std::uint64_t weight_bits, std::uint64_t spike_bits, std::uint64_t psum_bits) const {
  Events e;
  const std::uint64_t in = weight_bits + spike_bits;
  e.bond_bit = (crosses_in_ ? in : 0) + (crosses_sums_ ? psum_bits : 0);
  e.link_bit_um = in_wire_.bit_um(in) + (crosses_sums_ ? 0 : sum_wire_.bit_um(psum_bits));
  return e;
}

}  // namespace snnvp::stack3d
