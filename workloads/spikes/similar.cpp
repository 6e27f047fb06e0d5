// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include <fmt/format.h>
#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/workloads/spikes/draw.h>
#include <snnvp/workloads/spikes/generators.h>

namespace snnvp {

namespace {

// Columns drawn together, and rows within which large rows must differ: the tile of spec/prosperity.md 4.2.
constexpr unsigned segment = 16;
constexpr std::uint64_t tile_rows = 256;
// Ones by which the running density may be off before it is steered, and before it is corrected outright.
constexpr std::int64_t steer_beyond = 8;
constexpr std::int64_t correct_beyond = 24;
constexpr unsigned max_tries = 24;
constexpr double close_enough = 0.002;  // relative

unsigned ones_in(std::uint32_t row) { return static_cast<unsigned>(__builtin_popcount(row)); }

// Draws one tensor for a given mixture of new, copied and mutually incomparable segments.
class Mixture {
public:
  // mix -1: only incomparable segments; 0: all new; +1: copies wherever possible.
  Mixture(const SpikeRequest& request, double mix)
      : request_(request),
        planes_(planes_of(request)),
        image_(request.axes == "TCHW"),
        columns_(image_ ? planes_.planes : planes_.width),
        positions_(image_ ? planes_.height * planes_.width : planes_.planes),
        random_(request.seed, request.name),
        fires_(request.density),
        copies_(mix),
        incomparable_(-mix),
        wanted_(static_cast<std::int64_t>(std::ldexp(request.density, 32))) {}

  SpikeTensor draw() {
    SpikeTensor spikes(request_.axes, request_.shape);
    const std::uint64_t rows = positions_ * planes_.steps;
    std::vector<std::uint32_t> drawn(rows);
    for (std::uint64_t first = 0; first < columns_; first += segment) {
      width_ = static_cast<unsigned>(std::min<std::uint64_t>(segment, columns_ - first));
      for (std::uint64_t r = 0; r < rows; ++r) {
        if (r % tile_rows == 0) large_rows_.clear();
        drawn[r] = next(drawn, r);
        debt_ += wanted_ * width_ - (std::int64_t{ones_in(drawn[r])} << 32);
        store(drawn[r], r, first, spikes);
      }
    }
    return spikes;
  }

private:
  std::int64_t debt_in_ones() const { return debt_ >> 32; }

  std::uint32_t next(const std::vector<std::uint32_t>& drawn, std::uint64_t r) {
    if (r > 0 && copies_(random_)) return copied_row(drawn, r);
    // Single spikes are never reused (spec/prosperity.md 4.2), so a similar matrix is made of large rows, too.
    if (copies_(random_) || incomparable_(random_)) return large_row();
    return steered([&] { return new_row(); });
  }

  std::uint32_t copied_row(const std::vector<std::uint32_t>& drawn, std::uint64_t r) {
    const std::int64_t debt = debt_in_ones();
    if (debt < -correct_beyond) return 0;
    if (debt <= correct_beyond) return steered([&] { return drawn[related_row(r)]; });
    for (int attempt = 0; attempt < 8; ++attempt) {
      const std::uint32_t row = drawn[related_row(r)];
      if (ones_in(row) > request_.density * width_) return row;
    }
    return large_row();
  }

  // Of two candidates the one that brings the density nearer to the wanted one, once it is off.
  template <typename Candidate>
  std::uint32_t steered(Candidate candidate) {
    const std::uint32_t a = candidate();
    if (std::abs(debt_in_ones()) <= steer_beyond) return a;
    const std::uint32_t b = candidate();
    return (debt_ > 0) == (ones_in(a) > ones_in(b)) ? a : b;
  }

  std::uint32_t new_row() {
    std::uint32_t row = 0;
    for (unsigned k = 0; k < width_; ++k) row |= std::uint32_t{fires_(random_)} << k;
    return row;
  }

  // Rows of equally many ones contain each other only if they are equal.
  std::uint32_t large_row() {
    const double mean = request_.density * width_;
    const unsigned ones = std::min(width_, std::max(4U, static_cast<unsigned>(mean) + 1));
    const bool silent = std::abs(debt_in_ones()) > steer_beyond ? debt_ < 0 : !Chance(mean / ones)(random_);
    if (silent) return 0;
    std::uint32_t row = 0;
    for (int attempt = 0; attempt < 16; ++attempt) {
      row = 0;
      while (ones_in(row) < ones) row |= 1U << random_.below(width_);
      if (large_rows_.insert(row).second) break;
    }
    return row;
  }

  // Row r = position * T + t. In an image one of the three nearest earlier rows, else any of the last tile.
  std::uint64_t related_row(std::uint64_t r) {
    if (!image_) return r - 1 - random_.below(std::min(r, tile_rows - 1));
    const std::uint64_t T = planes_.steps;
    const std::uint64_t position = r / T;
    std::uint64_t sources[3] = {};
    std::uint64_t count = 0;
    if (r % T > 0) sources[count++] = r - 1;
    if (position % planes_.width > 0) sources[count++] = r - T;
    if (position >= planes_.width) sources[count++] = r - T * planes_.width;
    return sources[random_.below(count)];
  }

  void store(std::uint32_t row, std::uint64_t r, std::uint64_t first, SpikeTensor& spikes) const {
    const std::uint64_t t = r % planes_.steps;
    const std::uint64_t position = r / planes_.steps;
    for (; row != 0; row &= row - 1) {
      const std::uint64_t column = first + static_cast<unsigned>(__builtin_ctz(row));
      spikes.set(image_ ? (t * columns_ + column) * positions_ + position : (t * positions_ + position) * columns_ + column);
    }
  }

  const SpikeRequest& request_;
  SpikePlanes planes_;
  bool image_;
  std::uint64_t columns_;
  std::uint64_t positions_;
  RandomStream random_;
  Chance fires_;
  Chance copies_;
  Chance incomparable_;
  std::int64_t wanted_;    // ones per element, times 2^32
  std::int64_t debt_ = 0;  // wanted minus drawn ones so far, times 2^32
  unsigned width_ = 0;
  std::set<std::uint32_t> large_rows_;
};

}  // namespace

SimilarSpikes similar_spikes(const SpikeRequest& request, double product_density,
                             const std::function<double(const SpikeTensor&)>& measure) {
  if (!(product_density >= 0 && product_density <= request.density))
    throw InputError(fmt::format("product density is {}, must be between 0 and the bit density {}", product_density, request.density));
  SimilarSpikes best;
  const auto off = [&](double reached) { return std::abs(reached - product_density); };
  // Draws one mixture, keeps it if it is the nearest so far, and tells its product density.
  const auto attempt = [&](double mix) {
    SpikeTensor spikes = Mixture(request, mix).draw();
    const double reached = measure(spikes);
    if (best.tries++ == 0 || off(reached) < off(best.product_density)) {
      best.product_density = reached;
      best.bit_density = spikes.density();
      best.spikes = std::move(spikes);
    }
    return reached;
  };
  const auto close = [&] { return off(best.product_density) <= close_enough * product_density; };

  // More copies, less product density: the wanted one lies below or above that of new rows only.
  double low = -1;
  double high = 1;
  (attempt(0) < product_density ? high : low) = 0;
  attempt(low < 0 ? low : high);
  while (!close() && best.tries < max_tries) {
    const double middle = (low + high) / 2;
    (attempt(middle) < product_density ? high : low) = middle;
  }
  return best;
}

}  // namespace snnvp
