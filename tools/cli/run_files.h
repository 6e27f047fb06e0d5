// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/platform/run/reprice.h>
#include <snnvp/platform/run/simulation.h>

namespace snnvp::cli {

/// SHA-256 of the data and technology files a run reads, paths as written.
std::vector<InputFile> digest_inputs(const Prepared& prepared);

/// Makes the folder (and its parents); InputError if it cannot be.
void make_output_folder(const std::string& folder);

/// Writes everything a run leaves: report.json and tables, resolved.yaml, manifest.json, host.json.
/// Takes what the report was priced from out of `outcome`.
void write_run_folder(const std::string& folder, const Prepared& prepared, RunOutcome& outcome,
                      const std::vector<std::string>& command_line);
/// A stored run under the prices it was given last.
void write_repriced_folder(const std::string& folder, const StoredRun& run, const RunReport& report,
                           const std::vector<std::string>& command_line);

}  // namespace snnvp::cli
