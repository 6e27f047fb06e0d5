// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <memory>

#include <fmt/format.h>

#include <snnvp/interconnect/switch/switch.h>
#include <snnvp/platform/registry/registry.h>

namespace snnvp::text {
extern const char* const switch_registers;
}

namespace snnvp {
namespace {

constexpr std::uint64_t default_bps = 100'000'000'000;

/// Bits per second of a bandwidth parameter (which is in bytes per second).
std::uint64_t bps_of(double bytes_per_second) { return static_cast<std::uint64_t>(std::llround(bytes_per_second * 8)); }

net::QueueSettings queue_of(const ParamSet& q) {
  net::QueueSettings s;
  const std::string shaper = q.get<std::string>("shaper");
  s.shaping = shaper == "cbs" ? net::Shaping::cbs : shaper == "ats" ? net::Shaping::ats : net::Shaping::none;
  s.rate_bps = bps_of(q.get<double>("rate"));
  s.burst = 8 * q.get<Bytes>("burst");
  s.max_residence = q.get_optional<Picoseconds>("max_residence").value_or(net::no_time);
  return s;
}

PacketSwitch::Params params_of(const ParamSet& set, const std::string& name) {
  PacketSwitch::Params params;
  net::SwitchSettings& core = params.core;
  core.inputs = static_cast<unsigned>(set.peers("in").size());
  core.outputs = static_cast<unsigned>(set.peers("out").size());
  params.has_registers = !set.peers("regs").empty();
  core.name = name;
  core.format = net::format_of(set.get<std::string>("format"));
  core.input_bps = bps_of(set.get<double>("rate"));
  core.cut_through = set.get<std::string>("mode") == "cut_through";
  core.pipeline = set.get<Picoseconds>("pipeline");
  core.flood_unknown = set.get<std::string>("unknown") == "flood";
  core.loss = set.get<double>("loss");
  core.jitter = set.get<Picoseconds>("jitter_std");
  core.seed = set.get<std::uint64_t>("seed");
  for (const Value& item : set.at("groups").items()) {
    const ParamSet entry(item);
    std::vector<unsigned>& ports = core.groups[entry.get<std::uint32_t>("group")];
    for (const Value& port : entry.at("ports").items()) ports.push_back(static_cast<unsigned>(port.as_u64()));
  }
  net::PortSettings port;
  port.rate_bps = core.input_bps;
  port.overhead = net::wire_overhead(core.format);
  port.propagation = set.get<Picoseconds>("propagation");
  const std::string scheduler = set.get<std::string>("scheduler");
  port.scheduler = scheduler == "strict" ? net::Scheduler::strict : scheduler == "rr" ? net::Scheduler::rr : net::Scheduler::fifo;
  port.buffer = set.get_optional<Bytes>("buffer").value_or(0);
  port.gate_cycle = set.get<Picoseconds>("gate.cycle");
  port.gate_open = set.get<Picoseconds>("gate.open");
  std::uint64_t i = 0;  // one draw for the run
  const double draw = sum_normal([&] { return draw_uniform("switch/clock/" + name, core.seed, i++); });
  port.clock_offset = static_cast<std::int64_t>(std::llround(draw * static_cast<double>(set.get<Picoseconds>("sync_std"))));
  port.queues.clear();
  for (const Value& item : set.at("queues").items()) port.queues.push_back(queue_of(ParamSet(item)));
  if (port.queues.empty()) port.queues.resize(1);
  core.ports.assign(core.outputs, port);
  for (const Value& item : set.at("output_rates").items()) {
    const ParamSet entry(item);
    core.ports[entry.get<unsigned>("port")].rate_bps = bps_of(entry.get<double>("rate"));
  }
  return params;
}

void check(const ParamSet& set, const SourcePos& pos, const std::string& path, Diagnostics& diagnostics) {
  const std::size_t outputs = set.peers("out").size();
  const auto check_port = [&](std::uint64_t port, const std::string& where) {
    if (port >= outputs)
      diagnostics.error(pos, path + where, fmt::format("there is no output port {}", port),
                        fmt::format("allowed: 0 to {}, one per link from out", outputs == 0 ? 0 : outputs - 1));
  };
  const auto& groups = set.at("groups").items();
  std::map<std::uint64_t, std::size_t> seen;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const ParamSet entry(groups[i]);
    if (!seen.emplace(entry.get<std::uint64_t>("group"), i).second)
      diagnostics.error(pos, fmt::format("{}.groups[{}]", path, i),
                        fmt::format("group {} has two entries", entry.get<std::uint64_t>("group")), "give all its ports in one");
    std::map<std::uint64_t, int> ports;
    for (const Value& port : entry.at("ports").items()) {
      check_port(port.as_u64(), fmt::format(".groups[{}].ports", i));
      if (!ports.emplace(port.as_u64(), 0).second)
        diagnostics.error(pos, fmt::format("{}.groups[{}].ports", path, i), fmt::format("port {} is named twice", port.as_u64()));
    }
  }
  const auto& rates = set.at("output_rates").items();
  for (std::size_t i = 0; i < rates.size(); ++i)
    check_port(ParamSet(rates[i]).get<std::uint64_t>("port"), fmt::format(".output_rates[{}].port", i));
  const auto& queues = set.at("queues").items();
  for (std::size_t i = 0; i < queues.size(); ++i) {
    const ParamSet queue(queues[i]);
    if (queue.get<std::string>("shaper") == "ats" &&
        queue.get<Bytes>("burst") < net::frame_bytes(net::format_of(set.get<std::string>("format"))))
      diagnostics.error(pos, fmt::format("{}.queues[{}].burst", path, i), "a burst below one frame is never committed",
                        "allowed: the bytes of a frame and more");
  }
  if (set.get<Picoseconds>("gate.cycle") != 0 &&
      (set.get<Picoseconds>("gate.open") == 0 || set.get<Picoseconds>("gate.open") > set.get<Picoseconds>("gate.cycle")))
    diagnostics.error(pos, path + ".gate.open", "the gate must be open for a part of its cycle",
                      "allowed: more than 0, at most gate.cycle");
}

std::vector<ParamSpec> parameters() {
  ParamSpec port_number;
  port_number.type = ParamType::integer;
  ParamSpec no_buffer = quantity("buffer", Dimension::bytes, Value(), "bytes of waiting frames per output port; null: unlimited")
                            .optional_null()
                            .from("assumed");
  const auto rate = [](const char* name, double bits, const char* doc) {
    return quantity(name, Dimension::bandwidth, bits / 8, doc).range(1, 1e13);
  };
  return {
      param("format", "ethernet", "frame format on all ports").choices({"ethernet", "noc", "aer"}),
      rate("rate", static_cast<double>(default_bps), "of every port (100 Gb/s)").from("assumed"),
      list_of("output_rates",
              group("rate", {param("port", 0, "output port").range(0, 1023), rate("rate", static_cast<double>(default_bps), "its rate")},
                    "one port"),
              "output ports of another rate"),
      param("mode", "cut_through", "forward once the header is in, or the whole frame")
          .choices({"cut_through", "store_and_forward"})
          .from("spec/pi2.md 3"),
      quantity("pipeline", Dimension::time, Picoseconds{500'000}, "from header or frame to the output queue").from("spec/pi2.md 3"),
      quantity("propagation", Dimension::time, Picoseconds{0}, "of the cables behind the outputs").from("assumed"),
      list_of(
          "groups",
          group("group",
                {param("group", 0, "multicast group, as frames carry it").range(0, 65535), list_of("ports", port_number, "output ports")},
                "one entry"),
          "multicast table"),
      param("unknown", "drop", "frames of a group without entry").choices({"drop", "flood"}).from("assumed"),
      param("scheduler", "fifo", "which queue of a port is served").choices({"fifo", "strict", "rr"}).from("spec/pi2.md 3"),
      list_of(
          "queues",
          group("queue",
                {
                    param("shaper", "none", "none, credit-based (802.1Qav) or asynchronous (802.1Qcr)").choices({"none", "cbs", "ats"}),
                    rate("rate", 1e9, "idle slope or committed information rate"),
                    quantity("burst", Dimension::bytes, Bytes{1542}, "ats: committed burst, preamble and gap included").at_least(1),
                    quantity("max_residence", Dimension::time, Value(), "ats: a longer stay is a drop; null: unlimited").optional_null(),
                },
                "one queue"),
          "queues of every output port, lowest priority first; frames above the last go into the last; none: one without shaper"),
      no_buffer,
      group("gate",
            {quantity("cycle", Dimension::time, Picoseconds{0}, "of the local clock; 0: always open"),
             quantity("open", Dimension::time, Picoseconds{0}, "from its start")},
            "time-aware gate of all output ports"),
      param("loss", 0.0, "probability that a frame is lost at an input").range(0, 1).from("spec/pi2.md 5.4"),
      quantity("jitter_std", Dimension::time, Picoseconds{0}, "standard deviation of what is added to the pipeline")
          .from("spec/pi2.md 5.4"),
      quantity("sync_std", Dimension::time, Picoseconds{0},
               "standard deviation of this switch's clock error, drawn once; it moves the gate")
          .from("spec/pi2.md 5.4"),
      param("seed", 1, "of loss, jitter and clock error").at_least(0),
      param("device", "tomahawk5", "whose energy per bit counts")
          .choices({"tomahawk3", "tomahawk4", "tomahawk5", "tomahawk6"})
          .price()
          .from("spec/pi2.md 6.2"),
  };
}

KindDescriptor descriptor() {
  KindDescriptor kind;
  kind.kind = "interconnect.switch";
  kind.doc = "Output-queued packet switch: multicast, priorities, standard shapers, finite buffers, loss, jitter";
  kind.params = parameters();
  PortSpec in = target("in", "frames come in, one link per port"), out = initiator("out", "frames leave, one link per port");
  in.is_vector = out.is_vector = in.is_optional = out.is_optional = true;
  in.abilities = takes_packets(65535, true, false);
  PortSpec regs = target("regs", "register bank, 4 KiB");
  regs.is_optional = true;
  kind.ports = {in, out, regs, irq_out("irq", "level: a frame was dropped")};
  kind.factory = [](const sc_core::sc_module_name& name, const ParamSet& set) -> std::unique_ptr<sc_core::sc_module> {
    return std::make_unique<PacketSwitch>(name, params_of(set, static_cast<const char*>(name)));
  };
  kind.stats = {
      {"frames_in", "1", StatKind::count, "frames received"},
      {"copies", "1", StatKind::count, "copies made by multicast; in + copies = out + dropped + in flight"},
      {"frames_out", "1", StatKind::count, "frames sent"},
      {"in_flight", "1", StatKind::count, "frames inside at the end"},
      {"dropped_unknown", "1", StatKind::count, "dropped: no entry for their group"},
      {"dropped_malformed", "1", StatKind::count, "dropped: not a frame of this format"},
      {"dropped_loss", "1", StatKind::count, "dropped by the impairment"},
      {"dropped_buffer", "1", StatKind::count, "dropped for want of buffer"},
      {"dropped_residence", "1", StatKind::count, "dropped by the asynchronous shaper"},
      {"refused", "1", StatKind::count, "frames sent that the receiver did not take"},
      {"longest_queue", "1", StatKind::gauge, "largest number of frames that waited at one port"},
      {"mean_wait_ns", "ns", StatKind::gauge, "mean time in an output queue"},
      {"busiest_port", "1", StatKind::ratio, "share of time in which the busiest output sent"},
  };
  kind.events = [](const ParamSet&) { return std::vector<std::string>{"switch_bit"}; };
  kind.price_hints = [](const ParamSet& set) {
    PriceHints hints;
    hints.device = set.get<std::string>("device");
    return hints;
  };
  kind.sources = {{"queueing, serialisation, shapers", Certainty::structural, "802.1Qav, 802.1Qcr; spec/pi2.md 4.7, 5.1"},
                  {"pipeline latency", Certainty::assumed, "spec/pi2.md 5.1"},
                  {"energy per bit", Certainty::assumed, "spec/pi2.md 6.2: typical power over rate"}};
  kind.needs_clock = false;
  kind.registers = text::switch_registers;
  kind.check = check;
  return kind;
}

}  // namespace

void register_switch(Registry& registry) { registry.add(descriptor()); }

}  // namespace snnvp
