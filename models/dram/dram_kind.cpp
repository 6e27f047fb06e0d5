// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <memory>

#include <snnvp/models/dram/dram.h>
#include <snnvp/platform/registry/registry.h>

namespace snnvp {
namespace {

Dram::Params params_of(const ParamSet& set) {
  Dram::Params params;
  params.preset = set.get<std::string>("preset");
  params.size = set.get<Bytes>("size");
  params.channels = set.get_optional<unsigned>("channels").value_or(0);
  if (const auto rate = set.get_optional<double>("bandwidth")) params.bandwidth = static_cast<std::uint64_t>(std::llround(*rate));
  params.latency = set.get_optional<Picoseconds>("latency");
  params.controller_latency = set.get<Picoseconds>("controller_latency");
  params.page_bytes = set.get_optional<Bytes>("page");
  params.refresh_interval = set.get_optional<Picoseconds>("refresh_interval");
  params.allow_dmi = set.get<bool>("allow_dmi");
  params.bank_timing = set.get<std::string>("timing") == "bank";
  params.mapping = set.get<std::string>("mapping");
  params.policy.closed_page = set.get<std::string>("page_policy") == "closed";
  params.policy.reorder = set.get<std::string>("scheduler") == "fr_fcfs";
  params.policy.queue = set.get<unsigned>("queue");
  params.policy.hit_cap = set.get<unsigned>("hit_cap");
  params.policy.ranks = set.get<unsigned>("ranks");
  const std::string refresh = set.get<std::string>("refresh");
  params.policy.refresh = refresh == "per_bank" ? DramRefresh::per_bank : refresh == "none" ? DramRefresh::none : DramRefresh::all_bank;
  return params;
}

void check(const ParamSet& set, const SourcePos& pos, const std::string& path, Diagnostics& diagnostics) {
  const std::string preset = set.get<std::string>("preset");
  if (preset == "custom" && (set.is_null("bandwidth") || set.is_null("latency")))
    diagnostics.error(pos, path, "the preset 'custom' needs 'bandwidth' and 'latency'");
  if (!set.is_null("channels") && !set.is_null("bandwidth"))
    diagnostics.error(pos, path, "'channels' and 'bandwidth' are both given",
                      "'bandwidth' is that of all channels together: give one of them");
  if (const std::string problem = DramAddressMap::problem(set.get<std::string>("mapping")); !problem.empty())
    diagnostics.error(pos, path, problem);
  if (set.get<std::string>("timing") != "bank") return;
  const DramTiming* timing = find_dram_timing(preset);
  if (!timing)
    diagnostics.error(pos, path, "the preset '" + preset + "' has no bank timing",
                      "with bank timing: " + join_names(dram_timing_names(), 20));
  else if (set.get<std::string>("refresh") == "per_bank" && timing->refi_bank == 0)
    diagnostics.error(pos, path, preset + " has no per-bank refresh", "allowed: all_bank, none");
  for (const char* name : {"bandwidth", "latency", "page", "refresh_interval"})
    if (!set.is_null(name))
      diagnostics.error(pos, path, std::string("'") + name + "' belongs to 'timing: simple'", "with 'timing: bank' the preset says it");
  if (timing && set.get<Bytes>("size") / (timing->row_bytes * timing->banks()) > 0xffff'ffffu * set.get<unsigned>("ranks"))
    diagnostics.error(pos, path, "more than 2^32 rows per bank", "a smaller 'size', or more channels or ranks");
}

KindDescriptor descriptor() {
  KindDescriptor kind;
  kind.kind = "models.dram";
  kind.doc = "Off-chip memory: bytes, latency and bandwidth by device preset; counts activations, bits and refreshes";
  const auto nullable = [](ParamSpec spec) { return spec.optional_null(); };
  kind.params = {
      param("preset", "ddr4_2400r", "device and speed grade; 'ideal' takes no time, 'custom' needs bandwidth and latency")
          .choices(dram_preset_names())
          .from("spec/energy.md 5"),
      quantity("size", Dimension::bytes, Bytes{1} << 30, "capacity").range(1, 0x1p46).from("assumed"),
      nullable(param("channels", Value(), "number of channels; null: that of the preset (one, or a stack's)")),
      nullable(quantity("bandwidth", Dimension::bandwidth, Value(), "of all channels together; null: channels x rate of the preset")),
      nullable(quantity("latency", Dimension::time, Value(), "from request to first data; null: tRCD + tCL + 2 x controller_latency")),
      quantity("controller_latency", Dimension::time, std::uint64_t{20'000}, "queue and PHY, each way")
          .from("spec/energy.md 5: 20 ns (10-40)"),
      nullable(quantity("page", Dimension::bytes, Value(), "bytes per open row; null: that of the preset").at_least(1)),
      nullable(quantity("refresh_interval", Dimension::time, Value(), "tREFI, 0 for no refresh; null: that of the preset")),
      param("allow_dmi", false, "grant DMI: faster, but bypasses contention; only what harts do by it is counted").from("spec/tlm.md 5.5"),
      param("timing", "simple", "simple: latency and bandwidth; bank: commands to banks, with every timing of the preset")
          .choices({"simple", "bank"}),
      param("page_policy", "open", "timing bank: rows stay open, or a bank closes itself after the last request for its row that waits")
          .choices({"open", "closed"}),
      param("scheduler", "fr_fcfs", "timing bank, non-blocking accesses: row hits first, or strictly in order")
          .choices({"fr_fcfs", "fcfs"}),
      param("queue", 32, "timing bank: requests that wait in the queue of a pseudo-channel").range(1, 64).from("assumed"),
      param("hit_cap", 32, "timing bank: row hits that may pass the oldest request of their bank").range(1, 65535).from("assumed"),
      param("refresh", "all_bank", "timing bank").choices({"all_bank", "per_bank", "none"}),
      param("ranks", 1, "timing bank: ranks of a channel").range(1, 4),
      param("mapping", DramAddressMap::default_mapping,
            "timing bank: parts of an address from the most significant: ro row, ra rank, ba bank, bg bank group, co column, ch channel"),
  };
  for (ParamSpec& spec : kind.params) {
    if (spec.name == "channels") spec.type = ParamType::integer, spec.range(1, 1024);
    if (spec.name == "bandwidth") spec.range(1, 1e18);
  }
  PortSpec in = target("in", "memory accesses: any size, byte enables, streaming");
  in.abilities.phases_if = "timing: bank";
  kind.ports = {in};
  kind.factory = [](const sc_core::sc_module_name& name, const ParamSet& set) -> std::unique_ptr<sc_core::sc_module> {
    return std::make_unique<Dram>(name, params_of(set));
  };
  kind.stats = {
      {"accesses", "1", StatKind::count, "transactions served"},
      {"bytes_read", "B", StatKind::bytes, "bytes read"},
      {"bytes_written", "B", StatKind::bytes, "bytes written"},
      {"page_activations", "1", StatKind::count, "pages opened"},
      {"busy_ps", "ps", StatKind::time, "time the data bus passed bytes"},
      {"wait_ps", "ps", StatKind::time, "time requests waited for the data bus, summed over requests"},
      {"utilisation", "1", StatKind::ratio, "busy time over elapsed time"},
      {"row_hits", "1", StatKind::count, "timing bank: bursts to a row that was open for another"},
      {"row_misses", "1", StatKind::count, "timing bank: bursts that opened a row of a closed bank"},
      {"row_conflicts", "1", StatKind::count, "timing bank: bursts that closed one row to open another"},
      {"refreshes", "1", StatKind::count, "timing bank: rounds of refresh, one per tREFI and rank"},
      {"bandwidth", "B/s", StatKind::rate, "timing bank: data moved over elapsed time"},
  };
  kind.events = [](const ParamSet&) { return std::vector<std::string>{"dram_act", "dram_rd_bit", "dram_ref", "dram_wr_bit"}; };
  kind.sources = {
      {"device latency and bandwidth", Certainty::structural, "public simulator presets and JEDEC tables, spec/energy.md 5"},
      {"controller latency", Certainty::assumed, "spec/energy.md 5"},
      {"timing: bank", Certainty::structural, "timings of public simulators and JEDEC tables; command legality checked by tests"},
      {"activations, refreshes", Certainty::structural, "pages touched, elapsed time over tREFI"},
  };
  kind.needs_clock = false;
  kind.is_memory = true;
  kind.window = [](const ParamSet& set, const std::string&) { return set.get<Bytes>("size"); };
  kind.check = check;
  return kind;
}

}  // namespace

void register_dram(Registry& registry) { registry.add(descriptor()); }

}  // namespace snnvp
