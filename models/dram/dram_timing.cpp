// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/dram/dram_timing.h>

#include <snnvp/models/dram/dram_presets.h>

namespace snnvp {
namespace {

/// Clocks that cover a time, with the guard of the JEDEC standards: 2.6 % of a clock too much is rounded down.
constexpr std::uint32_t clocks(std::uint64_t ps, std::uint64_t clock_ps) {
  return static_cast<std::uint32_t>((ps * 1000 / clock_ps + 974) / 1000);
}

/// Refresh intervals are upper bounds.
constexpr std::uint32_t whole_clocks(std::uint64_t ps, std::uint64_t clock_ps) { return static_cast<std::uint32_t>(ps / clock_ps); }

/// Read to write of one rank: the data bus turns around in two clocks.
constexpr std::uint32_t read_to_write(const DramTiming& t) { return t.cl + t.burst + 2 - t.cwl; }

/// Figures of a DDR4 speed grade that are not the same for all.
struct Ddr4 {
  const char* preset;
  std::uint32_t clock_ps, cl, rcd, ras, rc, cwl, faw, rrd_s_ps, rrd_l_ps, ccd_l, wr_ps, wtr_s, wtr_l;
};

// 64-bit channel of x8 devices, 8 Gbit: four groups of four banks, tRFC 350 ns. Ramulator2 (ddr4.py) in clocks and ns; tRFC DRAMsim3; tWTR
// and the rank switch: values of public simulators (decision 49 of the specification).
constexpr DramTiming ddr4(const Ddr4& s) {
  DramTiming t{};
  t.preset = s.preset, t.clock_ps = s.clock_ps, t.pseudo_channels = 1, t.bank_groups = 4, t.banks_per_group = 4;
  t.burst_bytes = 64, t.row_bytes = 8192, t.burst = 4;
  t.cl = s.cl, t.cwl = s.cwl, t.rcd_rd = t.rcd_wr = t.rp = t.rp_all = s.rcd, t.ras = s.ras, t.rc = s.rc;
  t.rrd_s = clocks(s.rrd_s_ps, s.clock_ps), t.rrd_l = clocks(s.rrd_l_ps, s.clock_ps), t.faw = s.faw;
  t.ccd_s = 4, t.ccd_l = s.ccd_l, t.rtp = clocks(7'500, s.clock_ps), t.wr = clocks(s.wr_ps, s.clock_ps);
  t.wtr_s = s.wtr_s, t.wtr_l = s.wtr_l, t.rank_switch = 2, t.rtw = read_to_write(t);
  t.refi = whole_clocks(7'800'000, s.clock_ps), t.rfc = clocks(350'000, s.clock_ps);
  return t;
}

/// Figures of an LPDDR4 speed grade, clocks.
struct Lpddr4 {
  const char* preset;
  std::uint32_t clock_ps, rl, rcd, rp, rp_all, ras, rc, faw, rrd, wl, wr, rtp, wtr, refi_ps, rfc, rfc_bank, refi_bank;
};

// 16-bit channel, eight banks without groups, burst of 16. DRAMSys memory specifications; WTR, CCD, REFIpb: decision 49.
constexpr DramTiming lpddr4(const Lpddr4& s) {
  DramTiming t{};
  t.preset = s.preset, t.clock_ps = s.clock_ps, t.pseudo_channels = 1, t.bank_groups = 1, t.banks_per_group = 8;
  t.burst_bytes = 32, t.row_bytes = 2048, t.burst = 8;
  t.cl = s.rl, t.cwl = s.wl, t.rcd_rd = t.rcd_wr = s.rcd, t.rp = s.rp, t.rp_all = s.rp_all, t.ras = s.ras, t.rc = s.rc;
  t.rrd_s = t.rrd_l = t.rrefd = s.rrd, t.faw = s.faw, t.ccd_s = t.ccd_l = 8, t.rtp = s.rtp, t.wr = s.wr;
  t.wtr_s = t.wtr_l = s.wtr, t.rank_switch = 2, t.rtw = read_to_write(t);
  t.refi = whole_clocks(s.refi_ps, s.clock_ps), t.rfc = s.rfc, t.rfc_bank = s.rfc_bank, t.refi_bank = s.refi_bank, t.refresh_banks = 1;
  return t;
}

// 16-bit channel, four groups of four banks, burst of 16 at a data clock four times tCK; 8 Gbit. Ramulator2 (JESD209-5B); WTR, RTP:
// decision 49. One per-bank refresh takes a pair of banks, which makes eight of them an interval.
constexpr DramTiming lpddr5() {
  DramTiming t{};
  t.preset = "lpddr5_6400", t.clock_ps = 1250, t.pseudo_channels = 1, t.bank_groups = 4, t.banks_per_group = 4;
  t.burst_bytes = 32, t.row_bytes = 2048, t.burst = 2;
  t.cl = 17, t.cwl = 9, t.rcd_rd = t.rcd_wr = 15, t.rp = 15, t.rp_all = 17, t.ras = 34, t.rc = 49;
  t.rrd_s = t.rrd_l = t.rrefd = clocks(5'000, 1250), t.faw = clocks(20'000, 1250), t.ccd_s = 2, t.ccd_l = 4, t.rtp = 8, t.wr = 28;
  t.wtr_s = 5, t.wtr_l = 10, t.rank_switch = 2, t.rtw = read_to_write(t);
  t.refi = whole_clocks(3'906'000, 1250), t.rfc = clocks(210'000, 1250);
  t.refi_bank = whole_clocks(488'000, 1250), t.rfc_bank = clocks(120'000, 1250), t.refresh_banks = 2;
  return t;
}

/// Figures of an HBM2 or HBM2E speed grade, clocks.
struct Hbm2 {
  const char* preset;
  std::uint32_t clock_ps, cl, rcd_rd, rcd_wr, rp, ras, rc, cwl, wr, rtp, ccd_l, wtr_s, wtr_l, rrd, faw;
};

// 64-bit pseudo-channels, two per channel, four groups of four banks, burst of 4, 8 Gbit. Ramulator2 (hbm2.py); WTR and tREFIpb = tREFI /
// 16: decision 49; 3600: the nanoseconds of 2400, rounded up, same decision.
constexpr DramTiming hbm2(const Hbm2& s) {
  DramTiming t{};
  t.preset = s.preset, t.clock_ps = s.clock_ps, t.pseudo_channels = 2, t.bank_groups = 4, t.banks_per_group = 4;
  t.burst_bytes = 32, t.row_bytes = 1024, t.burst = 2, t.split_bus = true;
  t.cl = s.cl, t.cwl = s.cwl, t.rcd_rd = s.rcd_rd, t.rcd_wr = s.rcd_wr, t.rp = t.rp_all = s.rp, t.ras = s.ras, t.rc = s.rc;
  t.rrd_s = t.rrd_l = t.rrefd = s.rrd, t.faw = s.faw, t.ccd_s = 2, t.ccd_l = s.ccd_l, t.rtp = s.rtp, t.wr = s.wr;
  t.wtr_s = s.wtr_s, t.wtr_l = s.wtr_l, t.rank_switch = 2, t.rtw = read_to_write(t);
  t.refi = whole_clocks(3'900'000, s.clock_ps), t.rfc = clocks(350'000, s.clock_ps);
  t.refi_bank = t.refi / 16, t.rfc_bank = clocks(160'000, s.clock_ps), t.refresh_banks = 1;
  return t;
}

// 32-bit pseudo-channels, two per channel, four groups of four banks, burst of 8, 16 Gbit. Ramulator2 (hbm3.py); WTR, RTW, RREFD:
// decision 49.
constexpr DramTiming hbm3() {
  DramTiming t{};
  t.preset = "hbm3_6400", t.clock_ps = 625, t.pseudo_channels = 2, t.bank_groups = 4, t.banks_per_group = 4;
  t.burst_bytes = 32, t.row_bytes = 1024, t.burst = 2, t.split_bus = true;
  t.cl = 20, t.cwl = 10, t.rcd_rd = 31, t.rcd_wr = 15, t.rp = t.rp_all = 26, t.ras = 45, t.rc = 72;
  t.rrd_s = 4, t.rrd_l = 5, t.rrefd = 8, t.faw = 24, t.ccd_s = 2, t.ccd_l = 4, t.rtp = 9, t.wr = 33;
  t.wtr_s = 7, t.wtr_l = 10, t.rank_switch = 2, t.rtw = 20;
  t.refi = whole_clocks(3'900'000, 625), t.rfc = clocks(350'000, 625), t.refi_bank = t.refi / 16, t.rfc_bank = 320, t.refresh_banks = 1;
  return t;
}

}  // namespace

const std::vector<DramTiming>& dram_timings() {
  // clang-format off
  static const std::vector<DramTiming> table = {
      //    preset        tCK  CL RCD RAS  RC CWL FAW RRD_S RRD_L CCD_L WR  WTR_S/L
      ddr4({"ddr4_2133p",  937, 15, 15, 36, 51, 11, 23, 3750, 5620, 6, 14'990, 3, 8}),
      ddr4({"ddr4_2400r",  833, 16, 16, 39, 55, 12, 26, 3330, 5000, 6, 14'990, 3, 9}),
      ddr4({"ddr4_2666v",  750, 19, 19, 43, 62, 14, 28, 3000, 5250, 7, 15'000, 4, 10}),
      ddr4({"ddr4_2933y",  682, 21, 21, 47, 68, 16, 31, 2730, 5460, 8, 15'000, 4, 11}),
      ddr4({"ddr4_3200aa", 625, 22, 22, 52, 74, 16, 34, 2500, 5000, 8, 15'000, 4, 12}),
      //      preset        tCK  RL RCD RP RPab RAS RC FAW RRD WL  WR RTP WTR  tREFI  RFCab RFCpb REFIpb
      lpddr4({"lpddr4_3200", 625, 28, 29, 29, 34, 68,  97, 64, 16, 14, 29, 12, 16, 3'904'000, 448, 224,  780}),
      lpddr4({"lpddr4_4266", 469, 36, 39, 39, 45, 90, 129, 86, 22, 18, 39, 17, 22, 3'912'000, 812, 406, 1042}),
      lpddr5(),
      //    preset        tCK  CL RCDRD RCDWR RP RAS RC CWL WR RTP CCD_L WTR_S/L RRD FAW
      hbm2({"hbm2_2000",  1000, 14, 14, 12, 14, 34, 48, 5, 16, 5, 4,  6,  8, 4, 15}),
      hbm2({"hbm2_2400",   833, 17, 17, 14, 17, 40, 57, 6, 19, 6, 4,  8, 10, 5, 18}),
      hbm2({"hbm2e_3600",  556, 26, 26, 21, 26, 60, 86, 9, 29, 9, 6, 12, 15, 8, 27}),
      hbm3(),
  };
  // clang-format on
  return table;
}

const DramTiming* find_dram_timing(const std::string& preset) {
  for (const DramTiming& timing : dram_timings())
    if (dram_preset(preset).name == std::string(timing.preset)) return &timing;
  return nullptr;
}

std::vector<std::string> dram_timing_names() {
  std::vector<std::string> names;
  for (const DramTiming& timing : dram_timings()) names.emplace_back(timing.preset);
  return names;
}

}  // namespace snnvp
