// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/report/report.h>

namespace snnvp {

/// Collects a block's statistics in the order of its descriptor; undeclared ones are our bug.
class StatCollector : public StatSink {
public:
  explicit StatCollector(const KindDescriptor& kind) {
    for (const StatSpec& spec : kind.stats) values_.emplace_back(spec.name, StatValue{});
  }
  void count(const std::string& name, const Counter& counter) override {
    if (counter.touched()) slot(name) = counter.value();
  }
  void integer(const std::string& name, std::optional<std::uint64_t> value) override {
    if (value) slot(name) = *value;
  }
  void real(const std::string& name, std::optional<double> value) override {
    if (value) slot(name) = *value;
  }
  void text(const std::string& name, const std::string& value) override { slot(name) = value; }
  std::vector<std::pair<std::string, StatValue>> take() { return std::move(values_); }

private:
  StatValue& slot(const std::string& name) {
    for (auto& [key, value] : values_)
      if (key == name) return value;
    throw InternalError("statistic '" + name + "' is not declared");
  }
  std::vector<std::pair<std::string, StatValue>> values_;
};

}  // namespace snnvp
