// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <snnvp/platform/conform/verdict.h>
#include <snnvp/platform/elaborate/platform.h>

namespace snnvp::conform {

/// What the monitors of a platform's links found, as verdicts.
class MonitorVerdicts {
public:
  enum Judge { judge_target, judge_initiator, judge_both };

  explicit MonitorVerdicts(const Platform& platform) : platform_(platform) {}

  /// Findings on the link from this port (block.port) go to `verdict`. Of M10, which blames the initiator, nothing if the target is judged.
  void watch(const std::string& from, Verdict& verdict, Judge judge, std::function<std::uint64_t()> transaction = {});
  /// A verdict of its own for each link from the blocks whose name begins so; `shown` is printed instead.
  void watch_initiators(const std::string& prefix, const std::string& shown);
  /// Adds how often each rule was checked.
  void finish();
  /// Those of watch_initiators() that sent something.
  std::vector<Verdict> initiators() const;

private:
  struct Link {
    ProtocolMonitor* monitor = nullptr;
    Verdict* verdict = nullptr;
    Judge judge = judge_both;
  };
  void add(ProtocolMonitor& monitor, Verdict& verdict, Judge judge, std::function<std::uint64_t()> transaction);

  const Platform& platform_;
  std::vector<Link> links_;
  std::vector<std::unique_ptr<Verdict>> own_;
};

/// How often a monitor checked each rule, and why not if never.
void count_checks(const ProtocolMonitor& monitor, Verdict& verdict);

}  // namespace snnvp::conform
