// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include <snnvp/models/prosperity/input_fetch.h>
#include <snnvp/models/prosperity/jobs.h>
#include <snnvp/models/prosperity/layer_job.h>
#include <snnvp/models/prosperity/spike_tiles.h>
#include <snnvp/models/prosperity/tile_timing.h>
#include <snnvp/workloads/network/geometry.h>

namespace snnvp::prosperity {

using engine::JobDescriptor;
using engine::JobStatus;
using engine::Refusal;
using engine::TransferList;

namespace {

/// A conv or fc layer with its LIF update: items are tile visits (m, n, k); stages fetch, detect, compute.
template <class Word>
class GemmJob : public LayerJob {
public:
  GemmJob(ProsperityEngine& unit, const JobDescriptor& job)
      : LayerJob(unit, job, job.gemm.kind == GemmGeometry::Kind::conv2d ? "conv2d" : "fc", unit.config().unit,
                 product_stages(unit.config().prefetch_tiles)),
        gemm_(job.gemm),
        schedule_(config_, Tiling(config_, gemm_), kernel_area(), OnChip{unit.state().spikes_in_buffer, false}),
        fetch_(gemm_, schedule_.tiling()),
        spikes_in_buffer_(unit.state().spikes_in_buffer),
        image_((gemm_.input_bits() + 7) / 8 + 16),
        weights_stay_(!schedule_.fetches_weights({1, 0, 0})),
        weights_(weights_stay_ ? gemm_.K() * gemm_.N : std::uint64_t{config_.tile_k} * config_.tile_n),
        sums_(gemm_.M() * gemm_.N),
        view_{image_.data(), input_shape(),
              gemm_.kind == GemmGeometry::Kind::conv2d ? "TCHW"
              : gemm_.L > 1                            ? "TLC"
                                                       : "TC"},
        matrix_(gemm_, view_),
        tile_sums_(static_cast<std::size_t>(config_.tile_m) * config_.tile_n),
        cache_(schedule_.tiling().nk) {
    analysis_ = GemmAnalysis::without_spikes(config_, gemm_);
    analysis_.tiles.resize(schedule_.tiling().spike_tiles());
    add_lif({gemm_.T, gemm_.N, gemm_.positions(), gemm_.kind == GemmGeometry::Kind::conv2d}, job_.operands[engine::operand::spikes_out]);
  }

  std::uint64_t items() const override { return schedule_.items(); }

  void transfers(std::uint64_t index, unsigned, TransferList& list) override {
    const TileItem item = schedule_.item(index);
    Bits counted = 0;
    if (spikes_in_buffer_ ? item.n == 0 : schedule_.fetches_spikes(item)) {
      // What a LIF left in the buffer is not fetched; its stand-in, the recorded tensor, is brought in untimed.
      ranges_.clear();
      fetch_.ranges(item, ranges_);
      const Address base = job_.operands[engine::operand::input].address;
      for (const BitRange& r : ranges_) {
        const Bytes first = r.first / 8, last = (r.first + r.count + 7) / 8;
        (spikes_in_buffer_ ? list.untimed : list.timed).push_back({base + first, image_.data() + first, last - first});
      }
      if (!spikes_in_buffer_) counted += schedule_.spike_bits(item);
    }
    if (schedule_.fetches_weights(item)) {
      add_weight_bursts(item, list);
      counted += schedule_.weight_bits(item);
    }
    list.port_cycles = port_time(counted);
  }

  void execute(std::uint64_t index) override {
    const TileItem item = schedule_.item(index);
    const Tiling& t = schedule_.tiling();
    const std::uint32_t rows = t.rows(item.m), cols = t.cols(item.k), width = t.width(item.n);
    if (item.k == 0) std::fill_n(tile_sums_.begin(), static_cast<std::size_t>(rows) * width, 0);
    const WeightTile weights{weights_of(item), weight_stride(width), width};
    const SumTile sums{tile_sums_.data(), width};
    Cached& cached = cache_[item.k];
    if (item.n == 0) {
      rows_.resize(config_.tile_m);
      matrix_.extract_tile(t, item.m, item.k, rows_.data());
      PrefixForest<Word> forest = unit_.search().search(rows_.data(), rows, cols);
      if (config_.issue == Issue::tree) {
        depth_.resize(rows);
        forest.counts.depth = chain_depth(forest.prefix, rows, depth_.data());
      }
      note(item, forest.counts);
      cached.stages = stage_cycles(config_, analysis_, item);
      if (t.nn > 1) cached.keep(forest);
      run(forest, rows, weights, sums);
    } else {
      run(cached.forest(), rows, weights, sums);
    }
    now_ = cached.stages;
    if (item.n != 0 && config_.reuse_detection) now_.detect = 0;
    ideal_.push(0, now_);
    if (item.k + 1 == t.nk) {
      scatter(item, rows, width);
      finish_tile(item);
    }
  }

  Cycles cycles(std::uint64_t, unsigned stage) override { return stage == 1 ? now_.detect : now_.compute; }

  Cycles stores(std::uint64_t index, Cycles end, TransferList& list) override {
    const TileItem item = schedule_.item(index);
    const Tiling& t = schedule_.tiling();
    Cycles ready = end;
    if (lif_ && item.k + 1 == t.nk) ready = lif_->timed(end, t, item);
    if (index + 1 != items()) return ready;
    layer_end_ = end;
    store_sums(job_.operands[engine::operand::sums], sums_, list);
    if (lif_) lif_->store(job_.operands[engine::operand::spikes_out], list);
    return ready;
  }

protected:
  LayerCounts count(const Config& config, LayerState& state) const override { return gemm_layer(config, analysis_, state); }
  Cycles ideal_cycles() const override { return ideal_.end(); }
  std::uint64_t time_steps() const override { return gemm_.T; }
  void complete(engine::LayerRecord& row) const override { row.M = gemm_.M(), row.K = gemm_.K(), row.N = gemm_.N; }

private:
  /// A searched tile that later n tiles use again.
  struct Cached {
    std::vector<Word> rows, residual;
    std::vector<std::int16_t> prefix;
    TileCounts counts;
    StageCycles stages;

    void keep(const PrefixForest<Word>& f) {
      rows.assign(f.rows, f.rows + f.counts.rows);
      residual.assign(f.residual, f.residual + f.counts.rows);
      prefix.assign(f.prefix, f.prefix + f.counts.rows);
      counts = f.counts;
    }
    PrefixForest<Word> forest() const { return {rows.data(), prefix.data(), residual.data(), counts}; }
  };

  std::uint64_t kernel_area() const { return gemm_.kind == GemmGeometry::Kind::conv2d ? gemm_.kernel * gemm_.kernel : 1; }
  std::vector<std::uint64_t> input_shape() const {
    if (gemm_.kind == GemmGeometry::Kind::conv2d) return {gemm_.T, gemm_.C, gemm_.H, gemm_.W};
    return gemm_.L > 1 ? std::vector<std::uint64_t>{gemm_.T, gemm_.L, gemm_.C} : std::vector<std::uint64_t>{gemm_.T, gemm_.C};
  }

  /// Where the weights of a visit lie: in the whole matrix if it stays on chip, else alone.
  std::int8_t* weights_of(const TileItem& item) {
    const Tiling& t = schedule_.tiling();
    return weights_.data() + (weights_stay_ ? item.k * t.tile_k * gemm_.N + item.n * t.tile_n : 0);
  }
  std::uint64_t weight_stride(std::uint32_t width) const { return weights_stay_ ? gemm_.N : width; }

  void add_weight_bursts(const TileItem& item, TransferList& list) {
    const Tiling& t = schedule_.tiling();
    const Bytes first = item.k * t.tile_k * gemm_.N + item.n * t.tile_n;
    const std::uint32_t cols = t.cols(item.k), width = t.width(item.n);
    auto* data = reinterpret_cast<std::uint8_t*>(weights_of(item));
    const Address base = job_.operands[engine::operand::weights].address + first;
    if (width == gemm_.N) return list.timed.push_back({base, data, Bytes{cols} * width});
    for (std::uint32_t k = 0; k < cols; ++k) list.timed.push_back({base + k * gemm_.N, data + k * weight_stride(width), width});
  }

  void run(const PrefixForest<Word>& forest, std::uint32_t rows, const WeightTile& weights, const SumTile& sums) {
    if (config_.sparsity == Sparsity::product)
      unit_.executor().execute(forest, weights, sums);
    else
      unit_.executor().execute_plain(forest.rows, rows, weights, sums);
  }

  void note(const TileItem& item, const TileCounts& c) {
    analysis_.tiles[item.m * schedule_.tiling().nk + item.k] = c;
    analysis_.sums.add(c);
  }

  /// Tile rows m = l*T + t to the memory order of decision 11.
  void scatter(const TileItem& item, std::uint32_t rows, std::uint32_t width) {
    const Tiling& t = schedule_.tiling();
    const std::uint64_t n0 = item.n * t.tile_n, positions = gemm_.positions();
    const bool conv = gemm_.kind == GemmGeometry::Kind::conv2d;
    for (std::uint32_t i = 0; i < rows; ++i) {
      const std::uint64_t m = item.m * t.tile_m + i, l = m / gemm_.T, step = m % gemm_.T;
      const std::int32_t* from = &tile_sums_[static_cast<std::size_t>(i) * width];
      if (conv) {
        std::int32_t* to = &sums_[(step * gemm_.N + n0) * positions + l];
        for (std::uint32_t n = 0; n < width; ++n) to[n * positions] = from[n];
      } else {
        std::copy_n(from, width, &sums_[(step * gemm_.L + l) * gemm_.N + n0]);
      }
    }
  }

  /// LIF of the positions whose last time step this output tile holds.
  void finish_tile(const TileItem& item) {
    if (lif_) lif_->update(schedule_.tiling(), item, sums_.data());
  }

  GemmGeometry gemm_;
  TileSchedule schedule_;
  InputFetch fetch_;
  bool spikes_in_buffer_;
  std::vector<std::uint8_t> image_;   // the input tensor as far as it was fetched
  bool weights_stay_;                 // fetched once, else for each visit
  std::vector<std::int8_t> weights_;  // [K][N], or those of the current visit
  std::vector<std::int32_t> sums_;    // in memory order
  SpikeView view_;
  SpikeMatrix matrix_;
  std::vector<std::int32_t> tile_sums_;  // of the current (m, n), row order m
  std::vector<Cached> cache_;            // by k, of the current m
  std::vector<Word> rows_;
  std::vector<std::int16_t> depth_;
  std::vector<BitRange> ranges_;
  GemmAnalysis analysis_;
  StageCycles now_;
  TilePipeline ideal_;  // the same tiles with zero-time fetch
};

bool dense_operand(const engine::Operand& operand, engine::Format format, std::uint64_t elements) {
  return operand.format == format && operand.elements() == elements;
}

}  // namespace

JobOrRefusal make_gemm_job(ProsperityEngine& unit, const JobDescriptor& job) {
  const GemmGeometry& g = job.gemm;
  if (const std::string problem = geometry_problem(g); !problem.empty()) return Refusal{JobStatus::bad_shape, problem};
  const auto& out = job.operands[engine::operand::spikes_out];
  if (!dense_operand(job.operands[engine::operand::input], engine::Format::spikes, g.input_bits()) ||
      !dense_operand(job.operands[engine::operand::weights], engine::Format::int8, g.K() * g.N))
    return Refusal{JobStatus::bad_shape, "input spikes and int8 weights must fit the geometry"};
  const auto& sums = job.operands[engine::operand::sums];
  if ((sums.present() && !dense_operand(sums, engine::Format::int32, g.M() * g.N)) ||
      (out.present() && !(job.neuron.present && dense_operand(out, engine::Format::spikes, g.M() * g.N))))
    return Refusal{JobStatus::bad_shape, "sums and output spikes must fit the geometry"};
  const Config& config = unit.config().unit;
  const Tiling tiling(config, g);
  // Input, weights that stay, sums, output spikes, counts of all tiles, and the searched tiles that later n tiles use again.
  const bool weights_stay = !TileSchedule(config, tiling, 1, {}).fetches_weights({1, 0, 0});
  const Bytes held = g.input_bits() / 8 + (weights_stay ? g.K() * g.N : 0) + g.M() * g.N * 5 + tiling.nm * tiling.nk * sizeof(TileCounts) +
                     tiling.nk * (128 + (tiling.nn > 1 ? config.tile_m * 2 * sizeof(Row128) : 0));
  if (auto refusal = engine::refuse_large(held, tiling.nm * tiling.nn * tiling.nk)) return *refusal;
  switch (row_width(config.tile_k)) {
    case RowWidth::bits16: return std::make_unique<GemmJob<std::uint16_t>>(unit, job);
    case RowWidth::bits64: return std::make_unique<GemmJob<std::uint64_t>>(unit, job);
    default: return std::make_unique<GemmJob<Row128>>(unit, job);
  }
}

}  // namespace snnvp::prosperity
