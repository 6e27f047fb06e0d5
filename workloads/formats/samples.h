// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <snnvp/workloads/formats/events.h>
#include <snnvp/workloads/network/simulate.h>

namespace snnvp {

/// Input samples of a network from a file, one at a time (decision 56). Readable are
///   .csv        events; sample i is the window of `steps` steps that starts at i * steps * dt
///   .npy, .npz  structured events, likewise; or numbers of shape (samples, steps, ...) with the values of the input in C order,
///               or packed bits (samples, bytes) of uint8, little-bit order over steps and values, or (samples, ...) of one step. Of an npz the only array, or
///               the one called `spikes`, `events` or `x`
///   .nir, .h5   NIRData: the observable `spikes` (or the only one) of the node that is named like the input, or of the only node
/// Spikes are what holds only 0 and 1.
class SampleSet {
public:
  /// `binning.shape` is that of the network's input node, `input_name` its name. InputError names the file.
  SampleSet(const std::string& file, const EventBinning& binning, const std::string& input_name = "input");
  ~SampleSet();
  SampleSet(SampleSet&&) noexcept;
  SampleSet& operator=(SampleSet&&) noexcept;

  std::uint64_t size() const;
  /// Steps of each sample: those of the binning, or those the file has.
  std::uint64_t steps() const;
  /// Sample i < size() for a network with one input.
  NetworkSample sample(std::uint64_t i) const;
  /// What the user should know, e.g. that events were not in order of time.
  const std::vector<std::string>& notices() const;

  /// Where a source of samples keeps them.
  struct Source;

private:
  std::unique_ptr<Source> source_;
};

/// One class per sample: npy of whole numbers, or CSV with one per line, below an optional heading `label`; with several columns
/// the one called `label`. InputError "FILE:LINE: what".
std::vector<std::uint32_t> read_labels(const std::string& file);

}  // namespace snnvp
