// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <snnvp/models/baselines/baselines_core.h>

// Energies as the Prosperity authors compute them, and the two comparison machines that are published constants only
// (spec/prosperity.md 5.6, 6.2). Commit 6ee1c6f of their simulator.
namespace snnvp::baselines {

/// On-chip power, and DRAM traffic relative to Prosperity's. loas and a100 have none.
struct EnergyConstants {
  double on_chip_mw = 0;
  double dram_ratio = 0;
};
std::optional<EnergyConstants> energy_constants(Model model);

/// DRAM energy per bit.
constexpr double dram_pj_per_bit = 12.45;

double on_chip_mj(const EnergyConstants& constants, double seconds);
/// `prosperity_bits`: DRAM bits of Prosperity (cuda path, 256 x 16) on the same network, whatever the model.
double dram_mj(const EnergyConstants& constants, Bits prosperity_bits);

/// A published result of Stellar or an A100 on one of the sixteen published networks.
struct PublishedResult {
  Model model;
  const char* network;
  double seconds;
  double watts;  ///< measured, A100; 0 for Stellar
};
const std::vector<PublishedResult>& published_results();
/// nullptr if none is published.
const PublishedResult* published_result(Model model, const std::string& network);
/// "vgg16_cifar10, vgg16_cifar100".
std::string published_networks(Model model);

}  // namespace snnvp::baselines
