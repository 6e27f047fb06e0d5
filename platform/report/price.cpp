// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/report/price.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace snnvp {

double round_to_12_digits(double x) {
  if (!std::isfinite(x)) return x;
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, x, std::chars_format::scientific, 11).ptr;
  double rounded = x;
  std::from_chars(text, end, rounded);
  return rounded;
}

double portable_pow(double base, double exponent) {
  if (exponent == 0 || base == 1) return 1;
  if (exponent == 1) return base;
  if (exponent == 2) return base * base;
  return round_to_12_digits(std::pow(base, exponent));
}

double log_ratio(double x, double base) { return round_to_12_digits(std::log(x) / std::log(base)); }

double PriceFactor::at(double constant_value) const {
  return is_doubling ? portable_pow(2, exponent / constant_value) : portable_pow(constant_value, exponent);
}

std::size_t ConstantTable::add(const Constant& constant) {
  const auto [it, is_new] = index_.emplace(constant.path, constants_.size());
  if (is_new) constants_.push_back(constant);
  return it->second;
}

double ConstantTable::nominal(const PriceTerm& term) const {
  double product = term.coefficient;
  for (const PriceFactor& factor : term.factors) product *= factor.at(constants_[factor.constant].value);
  return product;
}

double ConstantTable::lowest(const PriceTerm& term) const {
  double product = term.coefficient;
  for (const PriceFactor& factor : term.factors) {
    const Constant& c = constants_[factor.constant];
    product *= std::min(factor.at(c.lo), factor.at(c.hi));
  }
  return product;
}

double ConstantTable::highest(const PriceTerm& term) const {
  double product = term.coefficient;
  for (const PriceFactor& factor : term.factors) {
    const Constant& c = constants_[factor.constant];
    product *= std::max(factor.at(c.lo), factor.at(c.hi));
  }
  return product;
}

}  // namespace snnvp
