// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include <snnvp/platform/base/quantity.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/config/canonical.h>
#include <snnvp/platform/config/params.h>
#include <snnvp/platform/run/resolved.h>
#include <snnvp/platform/run/simulation.h>
#include <snnvp/platform/run/spike_record.h>
#include <snnvp/platform/run/workload.h>
#include <snnvp/platform/tlm/register_map.h>
#include <snnvp/workloads/network/geometry.h>

namespace snnvp {
namespace {

/// What a block's own descriptor says about its energy, for the resolver.
BlockDeclaration declare(const std::string& name, const BlockPlan& block) {
  const KindDescriptor& kind = *block.kind;
  BlockDeclaration d;
  d.name = name;
  d.kind = kind.kind;
  d.pos = block.decl->pos;
  d.path = block.decl->path;
  if (kind.events) d.event_keys = kind.events(block.params);
  if (kind.macros) d.macros = kind.macros(block.params);
  d.units = kind.units;
  for (const StatSpec& stat : kind.stats) d.statistics.push_back(stat.name);
  d.logic_area_mm2 = kind.logic_area_mm2;
  d.not_counted = kind.energy_not_counted;
  if (kind.price_hints) {
    const PriceHints hints = kind.price_hints(block.params);
    d.device = hints.device;
    d.lane_gts = hints.lane_gts;
    if (hints.bond_pitch_um) d.bond_pitch_um = *hints.bond_pitch_um;
    d.energy_factor = hints.energy_factor;
    d.energy_factor_source = hints.energy_factor_source;
    for (const PriceHints::Own& own : hints.own) {
      const std::string path = block.decl->path + ".params." + own.parameter;
      const std::string source = own.source.empty() ? "stated by the scenario or the default of " + path : own.source;
      const bool has_band = own.lo != 0 || own.hi != 0;
      d.prices[own.key] = Constant{path, own.pj, "pJ", has_band ? own.lo : own.pj, has_band ? own.hi : own.pj, "guess", source, {}};
    }
  }
  if (const Value* preset = block.params.values().find("preset"); kind.is_memory && preset && preset->type() == Value::Type::text) {
    d.device = preset->as_text();
    if (const Value* channels = block.params.values().find("channels"); channels && !channels->is_null())
      d.channels = static_cast<unsigned>(channels->as_u64());
  }
  return d;
}

/// False if a block is missing from the plan, which has been told: what else is missing may be just that.
bool all_kinds_known(const Prepared& prepared) {
  const Scenario& scenario = *prepared.scenario;
  const auto is_planned = [&](const BlockDecl& block) { return prepared.plan.blocks.count(block.name) != 0; };
  return !scenario.blocks.empty() && std::all_of(scenario.blocks.begin(), scenario.blocks.end(), is_planned);
}

/// Where a section of the platform stands, else the platform.
SourcePos platform_pos(const Scenario& scenario, const char* section) {
  const Node* platform = scenario.document.find("platform");
  const Node::Entry* entry = platform ? platform->find_entry(section) : nullptr;
  return entry ? entry->key_pos : platform ? platform->pos : scenario.document.pos;
}

/// A path parameter of the workload.
struct WrittenPath {
  std::string pointer;  ///< "/input/file"
  std::string written, real;
};

std::vector<WrittenPath> written_paths(const Node& node, const std::vector<ParamSpec>& specs, const ParamSet& params,
                                       const std::string& head = {}) {
  std::vector<WrittenPath> paths;
  for (const ParamSpec& spec : specs) {
    const Node* text = node.find(spec.name);
    if (text == nullptr) continue;
    if (spec.type == ParamType::record) {
      for (WrittenPath& path : written_paths(*text, spec.members, params, head + "/" + spec.name)) paths.push_back(std::move(path));
      continue;
    }
    if (spec.type == ParamType::list && spec.members.front().type == ParamType::path) {
      const Value& items = params.at((head + "/" + spec.name).substr(1));
      for (std::size_t i = 0; i < items.items().size() && i < text->items.size(); ++i)
        paths.push_back({fmt::format("{}/{}/{}", head, spec.name, i), text->items[i].text, items.items()[i].as_text()});
      continue;
    }
    if (spec.type != ParamType::path || !text->is_scalar()) continue;
    std::string dotted = (head + "/" + spec.name).substr(1);
    std::replace(dotted.begin(), dotted.end(), '/', '.');
    if (!params.is_null(dotted)) paths.push_back({head + "/" + spec.name, text->text, params.get<std::string>(dotted)});
  }
  return paths;
}

/// The workload section: kind, its parameters, the engines it names.
void prepare_workload(Prepared& prepared, Diagnostics& diagnostics, nlohmann::json& resolved) {
  const Scenario& scenario = *prepared.scenario;
  std::vector<std::string> engines, analytic;
  for (const auto& [name, block] : prepared.plan.blocks) {
    if (block.kind->takes_jobs) engines.push_back(name);
    if (block.kind->is_analytic) analytic.push_back(name);
  }
  if (!scenario.workload || scenario.workload->is_null()) {
    if (engines.empty() && analytic.empty()) return;
    const Node::Entry* empty = scenario.document.find_entry("workload");
    const bool runs = !engines.empty();
    diagnostics.error(empty ? empty->key_pos : scenario.document.pos, "workload",
                      std::string("the platform has ") + (runs ? "engines (" : "analytic models (") +
                          join_names(runs ? engines : analytic) + ") but there is no workload for them",
                      "add workload: { kind: trace, network: FOLDER }");
    return;
  }
  const Node& node = *scenario.workload;
  std::vector<std::string> kinds;
  for (const WorkloadKind& k : workload_kinds()) kinds.push_back(k.kind);
  const Node* kind_node = node.find("kind");
  if (!kind_node || !kind_node->is_scalar())
    return diagnostics.error(node.pos, "workload.kind", "the workload needs a kind", "allowed: " + join_names(kinds));
  const WorkloadKind* kind = find_workload_kind(kind_node->text);
  if (!kind) {
    const std::string hint = did_you_mean(kind_node->text, kinds);
    return diagnostics.error(kind_node->pos, "workload.kind", "unknown workload kind " + quote(kind_node->text),
                             "allowed: " + join_names(kinds) + (hint.empty() ? "" : "   " + hint));
  }
  Node params_node = node;
  for (auto it = params_node.entries.begin(); it != params_node.entries.end(); ++it)
    if (it->key == "kind") {
      params_node.entries.erase(it);
      break;
    }
  std::vector<ParamSpec> specs = common_workload_params(*kind);
  specs.insert(specs.end(), kind->params.begin(), kind->params.end());
  const std::size_t errors_before = diagnostics.error_count();
  const ParamSet params(check_params(&params_node, specs, "workload kind " + kind->kind, "workload", diagnostics));

  // Engines: those named, else all.
  if (!kind->uses_engines) engines.clear();
  const Value none = Value::make_list();
  const Value& named = kind->uses_engines ? params.at("engines") : none;
  const Node* list = node.find("engines");
  for (std::size_t i = 0; i < named.items().size(); ++i) {
    const std::string name = named.items()[i].as_text();
    const SourcePos pos = list && i < list->items.size() ? list->items[i].pos : node.pos;
    if (std::find(engines.begin(), engines.end(), name) == engines.end()) {
      const std::string hint = did_you_mean(name, engines);
      diagnostics.error(pos, fmt::format("workload.engines[{}]", i), quote(name) + " is no engine of this platform",
                        "engines: " + join_names(engines) + (hint.empty() ? "" : "   " + hint));
    } else if (std::find(prepared.engines.begin(), prepared.engines.end(), name) != prepared.engines.end()) {
      diagnostics.error(pos, fmt::format("workload.engines[{}]", i), quote(name) + " is named twice");
    } else {
      prepared.engines.push_back(name);
    }
  }
  if (named.items().empty()) prepared.engines = engines;
  if (kind->uses_engines && prepared.engines.empty() && analytic.empty() && diagnostics.error_count() == errors_before &&
      all_kinds_known(prepared))
    diagnostics.error(node.pos, "workload.engines", "no block of this platform takes jobs", "add an engine such as models.prosperity");

  resolved["workload"] = written(params.values(), specs);
  resolved["workload"]["kind"] = kind->kind;
  if (kind->uses_engines) resolved["workload"]["engines"] = prepared.engines;
  const std::vector<WrittenPath> paths = written_paths(node, kind->params, params);
  for (const WrittenPath& path : paths) {  // as written: equal wherever the run is started from
    resolved["workload"][nlohmann::json::json_pointer(path.pointer)] = path.written;
    prepared.workload_paths[path.pointer] = std::filesystem::absolute(path.real).lexically_normal().string();
  }

  if (diagnostics.error_count() != errors_before) return;
  try {
    prepared.layers = kind->build(params);
    const bool job_list = kind->uses_engines && !kind->makes_jobs;
    if (job_list) prepared.layers.neuron = neuron_of(params);
    if (const std::string problem = neuron_problem(prepared.layers.neuron, 1); !problem.empty()) {
      const Node* at = node.find("neuron");
      diagnostics.error(at ? at->pos : node.pos, "workload.neuron", problem);
      return;
    }
    prepared.layers.seed = params.get<std::uint64_t>("seed");
    if (job_list) prepared.layers.store_sums = params.get<bool>("store_sums");
    if (prepared.layers.driver) prepared.layers.driver->check(prepared.plan, node.pos, diagnostics);
    // Input files are reported with the folder as written.
    prepared.layers.real_files = prepared.layers.input_files;
    for (const WrittenPath& path : paths)
      for (std::string& input : prepared.layers.input_files)
        if (input.rfind(path.real, 0) == 0) input = path.written + input.substr(path.real.size());
  } catch (const InputError& error) {
    const Node* at = node.find(kind->main_param);
    diagnostics.error(at ? at->pos : node.pos, "workload." + kind->main_param, error.what());
  }
}

/// Can the host reach every register of the engine?
void check_registers(const Prepared& prepared, const std::string& engine, Diagnostics& diagnostics) {
  const BlockPlan& block = prepared.plan.blocks.at(engine);
  const auto window = prepared.plan.window_of({prepared.host, "out", -1}, engine, "regs");
  if (!window || window->offset != 0)
    return diagnostics.error(block.decl->pos, "platform.maps", prepared.host + " cannot reach " + engine + ".regs",
                             "map " + engine + ".regs through the interconnect that " + prepared.host + ".out is linked to");
  const auto registers = parse_register_map(block.kind->registers, block.kind->kind, block.kind->registers_head).registers;
  const Bytes needed = registers.empty() ? 0 : registers.back().offset + 4;
  const auto& maps = prepared.scenario->maps;
  const auto map =
      std::find_if(maps.begin(), maps.end(), [&](const MapDecl& m) { return m.to == window->target && m.base == window->base; });
  if (map != maps.end() && window->size < needed)
    diagnostics.error(map->size_pos, map->path + ".size",
                      fmt::format("{} B do not cover the registers of {}", window->size, window->target),
                      fmt::format("allowed: {} B at least; all engines take 4 KiB", needed));
}

/// Does the workload fit the memory it will be placed in?
void check_memory_size(const Prepared& prepared, const AddressWindow& memory, Diagnostics& diagnostics) {
  const Bytes needed = prepared.layers.driver ? prepared.layers.driver->memory_needed() : memory_needed(prepared.layers, prepared.engines);
  if (needed <= memory.size) return;
  const auto text = [](Bytes bytes) { return format_quantity(Value(bytes), Dimension::bytes); };
  const Bytes grain = needed < (Bytes{16} << 20) ? Bytes{1} << 10 : Bytes{1} << 20;
  const auto& maps = prepared.scenario->maps;
  const auto map = std::find_if(maps.begin(), maps.end(), [&](const MapDecl& m) { return m.to == memory.target && m.base == memory.base; });
  const bool is_mapped = map != maps.end();
  diagnostics.error(
      is_mapped ? map->size_pos : platform_pos(*prepared.scenario, "links"), is_mapped ? map->path + ".size" : "platform.links",
      fmt::format("the workload needs {} of memory, {} has {}", text(ceil_div(needed, grain) * grain), memory.target, text(memory.size)),
      "enlarge the memory and the range that is mapped to it");
}

/// Which block drives, and can it and the engines see one memory?
void prepare_host(Prepared& prepared, Diagnostics& diagnostics) {
  const Scenario& scenario = *prepared.scenario;
  std::vector<std::string> hosts;
  for (const auto& [name, block] : prepared.plan.blocks)
    if (block.kind->drives_engines) hosts.push_back(name);
  if (prepared.engines.empty()) return;
  if (hosts.size() != 1) {
    const SourcePos pos = hosts.empty() ? platform_pos(scenario, "blocks") : prepared.plan.blocks.at(hosts[1]).decl->pos;
    if (!hosts.empty() || all_kinds_known(prepared))
      diagnostics.error(pos, "platform.blocks",
                        hosts.empty() ? "no block drives the engines" : "more than one block drives the engines: " + join_names(hosts),
                        "exactly one models.host is needed");
    return;
  }
  prepared.host = hosts.front();
  if (diagnostics.has_errors()) return;
  const PortRef out{prepared.host, "out", -1};
  for (const std::string& engine : prepared.engines) check_registers(prepared, engine, diagnostics);
  if (prepared.layers.driver)
    for (const std::string& helper : prepared.layers.driver->helpers(prepared.plan))
      if (prepared.plan.address_of(out, helper, "regs")) prepared.helpers.push_back(helper);
  if (const auto memory = prepared.plan.shared_memory(memory_users(prepared))) {
    if (prepared.layers.driver && !diagnostics.has_errors()) {
      const JobSetup setup{prepared.engines, prepared.helpers, prepared.host, *memory, scenario.run.check_output};
      prepared.layers.driver->check_jobs(prepared.plan, setup, scenario.workload->pos, diagnostics);
    }
    if (!diagnostics.has_errors()) check_memory_size(prepared, *memory, diagnostics);
    return;
  }
  diagnostics.error(platform_pos(scenario, "maps"), "platform.maps",
                    "no memory is reachable at the same address from " + prepared.host + " and all engines",
                    "map a models.dram or models.sram through an interconnect that all of them are linked to");
}

nlohmann::json resolved_platform(const Prepared& prepared) {
  const Scenario& scenario = *prepared.scenario;
  nlohmann::json platform;
  for (const ClockDecl& clock : scenario.clocks) platform["clocks"][clock.name] = format_quantity(Value(clock.hz), Dimension::frequency);
  platform["blocks"] = nlohmann::json::array();
  for (const auto& [name, block] : prepared.plan.blocks) {
    nlohmann::json b{{"name", name}, {"kind", block.kind->kind}, {"params", written(block.params.values(), block.kind->params)}};
    if (block.decl->clock) b["clock"] = *block.decl->clock;
    for (const auto& [port, clock] : block.decl->clocks) b["clocks"][port] = clock;
    if (const auto& plan = block.decl->floorplan) {
      b["floorplan"]["tier"] = plan->tier;
      if (plan->place) b["floorplan"].update({{"x", plan->place->x}, {"y", plan->place->y}, {"w", plan->place->w}, {"h", plan->place->h}});
    }
    if (block.decl->tier) b["tier"] = *block.decl->tier;
    for (const auto& [pin, joined] : block.decl->pins) b["pins"][pin] = joined;
    platform["blocks"].push_back(std::move(b));
  }
  platform["links"] = nlohmann::json::array();
  for (const LinkPlan& link : prepared.plan.links)
    if (link.from.port != "out" || !prepared.plan.blocks.at(link.from.block).kind->routes_addresses)
      platform["links"].push_back({{"from", link.from.text()}, {"to", link.to.text()}});
  platform["maps"] = nlohmann::json::array();
  for (const MapPlan& map : prepared.plan.maps)
    platform["maps"].push_back({{"through", map.router},
                                {"to", map.target.text()},
                                {"base", map.window.base},
                                {"size", map.window.size},
                                {"offset", map.window.offset}});
  return platform;
}

/// Latencies that follow from the technology tables are of technology.timing_node and timing_sram_device, unless a block names its own.
void settle_timing(Prepared& prepared) {
  const TechnologySettings& settings = prepared.prices.settings;
  for (auto& [name, block] : prepared.plan.blocks) {
    const auto is_open = [&params = block.params](const char* key) {
      const Value* value = params.values().find(key);
      return value && value->is_null();
    };
    if (!is_open("node_nm") && !is_open("sram_device")) continue;
    if (is_open("node_nm")) block.params.set("node_nm", Value(settings.timing_node));
    if (is_open("sram_device")) block.params.set("sram_device", Value(settings.timing_sram_device));
    if (!is_open("latency_cycles") || !block.kind->macros || !block.params.has_clock()) continue;
    const Value* ports = block.params.values().find("ports");
    for (const MacroSpec& macro : block.kind->macros(block.params))
      prepared.latencies.push_back({name, {macro.bytes, macro.bits, ports && ports->as_text() == "1r1w"}, block.params.clock()});
  }
}

Prepared prepare_scenario(std::unique_ptr<Scenario> scenario, std::unique_ptr<Registry> registry, Diagnostics& diagnostics,
                          const std::vector<std::string>& plugins = {}) {
  Prepared prepared;
  prepared.scenario = std::move(scenario);
  prepared.registry = std::move(registry);
  for (const std::string& file : plugins) prepared.plugins.push_back(load_plugin(file, "", *prepared.registry));
  for (LoadedPlugin& plugin : load_plugins(prepared.scenario->plugins, *prepared.registry, diagnostics))
    prepared.plugins.push_back(std::move(plugin));
  if (prepared.scenario->plugins && diagnostics.has_errors()) throw InputError(diagnostics);  // kinds are missing: the rest is noise
  prepared.plan = make_plan(*prepared.scenario, *prepared.registry, diagnostics);

  nlohmann::json resolved;
  prepare_workload(prepared, diagnostics, resolved);
  prepare_host(prepared, diagnostics);
  const Node* run_node = prepared.scenario->document.find("run");
  if (!diagnostics.has_errors())
    check_spike_record(prepared.layers, prepared.scenario->run, run_node ? run_node->pos : prepared.scenario->document.pos, diagnostics);

  prepared.technology = std::make_shared<Technology>(data_dir() + "/tech");
  const std::vector<ParamSpec> technology_specs = technology_params(*prepared.technology);
  const Value technology = check_params(prepared.scenario->technology, technology_specs, "technology", "technology", diagnostics);
  if (diagnostics.has_errors()) throw InputError(diagnostics);
  for (const auto& [name, block] : prepared.plan.blocks)
    if (!block.kind->is_analytic) prepared.declarations.push_back(declare(name, block));  // no part of the platform's energy
  prepared.prices = resolve_prices(*prepared.technology, technology, prepared.declarations, diagnostics, prepared.scenario->technology);
  if (diagnostics.has_errors()) throw InputError(diagnostics);
  settle_timing(prepared);

  for (const LoadedPlugin& plugin : prepared.plugins)
    resolved["plugins"].push_back({{"path", plugin.shown}, {"requires", "=" + plugin.version}});
  resolved["scenario"] = 1;
  resolved["name"] = prepared.scenario->name;
  resolved["platform"] = resolved_platform(prepared);
  resolved["technology"] = written(technology, technology_specs);
  const RunDecl& run = prepared.scenario->run;
  resolved["run"] = {
      {"until", "idle"}, {"check_output", run.check_output}, {"quantum", format_quantity(Value(run.quantum), Dimension::time)}};
  if (run.limit != 0) resolved["run"]["limit"] = format_quantity(Value(run.limit), Dimension::time);
  prepared.hash = canonical_hash(resolved);
  prepared.resolved = std::move(resolved);
  return prepared;
}

}  // namespace

std::vector<PortRef> memory_users(const Prepared& prepared) {
  std::vector<PortRef> users{{prepared.host, "out", -1}};
  for (const std::string& engine : prepared.engines) users.push_back({engine, "dma", -1});
  for (const std::string& helper : prepared.helpers) users.push_back({helper, "dma", -1});
  return users;
}

Prepared prepare(const std::string& file, const std::vector<std::string>& overrides, std::unique_ptr<Registry> registry,
                 const std::vector<std::string>& plugins) {
  Diagnostics diagnostics;
  auto scenario = load_scenario(file, overrides, diagnostics);
  return prepare_scenario(std::move(scenario), std::move(registry), diagnostics, plugins);
}

Prepared prepare_text(const std::string& text, const std::string& name, const std::vector<std::string>& overrides,
                      std::unique_ptr<Registry> registry) {
  Diagnostics diagnostics;
  auto scenario = load_scenario_text(text, name, overrides, diagnostics);
  return prepare_scenario(std::move(scenario), std::move(registry), diagnostics);
}

}  // namespace snnvp
