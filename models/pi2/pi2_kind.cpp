// SPDX-License-Identifier: Apache-2.0
// The kind models.pi2: parameters and what they mean together.
#include <cmath>
#include <limits>
#include <memory>

#include <fmt/format.h>

#include <snnvp/models/pi2/pi2.h>
#include <snnvp/models/pi2/weight_file.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/platform/registry/registry.h>

namespace snnvp::text {
extern const char* const pi2_registers;
}

namespace snnvp {
namespace {

ParamSpec null_param(ParamSpec spec) {
  spec.default_value = Value();
  return spec.optional_null();
}

std::vector<ParamSpec> layer_parameters() {
  const auto size = [](const char* name, int value, const char* doc) { return param(name, value, doc).range(1, 67108864); };
  ParamSpec weights =
      path_param("weights", "CSV, one row per input of a neuron, one column per output (channel); null: by workload or registers")
          .optional_null();
  return {
      param("type", "fc", "fully connected or convolution").choices({"fc", "conv"}),
      size("in", 1, "inputs, or input channels"),
      size("height", 1, "of the input image").range(1, 65536),
      size("width", 1, "of the input image").range(1, 65536),
      size("kernel", 1, "conv: side of the kernel").range(1, 1024),
      param("stride", 1, "conv: stride").range(1, 1024),
      param("padding", 0, "conv: zero padding; a zero is two frames, not none").range(0, 1024),
      size("out", 1, "outputs, or output channels"),
      param("K", 1, "earliest events that count, at most twice the inputs of a neuron").range(1, 134217728).from("spec/pi2.md 4.3"),
      null_param(param("Mk", 0.0, "M/K; null: calibrated").range(0, 1e6).unit("u").from("spec/pi2.md 4.5")),
      null_param(param("gamma", 0.0, "neuron model temp: threshold; null: K Mk").range(0, 1e9).unit("u").from("spec/pi2.md 4.3")),
      null_param(param("scale_d", 1.0, "scale of the re-encoding; null: calibrated").range(0, 1e6).from("spec/pi2.md 4.5")),
      null_param(param("offset_out", 1.0, "time of a zero output; null: calibrated").range(0, 1e6).unit("u").from("spec/pi2.md 4.5")),
      param("inp_scale", 2.3, "calibration: wanted spread of its outputs' arrival times")
          .range(1e-6, 1e6)
          .unit("u")
          .from("spec/pi2.md 4.5"),
      param("relu", true, "its pair units rectify"),
      weights,
      param("weight_bits", 4, "bits of a level; 0: real weights").range(0, 16).unit("bit").from("spec/pi2.md 4.6"),
      null_param(param("weight_scale", 1.0, "u per level of the file, before the scale of the layer before")
                     .range(0, 1e6)
                     .unit("u")
                     .from("spec/pi2.md 4.6")),
  };
}

std::vector<ParamSpec> parameters() {
  const auto energy = [](const char* name, double value, const char* doc) {
    return param(name, value, doc).range(0, 1e9).unit("pJ").price().from("spec/pi2.md 6.2");
  };
  return {
      quantity("time_unit", Dimension::time, Picoseconds{1'100'000'000}, "one algorithm unit u")
          .at_least(1)
          .from("decision: 1,568 frames on one port stay below 0.01 u"),
      param("first_layer", 0, "layer tag of the frames of its first layer").range(0, 254),
      group("code",
            {
                param("offset", 1.0, "time of a zero input; values beyond it clip").range(0, 1e6).unit("u").from("spec/pi2.md 4.1"),
                param("weight_code", "one_sided", "delays of a weight; the code it was trained with")
                    .choices({"one_sided", "offset3", "temp_half"})
                    .from("spec/pi2.md 4.2"),
                param("sign", 1, "y = sign (T- - T+); 1 or -1").range(-1, 1).from("spec/pi2.md 9"),
                param("calib_margin", 0.05, "added to a calibrated Mk and offset").range(0, 1e3).unit("u").from("spec/pi2.md 4.5"),
            },
            "how numbers become times"),
      list_of("layers", group("layer", layer_parameters(), "one layer"), "layers in order; none: by workload or registers"),
      group("neuron",
            {
                param("model", "pi2_k", "how the credit counter stops").choices({"pi2_k", "temp", "cbs_std"}).from("spec/pi2.md 4.3"),
                null_param(param("hi_credit", 0.0, "clamp of the credit; null: none").range(0, 1e12)),
                param("timeout", 8.0, "of a window, from its start").range(1e-6, 1e9).unit("u").from("assumed"),
                param("on_timeout", "emit", "a neuron that has not fired then").choices({"emit", "silent"}).from("assumed"),
            },
            "credit counters"),
      group("synapse",
            {
                param("model", "ats_delay", "release = arrival + delay, or the unmodified shaper")
                    .choices({"ats_delay", "ats_std"})
                    .from("spec/pi2.md 4.7"),
                param("tick", 0.0, "of the calendar queue, in full timing; 0: exact").range(0, 1e6).unit("u").from("assumed"),
                param("buckets", 4096, "of its ring").range(1, 16777216).from("assumed"),
                param("overflow", "drop", "events beyond the ring").choices({"drop", "list"}).from("assumed"),
                param("group_eligibility", false, "as in the standard; destroys the order of events").from("spec/pi2.md 4.7"),
            },
            "delay queues"),
      param("drop_at", "arrival", "where late events are thrown away; changes energy, not time")
          .choices({"arrival", "after_K", "timeout"})
          .from("spec/pi2.md 3"),
      group("switch",
            {
                param("ports", 64, "ports; neuron i uses port i mod ports").range(1, 65536).from("assumed"),
                quantity("rate", Dimension::bandwidth, 12.5e9, "of a port (100 Gb/s)").range(1, 1e13).from("assumed"),
                quantity("pipeline", Dimension::time, Picoseconds{500'000}, "full timing: from header or frame to the delay queue")
                    .from("spec/pi2.md 5.1"),
                quantity("propagation", Dimension::time, Picoseconds{0}, "full timing: of a link").from("assumed"),
                param("format", "ethernet", "of frames").choices({"ethernet", "noc", "aer"}),
                null_param(param("frame_bytes", 84, "of a frame on the wire; null: by format, 84, 8 or 4")
                               .range(1, 65535)
                               .unit("B")
                               .from("spec/pi2.md 3")),
                param("useful_bits", 64, "of a frame that are not overhead").range(0, 524280).unit("bit").from("spec/pi2.md 3"),
                param("mode", "cut_through", "full timing: header or whole frame").choices({"cut_through", "store_and_forward"}),
            },
            "the switch around it"),
      group("pair", {param("latency", 0.0, "of relu and re-encoding").range(0, 1e6).unit("u").from("assumed")}, "pair units"),
      group("impair",
            {
                param("jitter_std", 0.0, "standard deviation").range(0, 1e6).unit("u").from("spec/pi2.md 5.4"),
                param("jitter_at", "event", "of every event's time, or of the layer's output")
                    .choices({"event", "output"})
                    .from("spec/pi2.md 5.4"),
                param("loss", 0.0, "probability").range(0, 1).from("spec/pi2.md 5.4"),
                param("loss_unit", "frame", "single frames, or both of an input").choices({"frame", "pair"}).from("spec/pi2.md 5.4"),
                param("sync_std", 0.0, "full timing: of this switch's clock error, drawn once")
                    .range(0, 1e6)
                    .unit("u")
                    .from("spec/pi2.md 5.4"),
                param("seed", 1, "of all of these").at_least(0),
            },
            "impairments"),
      group("energy",
            {
                energy("pj_per_bit", 8.8, "a bit through the switch, per hop"),
                energy("e_queue_pj", 1.0, "an insertion into a delay queue"),
                energy("e_credit_pj", 0.1, "an event that counts"),
                energy("e_pair_pj", 0.2, "a pair operation"),
                param("static_w", 0.0, "power at rest, in eta and static_energy_j").range(0, 1e9).unit("W").price(),
            },
            "prices"),
      param("timing", "full", "ideal: algorithm times; link: plus ports; full: plus switch, tick, clock error")
          .choices({"ideal", "link", "full"})
          .from("spec/pi2.md 5.1"),
      param("compare_order", true, "find how far real times change which events count (costs about twice the simulation)"),
      param("detail", "packet", "packet: every event; analytic: counts by formula").choices({"packet", "analytic"}),
  };
}

pi2::WeightCode code_of(const std::string& name) {
  return name == "offset3" ? pi2::WeightCode::offset3 : name == "temp_half" ? pi2::WeightCode::temp_half : pi2::WeightCode::one_sided;
}

Pi2LayerRequest layer_of(const ParamSet& p) {
  Pi2LayerRequest r;
  r.is_conv = p.get<std::string>("type") == "conv";
  r.in_channels = p.get<std::uint32_t>("in");
  r.in_height = p.get<std::uint32_t>("height");
  r.in_width = p.get<std::uint32_t>("width");
  r.kernel = p.get<std::uint32_t>("kernel");
  r.stride = p.get<std::uint32_t>("stride");
  r.padding = p.get<std::uint32_t>("padding");
  r.out_channels = p.get<std::uint32_t>("out");
  r.k = p.get<std::uint32_t>("K");
  r.mk = p.get_optional<double>("Mk");
  r.gamma = p.get_optional<double>("gamma");
  if (r.gamma && !r.mk) r.mk = *r.gamma / r.k;
  r.scale_d = p.get_optional<double>("scale_d");
  r.offset_out = p.get_optional<double>("offset_out");
  r.inp_scale = p.get<double>("inp_scale");
  r.rectify = p.get<bool>("relu");
  r.weight_bits = p.get<unsigned>("weight_bits");
  return r;
}

/// Reads the weights of a layer; throws InputError.
void load_weights(const ParamSet& p, Pi2LayerRequest& r) {
  if (p.is_null("weights")) return;
  const std::string path = p.get<std::string>("weights");
  const std::size_t rows =
      r.is_conv ? std::size_t{r.in_channels} * r.kernel * r.kernel : std::size_t{r.in_channels} * r.in_height * r.in_width;
  const std::vector<double> values = pi2::read_weight_csv(path, rows, r.out_channels);
  if (r.weight_bits == 0) {
    r.weights = values;
    const double scale = p.get_optional<double>("weight_scale").value_or(1);
    for (double& w : r.weights) w *= scale;
    return;
  }
  if (p.is_null("weight_scale")) throw InputError("a file of levels needs weight_scale: u per level");
  const int top = (1 << (r.weight_bits - 1)) - 1;
  for (const double v : values) {
    if (v != std::nearbyint(v) || std::fabs(v) > top)
      throw InputError(fmt::format("{}: {} is not a level of {} bits (-{} to {}); weight_bits: 0 is for real weights", path, v,
                                   r.weight_bits, top, top));
    r.levels.push_back(static_cast<std::int16_t>(v));
  }
  r.unit = p.get<double>("weight_scale");
}

std::vector<Pi2LayerRequest> layers_of(const ParamSet& set) {
  std::vector<Pi2LayerRequest> layers;
  for (const Value& item : set.at("layers").items()) {
    const ParamSet p(item);
    layers.push_back(layer_of(p));
    load_weights(p, layers.back());
  }
  return layers;
}

Pi2Switch::Params params_of(const ParamSet& set, const std::string& name) {
  Pi2Switch::Params params;
  params.inputs = static_cast<unsigned>(set.peers("in").size());
  params.outputs = static_cast<unsigned>(set.peers("out").size());
  params.has_registers = !set.peers("regs").empty();
  params.first_layer = set.get<std::uint32_t>("first_layer");
  params.format = net::format_of(set.get<std::string>("switch.format"));
  params.analytic = set.get<std::string>("detail") == "analytic";
  params.useful_bits = set.get<Bits>("switch.useful_bits");
  params.bit_pj = set.get<double>("energy.pj_per_bit");
  params.queue_pj = set.get<double>("energy.e_queue_pj");
  params.credit_pj = set.get<double>("energy.e_credit_pj");
  params.pair_pj = set.get<double>("energy.e_pair_pj");
  params.static_w = set.get<double>("energy.static_w");
  params.layers = layers_of(set);

  pi2::NetworkSettings& network = params.network;
  network.code = code_of(set.get<std::string>("code.weight_code"));
  network.sign = set.get<int>("code.sign") < 0 ? -1 : 1;
  network.offset_in = set.get<double>("code.offset");
  network.calib_margin = set.get<double>("code.calib_margin");
  network.pair_latency = set.get<double>("pair.latency");
  pi2::BankRules& rules = network.rules;
  const std::string model = set.get<std::string>("neuron.model"), drop_at = set.get<std::string>("drop_at"),
                    timing = set.get<std::string>("timing");
  rules.model = model == "temp" ? pi2::NeuronModel::temp : model == "cbs_std" ? pi2::NeuronModel::cbs_std : pi2::NeuronModel::pi2_k;
  rules.hi_credit = set.get_optional<double>("neuron.hi_credit").value_or(pi2::never);
  rules.timeout = set.get<double>("neuron.timeout");
  rules.emit_on_timeout = set.get<std::string>("neuron.on_timeout") == "emit";
  rules.synapse = set.get<std::string>("synapse.model") == "ats_std" ? pi2::SynapseModel::ats_std : pi2::SynapseModel::ats_delay;
  rules.tick = set.get<double>("synapse.tick");
  if (rules.tick > 0 && timing == "full") rules.horizon = rules.tick * set.get<double>("synapse.buckets");
  rules.overflow = set.get<std::string>("synapse.overflow") == "list" ? pi2::Overflow::list : pi2::Overflow::drop;
  rules.group_eligibility = set.get<bool>("synapse.group_eligibility");
  rules.drop_at = drop_at == "after_K" ? pi2::DropAt::after_k : drop_at == "timeout" ? pi2::DropAt::timeout : pi2::DropAt::arrival;
  rules.jitter_seed = mix64(set.get<std::uint64_t>("impair.seed") ^ fnv1a64("pi2/jitter/" + name));
  (set.get<std::string>("impair.jitter_at") == "event" ? rules.jitter_std : network.output_noise) = set.get<double>("impair.jitter_std");

  pi2::FabricSettings& fabric = params.fabric;
  fabric.time_unit = set.get<Picoseconds>("time_unit");
  fabric.ports = set.get<unsigned>("switch.ports");
  fabric.port_bps = static_cast<std::uint64_t>(std::llround(set.get<double>("switch.rate") * 8));
  fabric.frame_bytes =
      set.get_optional<Bytes>("switch.frame_bytes").value_or(net::frame_bytes(params.format) + net::wire_overhead(params.format));
  fabric.header_bytes = std::min(fabric.frame_bytes, net::header_bytes(params.format));
  fabric.cut_through = set.get<std::string>("switch.mode") == "cut_through";
  fabric.pipeline = set.get<Picoseconds>("switch.pipeline");
  fabric.propagation = set.get<Picoseconds>("switch.propagation");
  fabric.timing = timing == "ideal" ? pi2::Timing::ideal : timing == "link" ? pi2::Timing::link : pi2::Timing::full;
  fabric.loss = set.get<double>("impair.loss");
  fabric.loss_of_pairs = set.get<std::string>("impair.loss_unit") == "pair";
  fabric.seed = mix64(set.get<std::uint64_t>("impair.seed") ^ fnv1a64("pi2/loss/" + name));
  fabric.compare_order = set.get<bool>("compare_order");
  std::uint64_t i = 0;  // one draw for the run
  const double draw = sum_normal([&] { return draw_uniform("pi2/clock/" + name, set.get<std::uint64_t>("impair.seed"), i++); });
  fabric.clock_offset = draw * set.get<double>("impair.sync_std");
  return params;
}

void check(const ParamSet& set, const SourcePos& pos, const std::string& path, Diagnostics& diagnostics) {
  if (set.get<int>("code.sign") == 0) diagnostics.error(pos, path + ".code.sign", "the sign is 1 or -1");
  bool all_read = true;
  const auto& layers = set.at("layers").items();
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const ParamSet p(layers[l]);
    Pi2LayerRequest r = layer_of(p);
    if (r.weight_bits == 1)
      diagnostics.error(pos, fmt::format("{}.layers[{}].weight_bits", path, l), "one bit has no symmetric levels", "allowed: 0, 2 to 16"),
          all_read = false;
    try {
      if (r.weight_bits != 1) load_weights(p, r);
    } catch (const InputError& error) {
      diagnostics.error(pos, fmt::format("{}.layers[{}].weights", path, l), error.what());
      all_read = false;
    }
  }
  if (!all_read) return;
  try {
    const Pi2Switch::Params params = params_of(set, "check");
    pi2::Network network(params.network);
    network.set_layers(params.layers, params.network.offset_in, 1);
    bool has_weights = !params.layers.empty();
    for (const Pi2LayerRequest& r : params.layers) has_weights = has_weights && (!r.weights.empty() || !r.levels.empty());
    if (has_weights && !network.needs_calibration()) network.build(false);
  } catch (const InputError& error) {
    diagnostics.error(pos, path + ".layers", error.what());
  }
}

KindDescriptor descriptor() {
  KindDescriptor kind;
  kind.kind = "models.pi2";
  kind.doc = "pi^2: layers of a neural network made of a packet switch's delays, drops and time-outs";
  kind.params = parameters();
  PortSpec in = target("in", "frames come in"), out = initiator("out", "frames of the last layer leave");
  in.is_vector = out.is_vector = in.is_optional = out.is_optional = true;
  in.abilities = takes_packets(65535, true, false);
  PortSpec regs = target("regs", "register bank, 4 KiB");
  regs.is_optional = true;
  kind.ports = {in, out, regs, irq_out("irq", "level: a window is done, or a start failed")};
  kind.factory = [](const sc_core::sc_module_name& name, const ParamSet& set) -> std::unique_ptr<sc_core::sc_module> {
    return std::make_unique<Pi2Switch>(name, params_of(set, static_cast<const char*>(name)));
  };
  kind.stats = {
      {"frames_in", "1", StatKind::count, "frames into its layers, loop-back included"},
      {"insertions", "1", StatKind::count, "insertions into delay queues"},
      {"accepted", "1", StatKind::count, "events that counted"},
      {"dropped", "1", StatKind::count, "events dropped: late, beyond the horizon, at the time-out"},
      {"frames_out", "1", StatKind::count, "frames of its pair units"},
      {"causality_violations", "1", StatKind::count, "neurons that fired before their K-th event although more came"},
      {"short_windows", "1", StatKind::count, "neurons that fired with fewer than K events"},
      {"timeouts", "1", StatKind::count, "neurons that had not fired at the time-out"},
      {"overflow", "1", StatKind::count, "events beyond the calendar's horizon; part of dropped"},
      {"pair_late", "1", StatKind::count, "frames that left later than their value says"},
      {"insertions_avoided", "1", StatKind::count, "insertions spared by drop_at: after_K"},
      {"frames_lost", "1", StatKind::count, "frames taken by the impairment"},
      {"padding_frames", "1", StatKind::count, "frames of zero padding, made in place"},
      {"late_frames", "1", StatKind::count, "frames of a window that was over, or repeated; ignored"},
      {"frames_refused", "1", StatKind::count, "frames that are none, or of no layer here"},
      {"frames_not_taken", "1", StatKind::count, "frames sent that the receiver did not take"},
      {"windows", "1", StatKind::count, "inferences"},
      {"queues", "1", StatKind::count, "neurons times signs: queues a switch would need"},
      {"eta_strict", "1", StatKind::ratio, "(queues + credits + pairs) / all energy"},
      {"eta_pi2", "1", StatKind::ratio, "1 - (overhead bits + energy at rest) / all energy"},
      {"static_energy_j", "J", StatKind::energy, "energy.static_w times simulated time; not part of the ledger"},
  };
  kind.events = [](const ParamSet&) {
    return std::vector<std::string>{"custom.pi2_credit", "custom.pi2_pair", "custom.pi2_queue", "switch_bit"};
  };
  kind.price_hints = [](const ParamSet& set) {
    const char* source = "assumed: spec/pi2.md 6.2";
    const auto price = [&](const char* key, const char* name, double lo, double hi, const char* from) {
      const double pj = set.get<double>(name);
      return PriceHints::Own{key, pj, name, pj * lo, pj * hi, from};
    };
    // Bands of the page: 0.5 to 2 pJ for an insertion, 8.8 to 9.8 pJ for a bit.
    PriceHints hints;
    hints.own = {price("custom.pi2_credit", "energy.e_credit_pj", 1, 1, source), price("custom.pi2_pair", "energy.e_pair_pj", 1, 1, source),
                 price("custom.pi2_queue", "energy.e_queue_pj", 0.5, 2, source),
                 price("switch_bit", "energy.pj_per_bit", 1, 9.8 / 8.8, "typical power of a Tomahawk 5 over its rate; spec/pi2.md 6.2")};
    return hints;
  };
  kind.sources = {
      {"neurons, synapses, event counts", Certainty::structural, "arXiv 2508.19548 and the authors' published layers; spec/pi2.md 4, 6.1"},
      {"relu and re-encoding in the fabric", Certainty::assumed, "not described by the authors; spec/pi2.md 4.4"},
      {"real time in link and full", Certainty::structural, "serialisation and queueing; latencies assumed; spec/pi2.md 5"},
      {"energy", Certainty::assumed, "spec/pi2.md 6.2"}};
  kind.needs_clock = false;
  kind.registers = text::pi2_registers;
  kind.check = check;
  return kind;
}

}  // namespace

void register_pi2(Registry& registry) { registry.add(descriptor()); }

}  // namespace snnvp
