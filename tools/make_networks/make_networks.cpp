// SPDX-License-Identifier: Apache-2.0
// Writes the network folders that ship with the repository: make_networks scenarios/networks
// The same bytes come out on every host; a test compares them with those in the tree.
#include <cstdio>
#include <exception>
#include <string>

#include <snnvp/workloads/formats/own_networks.h>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_networks FOLDER    (FOLDER/own_small and FOLDER/own_windows are written)\n");
    return 2;
  }
  try {
    for (const snnvp::SpikeNetwork& network : {snnvp::make_own_small(), snnvp::make_own_windows()}) {
      const std::string folder = std::string(argv[1]) + "/" + network.name;
      snnvp::write_spike_network(network, folder);
      std::printf("%s\n", folder.c_str());
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
