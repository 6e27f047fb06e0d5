// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include <snnvp/interconnect/mesh/mesh.h>
#include <snnvp/interconnect/mesh/port_places.h>
#include <snnvp/platform/registry/registry.h>

namespace snnvp {
namespace {

mesh::Config config_of(const ParamSet& set) {
  const bool is_booksim = set.get<std::string>("preset") == "booksim";
  mesh::Config config = is_booksim ? mesh::booksim_config() : mesh::Config();
  const auto take = [&set](const char* name, unsigned& value) { value = set.get_optional<unsigned>(name).value_or(value); };
  const auto& size = set.at("size").items();
  config.width = static_cast<unsigned>(size.at(0).as_u64());
  config.height = static_cast<unsigned>(size.at(1).as_u64());
  config.topology = set.get<std::string>("topology") == "torus" ? mesh::Topology::torus : mesh::Topology::mesh;
  config.routing = set.get<std::string>("routing") == "yx" ? mesh::Routing::yx : mesh::Routing::xy;
  config.switching = set.get<std::string>("switching") == "vct" ? mesh::Switching::vct : mesh::Switching::wormhole;
  if (const auto choice = set.get_optional<std::string>("vc_choice"))
    config.vc_choice = *choice == "any" ? mesh::VcChoice::any : mesh::VcChoice::flow;
  if (config.topology == mesh::Topology::torus) config.vcs = std::max(config.vcs, 2U);
  take("vcs", config.vcs);
  take("vc_buffer", config.vc_buffer);
  take("router_cycles", config.router_cycles);
  take("link_cycles", config.link_cycles);
  take("inject_cycles", config.inject_cycles);
  if (const auto credit = set.get_optional<unsigned>("credit_cycles")) config.credit_cycles = credit;
  // What follows the last buffer; the preset's includes a link.
  config.eject_cycles = is_booksim ? config.router_cycles + config.link_cycles : mesh::least_eject_cycles(config.router_cycles);
  take("eject_cycles", config.eject_cycles);
  config.flit_bits = set.get<unsigned>("flit_bits");
  return config;
}

Mesh::Params params_of(const ParamSet& set) {
  Mesh::Params params;
  params.config = config_of(set);
  params.packet_flits = set.get<std::uint32_t>("packet_flits");
  params.tree = set.get<std::string>("multicast") == "tree";
  params.source_queue = set.get<std::uint32_t>("source_queue");
  params.sink_queue = set.get<std::uint32_t>("sink_queue");
  params.pitch_um = set.get<std::uint64_t>("pitch_um");
  params.clock_gating = set.get<bool>("clock_gating");
  params.lumped_hops = !set.is_null("e_hop_pj_per_bit");
  const auto nodes = port_nodes(set, set.at("nodes"), params.config.width, params.config.height);
  for (const std::string& peer : set.peers("in")) params.initiators.push_back({peer, nodes.at(block_of(peer)), false});
  for (const std::string& peer : set.peers("out"))
    params.targets.push_back({peer, nodes.at(block_of(peer)), takes_packets(set.at("packet_ports"), block_of(peer))});
  return params;
}

void check(const ParamSet& set, const SourcePos& pos, const std::string& path, Diagnostics& diagnostics) {
  if (set.at("size").items().size() != 2) return diagnostics.error(pos, path + ".size", "a mesh has a width and a height", "size: [8, 8]");
  const mesh::Config config = config_of(set);
  for (const std::string& problem : mesh::problems(config)) diagnostics.error(pos, path, problem);
  if (config.switching == mesh::Switching::vct && set.get<unsigned>("packet_flits") > config.vc_buffer)
    diagnostics.error(pos, path + ".packet_flits",
                      fmt::format("a packet of {} flits does not fit vc_buffer {}: virtual cut-through needs that",
                                  set.get<unsigned>("packet_flits"), config.vc_buffer));
  if (set.get<std::string>("multicast") == "tree" && set.get<unsigned>("packet_flits") > 1 && config.switching != mesh::Switching::vct)
    diagnostics.error(pos, path + ".multicast", "a tree of packets with several flits needs switching: vct",
                      "with wormhole its branches could block each other");
  check_port_places(set, set.at("nodes"), set.at("packet_ports"), config.width, config.height, pos, path, diagnostics);
}

ParamSpec cycles_param(const char* name, double low, double high, const char* doc, const char* source) {
  ParamSpec spec = param(name, Cycles{1}, doc).unit("cycles").range(low, high).optional_null().from(source);
  spec.default_value = Value();
  return spec;
}

KindDescriptor descriptor() {
  KindDescriptor kind;
  kind.kind = "interconnect.mesh";
  kind.doc =
      "Mesh or torus of virtual-channel routers with wormhole or virtual cut-through switching and credits; memory-mapped at its edges";
  ParamSpec side = param("side", 8, "routers").range(1, 1024);
  ParamSpec size = list_of("size", side, "width and height in routers").range(2, 2);
  Value eight = Value::make_list();
  eight.push_back(8);
  eight.push_back(8);
  size.default_value = eight;
  ParamSpec place = list_of("place", param("coordinate", 0, "x or y").range(0, 1023), "x and y");
  ParamSpec name = param("name", "", "block");
  const auto by_preset = [](const char* param_name, double low, double high, const char* unit, const char* doc) {
    ParamSpec spec = param(param_name, 1, doc).unit(unit).range(low, high).optional_null().from("spec/chiplet.md 5.4");
    spec.default_value = Value();
    return spec;
  };
  ParamSpec choice =
      param("vc_choice", "flow",
            "any: whichever virtual channel is free, at each hop; flow: one for the whole way, which keeps the packets of a flow in "
            "order; null: flow, preset booksim any")
          .choices({"any", "flow"})
          .optional_null()
          .from("assumed");
  choice.default_value = Value();
  ParamSpec hop_price = param("e_hop_pj_per_bit", 0.10, "lumped price of a bit's hop, instead of router and link keys")
                            .unit("pJ/bit")
                            .range(0, 1e6)
                            .optional_null();
  hop_price.default_value = Value();
  hop_price = hop_price.price();
  kind.params = {
      param("preset", "default", "where the parameters that are null come from; booksim: BookSim2's input-queued router")
          .choices({"default", "booksim"})
          .from("spec/chiplet.md 5.4"),
      param("topology", "mesh", "torus: rings in both directions, two classes of virtual channels with a dateline")
          .choices({"mesh", "torus"})
          .from("assumed"),
      size.from("assumed"),
      param("routing", "xy", "dimension order").choices({"xy", "yx"}).from("code"),
      param("switching", "wormhole", "vct: virtual cut-through, a packet moves on only if the next buffer holds all of it")
          .choices({"wormhole", "vct"})
          .from("assumed"),
      by_preset("vcs", 1, mesh::most_vcs, "channels", "virtual channels of a port; null: 1, preset booksim 4; a torus at least 2"),
      choice,
      by_preset("vc_buffer", 1, 4096, "flits", "buffer of an input virtual channel; null: 4, preset booksim 8"),
      by_preset("router_cycles", 1, 4, "cycles", "stages of a router; null: 2, preset booksim 3"),
      by_preset("link_cycles", 1, 1000, "cycles", "of a link between routers; null: 1"),
      cycles_param("credit_cycles", 0, 1000,
                   "of a credit in the router that gets it, beyond its link and one cycle (BookSim's credit_delay); null: back-pressure "
                   "that is seen "
                   "in the next cycle, preset booksim 2",
                   "spec/chiplet.md 5.4"),
      cycles_param("inject_cycles", 0, 1000, "from a source to its router's buffer; null: 0, preset booksim 2", "spec/chiplet.md 5.4"),
      cycles_param("eject_cycles", 1, 1000,
                   "from the last router's buffer to delivery; null: max(1, router_cycles - 1), preset booksim router_cycles + link_cycles",
                   "spec/chiplet.md 5.4"),
      param("flit_bits", 38, "width of a link").unit("bit").range(1, 65536).from("spec/chiplet.md 3"),
      param("packet_flits", 1, "length of the packets that a traffic workload makes").unit("flits").range(1, 65536).from("assumed"),
      param("multicast", "source", "packets to several destinations: copies from the source, or once over each link of the routing tree")
          .choices({"source", "tree"})
          .from("spec/chiplet.md 4.5"),
      map_of("nodes", place, "where blocks sit: {dram: [7, 0]}; the others by name on the nodes that are left, row by row"),
      list_of("packet_ports", name,
              "blocks whose ports take packets: a write to them is a packet of its own bytes, without header and response"),
      param("source_queue", 16, "packets a node's writers may have waiting before they wait themselves")
          .unit("packets")
          .range(1, 1e6)
          .from("assumed"),
      param("sink_queue", 4, "packets under way into a node with a packet port, until it has taken them")
          .unit("packets")
          .range(1, 1e6)
          .from("assumed"),
      param("pitch_um", 1000, "length of a link").unit("um").range(0, 1e6).from("spec/chiplet.md 6.1"),
      param("clock_gating", false, "routers without work have no clock").from("assumed"),
      hop_price,
  };
  PortSpec in = target("in", "one per initiator");
  PortSpec out = initiator("out", "one per target");
  in.is_vector = out.is_vector = true;
  in.is_optional = out.is_optional = true;
  kind.ports = {in, out};
  kind.factory = [](const sc_core::sc_module_name& module_name, const ParamSet& set) -> std::unique_ptr<sc_core::sc_module> {
    return std::make_unique<Mesh>(module_name, params_of(set), ClockDomain(set.clock()));
  };
  kind.stats = {
      {"packets_in", "1", StatKind::count, "packets put into the network, branches of multicasts included"},
      {"packets_out", "1", StatKind::count, "packets delivered"},
      {"flits_in", "1", StatKind::count, "flits that left a source"},
      {"flits_out", "1", StatKind::count, "flits delivered"},
      {"noc_flit_hops", "1", StatKind::count, "flits on links between routers"},
      {"noc_hop_bits", "bit", StatKind::count, "the same in bits of the link"},
      {"transactions", "1", StatKind::count, "TLM transactions at the edges"},
      {"bytes", "B", StatKind::bytes, "bytes of their data"},
      {"spike_packets", "1", StatKind::count, "of these, writes to packet ports"},
      {"failed_packets", "1", StatKind::count, "packets whose port answered with an error"},
      {"packet_latency", "cycles", StatKind::gauge, "mean from creation to delivery"},
      {"link_utilisation_mean", "1", StatKind::ratio, "flits per cycle of the links between routers, mean over links"},
      {"link_utilisation_max", "1", StatKind::ratio, "the same of the busiest link"},
      {"busiest_link", "", StatKind::text, "where it is"},
  };
  kind.events = [](const ParamSet& set) {
    const mesh::Config config = config_of(set);
    const std::string router = fmt::format(".{}.{}.{}", config.flit_bits, mesh::ports_per_router, config.vcs);
    if (!set.is_null("e_hop_pj_per_bit")) return std::vector<std::string>{"custom.noc_hop_bit"};
    return std::vector<std::string>{"flit_buf_wr" + router, "flit_buf_rd" + router,    "flit_xbar" + router, "flit_alloc" + router,
                                    "router_clk" + router,  "router_leak_ns" + router, "link_bit_um"};
  };
  kind.price_hints = [](const ParamSet& set) {
    PriceHints hints;
    if (const auto price = set.get_optional<double>("e_hop_pj_per_bit"))
      hints.own.push_back({"custom.noc_hop_bit", *price, "e_hop_pj_per_bit"});
    return hints;
  };
  kind.sources = {{"preset booksim", Certainty::calibrated, "latency curve of BookSim2, spec/chiplet.md 8.2 N3"},
                  {"router pipeline, credits, allocation", Certainty::structural, "spec/chiplet.md 5.4"},
                  {"link length, queues at the edges", Certainty::assumed, "README of the block"}};
  kind.routes_addresses = true;
  kind.check = check;
  return kind;
}

}  // namespace

void register_mesh(Registry& registry) { registry.add(descriptor()); }

}  // namespace snnvp
