// SPDX-License-Identifier: Apache-2.0
// The process that runs the network, and what it tells. TLM edges: mesh_edges.cpp.
#include <snnvp/interconnect/mesh/mesh.h>

#include <algorithm>

#include <fmt/format.h>

#include <snnvp/interconnect/mesh/mesh_trips.h>
#include <snnvp/platform/base/diagnostics.h>

namespace snnvp {
namespace {

/// How far the network may run ahead of the kernel when nothing else is due: the platform looks in between.
constexpr Cycles most_ahead = 4096;
/// Flits moved after which a run with a client pauses, a fraction of a second, so that the platform can serve signals and limits even if
/// a cycle of a large network takes that long.
constexpr std::uint64_t most_work = 1'000'000;

}  // namespace

Mesh::Mesh(const sc_core::sc_module_name& name, const Params& params, const ClockDomain& clock)
    : sc_module(name),
      in("in", params.initiators.size()),
      out("out", params.targets.size()),
      params_(params),
      clock_(clock),
      network_(params.config),
      delivered_(params.targets.size()),
      writing_(params.config.nodes()) {
  network_.announce_deliveries(true);
  for (unsigned i = 0; i < in.size(); ++i) {
    in[i].register_b_transport(this, &Mesh::transport, static_cast<int>(i));
    in[i].register_transport_dbg(this, &Mesh::debug, static_cast<int>(i));
    in[i].register_get_direct_mem_ptr(this, &Mesh::direct, static_cast<int>(i));
  }
  for (unsigned j = 0; j < out.size(); ++j) {
    out[j].register_invalidate_direct_mem_ptr(this, &Mesh::invalidate, static_cast<int>(j));
    delivered_events_.push_back(std::make_unique<sc_core::sc_event>(fmt::format("delivered_{}", j).c_str()));
    if (!params.targets[j].takes_packets) continue;
    network_.limit_slots(params.targets[j].node, params.sink_queue);
    sc_core::sc_spawn([this, j] { deliver_posted(j); }, fmt::format("packets_{}", j).c_str());
  }
  SC_METHOD(advance);
  sensitive << wake_;
}

Mesh::~Mesh() = default;

void Mesh::map(const AddressWindow& window) {
  if (window.out_index >= params_.targets.size())
    throw InputError(fmt::format("{} has no port out[{}]: it has {} towards targets", name(), window.out_index, params_.targets.size()));
  map_.add(BusMapping(window));
}

// A cycle is processed 1 ps after its edge: whatever the order of processes, all that is sent in it has been asked for by then. While
// the kernel has nothing else due, the network runs ahead: a packet costs one activation at its exit, not one per cycle.
void Mesh::advance() {
  ++activations_;
  armed_ = 0;
  const Picoseconds now = now_ps();
  const Picoseconds quiet = ps_of(sc_core::sc_time_to_pending_activity());
  const Cycles here = clock_.cycle_at(now);
  Picoseconds limit = std::min(now + std::min(quiet, look_ahead_), clock_.time_ps(here + most_ahead));
  limit = std::max(limit, now);
  for (;;) {
    Cycles next = network_.next_event();
    for (const std::uint32_t slot : pending_) next = std::min(next, trips_[slot].at);
    const Cycles client = client_ == nullptr ? PacketClient::never : client_->next_cycle();
    next = std::min(next, client);
    if (next == mesh::MeshNetwork::never) {
      // A client's last packets may have been delivered ahead of the kernel: the run lasts until then.
      const Picoseconds done = clock_.time_ps(network_.next_cycle());
      if (client_ != nullptr && done > now) arm(done);
      return;
    }
    const Picoseconds at = clock_.time_ps(next) + 1;
    if (at > limit) return arm(at);
    send_pending(next);
    if (client == next) {
      client_cycle_ = next;
      client_->act(next, *this);
    }
    if (network_.next_event() != next) continue;  // the client only looked
    network_.step();
    announce();
    for (const mesh::Delivery& d : network_.deliveries()) {
      if (trace_)
        trace_->slice(trace_nodes_[d.destination], trace_names_[d.source], clock_.time_ps(d.entered), clock_.time_ps(network_.now()),
                      d.flits, d.routers);
      if (is_trip(d.tag)) continue;
      network_.release_slots(d.destination);
      client_->arrived({d.source, d.destination, d.flits, d.flow, d.routers, d.tag, d.created, d.entered, network_.now()});
    }
    // Whoever was told wakes at an edge to come, and may send then.
    for (const mesh::Announcement& a : network_.announced())
      if (is_trip(a.tag)) limit = std::min(limit, std::max(now, clock_.time_ps(a.at)));
    if (client_ != nullptr && network_.counts().switch_traversals >= pause_at_) {
      pause_at_ = network_.counts().switch_traversals + most_work;
      limit = now;
      sc_core::sc_pause();
    }
    if (writers_waiting_ != 0) {
      room_.notify(sc_core::SC_ZERO_TIME);
      limit = now;
    }
  }
}

void Mesh::trace_to(trace::Tracer& tracer, const std::string& block) {
  trace_.set(tracer);
  for (std::uint32_t node = 0; node < params_.config.nodes(); ++node) {
    const std::string place = fmt::format("({}, {})", node % params_.config.width, node / params_.config.width);
    trace_nodes_.push_back(tracer.track(block, "to " + place, trace::TrackKind::slices, "packet", "flits", "routers"));
    trace_names_.push_back(tracer.text("from " + place));
  }
}

void Mesh::arm(Picoseconds at) {
  if (armed_ != 0 && armed_ <= at) return;
  armed_ = at;
  wake_.notify(sc_time_of(at - now_ps()));  // an earlier time replaces a later one
}

NetworkShape Mesh::network_shape() const { return {params_.config.width, params_.config.height, params_.packet_flits, params_.tree}; }

void Mesh::attach(PacketClient& client) {
  client_ = &client;
  arm(clock_.time_ps(client.next_cycle()) + 1);
}

void Mesh::send_packet(const PacketRequest& p) { network_.send({p.source, p.destination, p.flits, p.flow, p.tag}, client_cycle_); }

void Mesh::send_packets(const PacketRequest& p, const std::vector<std::uint32_t>& destinations) {
  if (params_.tree) return network_.send_tree({p.source, 0, p.flits, p.flow, p.tag}, destinations, client_cycle_);
  for (const std::uint32_t destination : destinations) network_.send({p.source, destination, p.flits, p.flow, p.tag}, client_cycle_);
}

PacketBalance Mesh::packet_balance() const {
  const QueueMeter& m = network_.packets();
  return {m.in(), m.out(), m.inside(), m.occupancy_cycles(), m.residence_cycles()};
}

std::vector<LinkCount> Mesh::link_counts() const {
  std::vector<LinkCount> links;
  for (std::uint32_t node = 0; node < params_.config.nodes(); ++node)
    for (unsigned port = 0; port < mesh::ports_per_router; ++port)
      if (port == mesh::local || network_.has_neighbour(node, port))
        links.push_back({node % params_.config.width, node / params_.config.width, mesh::port_name(port),
                         network_.port_flits(node, static_cast<mesh::Port>(port))});
  return links;
}

void Mesh::report_stats(StatSink& sink) const {
  const auto count = [&](const char* name, std::uint64_t value) {
    Counter counter;
    counter.add(value);
    sink.count(name, counter);
  };
  const mesh::NetworkCounts& c = network_.counts();
  count("packets_in", network_.packets().in());
  count("packets_out", network_.packets().out());
  count("flits_in", c.flits_in);
  count("flits_out", c.flits_out);
  count("noc_flit_hops", c.link_traversals);
  count("noc_hop_bits", c.link_traversals * params_.config.flit_bits);
  count("transactions", transactions_);
  count("bytes", bytes_);
  count("spike_packets", spike_packets_);
  count("failed_packets", failed_packets_);
  const std::uint64_t delivered = network_.packets().out();
  sink.real("packet_latency",
            delivered == 0 ? std::nullopt : std::optional(static_cast<double>(c.latency_cycles) / static_cast<double>(delivered)));
  const Cycles elapsed = std::max(elapsed_cycles(), Cycles{1});
  std::uint64_t links = 0, sum = 0;
  LinkCount busiest;
  for (const LinkCount& link : link_counts()) {
    if (std::string(link.port) == "local") continue;
    ++links;
    sum += link.flits;
    if (link.flits > busiest.flits) busiest = link;
  }
  const auto share = [elapsed](double flits) { return flits / static_cast<double>(elapsed); };
  sink.real("link_utilisation_mean",
            links == 0 ? std::nullopt : std::optional(share(static_cast<double>(sum) / static_cast<double>(links))));
  sink.real("link_utilisation_max", share(static_cast<double>(busiest.flits)));
  if (busiest.flits != 0) sink.text("busiest_link", fmt::format("{} of router ({}, {})", busiest.port, busiest.x, busiest.y));
}

/// Cycles since construction or reset; the network may be a little ahead of the kernel.
Cycles Mesh::elapsed_cycles() const {
  const Cycles since = clock_.cycle_at(counted_since_);
  return std::max(clock_.cycle_at(now_ps()), std::max(network_.next_cycle(), since)) - since;
}

EventCounts Mesh::events() const {
  const mesh::NetworkCounts& c = network_.counts();
  const mesh::Config& config = params_.config;
  if (params_.lumped_hops) return {{"custom.noc_hop_bit", c.link_traversals * config.flit_bits}};
  const std::string router = fmt::format(".{}.{}.{}", config.flit_bits, mesh::ports_per_router, config.vcs);
  const std::uint64_t clocked = params_.clock_gating ? c.router_cycles : config.nodes() * elapsed_cycles();
  return {{"flit_buf_wr" + router, c.buffer_writes},
          {"flit_buf_rd" + router, c.switch_traversals},
          {"flit_xbar" + router, c.switch_traversals},
          {"flit_alloc" + router, c.switch_traversals},
          {"router_clk" + router, clocked},
          {"router_leak_ns" + router, config.nodes() * (clock_.duration_ps(elapsed_cycles()) / 1000)},
          {"link_bit_um", c.link_traversals * config.flit_bits * params_.pitch_um}};
}

std::string Mesh::waiting_for() const {
  if (is_idle()) return {};
  if (network_.packets_inside() != 0) return network_.waiting_for();
  return fmt::format("{} packets not yet sent, {} not yet taken by their ports", pending_.size(), posted_waiting_);
}

}  // namespace snnvp
