// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/thermal/stack.h>

#include <cmath>

#include <fmt/format.h>

namespace snnvp::thermal {
namespace {

constexpr double pi = 3.14159265358979323846;

bool is_positive(double value) { return std::isfinite(value) && value > 0; }

class Checker {
public:
  std::vector<std::string> take() { return std::move(found_); }

  void positive(const std::string& what, double value) {
    if (!is_positive(value)) found_.push_back(fmt::format("{} is {}, it must be above 0", what, value));
  }
  void not_negative(const std::string& what, double value) {
    if (!std::isfinite(value) || value < 0) found_.push_back(fmt::format("{} is {}, it must not be negative", what, value));
  }
  void sheet(const std::string& what, const Layer& layer) {
    positive(what + ": thickness", layer.thickness);
    positive(what + ": conductivity", layer.conductivity);
    not_negative(what + ": heat capacity", layer.heat_capacity);
  }
  void require(bool holds, const std::string& otherwise) {
    if (!holds) found_.push_back(otherwise);
  }

private:
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> problems(const Stack& stack) {
  Checker check;
  check.positive("die width", stack.width);
  check.positive("die height", stack.height);
  check.require(stack.columns > 0 && stack.rows > 0, "a tier needs at least one cell each way");
  check.require(!stack.tiers.empty(), "a stack needs at least one tier");
  for (std::size_t i = 0; i < stack.tiers.size(); ++i) {
    const Tier& tier = stack.tiers[i];
    const std::string name = tier.name.empty() ? fmt::format("tier {}", i) : "tier " + tier.name;
    check.sheet(name, tier.die);
    if (tier.lateral_conductivity) check.not_negative(name + ": lateral conductivity", *tier.lateral_conductivity);
    for (const Layer& layer : tier.interface) check.sheet(name + ": layer below it", layer);
  }
  if (stack.tim.thickness != 0) check.sheet("thermal interface", stack.tim);
  if (stack.r_top) check.positive("r_top", *stack.r_top);
  check.positive("ambient temperature", stack.ambient);

  const Package& package = stack.package;
  const double die_side = std::max(stack.width, stack.height);
  if (package.form == Package::Form::lumped && package.r_lumped) {
    check.positive("r_package", *package.r_lumped);
  } else {
    check.sheet("heat sink", package.sink);
    check.positive("r_convection", package.r_convection);
    check.not_negative("c_convection", package.c_convection);
    check.require(die_side <= package.sink_side,
                  fmt::format("the die of {} mm is larger than the heat sink of {} mm", die_side * 1e3, package.sink_side * 1e3));
  }
  if (package.form == Package::Form::mesh) {
    check.require(package.sink_layers > 0, "the heat sink needs at least one layer of cells");
    if (package.spreader.thickness != 0) {
      check.require(package.spreader_layers > 0, "the heat spreader needs at least one layer of cells");
      check.sheet("heat spreader", package.spreader);
      check.require(die_side <= package.spreader_side,
                    fmt::format("the die of {} mm is larger than the heat spreader of {} mm", die_side * 1e3, package.spreader_side * 1e3));
    }
    check.require(package.spreader_side <= package.sink_side,
                  fmt::format("the heat spreader of {} mm is larger than the heat sink of {} mm", package.spreader_side * 1e3,
                              package.sink_side * 1e3));
  }
  return check.take();
}

double spreading_resistance(double die_area, const Package& package) {
  const double sink_area = package.sink_side * package.sink_side;
  const double a = std::sqrt(die_area / pi), b = std::sqrt(sink_area / pi);
  const double k = package.sink.conductivity, h = 1 / (package.r_convection * sink_area);
  const double eps = a / b, tau = package.sink.thickness / b, biot = h * b / k;
  const double lambda = pi + 1 / (std::sqrt(pi) * eps);
  const double t = std::tanh(lambda * tau);
  const double phi = (t + lambda / biot) / (1 + lambda / biot * t);
  return (eps * tau / std::sqrt(pi) + 0.5 * std::pow(1 - eps, 1.5) * phi) / (std::sqrt(pi) * k * a) + package.r_convection;
}

double lumped_resistance(const Stack& stack) {
  return stack.package.r_lumped ? *stack.package.r_lumped : spreading_resistance(stack.area(), stack.package);
}

double resistance(const std::vector<Layer>& layers) {
  double sum = 0;
  for (const Layer& layer : layers) sum += layer.thickness / layer.conductivity;
  return sum;
}

}  // namespace snnvp::thermal
