// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/elaborate/platform.h>

#include <algorithm>

#include <snnvp/platform/elaborate/binding.h>

namespace snnvp {

Platform::Platform(const Plan& plan) {
  for (const auto& [name, block] : plan.blocks) {
    std::unique_ptr<sc_core::sc_module> module = block.kind->factory(sc_core::sc_module_name(name.c_str()), block.params);
    if (!module || name != module->name()) throw InputError("block " + name + ": the name is taken by another object of the simulation");
    blocks_.emplace(name, std::move(module));
  }
  for (const LinkPlan& link : plan.links) link.is_irq ? bind_irq(link) : bind(link);
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

void Platform::bind(const LinkPlan& link) {
  if (link.monitor == ProtocolCheck::off) return bind_sockets(link.from, link.to);
  const std::string name = "monitor_" + std::to_string(monitors_.size());
  monitors_.push_back(
      std::make_unique<ProtocolMonitor>(sc_core::sc_module_name(name.c_str()), link.from.text() + " -> " + link.to.text(),
                                        link.monitor == ProtocolCheck::on ? ProtocolMonitor::Mode::stop : ProtocolMonitor::Mode::count));
  bind_sockets(find_port(link.from), link.from, monitors_.back()->in, link.to);
  bind_sockets(monitors_.back()->out, link.from, find_port(link.to), link.to);
}

sc_core::sc_signal<bool>& Platform::new_irq() {
  signals_.push_back(std::make_unique<sc_core::sc_signal<bool>>(("irq_" + std::to_string(signals_.size())).c_str()));
  return *signals_.back();
}

void Platform::bind_irq(const LinkPlan& link) {
  sc_core::sc_signal<bool>& signal = new_irq();
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
      bind_output(ref, new_irq());
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
