// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/search/layer_search.h>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp::search {

namespace {
constexpr std::uint64_t most_combinations = 1'000'000'000;  // minutes
}

LayerCosts layer_costs(const nlohmann::ordered_json& report, bool needs_energy) {
  LayerCosts out;
  const nlohmann::ordered_json& rows = report.at("layers");
  if (rows.empty()) throw InputError("the base scenario has no layers to search over");
  const std::string engine = rows.front().at("engine");
  out.clock_hz = report.at("engines").at(engine).at("clock_hz");
  std::size_t at = 0;
  for (const nlohmann::ordered_json& row : rows) {
    if (row.at("engine") != engine) continue;
    std::string name = row.at("name");
    name = name.substr(0, name.find('@'));  // one of several seeds
    // A neuron row belongs to the layer before it.
    if (row.at("kind") != "lif" || out.names.empty()) {
      for (at = 0; at < out.names.size() && out.names[at] != name; ++at) {
      }
      if (at == out.names.size()) out.names.push_back(name), out.costs.emplace_back();
    }
    LayerCost& cost = out.costs[at];
    cost.cycles += row.at("contribution_cycles").get<std::uint64_t>();
    if (const auto filled = row.find("filled_windows"); filled != row.end() && filled->is_number())
      cost.filled_windows += filled->get<std::uint64_t>();
    if (row.at("energy_mj").is_number())
      cost.energy_j += row.at("energy_mj").get<double>() * 1e-3;
    else if (needs_energy)
      throw InputError(
          fmt::format("layer {} has no energy of its own under the price list of the base scenario; take a calibrated one such as "
                      "spikex_physical (technology.preset), or objective: latency",
                      name));
  }
  return out;
}

double objective_of(Objective objective, double energy_j, double seconds) {
  return objective == Objective::energy ? energy_j : objective == Objective::latency ? seconds : energy_j * seconds;
}

Combination combine(const CostTable& table, const Point& choice, Objective objective, std::uint64_t clock_hz) {
  Combination c;
  c.choice = choice;
  for (std::size_t layer = 0; layer < choice.size(); ++layer) {
    const LayerCost& cost = table[choice[layer]][layer];
    c.energy_j += cost.energy_j;
    c.cycles += cost.cycles;
  }
  c.seconds = static_cast<double>(c.cycles) / static_cast<double>(clock_hz);
  c.cost = objective_of(objective, c.energy_j, c.seconds);
  return c;
}

LayerSearch search_layers(const CostTable& table, const SearchFile& file, std::uint64_t clock_hz) {
  const std::size_t layers = table.front().size();
  const auto values = static_cast<std::uint32_t>(table.size());
  Grid grid{std::vector<std::uint32_t>(layers, values)};
  const auto cost_of = [&](const Point& point) { return combine(table, point, file.objective, clock_hz); };
  const Evaluate evaluate = [&](const std::vector<Point>& points) {
    std::vector<double> costs;
    for (const Point& point : points) costs.push_back(cost_of(point).cost);
    return costs;
  };
  LayerSearch result;
  for (std::uint32_t value = 0; value < values; ++value) {
    Combination uniform = cost_of(Point(layers, value));
    if (value == 0 || uniform.cost < result.best_uniform.cost) result.best_uniform = std::move(uniform);
  }
  result.exhaustive = file.method == Method::exhaustive || (file.method == Method::automatic && grid.points() <= file.budget_or_default());
  if (result.exhaustive && grid.points() > most_combinations)
    throw InputError(fmt::format("{} layers with {} values each have too many combinations to look at all of them; method: auto descends",
                                 layers, values));
  std::vector<Point> starts{result.best_uniform.choice};
  if (!result.exhaustive)
    for (Point& point : random_points(grid, file.restarts, file.seed)) starts.push_back(std::move(point));
  const Found found = result.exhaustive ? exhaustive(grid, evaluate) : coordinate_descent(grid, starts, evaluate);
  result.best = cost_of(found.best);
  result.combinations = found.evaluations;
  return result;
}

}  // namespace snnvp::search
