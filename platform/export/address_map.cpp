// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/elaborate/holds_data.h>
#include <snnvp/platform/export/address_map.h>

#include <algorithm>
#include <map>
#include <set>

#include <snnvp/platform/base/text.h>
#include <snnvp/platform/config/scenario.h>
#include <snnvp/platform/plugin/loader.h>

namespace snnvp {
namespace {

const char* const controller_kind = "models.intc";

/// Interconnects behind interconnects are followed this deep; a ring of them ends here.
constexpr unsigned most_hops = 8;

/// A part of an address space that leads into an interconnect: addresses from `base` on are its own from `offset` on.
struct View {
  Address base = 0, offset = 0;
  Bytes size = ~Bytes{0};
};

class Resolver {
public:
  Resolver(const Plan& plan, AddressMap& map) : plan_(plan), map_(map) {}

  void follow(const PortRef& target, const View& view, unsigned hops) {
    const BlockPlan& block = plan_.blocks.at(target.block);
    if (!block.kind->routes_addresses) return add(target, view);
    if (hops == 0) return;
    for (const MapPlan& m : plan_.maps) {
      if (m.router != target.block) continue;
      const Address first = std::max(m.window.base, view.offset);
      const Address last = std::min(m.window.base + (m.window.size - 1), view.offset + (view.size - 1));
      if (first > last) continue;
      follow(m.target, {view.base + (first - view.offset), m.window.offset + (first - m.window.base), last - first + 1}, hops - 1);
    }
  }

private:
  void add(const PortRef& target, const View& view) {
    const BlockPlan& block = plan_.blocks.at(target.block);
    MappedTarget t;
    t.block = target.block, t.port = target.port, t.kind = block.kind->kind, t.index = target.index;
    t.base = view.base, t.offset = view.offset, t.size = view.size;
    if (view.size == ~Bytes{0}) t.size = block.kind->window ? block.kind->window(block.params, target.port) : 0;  // linked directly
    t.is_memory = holds_data(block, target.port);
    t.registers = block.kind->registers, t.registers_head = block.kind->registers_head;
    map_.targets.push_back(std::move(t));
  }

  const Plan& plan_;
  AddressMap& map_;
};

/// Every linked initiator socket of the platform, interconnects aside.
std::vector<PortRef> initiators(const Plan& plan) {
  std::vector<PortRef> list;
  for (const LinkPlan& link : plan.links)
    if (!link.is_irq && !plan.blocks.at(link.from.block).kind->routes_addresses) list.push_back(link.from);
  return list;
}

PortRef choose(const Plan& plan, const std::string& from) {
  const std::vector<PortRef> all = initiators(plan);
  std::vector<std::string> names;
  for (const PortRef& port : all) names.push_back(port.text());
  if (!from.empty()) {
    const auto found = std::find(names.begin(), names.end(), from);
    if (found != names.end()) return all[static_cast<std::size_t>(found - names.begin())];
    const std::string hint = did_you_mean(from, names);
    throw InputError("--from: " + quote(from) + " is no linked initiator socket\n    allowed: " + join_names(names, 20) +
                     (hint.empty() ? "" : "   " + hint));
  }
  if (all.empty()) throw InputError("no block of this platform starts transfers: there is no address map");
  const auto rank = [&](const PortRef& port) {
    const KindDescriptor& kind = *plan.blocks.at(port.block).kind;
    return kind.runs_firmware ? 0 : kind.drives_engines ? 1 : 2;
  };
  return *std::min_element(all.begin(), all.end(), [&](const PortRef& a, const PortRef& b) { return rank(a) < rank(b); });
}

void add_harts(const Plan& plan, AddressMap& map) {
  for (const auto& [name, block] : plan.blocks) {
    if (block.kind->runs_firmware)
      map.harts.push_back({name, block.params.get<std::uint32_t>("hart_id"), block.decl->clock ? block.params.clock() : 0});
    if (block.kind->kind == controller_kind) {
      map.timebase_hz = block.params.get<std::uint64_t>("timebase");
      map.interrupt_sources = block.params.get<unsigned>("sources");
      map.context_stride = block.params.get<unsigned>("context_stride");
    }
  }
  std::stable_sort(map.harts.begin(), map.harts.end(), [](const MappedHart& a, const MappedHart& b) { return a.id < b.id; });
}

/// The block alone where its port goes without saying, else block and port; a target that is mapped again gets a number.
void name_targets(std::vector<MappedTarget>& targets) {
  std::map<std::string, std::set<std::pair<std::string, int>>> ports;  // by block
  for (const MappedTarget& t : targets) ports[t.block].insert({t.port, t.index});
  std::map<std::string, unsigned> used;
  for (MappedTarget& t : targets) {
    const bool is_plain = t.port == "regs" || (t.port == "in" && ports[t.block].size() == 1);
    t.label = is_plain ? t.block : t.block + "_" + t.port + (t.index < 0 ? "" : "_" + std::to_string(t.index));
    if (const unsigned times = ++used[t.label]; times > 1) t.label += "_" + std::to_string(times);
  }
}

}  // namespace

const MappedInterrupt* AddressMap::interrupt_of(const std::string& block) const {
  for (const MappedInterrupt& i : interrupts)
    if (i.block == block) return &i;
  return nullptr;
}

AddressMap address_map(const std::string& scenario, const Plan& plan, const std::string& from) {
  AddressMap map;
  map.scenario = scenario;
  map.initiator = choose(plan, from);
  Resolver(plan, map).follow(plan.link_from(map.initiator)->to, {}, most_hops);
  std::stable_sort(map.targets.begin(), map.targets.end(), [](const MappedTarget& a, const MappedTarget& b) { return a.base < b.base; });
  name_targets(map.targets);
  for (const LinkPlan& link : plan.links)
    if (link.is_irq && !plan.blocks.at(link.to.block).kind->runs_firmware)
      map.interrupts.push_back(
          {link.from.block, link.from.port, link.to.block, link.to.port, static_cast<unsigned>(std::max(link.to.index, 0))});
  std::stable_sort(map.interrupts.begin(), map.interrupts.end(),
                   [](const MappedInterrupt& a, const MappedInterrupt& b) { return a.block < b.block; });
  add_harts(plan, map);
  return map;
}

AddressMap address_map(const std::string& file, const std::vector<std::string>& overrides, const std::string& from, Registry& registry) {
  Diagnostics diagnostics;
  const auto scenario = load_scenario(file, overrides, diagnostics);
  load_plugins(scenario->plugins, registry, diagnostics);
  if (scenario->plugins != nullptr && diagnostics.has_errors()) throw InputError(diagnostics);  // kinds are missing: the rest is noise
  const Plan plan = make_plan(*scenario, registry, diagnostics);
  if (diagnostics.has_errors()) throw InputError(diagnostics);
  return address_map(scenario->name, plan, from);
}

}  // namespace snnvp
