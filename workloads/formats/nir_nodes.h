// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/workloads/formats/hdf5_tree.h>
#include <snnvp/workloads/formats/nir.h>

// One node of a NIR file.
namespace snnvp {

/// What reading a node gave.
struct NirNode {
  GraphNode node;
  std::string type;     ///< as the file says
  std::string refusal;  ///< why it cannot be run; empty if it can
};

/// A text of the file in which a path of ours is embedded: "/node/nodes/a".
struct NirContext {
  const std::string& file;
  const NirOptions& options;
  Diagnostics& diagnostics;
};

/// Reads the datasets of a node (spec/formats.md 4.1.2). What is broken is told to the diagnostics with the path in the file, what
/// is sound but cannot be run is a refusal. `path` is the group's path, `name` the node's name in the graph.
NirNode read_nir_node(const Hdf5Item& group, const std::string& path, const std::string& name, const NirContext& context);

/// The string dataset `type` of a group; empty, and told, if there is none.
std::string nir_type(const Hdf5Item& group, const std::string& path, const NirContext& context);

}  // namespace snnvp
