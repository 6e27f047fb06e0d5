// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/stack3d/bishop_params.h>

namespace snnvp::bishop {
ParamSpec bishop_params() {
  const char* paper = "paper; spec/stack3d.md 3.3";
  const auto count = [paper](const char* name, int value, double most, const char* unit, const char* doc) {
    return param(name, value, doc).range(1, most).unit(unit).from(paper);
  };
  ParamSpec theta_s = param("theta_s", 0, "a feature with more active bundles goes to the dense core; null: balances both cores, per layer")
                          .optional_null()
                          .from("paper; balance in cycles assumed");
  theta_s.default_value = Value();
  return group("bishop",
               {
                   count("dense_bundles", 16, 4096, "bundles", "dense core: bundles side by side"),
                   count("dense_features", 32, 4096, "features", "dense core: output features side by side"),
                   count("sparse_units", 128, 65536, "units", "sparse core: bundles and output features at a time"),
                   count("attention_bundles", 16, 4096, "bundles", "attention core: query bundles held").from("assumed split of 512"),
                   count("attention_keys", 32, 4096, "tokens", "attention core: key tokens at a time").from("assumed split of 512"),
                   count("spikegen_lanes", 512, 65536, "neurons", "neurons updated per cycle"),
                   count("spikes_per_cycle", 10, 4096, "spikes", "spikes of a bundle that an element takes per cycle"),
                   count("bs_t", 2, 64, "steps", "time steps of a bundle").from("paper: 4 to 8 spikes are best; 2 x 2 assumed"),
                   count("bs_n", 2, 64, "tokens", "tokens of a bundle").from("as bs_t"),
                   theta_s,
                   param("ecp_theta_q", 0,
                         "error-constrained pruning: query bundle rows with fewer active features go; the paper: 10 for DVS, else 6")
                       .range(0, 65536)
                       .from(paper),
                   param("ecp_theta_k", 0, "likewise for keys").range(0, 65536).from(paper),
                   param("scale_shift", 3, "attention results count as Y >> scale_shift").range(0, 31).from("Spikformer: 1/8"),
                   param("fill_overlap", false, "arrays fill while the tile before drains").from("assumed"),
                   quantity("dram_bandwidth", Dimension::bandwidth, 76.8e9, "of the memory, in closed form").range(1e6, 1e13).from(paper),
               },
               "the cores of core_type: bishop");
}

Config config_of(const ParamSet& p) {
  Config c;
  const auto number = [&p](const char* name) { return p.get<unsigned>(std::string("bishop.") + name); };
  c.dense_bundles = number("dense_bundles"), c.dense_features = number("dense_features"), c.sparse_units = number("sparse_units");
  c.attention_bundles = number("attention_bundles"), c.attention_keys = number("attention_keys");
  c.spikegen_lanes = number("spikegen_lanes"), c.spikes_per_cycle = number("spikes_per_cycle");
  c.bs_t = number("bs_t"), c.bs_n = number("bs_n");
  c.theta_s = p.get_optional<std::uint64_t>("bishop.theta_s");
  c.ecp_theta_q = number("ecp_theta_q"), c.ecp_theta_k = number("ecp_theta_k");
  c.fill_overlap = p.get<bool>("bishop.fill_overlap");
  c.dram_bytes_per_second = static_cast<std::uint64_t>(p.get<double>("bishop.dram_bandwidth"));
  return c;
}

}  // namespace snnvp::bishop
