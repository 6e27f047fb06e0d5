// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/report/uncertainty.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace snnvp {
namespace {

double uniform_from_hash(std::uint64_t path_hash, std::uint64_t seed, std::uint64_t i) {
  return unit_real(mix64(path_hash ^ mix64(seed * 0x100000001b3u + i)));
}

double value_at(const Constant& c, double u) { return c.lo * std::exp(u * std::log(c.hi / c.lo)); }

}  // namespace

double uniform_draw(std::string_view path, std::uint64_t seed, std::uint64_t i) { return draw_uniform(path, seed, i); }

double draw(const Constant& constant, std::uint64_t seed, std::uint64_t i) {
  return constant.has_band() ? value_at(constant, uniform_draw(constant.path, seed, i)) : constant.value;
}

std::vector<double> draw_totals(const Ledger& ledger, unsigned draws, std::uint64_t seed) {
  // Each distinct factor is drawn once per i, then every term is its nominal energy times the ratios of its factors.
  struct DrawnFactor {
    const Constant* constant;
    std::uint64_t path_hash;
    PriceFactor factor;
    double nominal;
    double log_span;  ///< ln(hi/lo)
    double ratio = 1;
  };
  std::vector<DrawnFactor> factors;
  std::vector<std::vector<std::size_t>> term_factors;
  for (const LedgerTerm& term : ledger.terms) {
    std::vector<std::size_t> indices;
    for (const PriceFactor& factor : term.factors) {
      const auto same = std::find_if(factors.begin(), factors.end(), [&](const DrawnFactor& f) {
        return f.factor.constant == factor.constant && f.factor.exponent == factor.exponent && f.factor.is_doubling == factor.is_doubling;
      });
      indices.push_back(static_cast<std::size_t>(same - factors.begin()));
      if (same != factors.end()) continue;
      const Constant& c = ledger.constants[factor.constant];
      factors.push_back({&c, fnv1a64(c.path), factor, factor.at(c.value), std::log(c.hi / c.lo)});
    }
    term_factors.push_back(std::move(indices));
  }

  std::vector<double> totals(draws);
  for (unsigned i = 0; i < draws; ++i) {
    for (DrawnFactor& f : factors) {
      const double x = f.constant->lo * std::exp(uniform_from_hash(f.path_hash, seed, i) * f.log_span);
      if (f.factor.is_doubling)
        f.ratio = std::exp2(f.factor.exponent / x) / f.nominal;
      else
        f.ratio = (f.factor.exponent == 1 ? x : std::pow(x, f.factor.exponent)) / f.nominal;
    }
    double total = 0;
    for (std::size_t t = 0; t < term_factors.size(); ++t) {
      double energy = ledger.terms[t].energy_j;
      for (const std::size_t f : term_factors[t]) energy *= factors[f].ratio;
      total += energy;
    }
    totals[i] = total;
  }
  return totals;
}

Band nearest_rank_band(std::vector<double> values) {
  if (values.empty()) throw std::invalid_argument("a band needs at least one value");
  std::sort(values.begin(), values.end());
  const auto rank = [&](std::size_t percent) {
    const std::size_t nearest = (values.size() * percent + 99) / 100;
    return round_to_12_digits(values[nearest - 1]);
  };
  return {rank(5), rank(95)};
}

Band energy_band(const Ledger& ledger) { return nearest_rank_band(draw_totals(ledger, ledger.settings.draws, ledger.settings.seed)); }

Band ratio_band(const Ledger& a, const Ledger& b, unsigned draws, std::uint64_t seed) {
  std::vector<double> ratios = draw_totals(a, draws, seed);
  const std::vector<double> divisors = draw_totals(b, draws, seed);
  for (std::size_t i = 0; i < ratios.size(); ++i) {
    if (!(divisors[i] > 0)) throw std::invalid_argument("the ratio to a run without energy has no band");
    ratios[i] /= divisors[i];
  }
  return nearest_rank_band(std::move(ratios));
}

}  // namespace snnvp
