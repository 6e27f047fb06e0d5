// SPDX-License-Identifier: Apache-2.0
#include "pricing_fixture.h"

#include <cmath>
#include <fstream>

#include <unistd.h>

using namespace snnvp;
using test::technology;

namespace {

double value(const std::string& path) { return technology().constant(path).value; }

double number_at(const std::string& path, std::size_t i) { return std::stod(technology().table(path).items.at(i).text); }

/// A technology folder of one broken file.
class BrokenFolder {
public:
  explicit BrokenFolder(const std::string& text)
      : folder_(std::filesystem::temp_directory_path() / ("snnvp-technology-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_ / "price_lists");
    std::ofstream(folder_ / "broken.yaml") << text;
  }
  ~BrokenFolder() { std::filesystem::remove_all(folder_); }

  /// What is said when the constant broken.a.x is asked for.
  std::string message() const {
    try {
      Technology(folder_.string()).constant("broken.a.x");
    } catch (const InputError& error) {
      return error.what();
    }
    return {};
  }
  std::string file() const { return (folder_ / "broken.yaml").string(); }

private:
  std::filesystem::path folder_;
};

void refused(const std::string& text, const std::string& place, const std::string& why) {
  const BrokenFolder folder(text);
  const std::string message = folder.message();
  INFO(message);
  CHECK(message.find(folder.file() + ':' + place) != std::string::npos);
  CHECK(message.find(why) != std::string::npos);
}

}  // namespace

TEST_CASE("energy.E1 three independent routes agree on adders", "[energy]") {
  const double horowitz[] = {value("arithmetic.checks.horowitz_45nm.int8_add"), 0.05, value("arithmetic.checks.horowitz_45nm.int32_add")};
  const char* const names[] = {"add_8b", "add_16b", "add_32b"};
  for (std::size_t i = 0; i < 3; ++i) {
    const double table = value(std::string("arithmetic.ops_28nm.") + names[i]);
    CHECK(horowitz[i] * 0.5066 == Approx(table).epsilon(0.15));
    CHECK(number_at("arithmetic.checks.dsent_ripple_adder.interpolated_28nm", i) == Approx(table).epsilon(0.15));
  }
}

TEST_CASE("energy.E2 node factors follow from the scaling polynomial", "[energy]") {
  const auto polynomial = [](double nm, double v) {
    const auto at_node = [v](int node) {
      const std::string path = "scaling.stillmaker_energy.coefficients_a_b_c.n" + std::to_string(node);
      return number_at(path, 0) * v * v + number_at(path, 1) * v + number_at(path, 2);
    };
    const int nodes[] = {7, 10, 14, 16, 20, 32, 45, 65};
    for (std::size_t i = 1; i < std::size(nodes); ++i)
      if (nm <= nodes[i])
        return at_node(nodes[i - 1]) + (at_node(nodes[i]) - at_node(nodes[i - 1])) * (nm - nodes[i - 1]) / (nodes[i] - nodes[i - 1]);
    return 0.0;
  };
  const double reference = polynomial(28, 0.9);
  CHECK(polynomial(65, 1.1) / reference == Approx(3.929).margin(0.001));
  CHECK(polynomial(45, 0.9) / reference == Approx(1.974).margin(0.001));
  CHECK(polynomial(40, 0.9) / reference == Approx(1.7014).margin(0.001));
  CHECK(polynomial(22, 0.8) / reference == Approx(0.4765).margin(0.001));
  CHECK(polynomial(16, 0.8) / reference == Approx(0.2812).margin(0.001));
  CHECK(polynomial(7, 0.7) / reference == Approx(0.1118).margin(0.001));
  CHECK(polynomial(7, 0.7) / reference == Approx(technology().constant("scaling.nodes.n7.logic_energy").lo).margin(0.001));
}

TEST_CASE("energy.E9 the published Prosperity buffers add up", "[energy]") {
  double area = 0, leakage = 0;
  for (const Node& row : technology().table("sram.published_anchors.prosperity_buffer_list.rows").items) {
    area += std::stod(row.items.at(2).text);
    leakage += std::stod(row.items.at(3).text);
  }
  CHECK(area == Approx(0.3021).epsilon(1e-3));
  CHECK(leakage == Approx(70.82).epsilon(1e-3));
}

TEST_CASE("energy.E11 Bishop's core energies are published power times time", "[energy]") {
  const double dense = value("platforms.snn_accelerators.bishop_isca25.dense_512_pe_mW");
  CHECK(dense * 1.16e-3 == Approx(0.29).epsilon(0.02));
  CHECK(dense * 1.83e-3 == Approx(0.45).epsilon(0.02));
  CHECK(value("platforms.snn_accelerators.bishop_isca25.sparse_128_units_mW") * 0.53e-3 == Approx(0.038).epsilon(0.02));
}

TEST_CASE("energy.E15 HBM2's parts explain its total", "[energy]") {
  CHECK(1.21 + 2.24 + 0.3 == Approx(3.75).epsilon(0.01));
  CHECK(value("dram.hbm2.energy.total") > 3.75);
  CHECK(value("dram.hbm2.energy.act_per_row") / 8192 + value("dram.hbm2.energy.column") == Approx(2.65).epsilon(0.01));
}

TEST_CASE("energy.E25 a faulty technology file is refused with its position", "[energy]") {
  const std::string good = "value: 1.0, unit: pJ, lo: 0.5, hi: 2.0, status: derived, source: here";
  refused("a:\n  x: {value: 3.0, unit: pJ, lo: 4.0, hi: 5.0, status: derived, source: here}\n", "2:33", "lo 4.0 is above value 3.0");
  refused("a:\n  x: {value: 3.0, unit: pJ, lo: 1.0, hi: 2.0, status: derived, source: here}\n", "2:42", "hi 2.0 is below value 3.0");
  refused("a:\n  x: {value: 3.0, unit: pJ, lo: 1.0, hi: 5.0, status: derived}\n", "2:6", "missing source");
  refused("a:\n  x: {value: 3.0, unit: pJ, lo: 1.0, hi: 5.0, source: here}\n", "2:6", "missing status");
  refused("a:\n  x: {value: 3.0, unit: pJ, lo: 1.0, hi: 5.0, status: derivd, source: here}\n", "2:55", "unknown status 'derivd'");
  refused("a:\n  x: {value: -3.0, unit: pJ, lo: 1.0, hi: 5.0, status: derived, source: here}\n", "2:14", "above zero");
  refused("a:\n  x: {value: 3.0, unit: pJ, hi: 5.0, status: derived, source: here}\n", "2:6", "needs the number 'lo'");
  refused("a:\n  x: {" + good + ", hint: no}\n", "2:78", "unknown field 'hint'");
  refused("a:\n  x: {" + good + "}\n  y: {rate_GTs: 4.0, status: read}\n", "3:6", "missing source");
  refused("a:\n  x: {" + good + "}\n  x: {" + good + "}\n", "3:3", "x");
}

TEST_CASE("every shipped technology file is sound", "[energy]") {
  for (const char* path : {"arithmetic.reference.vdd_V", "scaling.nodes.n7.vdd", "sram.corrections.access_time", "dram.hbm3.energy",
                           "stack3d_thermal.interconnect.microbump.energy", "die_to_die.bow.energy", "noc.recommended_multiplier",
                           "platforms.truenorth.synaptic_event_total"})
    CHECK_NOTHROW(technology().constant(path));
  for (const char* table : {"n28_lstp", "n28_mixed", "n28_hp", "n22_lstp", "n22_mixed", "n22_hp"})
    CHECK_NOTHROW(technology().table(std::string("sram.tables.") + table));
  CHECK_NOTHROW(technology().table("sram.power_law.fits"));
}

TEST_CASE("a constant carries its pedigree whatever the shape of its entry", "[energy]") {
  const Constant& constant = technology().constant("arithmetic.ops_28nm.add_16b");
  CHECK(constant.value == 0.027);
  CHECK(constant.lo == 0.018);
  CHECK(constant.hi == 0.038);
  CHECK(constant.unit == "pJ");
  CHECK(constant.status == "derived");
  CHECK_FALSE(constant.is_weak());

  const Constant& field = technology().constant("noc.router_28nm.table.flit64_p5_vc2.hop_pJ");
  CHECK(field.value == 1.711);
  CHECK(field.unit == "pJ");
  CHECK(field.status == "measured");
  CHECK_FALSE(field.has_band());
  CHECK(field.source.find("DSENT") != std::string::npos);

  const Constant& cell = technology().constant("dram.ddr4.energy_8Gb_x8_rank_of_8.r2400.read_pJ_per_bit");
  CHECK(cell.value == 5.73);
  CHECK(cell.unit == "pJ/bit");
  CHECK(cell.status == "derived");
}

TEST_CASE("an unknown path names the nearest entry", "[energy]") {
  CHECK(technology().find("arithmetic.ops_28nm.add_17b") == nullptr);
  CHECK(technology().find("nowhere.at.all") == nullptr);
  CHECK(technology().find("../../etc/passwd") == nullptr);
  try {
    technology().constant("arithmetic.ops_28nm.ad_16b");
    FAIL("an unknown path was accepted");
  } catch (const InputError& error) {
    CHECK(std::string(error.what()).find("did you mean add_16b?") != std::string::npos);
  }
}

TEST_CASE("files are read only when a path in them is asked for", "[energy]") {
  const Technology fresh(test::technology_folder());
  CHECK(fresh.read_files().empty());
  fresh.constant("noc.recommended_multiplier");
  REQUIRE(fresh.read_files().size() == 1);
  CHECK(fresh.read_files()[0].find("noc.yaml") != std::string::npos);
}
