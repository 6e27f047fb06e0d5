// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include <snnvp/workloads/network/graph.h>

namespace snnvp {

enum class DuplicateEdges { error, sum, ignore };

/// What NIR leaves open (spec/formats.md 3 and 4.1.4).
struct NirOptions {
  double dt = 1e-4;  ///< seconds
  ResetRule reset = ResetRule::to_v_reset;
  enum class IfGain { automatic, r, r_dt } if_gain = IfGain::automatic;
  DuplicateEdges duplicate_edges = DuplicateEdges::error;
  std::map<std::string, std::string> rename;   ///< names in edges, old to new
  bool dt_given = false, reset_given = false;  ///< else notices tell the defaults
};

enum class ImportVerdict { mapped, approximated, refused };

/// What became of a node.
struct ImportRow {
  std::string node;
  std::string type;   ///< as the file says
  std::string shape;  ///< of the output, "2, 16, 16"
  ImportVerdict verdict = ImportVerdict::mapped;
  std::string reason;  ///< why, or how far
};

struct NirImport {
  NetworkGraph graph;           ///< complete if nothing was refused
  std::vector<ImportRow> rows;  ///< in the order of execution
  std::vector<std::string> notices;
};

/// Reads a NIR file (old and new layout) in a child process with limits of memory and time, since damaged files can crash or
/// hang the HDF5 library. InputError: "FILE:/node/path: what", or "the HDF5 library could not read FILE". Unsupported nodes come back
/// as refused rows; broken structure (edges, datasets, shapes) is thrown, all at once.
NirImport import_nir(const std::string& file, const NirOptions& options = {});

}  // namespace snnvp
