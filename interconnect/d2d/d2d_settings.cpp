// SPDX-License-Identifier: Apache-2.0
#include <snnvp/interconnect/d2d/d2d_settings.h>

namespace snnvp {
namespace {

ParamSpec nullable(ParamSpec spec) {
  spec.default_value = Value();
  return spec.optional_null();
}

/// Lanes, rate and flit of the named links (spec/energy.md 6.6): one module, 16 GT/s where the standard allows it.
struct Preset {
  const char* name;
  LinkKind kind;
  FlitFormat flit;
  unsigned lanes;
  double gts;
  const char* device;
};
constexpr Preset presets[] = {
    {"none", LinkKind::emio_serial, FlitFormat::raw64, 0, 16, "ucie_s"},
    {"emio_serial", LinkKind::emio_serial, FlitFormat::raw64, 0, 16, "ucie_s"},
    {"ucie_s", LinkKind::ucie, FlitFormat::f256, 16, 16, "ucie_s"},
    {"ucie_a", LinkKind::ucie, FlitFormat::f256, 64, 16, "ucie_a"},
    {"ucie_3d", LinkKind::ucie, FlitFormat::f68, 80, 4, "ucie_3d"},
};

const Preset& preset_of(const ParamSet& set, const std::string& prefix) {
  const std::string name = set.get<std::string>(prefix + "preset");
  for (const Preset& preset : presets)
    if (name == preset.name) return preset;
  return presets[0];
}

LinkKind kind_of(const ParamSet& set, const std::string& prefix) {
  const auto name = set.get_optional<std::string>(prefix + "kind");
  if (!name) return preset_of(set, prefix).kind;
  return *name == "ucie" ? LinkKind::ucie : *name == "parallel" ? LinkKind::parallel : LinkKind::emio_serial;
}

double gts_of(const ParamSet& set, const std::string& prefix) {
  return set.get_optional<double>(prefix + "ucie.gts").value_or(preset_of(set, prefix).gts);
}

}  // namespace

std::vector<ParamSpec> d2d_param_specs() {
  const char* page = "spec/chiplet.md 3";
  const auto fifo = [](const char* name, unsigned value, const char* doc) {
    return param(name, value, doc).unit("flits").range(1, 4096).from("CAL-UniCNet");
  };
  return {
      param("preset", "none",
            "emio_serial, or one module of a UCIe-style link: kind, flit, lanes, rate and price entry; what is given wins")
          .choices({"none", "emio_serial", "ucie_s", "ucie_a", "ucie_3d"})
          .from("spec/energy.md 6.6"),
      nullable(
          param("kind", "emio_serial", "emio_serial: packets bit by bit; parallel: a packet per cycle; ucie: flits; null: of the preset")
              .choices({"emio_serial", "parallel", "ucie"})
              .from("assumed")),
      param("lanes", 1, "L of emio_serial").range(1, 64).from("assumed"),
      param("mux_cycles", 1, "t_mux").unit("cycles").range(0, 1000).from("assumed"),
      param("ch_cycles", 4, "t_ch, flight time").unit("cycles").range(0, 1e6).from("assumed"),
      param("slot", "fixed", "emio_serial: every packet takes 38 bits, or what it has").choices({"fixed", "actual"}).from("assumed"),
      param("flush_cycles", 8, "a partly filled flit waits so long").unit("cycles").range(0, 1e6).from("assumed"),
      nullable(param("device", "ucie_s",
                     "price entry of the link (ucie_s, ucie_a, ucie_3d, bow, aib1, aib2, grs, xsr112, lr112, ...); null: of the preset")
                   .from(page)
                   .price()),
      nullable(param("e_pj_per_bit", 0.5, "states the price instead").unit("pJ/bit").range(0, 1e6).from("assumed").price()),
      param("idle_power_fraction", 0.15, "with e_pj_per_bit: idle power of a UCIe-style link, of its peak").range(0, 1).from(page).price(),
      group(
          "ucie",
          {
              nullable(param("flit", "raw64", "raw64: no CRC, no replay; f68, f256: both; null: of the preset, else raw64")
                           .choices({"raw64", "f68", "f256"})),
              param("replay", "gbn", "go-back-N, or selective with a reorder buffer").choices({"gbn", "selective"}).from("CAL-UniCNet"),
              param("crc", "real", "real: 16 bits, a few errors escape; ideal: none").choices({"real", "ideal"}).from("decision 38"),
              param("serdes_ratio", 4.0, "cycles that 64 bytes occupy the wires, if lanes is null")
                  .range(1.0 / 64, 1024)
                  .from("CAL-UniCNet"),
              nullable(param("lanes", 16, "lanes; with gts it gives the occupancy").range(1, 4096)),
              nullable(param("gts", 16.0, "rate of a lane, also for the price tier").unit("GT/s").range(0.1, 112)),
              param("ber", 0.0, "bit error rate").range(0, 0.5).from("assumed"),
              nullable(param("reverse_ber", 0.0, "of the direction b to a; null: the same").range(0, 0.5)),
              group("burst",
                    {param("rate", 0.0, "probability that a burst begins at a bit").range(0, 0.5),
                     param("bits", 16, "bits it inverts").range(1, 4096)},
                    "bursts of errors"),
              param("retry_depth", 64, "flits that may wait for an acknowledgement").unit("flits").range(1, 128).from("CAL-UniCNet"),
              group("fifos", {fifo("tx", 16, "closed flits before the wires"), fifo("rx", 16, "flits a receiver may leave lying")},
                    "FIFO depths"),
              param("ack_cycles", 32, "an acknowledgement waits so long for a flit to ride on")
                  .unit("cycles")
                  .range(0, 1e6)
                  .from("assumed"),
              param("ack_every", 16, "flits after which it waits no longer").unit("flits").range(1, 128).from("assumed"),
              nullable(param("timeout_cycles", 0, "reply time-out; null: twice the longest unhurried answer").unit("cycles").range(1, 1e9)),
              param("seed", 1, "of the errors").range(0, 9007199254740992.0),
          },
          "UCIe-style adapter"),
  };
}

D2dParams d2d_params_of(const ParamSet& set, const std::string& prefix, std::uint64_t hz) {
  const auto at = [&prefix](const char* name) { return prefix + name; };
  const Preset& preset = preset_of(set, prefix);
  D2dParams p;
  p.kind = kind_of(set, prefix);
  p.lanes = set.get<unsigned>(at("lanes"));
  p.mux_cycles = set.get<Cycles>(at("mux_cycles"));
  p.channel_cycles = set.get<Cycles>(at("ch_cycles"));
  p.fixed_slot = set.get<std::string>(at("slot")) == "fixed";
  p.flush_cycles = set.get<Cycles>(at("flush_cycles"));
  UcieParams& u = p.ucie;
  const auto flit = set.get_optional<std::string>(at("ucie.flit"));
  u.flit = !flit ? preset.flit : *flit == "f68" ? FlitFormat::f68 : *flit == "f256" ? FlitFormat::f256 : FlitFormat::raw64;
  u.replay = set.get<std::string>(at("ucie.replay")) == "gbn" ? ReplayScheme::go_back_n : ReplayScheme::selective;
  u.crc = set.get<std::string>(at("ucie.crc")) == "real" ? CrcCheck::real : CrcCheck::ideal;
  u.serdes_ratio = set.get<double>(at("ucie.serdes_ratio"));
  const unsigned lanes = set.get_optional<unsigned>(at("ucie.lanes")).value_or(preset.lanes);
  if (lanes != 0) u.serdes_ratio = 512.0 * static_cast<double>(hz) / (lanes * gts_of(set, prefix) * 1e9);
  const double burst_rate = set.get<double>(at("ucie.burst.rate"));
  const unsigned burst_bits = set.get<unsigned>(at("ucie.burst.bits"));
  const double ber = set.get<double>(at("ucie.ber"));
  u.errors[0] = {ber, burst_rate, burst_bits};
  u.errors[1] = {set.get_optional<double>(at("ucie.reverse_ber")).value_or(ber), burst_rate, burst_bits};
  u.retry_depth = set.get<unsigned>(at("ucie.retry_depth"));
  u.tx_fifo = set.get<unsigned>(at("ucie.fifos.tx"));
  u.rx_fifo = set.get<unsigned>(at("ucie.fifos.rx"));
  u.ack_cycles = set.get<Cycles>(at("ucie.ack_cycles"));
  u.ack_every = set.get<unsigned>(at("ucie.ack_every"));
  u.timeout_cycles = set.get_optional<Cycles>(at("ucie.timeout_cycles"));
  p.seed = set.get<std::uint64_t>(at("ucie.seed"));
  return p;
}

PriceHints d2d_price_hints(const ParamSet& set, const std::string& prefix) {
  PriceHints hints;
  hints.device = set.get_optional<std::string>(prefix + "device").value_or(preset_of(set, prefix).device);
  hints.lane_gts = gts_of(set, prefix);
  if (const auto price = set.get_optional<double>(prefix + "e_pj_per_bit")) {
    hints.own.push_back({"d2d_bit", *price, prefix + "e_pj_per_bit"});
    hints.own.push_back({"d2d_idle_bit", *price * set.get<double>(prefix + "idle_power_fraction"), prefix + "idle_power_fraction"});
  }
  return hints;
}

std::vector<std::string> d2d_event_keys(const ParamSet& set, const std::string& prefix) {
  if (kind_of(set, prefix) == LinkKind::ucie) return {"d2d_bit", "d2d_idle_bit"};
  return {"d2d_bit"};
}

}  // namespace snnvp
