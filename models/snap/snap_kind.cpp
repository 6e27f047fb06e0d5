// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <fmt/format.h>

#include <snnvp/interconnect/d2d/d2d_settings.h>
#include <snnvp/interconnect/mesh/port_places.h>
#include <snnvp/models/snap/boundary_files.h>
#include <snnvp/models/snap/snap.h>
#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/registry/registry.h>

namespace snnvp {
namespace {

using snap::Config;

ParamSpec nullable(ParamSpec spec) {
  spec.default_value = Value();
  return spec.optional_null();
}

ParamSpec pair_of(const char* name, unsigned each, double most, const char* doc, const char* source) {
  ParamSpec spec = list_of(name, param("side", 1, doc).range(1, most), doc).range(2, 2).from(source);
  Value value = Value::make_list();
  value.push_back(each);
  value.push_back(each);
  spec.default_value = value;
  return spec;
}

std::vector<ParamSpec> encoding_specs() {
  std::vector<ParamSpec> specs = d2d_param_specs();
  specs.push_back(param("encoding", "aer", "how spikes cross a die edge; auto: the cheapest that loses nothing, 4 bits a window")
                      .choices({"act", "aer", "baer", "bitmap", "rle", "delta", "rate", "ttfs", "auto"})
                      .from("assumed"));
  specs.push_back(param("emio_per", "side", "side: the edge routers of a side share a link; router: each has its own")
                      .choices({"side", "router"})
                      .from("assumed"));
  specs.push_back(
      param("delta_inner", "rle", "encoding of the differences of delta").choices({"aer", "baer", "bitmap", "rle"}).from("assumed"));
  specs.push_back(param("group", 256, "neurons of a group").range(8, 1024).from("assumed"));
  specs.push_back(param("group_header_bits", 26, "header of a group; 34 holds a count").range(26, 64).from("assumed"));
  return specs;
}

Config config_of(const ParamSet& set) {
  Config c;
  const auto& chips = set.at("package.chips").items();
  const auto& tiles = set.at("package.mesh").items();
  c.chips_x = static_cast<unsigned>(chips.at(0).as_u64()), c.chips_y = static_cast<unsigned>(chips.at(1).as_u64());
  c.mesh.width = static_cast<unsigned>(tiles.at(0).as_u64()), c.mesh.height = static_cast<unsigned>(tiles.at(1).as_u64());
  c.noc_hz = set.get<std::uint64_t>("package.clk_noc"), c.d2d_hz = set.get<std::uint64_t>("package.clk_d2d");
  const std::string mode = set.get<std::string>("mode");
  c.mode = mode == "ann" ? snap::Mode::ann : mode == "snn" ? snap::Mode::snn : snap::Mode::hnn;
  c.neurons = set.get<unsigned>("core.neurons"), c.axons = set.get<unsigned>("core.axons");
  c.macs_per_cycle = set.get<unsigned>("core.macs_per_cycle");
  c.act_bits = set.get<unsigned>("core.act_bits"), c.weight_bits = set.get<unsigned>("core.weight_bits");
  c.acc_bits = set.get<unsigned>("core.acc_bits");
  c.snn_core = set.get<std::string>("core.snn_core") == "ranc" ? snap::SnnCore::ranc : snap::SnnCore::event;
  c.mesh.router_cycles = set.get<unsigned>("noc.router_cycles"), c.mesh.link_cycles = set.get<unsigned>("noc.link_cycles");
  c.mesh.inject_cycles = set.get<unsigned>("noc.inject_cycles");
  c.mesh.eject_cycles = set.get_optional<unsigned>("noc.eject_cycles").value_or(mesh::least_eject_cycles(c.mesh.router_cycles));
  c.mesh.vc_buffer = set.get<unsigned>("noc.fifo"), c.mesh.vcs = set.get<unsigned>("noc.vcs");
  c.mesh.flit_bits = set.get<unsigned>("noc.flit_bits");
  c.d2d = d2d_params_of(set, "d2d.", c.d2d_hz);
  const std::string encoding = set.get<std::string>("d2d.encoding");
  c.auto_encoding = encoding == "auto";
  if (!c.auto_encoding) c.encoding = *encoding_of(encoding);
  c.encoding_spec.group = set.get<unsigned>("d2d.group");
  c.encoding_spec.header_bits = set.get<unsigned>("d2d.group_header_bits");
  c.encoding_spec.delta_inner = *encoding_of(set.get<std::string>("d2d.delta_inner"));
  c.coding.steps = set.get<std::uint32_t>("converter.T");
  c.coding.code = *activation_code_of(set.get<std::string>("converter.code"));
  c.coding.x_max = c.act_bits >= 32 ? ~std::uint32_t{0} : (std::uint32_t{1} << c.act_bits) - 1;
  c.dual_axon = set.get<std::string>("converter.signed") == "dual_axon";
  c.t_step_cycles = set.get<Cycles>("converter.t_step_cycles");
  c.close = set.get<std::string>("converter.window_close") == "timer" ? snap::WindowClose::timer : snap::WindowClose::eow;
  c.boundary.rate = set.get<double>("boundary.default_rate");
  c.partition = set.get<std::string>("placement.partition") == "balanced" ? snap::Partition::balanced : snap::Partition::contiguous;
  c.multicast = set.get<std::string>("placement.multicast") == "tree" ? snap::Multicast::tree : snap::Multicast::source;
  c.packing = set.get<std::string>("placement.act_packing") == "burst" ? snap::ActPacking::burst : snap::ActPacking::single;
  c.overlap = set.get<double>("overlap");
  c.pipeline = set.get<bool>("pipeline");
  c.link_per_router = set.get<std::string>("d2d.emio_per") == "router";
  c.strip_header = set.get<bool>("noc.strip_header");
  if (!set.is_null("boundary.cluster"))
    c.boundary.alpha = set.get<unsigned>("boundary.cluster.alpha"), c.boundary.beta = set.get<unsigned>("boundary.cluster.beta");
  c.sample_tokens = set.get<std::uint64_t>("sample_tokens");
  c.encoding_spec.tune(c.boundary.rate);
  return c;
}

std::string file_of(const ParamSet& set, const char* name) { return set.is_null(name) ? std::string() : set.get<std::string>(name); }

Snap::Params params_of(const ParamSet& set) {
  Snap::Params p;
  p.config = config_of(set);
  snap::Boundary& b = p.config.boundary;
  if (const std::string file = file_of(set, "boundary.hist"); !file.empty()) {
    b.histogram = snap::read_histogram(file);
    double weight = 0, sum = 0;
    for (const auto& bin : b.histogram) weight += bin.weight, sum += bin.weight * (bin.low + bin.high) / 2;
    b.rate = sum / weight;
  }
  if (const std::string file = file_of(set, "boundary.curve"); !file.empty()) {
    const auto [rate, accuracy] = snap::read_curve(file, set.get<double>("boundary.lambda"));
    b.rate = rate, p.accuracy = accuracy, p.lambda = set.get<double>("boundary.lambda");
  }
  if (const std::string folder = file_of(set, "boundary.trace"); !folder.empty()) {
    b.trace = snap::read_trace(folder, set.get<std::string>("boundary.trace_layer"));
    b.rate = b.trace->density();
  }
  p.config.encoding_spec.tune(b.rate);
  p.paper_timing = set.get<std::string>("timing") == "paper";
  p.pitch_um = set.get<std::uint64_t>("noc.pitch_um");
  p.lumped_hops = !set.is_null("noc.e_hop_pj_per_bit");
  p.leaks = set.get<bool>("leakage");
  const unsigned width = p.config.chips_x * p.config.mesh.width, height = p.config.chips_y * p.config.mesh.height;
  const auto nodes = port_nodes(set, set.at("io.nodes"), width, height);
  for (const std::string& peer : set.peers("in"))
    p.initiators.push_back({peer, snap::tile_at(p.config, nodes.at(block_of(peer)) % width, nodes.at(block_of(peer)) / width), false});
  for (const std::string& peer : set.peers("out"))
    p.targets.push_back({peer, snap::tile_at(p.config, nodes.at(block_of(peer)) % width, nodes.at(block_of(peer)) / width),
                         takes_packets(set.at("io.packet_ports"), block_of(peer))});
  return p;
}

void check(const ParamSet& set, const SourcePos& pos, const std::string& path, Diagnostics& diagnostics) {
  if (set.at("package.chips").items().size() != 2 || set.at("package.mesh").items().size() != 2)
    return diagnostics.error(pos, path + ".package", "chips and mesh have a width and a height", "chips: [2, 2], mesh: [8, 8]");
  for (const std::string& problem : snap::problems(config_of(set))) diagnostics.error(pos, path, problem);
  const Config c = config_of(set);
  check_port_places(set, set.at("io.nodes"), set.at("io.packet_ports"), c.chips_x * c.mesh.width, c.chips_y * c.mesh.height, pos,
                    path + ".io", diagnostics);
  unsigned given = 0;
  if (!set.is_null("boundary.cluster") && (!file_of(set, "boundary.hist").empty() || !file_of(set, "boundary.trace").empty()))
    diagnostics.error(pos, path + ".boundary.cluster", "hist and trace say themselves how rates are spread", "leave one of them out");
  for (const char* name : {"boundary.hist", "boundary.curve", "boundary.trace"}) given += !file_of(set, name).empty();
  if (given > 1)
    diagnostics.error(pos, path + ".boundary", "hist, curve and trace exclude each other", "give one of them, or none for default_rate");
  if (given == 0) return;
  try {
    params_of(set);
  } catch (const InputError& error) {
    diagnostics.error(pos, path + ".boundary", error.what());
  }
}

std::vector<std::string> event_keys(const ParamSet& set) {
  const Config c = config_of(set);
  std::vector<std::string> keys{"mac.8.32", "spike_acc.8.16", "lif.16", "sram_rd.1024.8", "sram_wr.1024.8", "conv_step"};
  const bool leaks = set.get<bool>("leakage");
  for (const char* name : {"sram_rd", "sram_leak_ns"})
    if (leaks || std::string(name) == "sram_rd")
      keys.push_back(fmt::format("{}.{}.{}", name, c.axons * c.neurons * c.weight_bits / 8, c.neurons * c.weight_bits));
  if (leaks) keys.push_back("sram_leak_ns.1024.8");
  for (const std::string& key : d2d_event_keys(set, "d2d.")) keys.push_back(key);
  if (!set.is_null("noc.e_hop_pj_per_bit")) {
    keys.push_back("custom.noc_hop_bit");
    return keys;
  }
  for (const char* name : {"flit_buf_wr", "flit_buf_rd", "flit_xbar", "flit_alloc", "router_clk"})
    keys.push_back(fmt::format("{}.{}.5.{}", name, c.mesh.flit_bits, c.mesh.vcs));
  if (leaks) keys.push_back(fmt::format("router_leak_ns.{}.5.{}", c.mesh.flit_bits, c.mesh.vcs));
  keys.push_back("link_bit_um");
  return keys;
}

PriceHints price_hints(const ParamSet& set) {
  PriceHints hints = d2d_price_hints(set, "d2d.");
  hints.own.push_back({"conv_step", set.get<double>("converter.e_pj"), "converter.e_pj"});
  if (const auto price = set.get_optional<double>("noc.e_hop_pj_per_bit"))
    hints.own.push_back({"custom.noc_hop_bit", *price, "noc.e_hop_pj_per_bit"});
  return hints;
}

std::vector<ParamSpec> param_specs() {
  const char* ranc = "RANC";
  ParamSpec lambda = param("lambda", 0.0, "point on the curve").range(-1e9, 1e9);
  ParamSpec cluster = group("cluster",
                            {required_param("alpha", ParamType::integer, "whole number").range(1, snap::most_cluster),
                             required_param("beta", ParamType::integer, "whole number").range(1, snap::most_cluster)},
                            "each channel draws its rate from Beta(alpha, beta), scaled to the mean rate of its layer")
                          .optional_null();
  cluster.default_value = Value();
  const ParamSpec io_name = param("name", "", "block");
  return {
      group(
          "package",
          {
              pair_of("chips", 2, 64, "chips in x and y", "assumed"),
              pair_of("mesh", 8, 64, "tiles of a chip in x and y", "assumed"),
              quantity("clk_noc", Dimension::frequency, std::uint64_t{1'000'000'000}, "clock of the meshes and tiles")
                  .range(1, 1e12)
                  .from("assumed"),
              quantity("clk_d2d", Dimension::frequency, std::uint64_t{1'000'000'000}, "clock of the links").range(1, 1e12).from("assumed"),
          },
          "chips and tiles"),
      param("mode", "hnn", "ann: dense everywhere; snn: spikes everywhere; hnn: dense inside a die, spikes across its edges")
          .choices({"ann", "snn", "hnn"}),
      param("timing", "tile", "tile: time emerges from packets; paper: the closed form per stage; packets move in both")
          .choices({"tile", "paper"}),
      group("core",
            {
                param("neurons", 256, "outputs of a tile").range(1, 256).from(ranc),
                param("axons", 256, "inputs of a tile").range(1, 256).from(ranc),
                param("macs_per_cycle", 256, "of an ann tile").range(1, 65536).from("assumed"),
                param("act_bits", 8, "bits of an activation: 8, 16 or 32").range(8, 32).from("assumed"),
                param("weight_bits", 8, "bits of a weight").range(1, 32).from("assumed"),
                param("acc_bits", 32, "bits of a partial sum between tiles").range(8, 32).from("assumed"),
                param("snn_core", "event", "event: a row per spike, a neuron per cycle; ranc: every neuron x axon each tick")
                    .choices({"event", "ranc"})
                    .from(ranc),
            },
            "tiles"),
      group(
          "noc",
          {
              param("routing", "xy", "dimension order, x first").choices({"xy"}).from(ranc),
              param("router_cycles", 2, "cycles of a router").range(1, 4).from("assumed"),
              param("link_cycles", 1, "cycles of a link").range(1, 64).from("assumed"),
              param("inject_cycles", 0, "into the first router").range(0, 64).from("assumed"),
              nullable(param("eject_cycles", 1, "out of the last router; null: the least the router allows").range(1, 64).from("assumed")),
              param("fifo", 4, "flits of an input's buffer").range(1, 4096).from(ranc),
              param("vcs", 1, "virtual channels").range(1, 8).from("assumed"),
              param("flit_bits", 38, "width of a link; wider packets take several flits").range(8, 4096).from("assumed"),
              param("strip_header", false, "packets leave dx behind when they turn into y: 9 bits fewer on those links").from(ranc),
              param("pitch_um", std::uint64_t{1000}, "of the tiles, for the energy of links").range(0, 1e6).from("assumed").price(),
              nullable(param("e_hop_pj_per_bit", 0.10, "lumped price of a hop instead of router and link keys")
                           .unit("pJ/bit")
                           .range(0, 1e6)
                           .price()),
          },
          "mesh of a chip"),
      group("d2d", encoding_specs(), "links between chips"),
      group("converter",
            {
                param("T", 8, "steps of a window").range(1, 32).from("assumed"),
                param("code", "rate", "how an activation becomes spikes").choices({"rate", "ttfs", "graded"}).from("assumed"),
                param("signed", "none", "negative values of networks with weights: none: clipped to 0; dual_axon: on a second axon")
                    .choices({"none", "dual_axon"})
                    .from("assumed"),
                param("t_step_cycles", 32, "cycles of a step").range(1, 1e6).from("assumed"),
                param("window_close", "eow", "eow: by packets that say so; timer: after T steps").choices({"eow", "timer"}).from("assumed"),
                param("e_pj", 0.1, "energy per neuron and step").unit("pJ").range(0, 1e6).from("assumed").price(),
            },
            "boundary converters"),
      group("boundary",
            {
                param("default_rate", 0.033, "spikes per neuron and step where nothing else says so").range(0, 1).from("assumed"),
                path_param("hist", "CSV rate_low,rate_high,neurons: each neuron draws its own rate").optional_null(),
                path_param("trace", "network folder: recorded spikes are replayed").optional_null(),
                cluster,
                param("trace_layer", "", "layer of the folder; empty: its first"),
                path_param("curve", "CSV lambda,rate,accuracy of learnt sparsity").optional_null(),
                lambda,
            },
            "spikes of networks without weights"),
      group("io",
            {
                map_of("nodes", list_of("place", param("coordinate", 0, "x or y").range(0, 4095), "x and y"),
                       "io tiles of linked blocks, in tiles over all chips: {dram: [7, 0]}; the others by name on the tiles that are left"),
                list_of("packet_ports", io_name,
                        "blocks whose ports take packets: a write to them is a packet of its own bytes, without header and response"),
            },
            "TLM edges of the package: where linked blocks sit"),
      group("placement",
            {
                param("partition", "contiguous", "contiguous: chip after chip; balanced: the MACs of the chips as even as the order allows")
                    .choices({"contiguous", "balanced"})
                    .from("assumed"),
                param("multicast", "source", "source: a copy per reader; tree: once over each link")
                    .choices({"source", "tree"})
                    .from("assumed"),
                param("act_packing", "single", "single: a packet per activation; burst: one header for many")
                    .choices({"single", "burst"})
                    .from("assumed"),
            },
            "where layers sit and how values are packed"),
      param("leakage", false, "the SRAM of all tiles and the routers leak while the package works; the fitted price list knows no leakage")
          .from("assumed"),
      param("pipeline", false,
            "stages work one behind the other on the samples of a network with weights; of a table: the steady interval between inferences "
            "is told")
          .from("assumed"),
      param("overlap", 1.0, "of computing, mesh and links in paper timing").range(0, 1).from("assumed"),
      param("sample_tokens", std::uint64_t{64}, "tokens of a layer that are simulated, the rest is extrapolated; 0: all")
          .range(0, 1e12)
          .from("decision 40"),
  };
}

KindDescriptor descriptor() {
  KindDescriptor kind;
  kind.kind = "models.snap";
  kind.doc = "Package of chips with meshes, boundary converters and spike-encoded die-to-die links (SNAP / HNN, a reconstruction)";
  kind.params = param_specs();
  kind.needs_clock = false;
  PortSpec in = target("in", "one per initiator: an io tile"), out = initiator("out", "one per target: an io tile");
  in.is_vector = out.is_vector = in.is_optional = out.is_optional = true;
  in.abilities.dmi = Ability::no;
  kind.ports = {in, out};
  kind.routes_addresses = true;
  kind.factory = [](const sc_core::sc_module_name& name, const ParamSet& set) -> std::unique_ptr<sc_core::sc_module> {
    return std::make_unique<Snap>(name, params_of(set));
  };
  kind.stats = {
      {"cycles", "cycles", StatKind::cycles, "of the mesh's clock, sum over stages, tile timing"},
      {"tiles", "1", StatKind::gauge, "tiles in use"},
      {"packets", "1", StatKind::count, "packets sent into meshes by tiles and converters"},
      {"noc_flit_hops", "1", StatKind::count, "flits times links between routers"},
      {"noc_hop_bits", "bit", StatKind::count, "link bits times hops"},
      {"d2d_packets", "1", StatKind::count, "packets over die-to-die links"},
      {"d2d_payload_bits", "bit", StatKind::count, "their bits"},
      {"d2d_wire_bits", "bit", StatKind::count, "bits on the wires: slots, or flits with headers, CRC, padding and replays"},
      {"d2d_flits", "1", StatKind::count, "flits with data, first transmissions"},
      {"d2d_replays", "1", StatKind::count, "flits sent again"},
      {"nop_bytes", "B", StatKind::bytes, "payload of flits that held nothing"},
      {"eow_packets", "1", StatKind::count, "end-of-window packets over die-to-die links"},
      {"spikes", "1", StatKind::count, "spikes made by converters, in snn by tiles"},
      {"late_spikes", "1", StatKind::count, "spikes behind the timer's end of their window"},
      {"corrupt_windows", "1", StatKind::count, "windows that damage made unreadable"},
      {"transactions", "1", StatKind::count, "TLM transactions at io tiles"},
      {"spike_packets", "1", StatKind::count, "of these, writes to packet ports"},
      {"failed_packets", "1", StatKind::count, "packets whose port answered with an error"},
      {"io_flit_hops", "1", StatKind::count, "flits times links of their messages"},
      {"io_d2d_packets", "1", StatKind::count, "packets of their messages over die-to-die links"},
      {"io_d2d_bits", "bit", StatKind::count, "their bits on the wires"},
      {"link_utilisation", "1", StatKind::ratio, "wires of each stage's busiest die-to-die direction over all cycles"},
      {"mode", "", StatKind::text, "ann, snn or hnn"},
  };
  kind.events = event_keys;
  kind.price_hints = price_hints;
  kind.check = check;
  kind.sources = {{"packet formats, addressing, FIFO depth", Certainty::structural, "RANC"},
                  {"EMIO latency, converter, mapping, spike code", Certainty::assumed, "reconstruction: README of the block"},
                  {"UCIe-style adapter pipeline", Certainty::structural, "CAL-UniCNet"},
                  {"energy of links", Certainty::assumed, "second-hand tables; snap_paper is fitted to a headline ratio"}};
  return kind;
}

}  // namespace

void register_snap(Registry& registry) { registry.add(descriptor()); }

}  // namespace snnvp
