// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/conform/monitor_verdict.h>

#include <fmt/format.h>

#include <utility>

namespace snnvp::conform {

void MonitorVerdicts::add(ProtocolMonitor& monitor, Verdict& verdict, Judge judge, std::function<std::uint64_t()> transaction) {
  links_.push_back({&monitor, &verdict, judge});
  monitor.on_violation([&verdict, judge, transaction = std::move(transaction), &monitor](const ProtocolMonitor::Violation& violation) {
    if (violation.rule == 10 && judge == judge_target) return;  // the stimulus is wrong on purpose
    verdict.failed(fmt::format("M{}", violation.rule), transaction ? transaction() : monitor.transactions(), violation.text);
  });
}

void MonitorVerdicts::watch(const std::string& from, Verdict& verdict, Judge judge, std::function<std::uint64_t()> transaction) {
  for (const auto& monitor : platform_.monitors())
    if (monitor->path().rfind(from + " ", 0) == 0) add(*monitor, verdict, judge, std::move(transaction));
}

void MonitorVerdicts::watch_initiators(const std::string& prefix, const std::string& shown) {
  for (const auto& monitor : platform_.monitors()) {
    const std::string& path = monitor->path();
    if (path.rfind(prefix, 0) != 0) continue;
    const std::size_t begin = prefix.size(), end = path.find(' ');
    own_.push_back(std::make_unique<Verdict>(shown + "." + path.substr(begin, end - begin) + " (initiator)"));
    add(*monitor, *own_.back(), judge_initiator, {});
  }
}

void count_checks(const ProtocolMonitor& monitor, Verdict& verdict) {
  const auto count = [&](std::initializer_list<const char*> rules, std::uint64_t times, const char* why) {
    for (const char* rule : rules) {
      if (times != 0)
        verdict.checked(rule, times);
      else if (const RuleResult* found = verdict.find(rule); found == nullptr || found->because.empty())
        verdict.not_applicable(rule, why);
    }
  };
  count({"M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8", "M9"}, monitor.transactions(), "nothing was sent");
  count({"M11"}, monitor.debug_calls(), "no debug access was made");
  count({"M13"}, monitor.invalidations(), "no DMI was taken back");
  count({"M14"}, monitor.phased_transactions(), "no non-blocking calls were made");
}

void MonitorVerdicts::finish() {
  for (const Link& link : links_) {
    if (link.judge == judge_initiator) {
      link.verdict->transactions += link.monitor->transactions();
      if (link.monitor->phased_transactions() != 0)
        link.verdict->checked("M14", link.monitor->phased_transactions());
      else
        link.verdict->not_applicable("M14", "no non-blocking calls were made");
    } else {
      count_checks(*link.monitor, *link.verdict);
    }
    if (link.judge != judge_target)
      link.monitor->transactions() != 0 ? link.verdict->checked("M10", link.monitor->transactions())
                                        : link.verdict->not_applicable("M10", "nothing was sent");
    if (link.judge == judge_target) link.verdict->not_applicable("M10", "the initiator is the kit's own");
  }
}

std::vector<Verdict> MonitorVerdicts::initiators() const {
  std::vector<Verdict> all;
  for (const auto& verdict : own_)
    if (verdict->transactions != 0 || !verdict->passed()) all.push_back(*verdict);
  return all;
}

}  // namespace snnvp::conform
