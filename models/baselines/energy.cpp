// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/baselines/energy.h>

namespace snnvp::baselines {

std::optional<EnergyConstants> energy_constants(Model model) {
  switch (model) {
    case Model::eyeriss:
    case Model::eyeriss_linear: return EnergyConstants{1410.5, 5.47};
    case Model::mint: return EnergyConstants{396.3, 3.12};
    case Model::sato: return EnergyConstants{319.5, 4.85};
    case Model::ptb: return EnergyConstants{982.0, 2.53};
    case Model::stellar: return EnergyConstants{834.0, 1.23};
    default: return std::nullopt;
  }
}

double on_chip_mj(const EnergyConstants& constants, double seconds) { return constants.on_chip_mw * seconds; }

double dram_mj(const EnergyConstants& constants, Bits prosperity_bits) {
  return dram_pj_per_bit * 1e-9 * static_cast<double>(prosperity_bits) * constants.dram_ratio;
}

const std::vector<PublishedResult>& published_results() {
  static const std::vector<PublishedResult> results{
      {Model::stellar, "vgg16_cifar10", 0.040187906453781515, 0},
      {Model::stellar, "vgg16_cifar100", 0.0776982117026379, 0},
      {Model::a100, "spikformer_cifar10", 0.019, 96},
      {Model::a100, "spikformer_cifar10dvs", 0.0114, 84},
      {Model::a100, "spikformer_cifar100", 0.019, 90},
      {Model::a100, "sdt_cifar10", 0.017, 91},
      {Model::a100, "sdt_cifar10dvs", 0.018, 81},
      {Model::a100, "sdt_cifar100", 0.018, 89},
      {Model::a100, "spikebert_sst2", 0.0372, 132},
      {Model::a100, "spikebert_mr", 0.0397, 184},
      {Model::a100, "spikebert_sst5", 0.033357901101108, 137},
      {Model::a100, "spikingbert_sst2", 0.0962026573102408, 107},
      {Model::a100, "spikingbert_qqp", 0.0920285156794956, 109},
      {Model::a100, "spikingbert_mnli", 0.0942276553078726, 107},
  };
  return results;
}

const PublishedResult* published_result(Model model, const std::string& network) {
  for (const PublishedResult& result : published_results())
    if (result.model == model && network == result.network) return &result;
  return nullptr;
}

std::string published_networks(Model model) {
  std::string names;
  for (const PublishedResult& result : published_results())
    if (result.model == model) names += (names.empty() ? "" : ", ") + std::string(result.network);
  return names;
}

}  // namespace snnvp::baselines
