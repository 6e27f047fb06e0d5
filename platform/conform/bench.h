// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <snnvp/platform/base/types.h>
#include <snnvp/platform/conform/isolated.h>
#include <snnvp/platform/conform/verdict.h>
#include <snnvp/platform/registry/registry.h>

// One block of any kind between testers and probes.
namespace snnvp::conform {

struct BenchOptions {
  std::string kind;
  std::vector<std::string> overrides;  ///< PARAMETER=VALUE of the block, or a full key such as platform.clocks.core=2 GHz
  std::string port;                    ///< only this target port; empty: all
  std::uint64_t count = 4000;          ///< transactions for each port, one in five of them with phases
  std::uint64_t seed = 1;
  std::optional<Picoseconds> latency;      ///< declared: an access, and a DMI access, takes at least so long
  std::optional<Picoseconds> dmi_latency;  ///< declared: what a DMI grant says, exactly
  std::optional<Bytes> memory;             ///< of a port of which nothing is known: it leads to so many bytes of plain memory
};

/// Names of a kind's target ports.
std::vector<std::string> target_ports(const KindDescriptor& kind);

/// Builds the bench from kinds of `registry`, to which it adds its own, and runs it: once per process. A verdict for each target port, and
/// one for each initiator port that sent something. Throws InputError for a parameter, port or kind that is not there.
std::vector<Verdict> run_bench(Registry& registry, const BenchOptions& options, Whereabouts& where);

/// The same in a process of its own. What kills it becomes a finding of rule X1.
std::vector<Verdict> run_bench_isolated(const std::function<std::unique_ptr<Registry>()>& kinds, const BenchOptions& options,
                                        double timeout_s);

}  // namespace snnvp::conform
