// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/report/sram_model.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include <snnvp/platform/base/quantity.h>
#include <snnvp/platform/report/price.h>

namespace snnvp {
namespace {

constexpr const char* quantity_names[sram_quantities] = {"read_pJ", "write_pJ", "leak_mW", "area_mm2", "access_ns"};
constexpr double widest_macro_bits = 512;

double number(const Node& node) {
  const ParsedNumber parsed = parse_real(node.text);
  if (!parsed) throw InputError(fmt::format("{}:{}:{}: {}", node.pos.file, node.pos.line, node.pos.column, parsed.problem));
  return parsed.value.as_double();
}

const Node& member(const Node& map, const char* key) {
  if (const Node* node = map.find(key)) return *node;
  throw InputError(fmt::format("{}:{}:{}: the table lacks '{}'", map.pos.file, map.pos.line, map.pos.column, key));
}

/// Calls `row(cells)` for each data line; the views are valid only during the call.
template <typename Row>
void for_each_csv_row(std::string_view text, const Row& row) {
  std::vector<std::string_view> cells;
  for (bool is_header = true; !text.empty(); is_header = false) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (is_header || line.empty()) continue;
    cells.clear();
    for (std::size_t comma; (comma = line.find(',')) != std::string_view::npos; line.remove_prefix(comma + 1))
      cells.push_back(line.substr(0, comma));
    cells.push_back(line);
    row(cells);
  }
}

double csv_number(std::string_view cell) {
  const ParsedNumber parsed = parse_real(cell);
  if (!parsed) throw InputError(fmt::format("sram_grid.csv: {}", parsed.problem));
  return parsed.value.as_double();
}

/// The last position with axis[i] <= x that still has a right neighbour, or nullopt outside the axis.
std::optional<std::size_t> cell_of(const std::vector<double>& axis, double x) {
  if (axis.size() < 2 || x < axis.front() || x > axis.back()) return std::nullopt;
  const auto above = std::upper_bound(axis.begin(), axis.end(), x);
  return std::min<std::size_t>(static_cast<std::size_t>(above - axis.begin()) - 1, axis.size() - 2);
}

}  // namespace

/// A table over capacity (rows) and width (columns). Absent combinations are zero.
struct SramModel::Grid {
  std::string path;
  std::vector<double> kilobytes, bits;
  std::array<std::vector<double>, sram_quantities> values;

  double at(std::size_t q, std::size_t row, std::size_t column) const { return values[q][row * bits.size() + column]; }

  /// log2(value) bilinearly over log2(KB), log2(bits); grid points give the table's own numbers.
  std::optional<std::array<double, sram_quantities>> interpolate(double kb, double width) const {
    const auto row = cell_of(kilobytes, kb), column = cell_of(bits, width);
    if (!row || !column) return std::nullopt;
    const double x = (std::log2(kb) - std::log2(kilobytes[*row])) / (std::log2(kilobytes[*row + 1]) - std::log2(kilobytes[*row]));
    const double y = (std::log2(width) - std::log2(bits[*column])) / (std::log2(bits[*column + 1]) - std::log2(bits[*column]));
    const double weight[4] = {(1 - x) * (1 - y), (1 - x) * y, x * (1 - y), x * y};
    std::array<double, sram_quantities> result{};
    for (std::size_t q = 0; q < sram_quantities; ++q) {
      double sum = 0;
      for (std::size_t corner = 0; corner < 4; ++corner) {
        if (weight[corner] == 0) continue;
        const double value = at(q, *row + corner / 2, *column + corner % 2);
        if (value == 0) return std::nullopt;
        if (weight[corner] == 1) {
          result[q] = value;
          sum = 0;
          break;
        }
        sum += weight[corner] * std::log2(value);
      }
      if (result[q] == 0) result[q] = round_to_12_digits(std::exp2(sum));
    }
    return result;
  }
};

SramModel::SramModel(const Technology& technology) : technology_(technology) {}
SramModel::~SramModel() = default;

SramFigures SramModel::figures(const SramGeometry& geometry, int node_nm, const std::string& device) const {
  const double parts = std::ceil(geometry.bits / widest_macro_bits);
  const double kilobytes = static_cast<double>(geometry.bytes) / 1024 / parts, bits = geometry.bits / parts;

  // Below 22 nm there is no table; the 22 nm macro shrinks (spec/energy.md 4.3).
  const int table_node = std::max(node_nm, 22);
  SramFigures result = macro(kilobytes, bits, table_node, device);
  if (geometry.dual_port) apply_dual_port(result, kilobytes, bits, table_node, device);
  for (const SramQuantity q : {SramQuantity::read_pj, SramQuantity::write_pj, SramQuantity::leak_mw, SramQuantity::area_mm2})
    result.values[static_cast<std::size_t>(q)] *= parts;
  if (node_nm < 22) {
    const auto shrink = [&](const char* exponent) { return portable_pow(node_nm / 22.0, technology_.constant(exponent).value); };
    const double energy = shrink("scaling.sram_below_22nm.energy_exponent");
    const double leakage =
        shrink("scaling.sram_below_22nm.leakage_exponent") * technology_.constant("scaling.sram_below_22nm.leakage_factor").value;
    const double factors[sram_quantities] = {energy, energy, leakage, shrink("scaling.sram_below_22nm.area_exponent"), 1};
    for (std::size_t q = 0; q < sram_quantities; ++q) result.values[q] *= factors[q];
  }
  return result;
}

SramFigures SramModel::macro(double kilobytes, double bits, int node_nm, const std::string& device) const {
  const Grid& grid = single_port_grid(node_nm, device);
  SramFigures result;
  if (const auto values = grid.interpolate(kilobytes, bits)) {
    result.values = *values;
    result.path = grid.path;
    return result;
  }
  result.extrapolated = true;
  result.path = fmt::format("sram.power_law.fits.n{}_{}", node_nm, device);
  const Node& fits = technology_.table(result.path);
  for (std::size_t q = 0; q < sram_quantities; ++q) {
    const Node& fit = member(fits, quantity_names[q]);
    result.values[q] = round_to_12_digits(number(member(fit, "c0")) * portable_pow(kilobytes, number(member(fit, "alpha_capacity"))) *
                                          portable_pow(bits / 8, number(member(fit, "beta_width"))));
  }
  return result;
}

/// Two ports: the grid's own rows where it has them, else the ratio to one port at the nearest 28 nm grid point.
void SramModel::apply_dual_port(SramFigures& figures, double kilobytes, double bits, int node_nm, const std::string& device) const {
  const bool has_rows = node_nm == 28 && (device == "lstp" || device == "hp");
  const std::string grid_device = device == "hp" ? "hp" : "lstp";
  const Grid& dual = csv_grid(28, grid_device, "1r1w");
  if (has_rows) {
    if (const auto values = dual.interpolate(kilobytes, bits)) {
      figures = {*values, false, dual.path};
      return;
    }
  }
  const Grid& single = csv_grid(28, grid_device, "1rw");
  double kb = std::clamp(kilobytes, dual.kilobytes.front(), dual.kilobytes.back());
  const double width = std::clamp(bits, dual.bits.front(), dual.bits.back());
  auto two = dual.interpolate(kb, width), one = single.interpolate(kb, width);
  for (; (!two || !one) && kb < dual.kilobytes.back(); two = dual.interpolate(kb, width), one = single.interpolate(kb, width))
    kb = std::min(2 * kb, dual.kilobytes.back());
  if (!two || !one) throw InputError("sram_grid.csv has no 1r1w rows to take a ratio from");
  for (std::size_t q = 0; q < sram_quantities; ++q) figures.values[q] = round_to_12_digits(figures.values[q] * (*two)[q] / (*one)[q]);
  figures.extrapolated = true;
}

const SramModel::Grid& SramModel::single_port_grid(int node_nm, const std::string& device) const {
  const std::string path = fmt::format("sram.tables.n{}_{}", node_nm, device);
  if ((node_nm != 28 && node_nm != 22) || device == "lop") return csv_grid(node_nm, device, "1rw");
  std::unique_ptr<Grid>& grid = grids_[path];
  if (grid) return *grid;
  const Node& table = technology_.table(path);
  auto loaded = std::make_unique<Grid>();
  loaded->path = path;
  for (const Node& n : member(table, "capacity_KB").items) loaded->kilobytes.push_back(number(n));
  for (const Node& n : member(table, "width_bits").items) loaded->bits.push_back(number(n));
  for (std::size_t q = 0; q < sram_quantities; ++q) {
    const Node& rows = member(table, quantity_names[q]);
    for (const Node& row : rows.items)
      for (const Node& cell : row.items) loaded->values[q].push_back(cell.is_null() ? 0 : number(cell));
    if (loaded->values[q].size() != loaded->kilobytes.size() * loaded->bits.size())
      throw InputError(fmt::format("{}:{}:{}: '{}' needs {} rows of {} numbers", rows.pos.file, rows.pos.line, rows.pos.column,
                                   quantity_names[q], loaded->kilobytes.size(), loaded->bits.size()));
  }
  grid = std::move(loaded);
  return *grid;
}

const SramModel::Grid& SramModel::csv_grid(int node_nm, const std::string& device, const std::string& ports) const {
  const std::string path = fmt::format("sram_grid.n{}_{}_{}", node_nm, device, ports);
  std::unique_ptr<Grid>& grid = grids_[path];
  if (grid) return *grid;

  enum Column {
    tech,
    device_class,
    temperature,
    capacity,
    width,
    banks,
    port_kind,
    ecc,
    access,
    cycle,
    read,
    write,
    leak,
    gate_leak,
    area,
    used
  };
  constexpr Column columns[sram_quantities] = {read, write, leak, area, access};
  std::map<double, std::map<double, std::array<double, sram_quantities>>> points;
  const std::string node = std::to_string(node_nm);
  for_each_csv_row(technology_.csv("sram_grid.csv"), [&](const std::vector<std::string_view>& cells) {
    if (cells.size() < used || cells[tech] != node || cells[device_class] != device || cells[banks] != "1" || cells[port_kind] != ports)
      return;
    auto& point = points[csv_number(cells[capacity]) / 1024][csv_number(cells[width])];
    for (std::size_t q = 0; q < sram_quantities; ++q) point[q] = csv_number(cells[columns[q]]);
  });
  if (points.empty())
    throw MissingSramDevice(
        fmt::format("SRAM device class '{}' does not exist at {} nm: lstp and hp exist at every node, "
                    "mixed at 45 nm and below, lop at 28 nm and below",
                    device, node_nm));

  auto loaded = std::make_unique<Grid>();
  loaded->path = path;
  std::map<double, int> widths;
  for (const auto& [kb, row] : points) {
    loaded->kilobytes.push_back(kb);
    for (const auto& [bits, values] : row) widths[bits] = 1;
  }
  for (const auto& [bits, unused] : widths) loaded->bits.push_back(bits);
  for (const auto& [kb, row] : points)
    for (const double bits : loaded->bits) {
      const auto it = row.find(bits);
      for (std::size_t q = 0; q < sram_quantities; ++q) loaded->values[q].push_back(it == row.end() ? 0 : it->second[q]);
    }
  grid = std::move(loaded);
  return *grid;
}

}  // namespace snnvp
