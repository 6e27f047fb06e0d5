// SPDX-License-Identifier: Apache-2.0
// The workload kind `pi2_scaling`: power and energy utilisation of pi^2 at brain scale by formula, over a grid, beside published
// platforms (spec/pi2.md 6.2, 6.3). Nothing is simulated.
#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/report/technology.h>
#include <snnvp/platform/run/simulation.h>
#include <snnvp/platform/run/workload_kinds.h>

namespace snnvp {
namespace {

struct Grid {
  std::vector<double> neurons, rate_hz, frame_bits, pj_per_bit, fan_out, queue_pj;
  std::vector<std::pair<std::string, double>> generations;  ///< switches by name
  double hops = 1, useful_bits = 64, pair_pj = 0.2, static_w = 0;
};

/// P = N f (Lb h E_bit + fan E_q) + static, in W.
double pi2_power(double n, double f, double bits, double hops, double pj_bit, double fan, double queue_pj, double static_w) {
  return n * f * (bits * hops * pj_bit + fan * queue_pj) * 1e-12 + static_w;
}

/// A published platform: energy of a synaptic event, and what of it is computing where that is known.
struct Reference {
  const char* name;
  const char* path;    ///< of its price
  const char* active;  ///< of the part that computes, or null
  const char* note;
};

constexpr Reference references[] = {
    {"truenorth_total", "platforms.truenorth.synaptic_event_total", "platforms.truenorth.synaptic_event_active", "total power over events"},
    {"truenorth_active", "platforms.truenorth.synaptic_event_active", nullptr, "active part only"},
    {"loihi1", "platforms.loihi1.synop_energy", nullptr, "pre-silicon, a minimum"},
    {"loihi1_silicon_fit", "platforms.loihi1.sanafe_fit.synop_dense_pJ", nullptr, "silicon-calibrated by others"},
    {"spinnaker2", "platforms.spinnaker2.pJ_per_synop", nullptr, "as cited by others"},
    {"odin", "platforms.odin.pJ_per_synop", nullptr, "as cited by others"},
    {"reckon", "platforms.reckon.pJ_per_synop", nullptr, "as cited by others"},
    {"ubrain", "platforms.ubrain.pJ_per_synop", nullptr, "as cited by others"},
    {"tianjic", "platforms.tianjic.pJ_per_synop", nullptr, "as cited by others"},
    {"neuronflow", "platforms.neuronflow.pJ_per_synop", nullptr, "as cited by others"},
    {"seneca", "platforms.seneca.pJ_per_synop", nullptr, "its abstract"},
};

class ScalingDriver : public WorkloadDriver {
public:
  explicit ScalingDriver(Grid grid) : grid_(std::move(grid)) {}

  void check(const Plan&, const SourcePos&, Diagnostics&) const override {}
  void attach(Platform&) override {}
  bool is_finished() const override { return true; }
  std::uint64_t work_done() const override { return 0; }

  void collect(RunReport& report) override {
    const Technology technology(data_dir() + "/tech");
    std::string csv = "curve,label,neurons,rate_hz,frame_bits,pj_per_bit,fan_out,queue_pj,power_w,eta_strict,eta_pi2,note\n";
    std::uint64_t points = 0;
    double least = 0, most = 0;
    const auto bound = [&](double w) {
      least = points == 0 ? w : std::min(least, w);
      most = std::max(most, w);
      ++points;
    };
    for (const auto& [name, pj_bit] : curves())
      for (const double n : grid_.neurons)
        for (const double f : grid_.rate_hz)
          for (const double bits : grid_.frame_bits)
            for (const double fan : grid_.fan_out)
              for (const double queue : grid_.queue_pj) {
                const double w = pi2_power(n, f, bits, grid_.hops, pj_bit, fan, queue, grid_.static_w);
                const double events = n * f * 1e-12;
                const double work = events * (fan * queue + grid_.pair_pj), all = w + events * grid_.pair_pj;
                const double overhead = events * std::max(0.0, bits - grid_.useful_bits) * grid_.hops * pj_bit + grid_.static_w;
                csv += fmt::format("pi2_{},model,{:g},{:g},{:g},{:g},{:g},{:g},{:.6g},{:.6g},{:.6g},one broadcast frame per spike\n", name,
                                   n, f, bits, pj_bit, fan, queue, w, all > 0 ? work / all : 0, all > 0 ? 1 - overhead / all : 0);
                bound(w);
              }
    for (const Reference& r : references) {
      const Constant& price = technology.constant(r.path);
      const double active = r.active ? technology.constant(r.active).value : price.value;
      for (const double n : grid_.neurons)
        for (const double f : grid_.rate_hz)
          for (const double fan : grid_.fan_out) {
            if (fan == 0) continue;
            csv += fmt::format("{},published,{:g},{:g},,,{:g},,{:.6g},{},,{:g} pJ per synaptic event ({}; {}): scaled by us to N f fan\n",
                               r.name, n, f, fan, n * f * fan * price.value * 1e-12,
                               r.active ? fmt::format("{:.6g}", active / price.value) : std::string(), price.value, price.status, r.note);
            ++points;
          }
    }
    report.totals.emplace_back("points", points);
    report.totals.emplace_back("least_power_w", least);
    report.totals.emplace_back("most_power_w", most);
    report.files.emplace_back("scaling.csv", csv);
    nlohmann::ordered_json section;
    section["definitions"] = {
        {"power_w", "N f (frame bits * hops * pJ/bit + fan out * queue pJ) + static"},
        {"eta_strict", "(queues + pairs) / all"},
        {"eta_pi2", "1 - (overhead bits + static) / all: the interconnect counts as computing"},
        {"label", "model: our formula, not the authors' data; published: a constant from a publication, scaled by us"}};
    report.sections["pi2_scaling"] = section;
    report.summary_lines.push_back(fmt::format("{} points; pi^2 by our model takes {:.4g} W to {:.4g} W", points, least, most));
    report.summary_lines.push_back("every curve is labelled model or published in scaling.csv; the exact eta of the authors is not known");
  }

private:
  std::vector<std::pair<std::string, double>> curves() const {
    std::vector<std::pair<std::string, double>> all = grid_.generations;
    for (const double pj : grid_.pj_per_bit) all.emplace_back(fmt::format("{:g}pJ", pj), pj);
    return all;
  }

  Grid grid_;
};

std::vector<double> numbers(const ParamSet& params, const char* name) {
  std::vector<double> values;
  for (const Value& v : params.at(name).items()) values.push_back(v.as_double());
  if (values.empty()) throw InputError(std::string(name) + ": at least one value is needed");
  return values;
}

LayerProgram build(const ParamSet& params) {
  Grid g;
  g.neurons = numbers(params, "neurons");
  g.rate_hz = numbers(params, "rate_hz");
  g.frame_bits = numbers(params, "frame_bits");
  for (const Value& v : params.at("pj_per_bit").items()) g.pj_per_bit.push_back(v.as_double());
  g.fan_out = numbers(params, "fan_out");
  g.queue_pj = numbers(params, "e_queue_pj");
  g.hops = params.get<double>("hops");
  g.useful_bits = params.get<double>("useful_bits");
  g.pair_pj = params.get<double>("e_pair_pj");
  g.static_w = params.get<double>("static_w");
  const Technology technology(data_dir() + "/tech");
  for (const Value& v : params.at("switches").items()) {
    const std::string name = v.as_text();
    const Constant* pj = technology.find("die_to_die.ethernet_switch." + (name == "tomahawk5" ? "energy_tomahawk5" : name + ".pJ_per_bit"));
    if (!pj) throw InputError("switches: there is no switch '" + name + "' (known: tomahawk3, tomahawk4, tomahawk5, tomahawk6)");
    g.generations.emplace_back(name, pj->value);
  }
  if (g.generations.empty() && g.pj_per_bit.empty()) throw InputError("switches or pj_per_bit: at least one is needed");
  const double points = static_cast<double>(g.neurons.size() * g.rate_hz.size() * g.frame_bits.size()) *
                        static_cast<double>(g.fan_out.size() * g.queue_pj.size()) *
                        static_cast<double>(g.generations.size() + g.pj_per_bit.size());
  if (points > 1e6) throw InputError("more than a million points");
  LayerProgram program;
  program.driver = std::make_shared<ScalingDriver>(std::move(g));
  return program;
}

}  // namespace

WorkloadKind pi2_scaling_workload() {
  const auto numbers_of = [](const char* name, double lo, double hi, const char* doc) {
    return list_of(name, param("value", 1.0, "one value").range(lo, hi), doc);
  };
  ParamSpec name;
  name.type = ParamType::text;
  WorkloadKind kind;
  kind.kind = "pi2_scaling";
  kind.doc = "Power of pi^2 at brain scale by formula, over a grid, beside published platforms; nothing is simulated";
  kind.params = {
      numbers_of("neurons", 1, 1e18, "N"),
      numbers_of("rate_hz", 0, 1e9, "spikes per second and neuron"),
      numbers_of("frame_bits", 1, 1e6, "bits of a frame on the wire"),
      list_of("switches", name, "switch generations: tomahawk3 to tomahawk6"),
      numbers_of("pj_per_bit", 0, 1e6, "further energies of a bit and hop"),
      numbers_of("fan_out", 0, 1e9, "synapses per neuron: delay-queue insertions per spike"),
      numbers_of("e_queue_pj", 0, 1e6, "energy of an insertion"),
      param("hops", 1.0, "switches a frame passes").range(0, 1e6),
      param("useful_bits", 64.0, "of a frame that are not overhead").range(0, 1e6).from("spec/pi2.md 3"),
      param("e_pair_pj", 0.2, "energy of a pair operation, in eta").range(0, 1e6).from("spec/pi2.md 6.2"),
      param("static_w", 0.0, "power at rest").range(0, 1e12),
  };
  kind.main_param = "neurons";
  kind.uses_engines = false;
  kind.build = build;
  return kind;
}

}  // namespace snnvp
