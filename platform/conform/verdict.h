// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace snnvp::conform {

/// What was found for one rule.
struct RuleResult {
  std::uint64_t checked = 0;
  std::uint64_t failed = 0;
  std::string first;              ///< the first finding, with the full payload
  std::uint64_t transaction = 0;  ///< its number, from 1; 0: outside of a transaction
  std::string because;            ///< why the rule does not apply, if it was never checked
};

/// The verdicts of one port, or of the links of a scenario.
class Verdict {
public:
  explicit Verdict(std::string subject = {}) : subject_(std::move(subject)) {}

  const std::string& subject() const { return subject_; }
  void checked(const std::string& rule, std::uint64_t times = 1) { rules_[rule].checked += times; }
  void failed(const std::string& rule, std::uint64_t transaction, const std::string& text);
  /// Why a rule that is never checked does not apply here; a later check wins.
  void not_applicable(const std::string& rule, const std::string& why) { rules_[rule].because = why; }
  const RuleResult* find(const std::string& rule) const;
  bool passed() const { return failures() == 0; }
  std::uint64_t failures() const;
  /// Rules that were broken, in the order of the table.
  std::vector<std::string> broken() const;
  std::uint64_t transactions = 0;

  nlohmann::ordered_json to_json() const;
  static Verdict from_json(const nlohmann::ordered_json& json);
  /// A table for people: one line per rule, findings below. `reproduce(n)`: the command that shows transaction n.
  std::string to_text(const std::string& reproduce) const;

private:
  std::string subject_;
  std::map<std::string, RuleResult> rules_;
};

}  // namespace snnvp::conform
