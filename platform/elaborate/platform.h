// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <systemc>

#include <snnvp/platform/elaborate/pin_clock.h>
#include <snnvp/platform/elaborate/plan.h>
#include <snnvp/platform/tlm/protocol_monitor.h>
#include <snnvp/platform/trace/link_probe.h>

namespace snnvp {

/// The built platform: modules by name, signals and monitors the elaborator added. One per process.
class Platform {
public:
  /// Instantiates in name order, binds, maps. Throws InputError where a module does not keep what its
  /// descriptor promised. `tracer`: a probe stands in every link and at every interrupt, and blocks record what they do.
  explicit Platform(const Plan& plan, trace::Tracer* tracer = nullptr);
  ~Platform();

  /// The module, or nullptr.
  sc_core::sc_module* block(const std::string& name) const;
  /// The capability T of a block, or nullptr.
  template <typename T>
  T* find(const std::string& name) const {
    return dynamic_cast<T*>(block(name));
  }
  const std::map<std::string, std::unique_ptr<sc_core::sc_module>>& blocks() const { return blocks_; }
  /// Blocks and clocks whose events never stop by themselves.
  std::vector<FreeRunning*> free_running() const;
  /// All protocol violations found so far, by link.
  std::vector<std::string> violations() const;
  /// One per watched link, in the order of the links.
  const std::vector<std::unique_ptr<ProtocolMonitor>>& monitors() const { return monitors_; }
  /// The address maps of all interconnects, as text.
  std::string memory_maps() const;

private:
  void trace_blocks(const Plan& plan);
  void bind(const Plan& plan, const LinkPlan& link);
  void bind_irq(const LinkPlan& link);
  void bind_pins(const Plan& plan);
  sc_core::sc_signal<bool>& new_irq(const PortRef& from);
  void tie_off(const Plan& plan);

  std::map<std::string, std::unique_ptr<sc_core::sc_module>> blocks_;
  std::vector<std::unique_ptr<sc_core::sc_signal<bool>>> signals_;
  std::map<std::string, std::unique_ptr<PinClock>> pin_clocks_;  // by clock
  std::vector<std::unique_ptr<ProtocolMonitor>> monitors_;
  trace::Tracer* tracer_;  // null: nothing is traced
  std::vector<std::unique_ptr<trace::LinkProbe>> link_probes_;
  std::vector<std::unique_ptr<trace::WireProbe>> wire_probes_;
};

}  // namespace snnvp
