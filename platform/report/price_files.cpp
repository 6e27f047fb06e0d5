// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/report/price_files.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>

namespace snnvp {
namespace {

using Json = nlohmann::ordered_json;

struct Action {
  std::uint64_t counts = 0;
  double energy_j = 0;
  const char* arguments = "";
};

/// By block and key.
using Actions = std::map<std::string, std::map<std::string, Action>>;

Actions actions_of(const Ledger& ledger) {
  Actions all;
  for (const LedgerRow& row : ledger.rows) {
    Action& action = all[row.block][row.key];
    action.energy_j += row.energy_j;
    if (row.kind == LedgerRow::Kind::event) {
      action.counts = row.count;  // a price of several parts has a row for each
    } else if (row.kind == LedgerRow::Kind::overhead) {
      action.counts = 1;
    } else if (row.unit_price > 0) {
      const double picoseconds = row.energy_j / (row.unit_price * 1e-3) * 1e12;
      action.counts = picoseconds < 1 ? 1 : static_cast<std::uint64_t>(std::llround(picoseconds));
      action.arguments = ", arguments: { unit: ps }";
    }
  }
  return all;
}

/// A block or an action as YAML: names hold letters, digits, dots and underscores, but a plugin's may hold more.
std::string yaml_name(const std::string& name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  };
  return std::all_of(name.begin(), name.end(), is_plain) ? name : Json(name).dump();
}

}  // namespace

std::string action_counts_yaml(const Ledger& ledger) {
  std::string out = "action_counts:\n  version: 0.3\n  local:\n";
  const Actions all = actions_of(ledger);
  for (const auto& [block, actions] : all) {
    out += fmt::format("    - name: {}\n      action_counts:\n", yaml_name("snnvp." + block));
    for (const auto& [key, action] : actions)
      out += fmt::format("        - {{ name: {}{}, counts: {} }}\n", yaml_name(key), action.arguments, action.counts);
  }
  return all.empty() ? "action_counts:\n  version: 0.3\n  local: []\n" : out;
}

std::string ert_yaml(const Ledger& ledger) {
  std::string out = "ERT:\n  version: 0.4\n  tables:\n";
  const Actions all = actions_of(ledger);
  for (const auto& [block, actions] : all) {
    out += fmt::format("    - name: {}\n      actions:\n", yaml_name("snnvp." + block));
    for (const auto& [key, action] : actions) {
      const double pj = action.counts == 0 ? 0 : 1e12 * action.energy_j / static_cast<double>(action.counts);
      out += fmt::format("        - {{ name: {}{}, energy: {} }}\n", yaml_name(key), action.arguments, shortest_double(pj));
    }
  }
  return all.empty() ? "ERT:\n  version: 0.4\n  tables: []\n" : out;
}

Json uncertainty_json(const Ledger& ledger) {
  Json constants = Json::array(), terms = Json::array();
  std::map<std::size_t, std::size_t> index;
  for (const LedgerTerm& term : ledger.terms) {
    Json factors = Json::array();
    for (const PriceFactor& factor : term.factors) {
      const auto [it, is_new] = index.try_emplace(factor.constant, index.size());
      if (is_new) {
        const Constant& c = ledger.constants[factor.constant];
        constants.push_back({{"path", c.path}, {"value", c.value}, {"lo", c.lo}, {"hi", c.hi}});
      }
      factors.push_back({it->second, factor.exponent, factor.is_doubling});
    }
    terms.push_back({{"energy_j", term.energy_j}, {"factors", factors}});
  }
  return {{"uncertainty", 1},          {"draws", ledger.settings.draws}, {"seed", ledger.settings.seed},
          {"total_j", ledger.total_j}, {"constants", constants},         {"terms", terms}};
}

Ledger read_uncertainty(const Json& json, const std::string& what) {
  Ledger ledger;
  try {
    if (json.at("uncertainty") != 1) throw InputError(what + " has another format than this build reads");
    ledger.settings.draws = json.at("draws").get<unsigned>();
    ledger.settings.seed = json.at("seed").get<std::uint64_t>();
    if (ledger.settings.draws < 1 || ledger.settings.draws > 1'000'000) throw InputError(what + ": draws must be 1 to 1000000");
    ledger.total_j = json.at("total_j").get<double>();
    for (const Json& c : json.at("constants")) {
      Constant constant;
      constant.path = c.at("path").get<std::string>();
      constant.value = c.at("value").get<double>(), constant.lo = c.at("lo").get<double>(), constant.hi = c.at("hi").get<double>();
      if (!(constant.lo > 0) || !(constant.lo <= constant.value) || !(constant.value <= constant.hi))
        throw InputError(fmt::format("{}: the band of {} is out of order", what, printable(constant.path, 80)));
      ledger.constants.add(constant);
    }
    for (const Json& t : json.at("terms")) {
      LedgerTerm term;
      term.energy_j = t.at("energy_j").get<double>();
      for (const Json& f : t.at("factors")) {
        const PriceFactor factor{f.at(0).get<std::size_t>(), f.at(1).get<double>(), f.at(2).get<bool>()};
        if (factor.constant >= ledger.constants.size()) throw InputError(what + ": a term names a constant that is not listed");
        term.factors.push_back(factor);
      }
      ledger.terms.push_back(std::move(term));
    }
  } catch (const nlohmann::json::exception& wrong) {
    throw InputError(fmt::format("{} is damaged: {}", what, wrong.what()));
  }
  return ledger;
}

}  // namespace snnvp
