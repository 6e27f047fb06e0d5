// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/conform/scenario_links.h>

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <systemc>

#include <snnvp/platform/conform/monitor_verdict.h>
#include <snnvp/platform/run/simulation.h>

namespace snnvp::conform {
namespace {

bool names(const PortRef& ref, const std::string& port) {
  return port.empty() || ref.block == port || ref.block + "." + ref.port == port || ref.text() == port;
}

/// Finds the monitors of a platform that somebody else builds.
class Observer : public sc_core::sc_module {
public:
  explicit Observer(std::function<void(ProtocolMonitor&)> found)
      : sc_module(sc_core::sc_module_name("conform_observer")), found_(std::move(found)) {}

private:
  void start_of_simulation() override {
    for (sc_core::sc_object* object : sc_core::sc_get_top_level_objects())
      if (auto* monitor = dynamic_cast<ProtocolMonitor*>(object)) found_(*monitor);
  }
  std::function<void(ProtocolMonitor&)> found_;
};

Verdict verdict_of(const ProtocolMonitor& monitor) {
  Verdict verdict(monitor.path());
  verdict.transactions = monitor.transactions();
  count_checks(monitor, verdict);
  monitor.transactions() != 0 ? verdict.checked("M10", monitor.transactions()) : verdict.not_applicable("M10", "nothing was sent");
  monitor.dmi_calls() != 0 ? verdict.checked("M12", monitor.dmi_calls()) : verdict.not_applicable("M12", "no DMI was asked for");
  for (const ProtocolMonitor::Violation& violation : monitor.violations())
    verdict.failed(fmt::format("M{}", violation.rule), 0, violation.text);
  return verdict;
}

}  // namespace

ScenarioCheck check_scenario(const std::string& file, const std::vector<std::string>& overrides, std::unique_ptr<Registry> registry,
                             const std::vector<std::string>& plugins, const std::string& port) {
  std::vector<std::string> all = overrides;
  all.emplace_back("run.protocol_check=count");
  Prepared prepared = prepare(file, all, std::move(registry), plugins);
  std::vector<std::string> paths;
  for (const LinkPlan& link : prepared.plan.links)
    if (!link.is_irq && (names(link.from, port) || names(link.to, port))) paths.push_back(link.from.text() + " -> " + link.to.text());
  if (paths.empty()) {
    std::vector<std::string> known;
    for (const auto& [name, block] : prepared.plan.blocks) known.push_back(name);
    throw InputError(
        fmt::format("no link of {} leads from or to {}\n    blocks: {}", file, port.empty() ? "any block" : port, join_names(known, 40)));
  }
  ScenarioCheck check;
  RunOptions options;
  options.progress = false;
  options.console_on_stdout = false;
  const Observer observer([&](ProtocolMonitor& monitor) {
    if (std::find(paths.begin(), paths.end(), monitor.path()) != paths.end())
      monitor.on_end([&check](const ProtocolMonitor& ended) { check.verdicts.push_back(verdict_of(ended)); });
  });
  check.status = simulate(prepared, options).report.status;
  return check;
}

}  // namespace snnvp::conform
