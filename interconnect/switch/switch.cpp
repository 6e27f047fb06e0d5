// SPDX-License-Identifier: Apache-2.0
#include <snnvp/interconnect/switch/switch.h>

#include <algorithm>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp::text {
extern const char* const switch_registers;
}

namespace snnvp {
namespace {

constexpr std::uint32_t soft_reset = 4, drop_irq = 2, busy_bit = 1, error_bit = 2;

}  // namespace

PacketSwitch::PacketSwitch(const sc_core::sc_module_name& name, const Params& params)
    : sc_module(name),
      in("in", params.core.inputs,
         [this](const char* port, std::size_t i) { return new FrameInPort(port, *this, static_cast<unsigned>(i)); }),
      out("out", params.core.outputs),
      irq("irq"),
      core_(params.core),
      bank_(parse_register_map(text::switch_registers, "interconnect.switch")) {
  if (params.has_registers) regs = std::make_unique<TargetPort>("regs", bank_, bank_.port_options());
  wire_registers();
  SNNVP_HAS_PROCESS(PacketSwitch);
  SC_THREAD(run);
  SC_METHOD(update_irq);
  sensitive << irq_event_;
  dont_initialize();
}

bool PacketSwitch::receive(unsigned port, Picoseconds at, const std::uint8_t* data, Bytes length, const FrameNote& note) {
  std::uint32_t handle = 0;
  if (free_.empty()) {
    handle = static_cast<std::uint32_t>(held_.size());
    held_.emplace_back();
  } else {
    handle = free_.back();
    free_.pop_back();
  }
  Held& held = held_[handle];
  held.bytes.assign(data, data + length);
  held.note = note;
  const std::uint64_t copies = core_.counts().copies;
  core_.arrive(port, at, data, length, handle);
  held.copies = 1 + core_.counts().copies - copies;
  const Picoseconds next = core_.next_event(), now = now_ps();
  if (next != net::no_time && sc_core::sc_is_running()) wake_.notify(sc_time_of(next > now ? next - now : 0));
  return true;
}

void PacketSwitch::release(std::uint32_t handle) {
  if (--held_[handle].copies == 0) free_.push_back(handle);
}

void PacketSwitch::run() {
  for (;;) {
    departures_.clear();
    released_.clear();
    core_.advance(now_ps(), departures_, released_);
    const std::uint64_t epoch = epoch_;
    for (std::size_t i = 0; i < departures_.size(); ++i) {
      const net::Departure d = departures_[i];
      const Held held = held_[d.handle];  // the receiver may wait, and frames come in meanwhile
      if (trace_)
        trace_->slice(trace_out_[d.port], trace_frame_, d.start - core_.settings().ports[d.port].propagation, d.end, held.bytes.size());
      bits_ += 8 * (held.bytes.size() + net::wire_overhead(core_.settings().format));
      if (out[d.port].send(held.bytes.data(), held.bytes.size(), d.start, held.note) != tlm::TLM_OK_RESPONSE) ++refused_;
      if (epoch != epoch_) break;  // reset by whoever received it
      release(d.handle);
    }
    if (epoch != epoch_) continue;
    for (const std::uint32_t handle : released_) release(handle);
    if (const std::uint64_t drops = core_.counts().dropped(); drops != drops_seen_) {
      if (trace_) trace_->instant(trace_drops_, trace_drop_, now_ps(), drops - drops_seen_);
      drops_seen_ = drops;
      bank_.set(bank_.index("irq_status"), bank_.value(bank_.index("irq_status")) | drop_irq);
      irq_event_.notify(sc_core::SC_ZERO_TIME);
    }
    const Picoseconds next = core_.next_event(), now = now_ps();
    if (next == net::no_time)
      wait(wake_);
    else if (next > now)
      wait(sc_time_of(next - now), wake_);
  }
}

void PacketSwitch::trace_to(trace::Tracer& tracer, const std::string& block) {
  trace_.set(tracer);
  for (unsigned port = 0; port < core_.settings().outputs; ++port)
    trace_out_.push_back(tracer.track(block, fmt::format("wire {}", port), trace::TrackKind::slices, "packet", "bytes"));
  trace_drops_ = tracer.track(block, "drops", trace::TrackKind::slices, "packet", "frames");
  trace_frame_ = tracer.text("frame");
  trace_drop_ = tracer.text("dropped");
}

void PacketSwitch::update_irq() { irq.write((bank_.value(bank_.index("irq_status")) & bank_.value(bank_.index("irq_enable"))) != 0); }

void PacketSwitch::wire_registers() {
  using Change = void (*)(net::PortSettings&, net::QueueSettings&, std::uint32_t);
  using Show = std::uint32_t (*)(const net::PortSettings&, const net::QueueSettings&);
  bank_.set(bank_.index("ports_in"), core_.settings().inputs);
  bank_.set(bank_.index("ports_out"), core_.settings().outputs);
  const auto computed = [this](const char* name, std::function<std::uint32_t()> value) {
    bank_.on_read(
        name, [value](sc_core::sc_time&) { return value(); }, value);
  };
  computed("status", [this] { return (is_idle() ? 0 : busy_bit) | (table_error_ ? error_bit : 0); });
  bank_.on_write("ctrl", [this](std::uint32_t value, sc_core::sc_time&) {
    if (value & soft_reset) reset();
  });
  const auto irq_changed = [this](std::uint32_t, sc_core::sc_time& delay) { irq_event_.notify(delay); };
  bank_.on_write("irq_enable", irq_changed);
  bank_.on_write("irq_status", irq_changed);

  computed("cut_through", [this] { return std::uint32_t{core_.settings().cut_through}; });
  bank_.on_write("cut_through", [this](std::uint32_t v, sc_core::sc_time&) { core_.programmable().cut_through = v != 0; });
  computed("pipeline_ps", [this] { return static_cast<std::uint32_t>(core_.settings().pipeline); });
  bank_.on_write("pipeline_ps", [this](std::uint32_t v, sc_core::sc_time&) { core_.programmable().pipeline = v; });
  computed("unknown", [this] { return std::uint32_t{core_.settings().flood_unknown}; });
  bank_.on_write("unknown", [this](std::uint32_t v, sc_core::sc_time&) { core_.programmable().flood_unknown = v != 0; });

  computed("group_ports", [this] {
    const auto entry = core_.settings().groups.find(bank_.value(bank_.index("group")));
    const std::uint32_t word = bank_.value(bank_.index("group_word"));
    std::uint32_t mask = 0;
    if (entry != core_.settings().groups.end())
      for (const unsigned port : entry->second)
        if (port / 32 == word) mask |= 1u << port % 32;
    return mask;
  });
  bank_.on_write("group_ports", [this](std::uint32_t mask, sc_core::sc_time&) {
    const std::uint32_t group = bank_.value(bank_.index("group")), word = bank_.value(bank_.index("group_word"));
    const unsigned outputs = core_.settings().outputs;
    for (unsigned bit = 0; bit < 32; ++bit)
      if (table_error_ = (mask >> bit & 1) != 0 && 32 * word + bit >= outputs; table_error_) return;
    std::vector<unsigned>& ports = core_.programmable().groups[group];
    ports.erase(std::remove_if(ports.begin(), ports.end(), [word](unsigned p) { return p / 32 == word; }), ports.end());
    for (unsigned bit = 0; bit < 32; ++bit)
      if (mask >> bit & 1) ports.push_back(32 * word + bit);
    std::sort(ports.begin(), ports.end());
    if (ports.empty()) core_.programmable().groups.erase(group);
  });

  struct PortRegister {
    const char* name;
    Change change;
    Show show;
  };
  static const PortRegister registers[] = {
      {"scheduler",
       [](net::PortSettings& p, net::QueueSettings&, std::uint32_t v) { p.scheduler = static_cast<net::Scheduler>(std::min(v, 2u)); },
       [](const net::PortSettings& p, const net::QueueSettings&) { return static_cast<std::uint32_t>(p.scheduler); }},
      {"buffer_bytes", [](net::PortSettings& p, net::QueueSettings&, std::uint32_t v) { p.buffer = v; },
       [](const net::PortSettings& p, const net::QueueSettings&) { return static_cast<std::uint32_t>(p.buffer); }},
      {"shaper",
       [](net::PortSettings&, net::QueueSettings& q, std::uint32_t v) {
         q.shaping = static_cast<net::Shaping>(std::min(v, 2u));
         if (q.rate_bps == 0) q.rate_bps = 1'000'000;  // a shaper without a rate would never open
         if (q.burst == 0) q.burst = 12336;            // one frame of 1,542 bytes
       },
       [](const net::PortSettings&, const net::QueueSettings& q) { return static_cast<std::uint32_t>(q.shaping); }},
      {"shaper_kbps", [](net::PortSettings&, net::QueueSettings& q, std::uint32_t v) { q.rate_bps = std::max<std::uint64_t>(1, v) * 1000; },
       [](const net::PortSettings&, const net::QueueSettings& q) { return static_cast<std::uint32_t>(q.rate_bps / 1000); }},
      {"burst_bits", [](net::PortSettings&, net::QueueSettings& q, std::uint32_t v) { q.burst = std::max(1u, v); },
       [](const net::PortSettings&, const net::QueueSettings& q) { return static_cast<std::uint32_t>(q.burst); }},
      {"residence_ns",
       [](net::PortSettings&, net::QueueSettings& q, std::uint32_t v) { q.max_residence = v == 0 ? net::no_time : Picoseconds{v} * 1000; },
       [](const net::PortSettings&, const net::QueueSettings& q) {
         return q.max_residence == net::no_time ? 0 : static_cast<std::uint32_t>(q.max_residence / 1000);
       }},
  };
  for (const PortRegister& r : registers) {
    computed(r.name, [this, show = r.show]() -> std::uint32_t {
      const std::uint32_t port = bank_.value(bank_.index("port_sel")), queue = bank_.value(bank_.index("queue_sel"));
      if (port >= core_.settings().outputs || queue >= core_.settings().ports[port].queues.size()) return 0;
      return show(core_.settings().ports[port], core_.settings().ports[port].queues[queue]);
    });
    bank_.on_write(r.name, [this, change = r.change](std::uint32_t value, sc_core::sc_time&) {
      const std::uint32_t port = bank_.value(bank_.index("port_sel")), queue = bank_.value(bank_.index("queue_sel"));
      table_error_ = port >= core_.settings().outputs || queue >= core_.settings().ports[port].queues.size();
      if (table_error_) return;
      net::PortSettings& settings = core_.programmable().ports[port];
      change(settings, settings.queues[queue], value);
      core_.port(port).configure(settings);
      wake_.notify(sc_core::SC_ZERO_TIME);
    });
  }
  bank_.counter64("frames_in_lo", "frames_in_hi", [this] { return core_.counts().in; });
  bank_.counter64("copies_lo", "copies_hi", [this] { return core_.counts().copies; });
  bank_.counter64("frames_out_lo", "frames_out_hi", [this] { return core_.counts().out; });
  bank_.counter64("dropped_lo", "dropped_hi", [this] { return core_.counts().dropped(); });
  bank_.counter64("dropped_buffer_lo", "dropped_buffer_hi", [this] { return core_.counts().dropped_buffer; });
  bank_.counter64("dropped_residence_lo", "dropped_residence_hi", [this] { return core_.counts().dropped_residence; });
}

void PacketSwitch::report_stats(StatSink& sink) const {
  if (const std::string problem = core_.imbalance(); !problem.empty()) throw InternalError(std::string(name()) + ": " + problem);
  const auto count = [&](const char* name, std::uint64_t value) {
    Counter counter;
    counter.add(value);
    sink.count(name, counter);
  };
  const net::SwitchCounts& c = core_.counts();
  count("frames_in", c.in);
  count("copies", c.copies);
  count("frames_out", c.out);
  count("in_flight", core_.in_flight());
  count("dropped_unknown", c.dropped_unknown);
  count("dropped_malformed", c.dropped_malformed);
  count("dropped_loss", c.dropped_loss);
  count("dropped_buffer", c.dropped_buffer);
  count("dropped_residence", c.dropped_residence);
  count("refused", refused_);
  std::uint64_t longest = 0, left = 0;
  double residence = 0, busiest = 0;
  for (unsigned p = 0; p < core_.settings().outputs; ++p) {
    const net::QueueStatistics& s = core_.port(p).statistics();
    longest = std::max(longest, s.longest);
    left += s.left;
    residence += static_cast<double>(s.residence);
    busiest = std::max(busiest, static_cast<double>(core_.port(p).busy()));
  }
  count("longest_queue", longest);
  sink.real("mean_wait_ns", left == 0 ? std::nullopt : std::optional(residence / static_cast<double>(left) / 1000));
  const Picoseconds elapsed = now_ps();
  sink.real("busiest_port", elapsed == 0 ? std::nullopt : std::optional(std::min(1.0, busiest / static_cast<double>(elapsed))));
}

EventCounts PacketSwitch::events() const { return {{"switch_bit", bits_}}; }

void PacketSwitch::reset() {
  ++epoch_;
  core_.reset();
  held_.clear();
  free_.clear();
  departures_.clear();
  drops_seen_ = bits_ = refused_ = 0;
  table_error_ = false;
  bank_.reset();
  bank_.set(bank_.index("ports_in"), core_.settings().inputs);
  bank_.set(bank_.index("ports_out"), core_.settings().outputs);
  if (sc_core::sc_is_running()) {
    irq_event_.notify(sc_core::SC_ZERO_TIME);
    wake_.notify(sc_core::SC_ZERO_TIME);
  }
}

std::string PacketSwitch::waiting_for() const {
  return is_idle() ? std::string() : fmt::format("{} frames in its queues", core_.in_flight());
}

}  // namespace snnvp
