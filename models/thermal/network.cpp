// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/thermal/network.h>

#include <algorithm>
#include <cmath>
#include <map>

#include <Eigen/IterativeLinearSolvers>
#include <Eigen/SparseCholesky>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp::thermal {
namespace {

using Matrix = Eigen::SparseMatrix<double>;
using Factor = Eigen::SimplicialLDLT<Matrix>;
using Vector = Eigen::VectorXd;

/// Edges of the cells along one axis, from -side/2 to side/2, with the die's
/// cells in the middle.
struct Axis {
  std::vector<double> edges;
  unsigned rings = 0;  ///< cells before the die's first

  std::size_t cells() const { return edges.size() - 1; }
  double width(std::size_t i) const { return edges[i + 1] - edges[i]; }
  double centre(std::size_t i) const { return (edges[i] + edges[i + 1]) / 2; }
};

/// `rings` steps from half-side `from` to `to`, each longer than the last by
/// the same ratio.
void add_rings(std::vector<double>& outward, double from, double to, unsigned rings) {
  if (rings == 0 || to <= from * (1 + 1e-9)) return;
  for (unsigned i = 1; i < rings; ++i) outward.push_back(from * std::pow(to / from, static_cast<double>(i) / rings));
  outward.push_back(to);
}

Axis make_axis(double die, std::size_t cells, const Package& package) {
  std::vector<double> outward;
  add_rings(outward, die / 2, package.spreader_side / 2, std::max(1U, package.spreader_rings));
  add_rings(outward, outward.empty() ? die / 2 : package.spreader_side / 2, package.sink_side / 2, std::max(1U, package.sink_rings));
  Axis axis;
  axis.rings = static_cast<unsigned>(outward.size());
  for (auto it = outward.rbegin(); it != outward.rend(); ++it) axis.edges.push_back(-*it);
  for (std::size_t i = 0; i <= cells; ++i) axis.edges.push_back(die * (static_cast<double>(i) / static_cast<double>(cells) - 0.5));
  axis.edges.insert(axis.edges.end(), outward.begin(), outward.end());
  return axis;
}

double half(const Layer& layer) { return layer.thickness / (2 * layer.conductivity); }

/// J/(m2 K) of a list of sheets.
double capacity_of(const std::vector<Layer>& layers) {
  double sum = 0;
  for (const Layer& layer : layers) sum += layer.thickness * layer.heat_capacity;
  return sum;
}

}  // namespace

namespace {

/// G x = b for one matrix: a Cholesky factor that is kept, or, where its fill
/// would take longer than many solutions (fine three-dimensional meshes),
/// conjugate gradients with the diagonal as preconditioner.
class SparseSystem {
public:
  explicit SparseSystem(Matrix matrix) : matrix_(std::move(matrix)) {
    if (matrix_.rows() <= most_factored) {
      factor_.compute(matrix_);
      is_good_ = factor_.info() == Eigen::Success;
    } else {
      iteration_.setTolerance(1e-13);
      iteration_.compute(matrix_);
    }
  }

  bool is_good() const { return is_good_; }
  const Matrix& matrix() const { return matrix_; }

  Vector solve(const Vector& right) const {
    if (matrix_.rows() > most_factored) return iteration_.solve(right);
    Vector x = factor_.solve(right);
    // Resistances of very different size cost digits; a step of refinement gets
    // them back.
    const Vector left = right - matrix_ * x;
    if (left.lpNorm<Eigen::Infinity>() > 1e-13 * right.lpNorm<Eigen::Infinity>()) x += factor_.solve(left);
    return x;
  }

private:
  static constexpr Eigen::Index most_factored = 16000;

  Matrix matrix_;
  Factor factor_;
  Eigen::ConjugateGradient<Matrix, Eigen::Lower | Eigen::Upper> iteration_;
  bool is_good_ = true;
};

}  // namespace

struct Network::Solver {
  explicit Solver(const Matrix& conductance) : steady(conductance) {}
  SparseSystem steady;
  std::map<double, std::unique_ptr<SparseSystem>> steps;  ///< by step length
};

/// Adds nodes and branches of one stack.
struct Network::Builder {
  Network& net;
  const Stack& stack;
  std::size_t per_tier;
  double area;  ///< of a tier's node

  std::size_t columns, rows;

  explicit Builder(Network& network)
      : net(network),
        stack(network.stack_),
        per_tier(net.columns_ * net.rows_),
        area(stack.area() / static_cast<double>(per_tier)),
        columns(net.columns_),
        rows(net.rows_) {}

  std::uint32_t add_node(double capacity) {
    net.capacity_.push_back(capacity);
    return static_cast<std::uint32_t>(net.capacity_.size() - 1);
  }
  void join(std::uint32_t a, std::uint32_t b, double conductance) {
    if (conductance > 0) net.branches_.push_back({a, b, conductance});
  }
  std::uint32_t node(std::size_t tier, std::size_t i) const { return static_cast<std::uint32_t>(tier * per_tier + i); }

  void tiers() {
    const std::size_t count = stack.tiers.size();
    for (std::size_t t = 0; t < count; ++t) {
      const Tier& tier = stack.tiers[t];
      const std::vector<Layer> below = t + 1 < count ? tier.interface : std::vector<Layer> { stack.tim };
      double per_area = tier.die.thickness * tier.die.heat_capacity + capacity_of(below) / 2;
      if (t > 0) per_area += capacity_of(stack.tiers[t - 1].interface) / 2;
      for (std::size_t c = 0; c < per_tier; ++c) add_node(per_area * area);
    }
    for (std::size_t t = 0; t < count; ++t) lateral(t);
    for (std::size_t t = 0; t + 1 < count; ++t) {
      const double r = half(stack.tiers[t].die) + resistance(stack.tiers[t].interface) + half(stack.tiers[t + 1].die);
      for (std::size_t c = 0; c < per_tier; ++c) join(node(t, c), node(t + 1, c), area / r);
    }
    if (stack.r_top) {
      const double r = half(stack.tiers.front().die) + *stack.r_top * stack.area();
      for (std::size_t c = 0; c < per_tier; ++c) join(node(0, c), Branch::ambient, area / r);
    }
  }

  void lateral(std::size_t t) {
    const Tier& tier = stack.tiers[t];
    const double sheet = tier.lateral_conductivity.value_or(tier.die.conductivity) * tier.die.thickness;
    const double dx = stack.width / static_cast<double>(columns), dy = stack.height / static_cast<double>(rows);
    for (std::size_t y = 0; y < rows; ++y)
      for (std::size_t x = 0; x < columns; ++x) {
        const std::size_t c = y * columns + x;
        if (x + 1 < columns) join(node(t, c), node(t, c + 1), sheet * dy / dx);
        if (y + 1 < rows) join(node(t, c), node(t, c + columns), sheet * dx / dy);
      }
  }

  /// From the nodes of the nearest tier to the face of the package, m2 K/W.
  double to_face() const {
    return half(stack.tiers.back().die) + (stack.tim.thickness > 0 ? stack.tim.thickness / stack.tim.conductivity : 0);
  }
  double tim_capacity() const { return stack.tim.thickness * stack.tim.heat_capacity / 2; }

  void lumped_package() {
    const Package& p = stack.package;
    const double copper = p.spreader.thickness * p.spreader_side * p.spreader_side * p.spreader.heat_capacity +
                          p.sink.thickness * p.sink_side * p.sink_side * p.sink.heat_capacity + p.c_convection;
    const std::uint32_t spreader = add_node(p.c_lumped.value_or(copper + tim_capacity() * stack.area()));
    net.nearest_resistance_ = to_face();
    for (std::size_t c = 0; c < per_tier; ++c) {
      join(node(stack.tiers.size() - 1, c), spreader, area / net.nearest_resistance_);
      net.below_nearest_.push_back(spreader);
    }
    join(spreader, Branch::ambient, 1 / lumped_resistance(stack));
  }

  /// One sheet of package cells in the plane of the axes.
  struct Sheet {
    Layer layer;
    double side;
    std::vector<std::uint32_t> nodes;  ///< Branch::ambient where there is no cell
  };

  void mesh_package() {
    const Package& p = stack.package;
    const Axis ax = make_axis(stack.width, columns, p), ay = make_axis(stack.height, rows, p);
    std::vector<Sheet> sheets;
    for (unsigned i = 0; i < p.spreader_layers && p.spreader.thickness > 0; ++i)
      sheets.push_back(
          {{p.spreader.thickness / p.spreader_layers, p.spreader.conductivity, p.spreader.heat_capacity}, p.spreader_side, {}});
    for (unsigned i = 0; i < p.sink_layers; ++i)
      sheets.push_back({{p.sink.thickness / p.sink_layers, p.sink.conductivity, p.sink.heat_capacity}, p.sink_side, {}});
    for (Sheet& sheet : sheets) add_sheet(sheet, ax, ay);
    for (std::size_t s = 0; s + 1 < sheets.size(); ++s) stack_sheets(sheets[s], sheets[s + 1], ax, ay);

    const Sheet& first = sheets.front();
    net.face_resistance_ = half(first.layer);
    net.nearest_resistance_ = to_face() + net.face_resistance_;
    for (std::size_t y = 0; y < rows; ++y)
      for (std::size_t x = 0; x < columns; ++x) {
        const std::uint32_t below = first.nodes[(y + ay.rings) * ax.cells() + x + ax.rings];
        join(node(stack.tiers.size() - 1, y * columns + x), below, area / net.nearest_resistance_);
        net.capacity_[below] += tim_capacity() * area;
        net.below_nearest_.push_back(below);
      }

    const Sheet& last = sheets.back();
    const double sink_area = p.sink_side * p.sink_side;
    for_each_cell(ax, ay, [&](std::size_t i, double cell_area) {
      if (last.nodes[i] == Branch::ambient) return;
      join(last.nodes[i], Branch::ambient, cell_area / (p.r_convection * sink_area + half(last.layer)));
      net.capacity_[last.nodes[i]] += p.c_convection * cell_area / sink_area;
    });
  }

  template <typename Call>
  static void for_each_cell(const Axis& ax, const Axis& ay, Call call) {
    for (std::size_t y = 0; y < ay.cells(); ++y)
      for (std::size_t x = 0; x < ax.cells(); ++x) call(y * ax.cells() + x, ax.width(x) * ay.width(y));
  }

  void add_sheet(Sheet& sheet, const Axis& ax, const Axis& ay) {
    const double reach = sheet.side / 2;
    sheet.nodes.assign(ax.cells() * ay.cells(), Branch::ambient);
    for (std::size_t y = 0; y < ay.cells(); ++y)
      for (std::size_t x = 0; x < ax.cells(); ++x)
        if (std::fabs(ax.centre(x)) < reach && std::fabs(ay.centre(y)) < reach)
          sheet.nodes[y * ax.cells() + x] = add_node(sheet.layer.thickness * sheet.layer.heat_capacity * ax.width(x) * ay.width(y));
    const double kt = sheet.layer.conductivity * sheet.layer.thickness;
    const auto joined = [&](std::size_t a, std::size_t b, double conductance) {
      if (sheet.nodes[a] != Branch::ambient && sheet.nodes[b] != Branch::ambient) join(sheet.nodes[a], sheet.nodes[b], conductance);
    };
    for (std::size_t y = 0; y < ay.cells(); ++y)
      for (std::size_t x = 0; x < ax.cells(); ++x) {
        const std::size_t c = y * ax.cells() + x;
        if (x + 1 < ax.cells()) joined(c, c + 1, kt * ay.width(y) / (ax.centre(x + 1) - ax.centre(x)));
        if (y + 1 < ay.cells()) joined(c, c + ax.cells(), kt * ax.width(x) / (ay.centre(y + 1) - ay.centre(y)));
      }
  }

  void stack_sheets(const Sheet& upper, const Sheet& lower, const Axis& ax, const Axis& ay) {
    const double r = half(upper.layer) + half(lower.layer);
    for_each_cell(ax, ay, [&](std::size_t i, double cell_area) {
      if (upper.nodes[i] != Branch::ambient && lower.nodes[i] != Branch::ambient) join(upper.nodes[i], lower.nodes[i], cell_area / r);
    });
  }

  void factorise() {
    const auto size = static_cast<Eigen::Index>(net.capacity_.size());
    std::vector<Eigen::Triplet<double>> entries;
    entries.reserve(net.branches_.size() * 4);
    for (const Branch& branch : net.branches_) {
      entries.emplace_back(branch.a, branch.a, branch.conductance);
      if (branch.b == Branch::ambient) continue;
      entries.emplace_back(branch.b, branch.b, branch.conductance);
      entries.emplace_back(branch.a, branch.b, -branch.conductance);
      entries.emplace_back(branch.b, branch.a, -branch.conductance);
    }
    Matrix conductance(size, size);
    conductance.setFromTriplets(entries.begin(), entries.end());
    net.solver_ = std::make_unique<Solver>(conductance);
    if (!net.solver_->steady.is_good()) throw InputError("the thermal network of this stack has no solution");
  }
};

Network::Network(const Stack& stack) : stack_(stack) {
  std::string all;
  for (const std::string& problem : problems(stack)) all += (all.empty() ? "" : "\n") + problem;
  if (!all.empty()) throw InputError(all);
  columns_ = std::size_t{stack.columns} * stack.nodes_per_column();
  rows_ = std::size_t{stack.rows} * stack.nodes_per_row();
  Builder builder(*this);
  builder.tiers();
  if (stack.package.form == Package::Form::lumped)
    builder.lumped_package();
  else
    builder.mesh_package();
  builder.factorise();
}

Network::~Network() = default;
Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;

namespace {

Vector right_side(const std::vector<double>& power, std::size_t nodes) {
  Vector right = Vector::Zero(static_cast<Eigen::Index>(nodes));
  for (std::size_t i = 0; i < power.size(); ++i) right[static_cast<Eigen::Index>(i)] = power[i];
  return right;
}

std::vector<double> to_vector(const Vector& v) { return {v.data(), v.data() + v.size()}; }

}  // namespace

std::vector<double> Network::steady(const std::vector<double>& power) const {
  if (power.size() != cells()) throw InternalError("a power for each cell of each tier is needed");
  return to_vector(solver_->steady.solve(right_side(node_power(power), nodes())));
}

std::vector<double> Network::step(const std::vector<double>& rises, const std::vector<double>& power, double dt) const {
  if (power.size() != cells() || rises.size() != nodes()) throw InternalError("a power per cell and a rise per node are needed");
  std::unique_ptr<SparseSystem>& system = solver_->steps[dt];
  const auto size = static_cast<Eigen::Index>(nodes());
  Vector storage(size);
  for (Eigen::Index i = 0; i < size; ++i) storage[i] = capacity_[static_cast<std::size_t>(i)] / dt;
  if (!system) {
    Matrix matrix = solver_->steady.matrix();
    for (Eigen::Index i = 0; i < size; ++i) matrix.coeffRef(i, i) += storage[i];
    system = std::make_unique<SparseSystem>(std::move(matrix));
  }
  Vector right = right_side(node_power(power), nodes());
  for (Eigen::Index i = 0; i < size; ++i) right[i] += storage[i] * rises[static_cast<std::size_t>(i)];
  return to_vector(system->solve(right));
}

std::vector<double> Network::cell_rises(const std::vector<double>& rises) const {
  const std::size_t kx = stack_.nodes_per_column(), ky = stack_.nodes_per_row();
  std::vector<double> cell(cells(), 0);
  for (std::size_t t = 0, i = 0; t < stack_.tiers.size(); ++t)
    for (std::size_t y = 0; y < rows_; ++y)
      for (std::size_t x = 0; x < columns_; ++x, ++i) cell[(t * stack_.rows + y / ky) * stack_.columns + x / kx] += rises[i];
  for (double& c : cell) c /= static_cast<double>(kx * ky);
  return cell;
}

std::vector<double> Network::node_power(const std::vector<double>& power) const {
  const std::size_t kx = stack_.nodes_per_column(), ky = stack_.nodes_per_row();
  std::vector<double> node;
  node.reserve(stack_.tiers.size() * columns_ * rows_);
  for (std::size_t t = 0; t < stack_.tiers.size(); ++t)
    for (std::size_t y = 0; y < rows_; ++y)
      for (std::size_t x = 0; x < columns_; ++x)
        node.push_back(power[(t * stack_.rows + y / ky) * stack_.columns + x / kx] / static_cast<double>(kx * ky));
  return node;
}

double Network::heat_to_ambient(const std::vector<double>& rises) const {
  double sum = 0;
  for (const Branch& branch : branches_)
    if (branch.b == Branch::ambient) sum += branch.conductance * rises[branch.a];
  return sum;
}

double Network::package_face(const std::vector<double>& rises) const {
  const std::size_t count = below_nearest_.size(), first = (stack_.tiers.size() - 1) * count;
  double sum = 0;
  for (std::size_t c = 0; c < count; ++c) {
    const double below = rises[below_nearest_[c]], flux = (rises[first + c] - below) / nearest_resistance_;
    sum += below + flux * face_resistance_;
  }
  return sum / static_cast<double>(count);
}

}  // namespace snnvp::thermal
