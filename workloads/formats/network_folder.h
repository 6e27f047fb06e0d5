// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/workloads/network/integer_network.h>

// Network folders in the format `snn-network-v1`: a manifest.json and one npy file per weight or parameter tensor
// (decision 53).
namespace snnvp {

/// Reads and checks a folder; InputError names file and key. `input_files` (if not null) receives what was read.
IntegerNetwork read_network_folder(const std::string& folder, std::vector<std::string>* input_files = nullptr);

/// Writes the folder; the same network gives the same bytes, and reading it back gives an equal network.
void write_network_folder(const IntegerNetwork& network, const std::string& folder);

/// True if the folder's manifest.json says `snn-network-v1` (else it may be spikes, `snn-spikes-v1`).
bool is_network_folder(const std::string& folder);

}  // namespace snnvp
