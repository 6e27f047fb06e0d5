// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/elaborate/platform.h>

#include <tlm>

namespace snnvp {
namespace {

// The socket types that can be bound by name (spec/tlm.md 13): simple and raw, multi, optional.
using SingleInitiator =
    tlm::tlm_base_initiator_socket<32, tlm::tlm_fw_transport_if<>, tlm::tlm_bw_transport_if<>, 1, sc_core::SC_ONE_OR_MORE_BOUND>;
using MultiInitiator =
    tlm::tlm_base_initiator_socket<32, tlm::tlm_fw_transport_if<>, tlm::tlm_bw_transport_if<>, 0, sc_core::SC_ONE_OR_MORE_BOUND>;
using OptionalInitiator =
    tlm::tlm_base_initiator_socket<32, tlm::tlm_fw_transport_if<>, tlm::tlm_bw_transport_if<>, 1, sc_core::SC_ZERO_OR_MORE_BOUND>;
using Target = tlm::tlm_base_target_socket_b<32>;

sc_core::sc_object* find_object(const PortRef& ref) {
  const std::string base = ref.block + "." + ref.port;
  if (ref.index >= 0)
    if (sc_core::sc_object* element = sc_core::sc_find_object((base + "_" + std::to_string(ref.index)).c_str())) return element;
  return sc_core::sc_find_object(base.c_str());
}

[[noreturn]] void broken(const PortRef& ref, const std::string& what) { throw InputError(ref.text() + ": " + what); }

void bind_sockets(sc_core::sc_object* from, sc_core::sc_object* to, const PortRef& from_ref, const PortRef& to_ref) {
  auto* target = dynamic_cast<Target*>(to);
  if (!target) broken(to_ref, "the block has no 32-bit base-protocol target socket of this name");
  if (auto* single = dynamic_cast<SingleInitiator*>(from)) return single->bind(*target);
  if (auto* multi = dynamic_cast<MultiInitiator*>(from)) return multi->bind(*target);
  if (auto* optional = dynamic_cast<OptionalInitiator*>(from)) return optional->bind(*target);
  broken(from_ref, "the block has no 32-bit base-protocol initiator socket of this name");
}

}  // namespace

Platform::Platform(const Plan& plan) {
  for (const auto& [name, block] : plan.blocks) {
    std::unique_ptr<sc_core::sc_module> module = block.kind->factory(sc_core::sc_module_name(name.c_str()), block.params);
    if (!module || name != module->name()) throw InputError("block " + name + ": the name is taken by another object of the simulation");
    blocks_.emplace(name, std::move(module));
  }
  for (const LinkPlan& link : plan.links) link.is_irq ? bind_irq(link) : bind(link, plan);
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

void Platform::bind(const LinkPlan& link, const Plan&) {
  sc_core::sc_object *from = find_object(link.from), *to = find_object(link.to);
  if (!from) broken(link.from, "no such socket was created");
  if (!to) broken(link.to, "no such socket was created");
  if (link.monitor == ProtocolCheck::off) return bind_sockets(from, to, link.from, link.to);
  const std::string name = "monitor_" + std::to_string(monitors_.size());
  monitors_.push_back(
      std::make_unique<ProtocolMonitor>(sc_core::sc_module_name(name.c_str()), link.from.text() + " -> " + link.to.text(),
                                        link.monitor == ProtocolCheck::on ? ProtocolMonitor::Mode::stop : ProtocolMonitor::Mode::count));
  bind_sockets(from, &monitors_.back()->in, link.from, link.to);
  bind_sockets(&monitors_.back()->out, to, link.from, link.to);
}

void Platform::bind_irq(const LinkPlan& link) {
  auto* out = dynamic_cast<sc_core::sc_out<bool>*>(find_object(link.from));
  auto* in = dynamic_cast<sc_core::sc_in<bool>*>(find_object(link.to));
  if (!out) broken(link.from, "no sc_out<bool> of this name was created");
  if (!in) broken(link.to, "no sc_in<bool> of this name was created");
  signals_.push_back(std::make_unique<sc_core::sc_signal<bool>>(("irq_" + std::to_string(signals_.size())).c_str()));
  out->bind(*signals_.back());
  in->bind(*signals_.back());
}

/// Optional interrupt outputs that nobody listens to get a signal of their own.
void Platform::tie_off(const Plan& plan) {
  for (const auto& [name, block] : plan.blocks)
    for (const PortSpec& port : block.kind->ports) {
      const PortRef ref{name, port.name, -1};
      if (port.kind != PortKind::irq_out || plan.link_from(ref)) continue;
      auto* out = dynamic_cast<sc_core::sc_out<bool>*>(find_object(ref));
      if (!out) continue;
      signals_.push_back(std::make_unique<sc_core::sc_signal<bool>>(("irq_" + std::to_string(signals_.size())).c_str()));
      out->bind(*signals_.back());
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
