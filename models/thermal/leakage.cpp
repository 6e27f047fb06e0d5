// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/thermal/leakage.h>

#include <algorithm>
#include <cmath>

#include <snnvp/platform/report/price.h>

namespace snnvp::thermal {
namespace {

constexpr double tolerance = 1e-3;     // K
constexpr double growing_above = 0.1;  // K: smaller steps may grow by rounding
constexpr unsigned growth_limit = 3;   // successive iterations
constexpr unsigned most_iterations = 100;

bool any_leakage(const std::vector<double>& leakage) {
  return std::any_of(leakage.begin(), leakage.end(), [](double w) { return w != 0; });
}

}  // namespace

double LeakageLaw::factor(double kelvin) const { return portable_pow(2, (kelvin - reference) / doubling); }

FixedPoint solve_with_leakage(const Network& network, const std::vector<double>& power, const std::vector<double>& leakage_350,
                              const LeakageLaw& law) {
  FixedPoint result;
  const double ambient = network.stack().ambient;
  result.leakage.assign(power.size(), 0);
  if (!any_leakage(leakage_350)) {
    result.iterations = 1;
    result.rises = network.steady(power);
    return result;
  }
  std::vector<double> total(power.size());
  std::vector<double> before(power.size(), 0);  // rises of the cells
  double step_before = 0;
  unsigned growing = 0;
  for (result.iterations = 1; result.iterations <= most_iterations; ++result.iterations) {
    for (std::size_t i = 0; i < power.size(); ++i) {
      // A cell far beyond the limit has run away already; its leakage must stay a number.
      const double kelvin = std::min(ambient + before[i], runaway_kelvin + 100);
      result.leakage[i] = leakage_350[i] == 0 ? 0 : leakage_350[i] * law.factor(kelvin);
      total[i] = power[i] + result.leakage[i];
    }
    result.rises = network.steady(total);
    const std::vector<double> cells = network.cell_rises(result.rises);
    double step = 0, hottest = 0;
    for (std::size_t i = 0; i < power.size(); ++i) {
      step = std::max(step, std::fabs(cells[i] - before[i]));
      hottest = std::max(hottest, ambient + cells[i]);
    }
    before = cells;
    growing = result.iterations > 1 && step > step_before && step > growing_above ? growing + 1 : 0;
    if (hottest > runaway_kelvin || growing >= growth_limit) {
      result.outcome = FixedPoint::Outcome::runaway;
      return result;
    }
    // Steps that shrink by the factor s each leave s / (1 - s) of the last one to go.
    const double shrink = step_before > 0 ? step / step_before : 0;
    const double left = shrink < 1 ? step * shrink / (1 - shrink) : step;
    if (result.iterations > 1 && step < tolerance && left < tolerance) return result;
    step_before = step;
  }
  result.iterations = most_iterations;
  result.outcome = FixedPoint::Outcome::not_converged;
  return result;
}

}  // namespace snnvp::thermal
