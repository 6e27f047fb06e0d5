// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/elaborate/platform.h>

#include <algorithm>

#include <snnvp/platform/elaborate/binding.h>
#include <snnvp/platform/trace/hook.h>

namespace snnvp {

Platform::Platform(const Plan& plan, trace::Tracer* tracer) : tracer_(tracer) {
  for (const auto& [name, block] : plan.blocks) {
    std::unique_ptr<sc_core::sc_module> module = block.kind->factory(sc_core::sc_module_name(name.c_str()), block.params);
    if (!module || name != module->name()) throw InputError("block " + name + ": the name is taken by another object of the simulation");
    blocks_.emplace(name, std::move(module));
  }
  trace_blocks(plan);
  for (const LinkPlan& link : plan.links) link.is_irq ? bind_irq(link) : bind(plan, link);
  bind_pins(plan);
  for (const MapPlan& map : plan.maps) {
    auto* router = find<AddressRouter>(map.router);
    if (!router) throw InputError("block " + map.router + " does not route addresses");
    router->map(map.window);
  }
  tie_off(plan);
}

Platform::~Platform() = default;

sc_core::sc_module* Platform::block(const std::string& name) const {
  const auto it = blocks_.find(name);
  return it == blocks_.end() ? nullptr : it->second.get();
}

/// Blocks appear in the order in which the scenario declares them.
void Platform::trace_blocks(const Plan& plan) {
  if (tracer_ == nullptr) return;
  std::vector<const BlockPlan*> declared;
  for (const auto& [name, block] : plan.blocks) declared.push_back(&block);
  std::sort(declared.begin(), declared.end(), [](const BlockPlan* a, const BlockPlan* b) { return a->decl < b->decl; });
  for (const BlockPlan* block : declared) {
    const BlockDecl& decl = *block->decl;
    const std::optional<unsigned> tier = decl.floorplan ? std::optional(decl.floorplan->tier) : decl.tier;
    tracer_->block(decl.name, block->kind->kind, tier ? static_cast<int>(*tier) : -1);
    if (auto* traced = find<trace::Traced>(decl.name)) traced->trace_to(*tracer_, decl.name);
  }
}

/// Probe and monitor, where wanted, stand between the two sockets.
void Platform::bind(const Plan& plan, const LinkPlan& link) {
  sc_core::sc_object* from = &find_port(link.from);
  const auto stand_between = [&](sc_core::sc_object& in, sc_core::sc_object& out) {
    bind_sockets(*from, link.from, in, link.to);
    from = &out;
  };
  if (tracer_ != nullptr) {
    // What a block asks for is its own; what an interconnect passes on belongs to whoever receives it.
    const bool is_passed_on = plan.blocks.at(link.from.block).kind->routes_addresses;
    const PortRef &own = is_passed_on ? link.to : link.from, &other = is_passed_on ? link.from : link.to;
    const std::string name = PortRef{"", own.port, own.index}.text().substr(1) + (is_passed_on ? " <- " : " -> ") + other.text();
    link_probes_.push_back(
        std::make_unique<trace::LinkProbe>(sc_core::sc_module_name(("probe_" + std::to_string(link_probes_.size())).c_str()), *tracer_,
                                           tracer_->link(own.block, name, link.from.text(), link.to.text())));
    stand_between(link_probes_.back()->in, link_probes_.back()->out);
  }
  if (link.monitor != ProtocolCheck::off) {
    const std::string name = "monitor_" + std::to_string(monitors_.size());
    monitors_.push_back(
        std::make_unique<ProtocolMonitor>(sc_core::sc_module_name(name.c_str()), link.from.text() + " -> " + link.to.text(),
                                          link.monitor == ProtocolCheck::on ? ProtocolMonitor::Mode::stop : ProtocolMonitor::Mode::count));
    stand_between(monitors_.back()->in, monitors_.back()->out);
  }
  bind_sockets(*from, link.from, find_port(link.to), link.to);
}

sc_core::sc_signal<bool>& Platform::new_irq(const PortRef& from) {
  const std::string number = std::to_string(signals_.size());
  signals_.push_back(std::make_unique<sc_core::sc_signal<bool>>(("irq_" + number).c_str()));
  if (tracer_ != nullptr)
    wire_probes_.push_back(std::make_unique<trace::WireProbe>(
        sc_core::sc_module_name(("wire_probe_" + number).c_str()), *tracer_,
        tracer_->track(from.block, PortRef{"", from.port, from.index}.text().substr(1), trace::TrackKind::wire, "irq"), *signals_.back()));
  return *signals_.back();
}

void Platform::bind_irq(const LinkPlan& link) {
  sc_core::sc_signal<bool>& signal = new_irq(link.from);
  bind_output(link.from, signal);
  bind_input(link.to, signal);
}

/// Clock and reset pins: one generator for each clock that some pin names. A reset belongs to the block's first clock pin, else to its
/// own clock, else to the first that is declared.
void Platform::bind_pins(const Plan& plan) {
  const auto generator = [&](const std::string& clock) -> PinClock& {
    auto& wires = pin_clocks_[clock];
    if (!wires) wires = std::make_unique<PinClock>(sc_core::sc_module_name(("clock_" + clock).c_str()), ClockDomain(plan.clocks.at(clock)));
    return *wires;
  };
  for (const auto& [name, block] : plan.blocks) {
    const auto& pins = block.decl->pins;
    const auto is_reset = [](const std::string& joined) { return joined == "reset" || joined == "reset_n"; };
    const auto first = std::find_if(pins.begin(), pins.end(), [&](const auto& pin) { return !is_reset(pin.second); });
    if (pins.empty()) continue;
    if (first == pins.end() && !block.decl->clock && plan.clocks.empty())
      throw InputError("block " + name + ": a reset needs a clock to count; declare one under platform.clocks");
    const std::string domain = first != pins.end() ? first->second : block.decl->clock ? *block.decl->clock : plan.clocks.begin()->first;
    for (const auto& [pin, joined] : pins) {
      PinClock& wires = generator(is_reset(joined) ? domain : joined);
      bind_input({name, pin, -1}, joined == "reset" ? wires.reset : joined == "reset_n" ? wires.reset_n : wires.clk);
    }
  }
}

std::vector<FreeRunning*> Platform::free_running() const {
  std::vector<FreeRunning*> found;
  for (const auto& [clock, wires] : pin_clocks_) found.push_back(wires.get());
  for (const auto& [name, module] : blocks_)
    if (auto* block = dynamic_cast<FreeRunning*>(module.get())) found.push_back(block);
  return found;
}

/// Optional interrupt outputs that nobody listens to get a signal of their own.
void Platform::tie_off(const Plan& plan) {
  for (const auto& [name, block] : plan.blocks)
    for (const PortSpec& port : block.kind->ports) {
      const PortRef ref{name, port.name, -1};
      if (port.kind != PortKind::irq_out || port.is_vector || plan.link_from(ref)) continue;
      bind_output(ref, new_irq(ref));
    }
}

std::vector<std::string> Platform::violations() const {
  std::vector<std::string> all;
  for (const auto& monitor : monitors_)
    for (const ProtocolMonitor::Violation& violation : monitor->violations()) all.push_back(violation.text);
  return all;
}

std::string Platform::memory_maps() const {
  std::string text;
  for (const auto& [name, module] : blocks_)
    if (const auto* router = dynamic_cast<const AddressRouter*>(module.get())) text += name + ":\n" + router->memory_map();
  return text;
}

}  // namespace snnvp
