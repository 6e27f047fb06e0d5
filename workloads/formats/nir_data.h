// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <snnvp/workloads/spikes/spike_tensor.h>

// NIRData: recorded spikes and potentials in HDF5, the exchange format of NIR frameworks (spec/formats.md 4.2).
namespace snnvp {

/// One observable of one node: `spikes`, `v`, `i`, ... of `samples` x `steps` x `neurons`, neurons flattened in C order.
struct Recording {
  std::string node;  ///< `outer/inner` for nested graphs
  std::string observable = "spikes";
  double dt = 1e-4;  ///< seconds per step
  std::uint64_t samples = 1, steps = 0, neurons = 0;
  SpikeTensor spikes;          ///< samples * steps * neurons bits; or
  std::vector<double> values;  ///< that many reals

  bool is_spikes() const { return spikes.bits() != 0; }
};

/// How spikes are stored, and whether nested names become nested groups.
struct NirDataOptions {
  bool grid = false;  ///< spikes as booleans on a grid instead of events
  bool flat = false;  ///< `outer.inner` instead of a group in a group: the reference writer cannot make nested files
};

/// Writes a file in one step: spikes as events at (k + 1/2) dt, so that readers which round down find step k; values on the grid.
/// Equal recordings give equal bytes. InputError if it cannot be written.
void write_nir_data(const std::string& file, const std::vector<Recording>& recordings, const NirDataOptions& options = {});

/// Reads all observables, by node and name. Events fall into step floor(time / dt + 1e-6) of round(t_max / dt); `dt` is used where
/// the file gives none (events). Padding (idx -1, time inf) is skipped. InputError "FILE:/path: what".
std::vector<Recording> read_nir_data(const std::string& file, double dt);

}  // namespace snnvp
