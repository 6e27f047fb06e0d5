// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/workloads/formats/npy.h>

namespace snnvp {

/// One array of an npz archive; `name` is that of numpy, without ".npy".
struct NpzEntry {
  std::string name;
  NpyArray array;
};

/// Reads an npz file (ZIP of npy files, stored or deflated), in the archive's order.
///
/// Sizes are taken from the directory, checked against the limit and the archive before anything is inflated, and every
/// CRC-32 is verified. ZIP64, encryption, split archives and other compression are refused. InputError "FILE: what".
std::vector<NpzEntry> read_npz(const std::string& path, const NpyLimits& limits = {});
/// The same from memory; `name` is used in messages. The limit holds for all arrays together.
std::vector<NpzEntry> parse_npz(std::string_view bytes, const std::string& name, const NpyLimits& limits = {});

/// The bytes of an npz archive; without time stamps, so equal arrays give equal bytes.
std::string format_npz(const std::vector<NpzEntry>& entries, bool deflate = false);
void write_npz(const std::string& path, const std::vector<NpzEntry>& entries, bool deflate = false);

}  // namespace snnvp
