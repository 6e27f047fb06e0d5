// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <snnvp/workloads/formats/json_node.h>
#include <snnvp/workloads/formats/manifest.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

// Parts shared by the manifest readers.
namespace snnvp {

/// Most of anything a manifest may count; keeps sums and products of a few sizes within 64 bits.
constexpr std::uint64_t max_manifest_number = std::uint64_t{1} << 40;

/// `folder`/`file`, for the member `key` of an entry. A manifest may come from anywhere, so a name that leads out of its folder
/// is an error.
std::string path_in_folder(const JsonNode& entry, const std::string& key, const std::string& folder, const std::string& file);

/// The member `key` as one of the allowed words; the first of them if there is no such member.
std::string word_of(const JsonNode& entry, const std::string& key, const std::vector<std::string>& allowed);

/// A tensor file as an entry of the manifest describes it.
struct SpikeFileClaims {
  std::string file;
  std::string axes;
  std::vector<std::uint64_t> shape;
  std::optional<std::string> crc32;  ///< eight hex digits
  std::optional<std::uint64_t> nnz;
};

/// manifest.json of a folder, or the path itself if it names a file. Path and parsed text; InputError if it cannot be read.
struct ManifestText {
  std::string folder;
  std::string path;
  nlohmann::json json;
};
ManifestText read_manifest_text(const std::string& folder);
/// The same for a text that is already in memory.
ManifestText parse_manifest_text(std::string_view text, const std::string& folder);

/// Reads packed spikes and verifies the claims. `entry` gives `encoding` and `order` and is named in errors, at `key`.
/// The file that was read is appended to `input_files`.
SpikeTensor read_spike_file(const JsonNode& entry, const std::string& key, const std::string& folder, const SpikeFileClaims& claims,
                            std::vector<std::string>& input_files);

/// Zeros and ones of exactly this shape from an .npy file of integers or booleans; InputError that says what was wanted.
SpikeTensor read_spike_array(const std::string& file, const std::string& axes, const std::vector<std::uint64_t>& shape);

/// An attention entry, of a sequence or of a list of cases; `name_key` is the key of its name.
AttentionLayer read_attention(const JsonNode& entry, const std::string& name_key, const std::string& folder,
                              std::vector<std::string>& input_files);

}  // namespace snnvp
