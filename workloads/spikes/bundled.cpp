// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/spikes/bundled.h>

#include <algorithm>

#include <fmt/format.h>
#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/workloads/spikes/draw.h>

namespace snnvp {
namespace {

/// Chance of a spike per position that gives bundles with at least one spike the wanted mean of ones; 0: just one spike, as the mean
/// of such bundles cannot be lower.
double position_chance(double density, unsigned volume) {
  if (density * volume <= 1) return 0;
  double low = 0, high = 1;
  for (int i = 0; i < 60; ++i) {
    const double p = (low + high) / 2;
    double silent = 1;
    for (unsigned n = 0; n < volume; ++n) silent *= 1 - p;
    (p / (1 - silent) < density ? low : high) = p;
  }
  return high;
}

void check(const SpikeRequest& request, unsigned steps, unsigned tokens, const std::vector<BundleGroup>& groups) {
  if (request.axes != "TLC" && request.axes != "TLD")
    throw InputError(fmt::format("bundles need tokens: axes TLC or TLD, not {}", request.axes));
  planes_of(request);
  if (steps == 0 || tokens == 0 || std::uint64_t{steps} * tokens > 4096) throw InputError("a bundle has 1 to 4096 positions");
  if (groups.empty()) throw InputError("at least one group of features is needed");
  for (const BundleGroup& g : groups)
    for (const double x : {g.share, g.active, g.density})
      if (!(x >= 0 && x <= 1)) throw InputError(fmt::format("a share, chance or density of a feature group is {}, must be 0 to 1", x));
}

/// A group for each feature, in drawn order.
std::vector<std::size_t> deal(std::uint64_t features, const std::vector<BundleGroup>& groups, RandomStream& random) {
  std::vector<std::size_t> group_of;
  double until = 0;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    until += groups[g].share;
    const bool is_last = g + 1 == groups.size();
    const std::uint64_t end =
        is_last ? features : std::min(features, static_cast<std::uint64_t>(until * static_cast<double>(features) + 0.5));
    group_of.resize(std::max<std::uint64_t>(end, group_of.size()), g);
  }
  for (std::uint64_t i = features; i > 1; --i) std::swap(group_of[i - 1], group_of[random.below(i)]);
  return group_of;
}

}  // namespace

SpikeTensor bundled_spikes(const SpikeRequest& request, unsigned bundle_steps, unsigned bundle_tokens,
                           const std::vector<BundleGroup>& groups) {
  check(request, bundle_steps, bundle_tokens, groups);
  const std::uint64_t T = request.shape[0], N = request.shape[1], D = request.shape[2];
  const unsigned volume = bundle_steps * bundle_tokens;
  SpikeTensor spikes(request.axes, request.shape);
  RandomStream random(request.seed, request.name);
  const std::vector<std::size_t> group_of = deal(D, groups, random);
  struct Draw {
    Chance active, position;
    bool is_single;
  };
  std::vector<Draw> draws;
  for (const BundleGroup& g : groups) {
    const double p = position_chance(g.density, volume);
    draws.push_back({Chance(g.active), Chance(p), p <= 0});
  }
  std::vector<std::uint8_t> bundle(volume);
  for (std::uint64_t t0 = 0; t0 < T; t0 += bundle_steps)
    for (std::uint64_t n0 = 0; n0 < N; n0 += bundle_tokens)
      for (std::uint64_t d = 0; d < D; ++d) {
        const Draw& draw = draws[group_of[d]];
        if (!draw.active(random)) continue;
        std::fill(bundle.begin(), bundle.end(), std::uint8_t{0});
        while (!draw.is_single && std::find(bundle.begin(), bundle.end(), 1) == bundle.end())
          for (std::uint8_t& spike : bundle) spike = draw.position(random);
        if (draw.is_single) bundle[random.below(volume)] = 1;
        for (unsigned i = 0; i < volume; ++i) {
          const std::uint64_t t = t0 + i / bundle_tokens, n = n0 + i % bundle_tokens;
          if (bundle[i] && t < T && n < N) spikes.set((t * N + n) * D + d);
        }
      }
  return spikes;
}

}  // namespace snnvp
