// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <snnvp/platform/base/types.h>
#include <snnvp/platform/config/document.h>
#include <snnvp/platform/config/trace_decl.h>
#include <snnvp/platform/registry/param.h>

namespace snnvp {

struct ClockDecl {
  std::string name;
  std::uint64_t hz = 0;
  SourcePos pos;
};

/// Where a block lies on a die, mm from the die's lower left corner.
struct FloorplanDecl {
  struct Place {
    double x = 0, y = 0, w = 0, h = 0;
  };
  unsigned tier = 0;           ///< 0 is the farthest from the heat sink
  std::optional<Place> place;  ///< nullopt: spread over the tier
  SourcePos pos;
};

struct BlockDecl {
  std::string name, kind;
  SourcePos pos, kind_pos;
  std::string path;                  ///< platform.blocks.<name>
  std::optional<std::string> clock;  ///< name of a declared clock (of a missing one after an error)
  SourcePos clock_pos;
  std::vector<std::pair<std::string, std::string>> clocks;  ///< port clock -> declared clock
  std::vector<std::pair<std::string, std::string>> pins;    ///< clock or reset pin -> declared clock, "reset" or "reset_n"
  SourcePos pins_pos;
  std::optional<unsigned> tier;  ///< place in a 3D stack
  std::optional<FloorplanDecl> floorplan;
  const Node* params = nullptr;  ///< unchecked; against the registry later. Points into Scenario::document
};

struct LinkDecl {
  std::string from, to;  ///< "pu.irq", "host.irq[0]"
  SourcePos pos, from_pos, to_pos;
  std::string path;  ///< platform.links[3]
};

struct MapDecl {
  std::string through, to;  ///< block name of the interconnect; target port "dram.in"
  Address base = 0;
  Bytes size = 0;
  Address offset = 0;  ///< first address inside the target
  SourcePos pos, through_pos, to_pos, base_pos, size_pos;
  std::string path;
};

enum class ProtocolCheck { off, on, count };

/// A debug server for GDB.
struct GdbDecl {
  std::uint16_t port = 0;  ///< 0: one that is free
  bool wait = true;        ///< the program starts when a debugger lets it
};

struct RunDecl {
  Picoseconds limit = 0;  ///< 0: none
  bool check_output = true;
  ProtocolCheck protocol_check = ProtocolCheck::off;
  Picoseconds quantum = 100'000'000;  ///< 100 us
  double heartbeat_s = 10, watchdog_wall_s = 60, wall_limit_s = 0;
  Picoseconds watchdog = 1'000'000'000'000;  ///< 1 s simulated without progress; 0: never
  std::optional<GdbDecl> gdb;                ///< no part of the hash: it changes no result
  TraceDecl trace;                           ///< likewise
  // Nor are these: what is written beside the report.
  unsigned windows = 0;                    ///< of series.csv; 0: no series
  std::vector<std::string> record_spikes;  ///< layers whose spikes are kept
  std::vector<std::string> outputs;        ///< files of the folder; empty: the usual ones
};

/// Files of a run's folder that `run.outputs` may name; report.json, manifest.json, host.json and resolved.yaml are always there.
const std::vector<std::string>& output_names();

/// A scenario as plain structs, units resolved; parameters of blocks, workload and technology are still
/// nodes, because only the registry knows what they may be.
struct Scenario {
  std::string name;
  std::string file;  ///< as given by the user
  Node document;     ///< after extends and overrides; owns all nodes below
  std::vector<ClockDecl> clocks;
  std::vector<BlockDecl> blocks;
  std::vector<LinkDecl> links;
  std::vector<MapDecl> maps;
  const Node* defaults = nullptr;  ///< platform.defaults: kind -> params
  const Node* workload = nullptr;
  const Node* technology = nullptr;
  const Node* plugins = nullptr;
  RunDecl run;
  std::vector<std::string> read_files;  ///< the scenario and everything it extends, in the order read
};

/// The keys of the section `run`.
const std::vector<ParamSpec>& run_params();

/// Reads a scenario file, merges `extends`, applies `--set key=value` texts, and resolves everything that
/// does not need the registry. All problems are collected; throws nothing. Unique because nodes are pointed to.
std::unique_ptr<Scenario> load_scenario(const std::string& file, const std::vector<std::string>& overrides, Diagnostics& diagnostics);

/// The same from text, for tests; `name` stands for the file.
std::unique_ptr<Scenario> load_scenario_text(const std::string& text, const std::string& name, const std::vector<std::string>& overrides,
                                             Diagnostics& diagnostics);

}  // namespace snnvp
