// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/spikes/generators.h>

#include <algorithm>

#include <fmt/format.h>
#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/workloads/spikes/draw.h>

namespace snnvp {

namespace {

// One chain per patch: whether it is active now, and how likely it changes.
struct Chain {
  Chance start;  // active at step 0
  Chance rise;   // silent -> active
  Chance stay;   // active -> active
};

Chain chain_for(double share, double burst_steps) {
  if (share >= 1) return {Chance(1), Chance(1), Chance(1)};
  // Stationary share s needs rise = s / (1 - s) * fall; rise <= 1 bounds how short bursts can be.
  const double fall = std::min(1 / burst_steps, (1 - share) / std::max(share, 1e-300));
  return {Chance(share), Chance(share / (1 - share) * fall), Chance(1 - fall)};
}

}  // namespace

SpikePlanes planes_of(const SpikeRequest& request) {
  const std::vector<std::uint64_t>& s = request.shape;
  if (!(request.density >= 0 && request.density <= 1))
    throw InputError(fmt::format("spike density is {}, must be 0 to 1", request.density));
  if (s.size() != request.axes.size())
    throw InputError(fmt::format("a shape of {} sizes does not fit the axes {}", s.size(), request.axes));
  if (request.axes == "TCHW") return {s[0], s[1], s[2], s[3]};
  if (request.axes == "TC") return {s[0], 1, 1, s[1]};
  if (request.axes == "TLC" || request.axes == "TLD") return {s[0], s[1], 1, s[2]};
  throw InputError(fmt::format("unknown axes {}; allowed: TCHW, TC, TLC, TLD", request.axes));
}

SpikeTensor bernoulli_spikes(const SpikeRequest& request) {
  planes_of(request);
  SpikeTensor spikes(request.axes, request.shape);
  RandomStream random(request.seed, request.name);
  const Chance fires(request.density);
  for (std::uint64_t i = 0; i < spikes.bits(); ++i)
    if (fires(random)) spikes.set(i);
  return spikes;
}

SpikeTensor clustered_spikes(const SpikeRequest& request, const Clustering& clustering) {
  const SpikePlanes p = planes_of(request);
  if (!(clustering.burst_steps >= 1)) throw InputError(fmt::format("burst_steps is {}, must be at least 1", clustering.burst_steps));
  if (clustering.blob_side < 1) throw InputError("blob_side must be at least 1");
  if (!(clustering.active_rate > 0 && clustering.active_rate <= 1))
    throw InputError(fmt::format("active_rate is {}, must be above 0 and at most 1", clustering.active_rate));

  const bool image = request.axes == "TCHW";
  const std::uint64_t side = std::min<std::uint64_t>(clustering.blob_side, std::max(p.height, p.width));
  const std::uint64_t patch_h = image ? side : 1;
  const std::uint64_t patch_w = image ? side : std::min(side * side, p.width);
  const double rate = std::max(clustering.active_rate, request.density);
  const Chain chain = chain_for(request.density / rate, clustering.burst_steps);
  const Chance fires(rate);

  SpikeTensor spikes(request.axes, request.shape);
  RandomStream random(request.seed, request.name);
  const std::uint64_t rows = p.height / patch_h + 2;
  const std::uint64_t columns = p.width / patch_w + 2;
  std::vector<std::uint8_t> active(rows * columns);
  for (std::uint64_t plane = 0; plane < p.planes; ++plane) {
    const std::uint64_t shift_y = random.below(patch_h);
    const std::uint64_t shift_x = random.below(patch_w);
    for (std::uint64_t t = 0; t < p.steps; ++t) {
      for (std::uint8_t& patch : active) patch = t == 0 ? chain.start(random) : patch ? chain.stay(random) : chain.rise(random);
      std::uint64_t i = (t * p.planes + plane) * p.height * p.width;
      for (std::uint64_t y = 0; y < p.height; ++y)
        for (std::uint64_t x = 0; x < p.width; ++x, ++i)
          if (active[(y + shift_y) / patch_h * columns + (x + shift_x) / patch_w] && fires(random)) spikes.set(i);
    }
  }
  return spikes;
}

}  // namespace snnvp
