// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/conform/verdict.h>

#include <algorithm>

#include <fmt/format.h>

#include <snnvp/platform/conform/rules.h>

namespace snnvp::conform {
namespace {

const char* word(const RuleResult& r) { return r.failed != 0 ? "fail" : r.checked != 0 ? "pass" : "not applicable"; }

}  // namespace

void Verdict::failed(const std::string& rule, std::uint64_t transaction, const std::string& text) {
  RuleResult& result = rules_[rule];
  if (result.failed++ == 0) {
    result.first = text;
    result.transaction = transaction;
  }
}

const RuleResult* Verdict::find(const std::string& rule) const {
  const auto it = rules_.find(rule);
  return it == rules_.end() ? nullptr : &it->second;
}

std::uint64_t Verdict::failures() const {
  std::uint64_t sum = 0;
  for (const auto& [id, result] : rules_) sum += result.failed;
  return sum;
}

std::vector<std::string> Verdict::broken() const {
  std::vector<std::string> ids;
  for (const Rule& rule : rules())
    if (const RuleResult* result = find(rule.id); result != nullptr && result->failed != 0) ids.emplace_back(rule.id);
  return ids;
}

nlohmann::ordered_json Verdict::to_json() const {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Rule& rule : rules()) {
    const RuleResult* found = find(rule.id);
    if (found == nullptr) continue;
    nlohmann::ordered_json entry{
        {"rule", rule.id}, {"what", rule.what}, {"blames", rule.blames}, {"verdict", word(*found)}, {"checked", found->checked}};
    if (found->failed != 0)
      entry.update({{"failed", found->failed}, {"first", found->first}, {"transaction", found->transaction}});
    else if (found->checked == 0)
      entry["because"] = found->because;
    list.push_back(entry);
  }
  return {{"port", subject_}, {"verdict", passed() ? "pass" : "fail"}, {"transactions", transactions}, {"rules", list}};
}

Verdict Verdict::from_json(const nlohmann::ordered_json& json) {
  Verdict verdict(json.at("port").get<std::string>());
  verdict.transactions = json.at("transactions").get<std::uint64_t>();
  for (const auto& entry : json.at("rules")) {
    RuleResult& r = verdict.rules_[entry.at("rule").get<std::string>()];
    r.checked = entry.at("checked").get<std::uint64_t>();
    r.failed = entry.value("failed", std::uint64_t{0});
    r.transaction = entry.value("transaction", std::uint64_t{0});
    r.first = entry.value("first", "");
    r.because = entry.value("because", "");
  }
  return verdict;
}

std::string Verdict::to_text(const std::string& reproduce) const {
  std::string text = fmt::format("{}: {} ({} transactions)\n", subject_, passed() ? "pass" : "FAIL", transactions);
  std::map<std::string, std::string> none;  // reason -> rules
  for (const Rule& rule : rules()) {
    const RuleResult* found = find(rule.id);
    if (found == nullptr) continue;
    if (found->failed == 0 && found->checked == 0) {
      none[found->because] += (none[found->because].empty() ? "" : " ") + std::string(rule.id);
      continue;
    }
    const std::string times = found->failed != 0 ? fmt::format("{} of {}", found->failed, std::max(found->failed, found->checked))
                                                 : std::to_string(found->checked);
    text += fmt::format("  {:<4} {:<6}{:>16}  {}\n", rule.id, found->failed != 0 ? "FAIL" : "pass", times, rule.what);
    if (found->failed == 0) continue;
    text += fmt::format("       blames {}: {}\n", rule.blames, found->first);
    if (found->transaction != 0 && !reproduce.empty()) text += fmt::format("       again: {} --count {}\n", reproduce, found->transaction);
  }
  for (const auto& [why, which] : none) text += fmt::format("  not applicable: {} ({})\n", which, why);
  return text;
}

}  // namespace snnvp::conform
