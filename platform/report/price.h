// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include <snnvp/platform/report/technology.h>

namespace snnvp {

/// Rounds to 12 significant digits: what came from exp, log or pow then reads the same on every host.
double round_to_12_digits(double x);

/// base^exponent, rounded to 12 digits unless it is exact anyway.
double portable_pow(double base, double exponent);

/// log(x) / log(base), rounded to 12 digits.
double log_ratio(double x, double base);

/// All leakage of the technology base is for this temperature.
constexpr double leakage_reference_kelvin = 350;

/// One factor of a price: constant^exponent, or 2^(kelvin/constant) for leakage over temperature.
struct PriceFactor {
  std::size_t constant = 0;  ///< index into ConstantTable
  double exponent = 1;
  bool is_doubling = false;  ///< `exponent` is then the distance in kelvin

  double at(double constant_value) const;
};

/// One additive part of a price. Kept as a product, so that a drawn constant can be exchanged afterwards.
struct PriceTerm {
  double coefficient = 1;  ///< numbers without a band: widths, table entries, interpolation weights
  std::vector<PriceFactor> factors;
  std::size_t origin = 0;  ///< the constant that the ledger row names (path, status, source)
  std::string unit;        ///< pJ per event, mW, or "x" for an overhead
  bool extrapolated = false;

  PriceTerm& times(double c) { return coefficient *= c, *this; }
  PriceTerm& times(const PriceFactor& factor) { return factors.push_back(factor), *this; }
};

/// The constants a price list uses, each once, in the order of first use.
class ConstantTable {
public:
  std::size_t add(const Constant& constant);
  const Constant& operator[](std::size_t i) const { return constants_[i]; }
  std::size_t size() const { return constants_.size(); }

  double nominal(const PriceTerm& term) const;
  /// The lowest and highest value the bands allow.
  double lowest(const PriceTerm& term) const;
  double highest(const PriceTerm& term) const;

private:
  std::vector<Constant> constants_;
  std::map<std::string, std::size_t> index_;
};

/// What one event costs: the sum of its terms. Without terms the cost sits in another row, named by `included_in`.
struct Price {
  std::vector<PriceTerm> terms;
  bool is_datapath = false;  ///< produces overhead rows (spec/energy.md 6.2)
  std::string included_in;
};

}  // namespace snnvp
