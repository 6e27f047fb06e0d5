// SPDX-License-Identifier: Apache-2.0
#include <snnvp/interconnect/mesh/mesh_config.h>

#include <fmt/format.h>

namespace snnvp::mesh {

const char* port_name(unsigned port) {
  static const char* const names[] = {"east", "west", "north", "south", "local"};
  return port < ports_per_router ? names[port] : "?";
}

Config booksim_config() {
  Config config;
  config.vc_choice = VcChoice::any;
  config.vcs = 4;
  config.vc_buffer = 8;
  config.router_cycles = 3;
  config.link_cycles = 1;
  config.credit_cycles = 2;
  config.inject_cycles = 2;
  config.eject_cycles = config.router_cycles + config.link_cycles;
  return config;
}

std::vector<std::string> problems(const Config& config) {
  std::vector<std::string> found;
  const auto require = [&found](bool holds, std::string text) {
    if (!holds) found.push_back(std::move(text));
  };
  const auto within = [&](const char* name, std::uint64_t value, std::uint64_t low, std::uint64_t high) {
    require(value >= low && value <= high, fmt::format("{} is {}, but must lie in {} .. {}", name, value, low, high));
  };
  within("width", config.width, 1, 1024);
  within("height", config.height, 1, 1024);
  within("vcs", config.vcs, 1, most_vcs);
  within("vc_buffer", config.vc_buffer, 1, 4096);
  within("router_cycles", config.router_cycles, 1, 4);
  within("link_cycles", config.link_cycles, 1, 1000);
  within("credit_cycles", config.credit_cycles.value_or(0), 0, 1000);
  within("inject_cycles", config.inject_cycles, 0, 1000);
  within("eject_cycles", config.eject_cycles, least_eject_cycles(config.router_cycles), 1000);
  within("flit_bits", config.flit_bits, 1, 65536);
  require(config.topology == Topology::mesh || config.vcs >= 2,
          "a torus needs at least 2 virtual channels: one class before the dateline, one for packets that cross it");
  return found;
}

}  // namespace snnvp::mesh
