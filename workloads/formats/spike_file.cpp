// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/formats/spike_file.h>

#include <filesystem>

#include <fmt/format.h>
#include <zlib.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/workloads/formats/npy.h>
#include <snnvp/workloads/spikes/layout.h>

namespace snnvp {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t max_manifest_bytes = 16U << 20;

}  // namespace

std::string path_in_folder(const JsonNode& entry, const std::string& key, const std::string& folder, const std::string& file) {
  if (file.empty()) entry.fail(key, "an empty file name");
  const fs::path relative(file);
  bool escapes = relative.is_absolute();
  for (const fs::path& part : relative) escapes = escapes || part == "..";
  if (escapes) entry.fail(key, quote(file) + " leads out of the folder; files of a network stand inside it");
  for (const char c : file)
    if (static_cast<unsigned char>(c) < 0x20) entry.fail(key, quote(file) + " is no file name");
  return (fs::path(folder) / relative).string();
}

std::string word_of(const JsonNode& entry, const std::string& key, const std::vector<std::string>& allowed) {
  if (!entry.has(key)) return allowed.front();
  std::string word = entry.at(key).text();
  for (const std::string& one : allowed)
    if (word == one) return word;
  entry.fail(key, fmt::format("{} is not supported; allowed: {}", quote(word), join_names(allowed)));
}

ManifestText read_manifest_text(const std::string& folder) {
  ManifestText manifest;
  std::error_code ignored;
  const bool is_file = fs::is_regular_file(folder, ignored);
  manifest.path = is_file ? folder : (fs::path(folder) / "manifest.json").string();
  manifest.folder = is_file ? fs::path(folder).parent_path().string() : folder;
  if (!is_file && !fs::is_directory(folder, ignored)) throw InputError(fmt::format("{}: no such network folder", folder));
  std::string problem;
  const auto text = read_file(manifest.path, problem, max_manifest_bytes);
  if (!text) throw InputError(problem);
  manifest.json = parse_user_json(*text, manifest.path);
  return manifest;
}

ManifestText parse_manifest_text(std::string_view text, const std::string& folder) {
  const std::string path = (fs::path(folder) / "manifest.json").string();
  return {folder, path, parse_user_json(text, path)};
}

SpikeTensor read_spike_file(const JsonNode& entry, const std::string& key, const std::string& folder, const SpikeFileClaims& claims,
                            std::vector<std::string>& input_files) {
  const std::string encoding = word_of(entry, "encoding", {"packbits-little", "packbits-big-lastaxis"});
  word_of(entry, "order", {"C"});
  const std::string path = path_in_folder(entry, key, folder, claims.file);
  const NpyArray array = read_npy(path);
  input_files.push_back(path);
  if (!array.is_plain({NpyType::Kind::unsigned_integer, 1}) || array.shape.size() != 1)
    entry.fail(key, fmt::format("{}: packed spikes are a one-dimensional array of |u1, this one has {} axes of {}", path,
                                array.shape.size(), array.is_plain() ? array.fields[0].type.name() : "structures"));
  if (claims.crc32) {
    const auto actual = crc32(0, array.data.data(), static_cast<uInt>(array.data.size()));
    if (*claims.crc32 != fmt::format("{:08x}", actual))
      entry.fail("crc32", fmt::format("says {}, {} has {:08x}", quote(*claims.crc32), path, actual));
  }
  SpikeTensor spikes;
  try {
    spikes = encoding == "packbits-little" ? SpikeTensor::from_packed(claims.axes, claims.shape, array.data.data(), array.data.size())
                                           : unpack_big_last_axis(claims.axes, claims.shape, array.data.data(), array.data.size());
  } catch (const InputError& error) {
    entry.fail(key, fmt::format("{}: {}", path, error.what()));
  }
  if (claims.nnz && *claims.nnz != spikes.count())
    entry.fail("nnz", fmt::format("says {}, {} has {} ones", *claims.nnz, path, spikes.count()));
  return spikes;
}

SpikeTensor read_spike_array(const std::string& file, const std::string& axes, const std::vector<std::uint64_t>& shape) {
  const NpyArray array = read_npy(file);
  const auto wanted = [&] { return fmt::format("zeros and ones of shape ({}), axes {}", fmt::join(shape, ", "), axes); };
  if (!array.is_plain() || array.fields[0].type.kind == NpyType::Kind::real || array.shape != shape)
    throw InputError(fmt::format("{}: the layer needs {}; the file has shape ({})", file, wanted(), fmt::join(array.shape, ", ")));
  SpikeTensor spikes(axes, shape);
  for (std::uint64_t i = 0; i < spikes.bits(); ++i) {
    const std::int64_t value = array.as_i64(i);
    if (value != 0 && value != 1) throw InputError(fmt::format("{}: element {} is {}, the layer needs {}", file, i, value, wanted()));
    if (value == 1) spikes.set(i);
  }
  return spikes;
}

}  // namespace snnvp
