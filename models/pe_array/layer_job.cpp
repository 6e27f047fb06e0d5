// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include <snnvp/models/pe_array/engine.h>
#include <snnvp/models/pe_array/execution.h>
#include <snnvp/workloads/network/geometry.h>

namespace snnvp::pe_array {

using engine::JobDescriptor;
using engine::JobStatus;
using engine::LayerRecord;
using engine::Refusal;
using engine::Stage;
using engine::TransferList;

namespace {

/// A conv or fc layer: an item is all passes of one input channel (64 inputs of a plain fc layer) for one group of `rows`
/// output channels; six stages (spec/spikex.md 5.8).
class LayerJob : public engine::Job {
public:
  LayerJob(PeArrayEngine& unit, const Config& config, const JobDescriptor& job)
      : unit_(unit),
        config_(config),
        job_(job),
        gemm_(job.gemm),
        layer_(gemm_),
        groups_(output_groups(config_, layer_)),
        channels_per_item_(layer_.single_position() ? inputs_per_item : 1),
        tag_image_((gemm_.input_bits() + 7) / 8 + view_slack),
        image_(tag_image_.size()),
        weights_(gemm_.K() * gemm_.N),
        view_{image_.data(), {gemm_.input_bits()}, ""} {
    // A buffer of the GLB holds the kernels of one input channel for all groups of outputs.
    const unsigned buffers = config_.double_buffered ? 2 : 1;
    const auto kernels = static_cast<unsigned>(config_.double_buffered ? groups_ + 1 : 1);
    stages_ = {{"tags", true, buffers, 1, Stage::FreedAt::end},       {"glb_fill", true, kernels, 2, Stage::FreedAt::end},
               {"lbuf_fill", false, buffers, 3, Stage::FreedAt::end}, {"passes", false, buffers, 4, Stage::FreedAt::end},
               {"lif", false, buffers, 5, Stage::FreedAt::end},       {"write_back", false, 0, 0, Stage::FreedAt::end}};
  }

  const std::vector<Stage>& stages() const override { return stages_; }
  std::uint64_t items() const override { return blocks() * groups_; }
  bool ignores_bus_time() const override { return unit_.fixed_timing(); }

  void transfers(std::uint64_t index, unsigned stage, TransferList& list) override {
    if (stage == 0) return index == 0 ? read_tags(list) : void();
    if (index == 0) analyze_layer();
    if (index % groups_ != 0) return;
    Bits counted = 0;
    if (index == 0) counted += fetch_shared_inputs(list);
    for (std::uint64_t channel = first_channel(index); channel < end_channel(index); ++channel) counted += fetch_channel(channel, list);
    list.port_cycles = transfer_cycles(counted, config_.dram_bits_per_cycle);
  }

  void execute(std::uint64_t index) override {
    const std::uint64_t first = group(index) * config_.rows, count = width(index);
    for (std::uint64_t channel = first_channel(index); channel < end_channel(index); ++channel)
      execution_->integrate(channel, first, count, weights_.data());
    if (index + 1 == items() && fires()) execution_->fire(job_.neuron.record);
  }

  Cycles cycles(std::uint64_t index, unsigned stage) override {
    if (unit_.fixed_timing()) return 0;
    switch (stage) {
      case 2: return lbuf_fill(index);
      case 3: return passes(index);
      case 4: return is_last_block(index) && job_.neuron.present && config_.lif_overlap && analysis_->final_passes != 0 ? window() : 0;
      default: return write_back(index);
    }
  }

  Cycles stores(std::uint64_t index, Cycles end, TransferList& list) override {
    if (index + 1 != items()) return end;
    Bits counted = 0;
    if (const auto& sums = job_.operands[engine::operand::sums]; sums.present()) {
      const bool timed = (job_.flags & engine::flag_store_sums) != 0;
      sums_ = execution_->sums();
      (timed ? list.timed : list.untimed).push_back({sums.address, reinterpret_cast<std::uint8_t*>(sums_.data()), sums_.size() * 4});
      if (timed) counted += sums_.size() * 32;
    }
    if (fires()) {
      spikes_ = execution_->spikes();
      list.timed.push_back({job_.operands[engine::operand::spikes_out].address, spikes_.data(), spikes_.byte_size()});
    }
    list.port_cycles = transfer_cycles(counted + counts_.traffic.dram_write.total(), config_.dram_bits_per_cycle);
    return end;
  }

  Cycles fixed_duration() override { return counts_.cycles.total + compat_lif(); }

  std::vector<LayerRecord> finish(const engine::JobTiming& timing) override {
    unit_.add(counts_);
    LayerRecord row;
    row.tag = job_.tag;
    row.kind = kind_name(gemm_.kind);
    row.M = gemm_.M(), row.K = gemm_.K(), row.N = gemm_.N;
    row.counts = main_counts();
    row.texts = {{"timing", unit_.fixed_timing() ? "paper" : "tile"}, {"dispatch", dispatch_name(reported_dispatch())}};
    row.total_cycles = row.contribution_cycles = unit_.fixed_timing() ? counts_.cycles.total : timing.end - timing.start;
    row.dram_bits = counts_.traffic.dram();
    row.events = unit_.events_of(counts_);
    row.bus_bytes = timing.bus_bytes_read + timing.bus_bytes_written;
    if (config_.uses_tags() && !is_compat() && config_.tws > layer_.T)
      row.notice = "windows of " + std::to_string(config_.tws) + " time points were cut to the layer's " + std::to_string(layer_.T);
    std::vector<LayerRecord> rows{row};
    if (!job_.neuron.present) return rows;
    // The update is part of the layer's own passes: its row holds counts, and time only in prosperity_compat.
    LayerRecord lif;
    lif.tag = job_.tag;
    lif.part = 1;
    lif.kind = "lif";
    lif.counts = main_counts();
    for (auto& [name, value] : lif.counts)
      if (name != "lif_updates") value.reset();
    lif.texts = row.texts;
    lif.dram_bits = 0;
    lif.total_cycles = lif.contribution_cycles = compat_lif();
    rows.push_back(std::move(lif));
    return rows;
  }

private:
  static constexpr std::uint64_t inputs_per_item = 64;
  static constexpr std::size_t view_slack = 16;  // readers of packed bits touch a word from any byte on

  std::uint64_t blocks() const { return ceil_div(layer_.channels, channels_per_item_); }
  std::uint64_t group(std::uint64_t index) const { return index % groups_; }
  std::uint64_t first_channel(std::uint64_t index) const { return index / groups_ * channels_per_item_; }
  std::uint64_t end_channel(std::uint64_t index) const { return std::min(layer_.channels, first_channel(index) + channels_per_item_); }
  std::uint64_t width(std::uint64_t index) const {
    return std::min<std::uint64_t>(config_.rows, layer_.outputs - group(index) * config_.rows);
  }
  bool is_first_block(std::uint64_t index) const { return index < groups_; }
  bool is_last_block(std::uint64_t index) const { return index / groups_ + 1 == blocks(); }
  bool is_dense() const { return config_.dispatch == Dispatch::dense; }
  bool is_compat() const { return config_.dispatch == Dispatch::ptb_lines && config_.ptb_variant == PtbVariant::prosperity_compat; }
  bool fires() const { return job_.neuron.present && job_.operands[engine::operand::spikes_out].present(); }
  Cycles window() const { return analysis_->tags.window_points(); }
  Dispatch reported_dispatch() const { return is_dense() ? Dispatch::dense : analysis_->dispatch; }
  /// The compatibility variant adds its LIF layers without overlap.
  Cycles compat_lif() const { return is_compat() && job_.neuron.present ? ptb_compat_lif(job_.neuron.neurons, gemm_.T) : 0; }

  /// Tags come with a tensor from whoever made it; they are taken from its bytes by debug transport, untimed. All data that are
  /// computed with are fetched over the port as the tags tell.
  void read_tags(TransferList& list) {
    list.untimed.push_back({job_.operands[engine::operand::input].address, tag_image_.data(), (gemm_.input_bits() + 7) / 8});
    if (config_.tag_overlap || !config_.uses_tags()) return;
    const std::uint64_t tags = layer_.channels * layer_.pixels() * ceil_div(layer_.T, config_.window_points(layer_.T));
    list.port_cycles = ceil_div(tags, config_.tags_per_cycle);  // nothing can be fetched before they are scanned
  }

  void analyze_layer() {
    const SpikeView spikes{tag_image_.data(), {gemm_.input_bits()}, ""};
    Config config = config_;
    if (is_dense()) config.dispatch = Dispatch::spatial;  // zeros add nothing, so the result needs the spikes only
    if (is_dense() || is_compat()) config.weight_tailoring = false;
    analysis_ = analyze(config, layer_, spikes);
    kept_fit_ = kept_kernels_fit(config, *analysis_);
    const NeuronRecord* neuron = job_.neuron.present ? &job_.neuron.record : nullptr;
    if (is_dense())
      counts_ = count_dense_layer(config_, gemm_, neuron != nullptr);
    else if (is_compat())
      counts_ = count_compat_layer(gemm_, *analysis_, ptb_compat(gemm_, spikes), neuron);
    else
      counts_ = count_layer(config_, *analysis_, neuron);
    execution_.emplace(config, *analysis_, view_);
  }

  void fetch_bits(std::uint64_t first, std::uint64_t count, TransferList& list) {
    const Bytes begin = first / 8, end = (first + count + 7) / 8;
    list.timed.push_back({job_.operands[engine::operand::input].address + begin, image_.data() + begin, end - begin});
  }

  /// Inputs that are not stored by channel come whole, by active time block, before the first item; so does everything of a
  /// model that looks at no tags.
  Bits fetch_shared_inputs(TransferList& list) {
    if (is_dense() || is_compat()) {
      fetch_bits(0, gemm_.input_bits(), list);
      return counts_.traffic.dram_read.ifm;
    }
    if (layer_.channel_major) return 0;
    const TagPyramid& tags = analysis_->tags;
    const std::uint64_t step = layer_.pixels() * layer_.channels;
    for (std::uint64_t block = 0; block < tags.blocks(); ++block) {
      bool active = false;
      for (std::uint64_t n = 0; n < layer_.positions() && !active; ++n)
        active = any_bit(analysis_->units.windows.data() + n * tags.window_words(), tags.block_first(block), tags.block_end(block));
      if (active) fetch_bits(tags.block_first(block) * tags.window_points() * step, tags.points_of_block(block) * step, list);
    }
    return counts_.traffic.dram_read.ifm;
  }

  Bits fetch_channel(std::uint64_t channel, TransferList& list) {
    const ChannelWork& work = analysis_->channels[channel];
    Bits counted = 0;
    const std::uint64_t fetches = is_dense() || is_compat() ? 1 : kernel_fetches(config_, *analysis_, work, kept_fit_).dram;
    if (fetches != 0) {
      add_weights(channel, list);
      counted += fetches * kernel_bits(config_, layer_);
    }
    if (!layer_.channel_major || is_dense() || is_compat() || work.dram_blocks == 0) return counted;
    const TagPyramid& tags = analysis_->tags;
    const std::uint64_t pixels = layer_.pixels();
    for (std::uint64_t block = 0; block < tags.blocks(); ++block) {
      bool active = !config_.uses_tags();
      for (std::uint64_t pixel = 0; pixel < pixels && !active; ++pixel) active = tags.block_tag(channel, pixel, block);
      if (!active) continue;
      const std::uint64_t first = tags.block_first(block) * tags.window_points();
      for (std::uint64_t t = first; t < first + tags.points_of_block(block); ++t)
        fetch_bits((t * layer_.channels + channel) * pixels, pixels, list);
    }
    return counted + work.dram_bits + (config_.uses_tags() ? work.dram_blocks : 0);
  }

  /// Kernels of one channel for all outputs lie together; those of neighbouring channels become one burst.
  void add_weights(std::uint64_t channel, TransferList& list) {
    const Bytes bytes = layer_.taps() * layer_.outputs, first = channel * bytes;
    const Address address = job_.operands[engine::operand::weights].address + first;
    auto* data = reinterpret_cast<std::uint8_t*>(weights_.data()) + first;
    if (!list.timed.empty() && list.timed.back().data + list.timed.back().bytes == data)
      list.timed.back().bytes += bytes;
    else
      list.timed.push_back({address, data, bytes});
  }

  Cycles lbuf_fill(std::uint64_t index) const {
    if (config_.glb_port_bits == 0) return 0;
    Bits filter = 0, ifm = 0;
    for (std::uint64_t channel = first_channel(index); channel < end_channel(index); ++channel) {
      const ChannelWork& work = analysis_->channels[channel];
      filter += kernel_fetches(config_, *analysis_, work, kept_fit_).glb * layer_.taps() * width(index) * config_.weight_bits;
      ifm += work.lbuf_bits;
    }
    return ceil_div(std::max(filter, ifm), config_.glb_port_bits);
  }

  /// Item `index`'s part of cycles that belong to no item; the parts add up exactly.
  Cycles share(std::uint64_t index, Cycles whole) const {
    const auto until = [&](std::uint64_t i) { return whole / items() * i + whole % items() * i / items(); };
    return until(index + 1) - until(index);
  }

  Cycles passes(std::uint64_t index) const {
    const LayerCycles& c = counts_.cycles;
    if (analysis_->dispatch == Dispatch::ptb_lines) return share(index, c.integ);
    const Cycles skew = Cycles{config_.cols} + config_.rows - 2;
    Cycles cycles = share(index, c.fixed);
    for (std::uint64_t channel = first_channel(index); channel < end_channel(index); ++channel) {
      const ChannelWork& work = analysis_->channels[channel];
      cycles += work.line_cycles + (config_.fill_overlap ? 0 : work.passes * skew);
    }
    if (config_.fill_overlap && is_first_block(index) && analysis_->sums.passes != 0) cycles += skew;
    if (!is_last_block(index) || !job_.neuron.present) return cycles;
    if (!config_.lif_overlap) cycles += analysis_->final_passes * window();
    const UnitActivity& units = analysis_->units;
    if (!skips_silent_windows(job_.neuron.record)) cycles += ceil_div(units.units - units.active, config_.cols);
    return cycles;
  }

  /// Spikes of earlier final passes leave beside later passes; those of the last one show.
  Cycles write_back(std::uint64_t index) const {
    if (!is_last_block(index) || !job_.neuron.present || analysis_->final_passes == 0 || config_.glb_port_bits == 0) return 0;
    return ceil_div(config_.cols * window() * width(index), config_.glb_port_bits);
  }

  std::vector<std::pair<std::string, std::optional<std::uint64_t>>> main_counts() const {
    const LayerCounts& c = counts_;
    return {{"tws", analysis_->tags.window_points()},
            {"passes", is_compat() ? std::nullopt : std::optional(c.passes)},
            {"final_passes", c.final_passes},
            {"lines", c.lines},
            {"slots", c.slots},
            {"active_slices", c.active_slices},
            {"active_windows", c.active_units},
            {"filled_windows", analysis_->tags.filled_windows()},
            {"adds", c.adds},
            {"lif_updates", c.lif_updates},
            {"integ_cycles", c.cycles.integ},
            {"lif_cycles", c.cycles.lif},
            {"fill_cycles", c.cycles.fill},
            {"fixed_cycles", c.cycles.fixed},
            {"glb_cycles", c.cycles.glb},
            {"dram_cycles", c.cycles.dram},
            {"weight_dram_bits", c.traffic.dram_read.filter},
            {"weight_glb_bits", c.traffic.glb_read.filter},
            {"weight_lbuf_bits", c.traffic.lbuf_read.filter}};
  }

  PeArrayEngine& unit_;
  const Config config_;
  JobDescriptor job_;
  GemmGeometry gemm_;
  LayerMap layer_;
  std::uint64_t groups_, channels_per_item_;
  std::vector<std::uint8_t> tag_image_;  // what the tags are made of
  std::vector<std::uint8_t> image_;      // the input tensor as far as it was fetched
  std::vector<std::int8_t> weights_;     // [K][N], likewise
  SpikeView view_;
  std::vector<Stage> stages_;
  std::optional<LayerAnalysis> analysis_;
  bool kept_fit_ = false;
  LayerCounts counts_;
  std::optional<LayerExecution> execution_;
  std::vector<std::int32_t> sums_;
  SpikeTensor spikes_;
};

bool dense_operand(const engine::Operand& operand, engine::Format format, std::uint64_t elements) {
  return operand.format == format && operand.elements() == elements;
}

}  // namespace

std::variant<std::unique_ptr<engine::Job>, Refusal> make_layer_job(PeArrayEngine& unit, const Config& config, const JobDescriptor& job) {
  const GemmGeometry& g = job.gemm;
  if (const std::string problem = geometry_problem(g); !problem.empty()) return Refusal{JobStatus::bad_shape, problem};
  const auto& sums = job.operands[engine::operand::sums];
  const auto& out = job.operands[engine::operand::spikes_out];
  if (!dense_operand(job.operands[engine::operand::input], engine::Format::spikes, g.input_bits()) ||
      !dense_operand(job.operands[engine::operand::weights], engine::Format::int8, g.K() * g.N))
    return Refusal{JobStatus::bad_shape, "input spikes and int8 weights must fit the geometry"};
  if ((sums.present() && !dense_operand(sums, engine::Format::int32, g.M() * g.N)) ||
      (out.present() && !(job.neuron.present && dense_operand(out, engine::Format::spikes, g.M() * g.N))))
    return Refusal{JobStatus::bad_shape, "sums and output spikes must fit the geometry"};
  if (config.dispatch == Dispatch::ptb_lines && config.ptb_variant == PtbVariant::prosperity_compat)
    if (std::string problem = ptb_compat_problem(g); !problem.empty()) return Refusal{JobStatus::unsupported, std::move(problem)};
  return std::make_unique<LayerJob>(unit, config, job);
}

}  // namespace snnvp::pe_array
