// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <systemc>

#include <snnvp/models/intc/clint_core.h>
#include <snnvp/models/intc/plic_core.h>
#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/block/firmware.h>
#include <snnvp/platform/tlm/target_port.h>

namespace snnvp {

/// CLINT and PLIC of a RISC-V platform in one block (spec/firmware.md 4.8).
class Intc final : public sc_core::sc_module, public FirmwareTimer, public StatProvider, public Resettable, public IdleProvider {
public:
  struct Params {
    unsigned harts = 1, sources = 95, priorities = 7, context_stride = 2;
    std::uint64_t timebase = 10'000'000;
    std::vector<bool> has_source, has_mei, has_mti, has_msi;  ///< ports that are linked, by index
  };

  Intc(const sc_core::sc_module_name& name, const Params& params);

private:
  /// Word registers of a core as a target region.
  template <class Core>
  class Words final : public TargetRegion {
  public:
    Words(Intc& owner, Core& core) : owner_(owner), core_(core) {}
    bool covers(Address address, Bytes) const override { return core_.exists(address); }
    bool read(Address address, std::uint8_t* data, Bytes length, sc_core::sc_time& delay) override;
    bool access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override {
      return payload.is_read() ? read(payload.get_address(), payload.get_data_ptr(), 4, delay)
                               : write(payload.get_address(), payload.get_data_ptr(), 4, delay);
    }
    bool write(Address address, const std::uint8_t* data, Bytes length, sc_core::sc_time& delay) override;
    WordResult read_word(Address address, Bytes, std::uint32_t& value, sc_core::sc_time& delay) override;
    Bytes debug_read(Address address, std::uint8_t* data, Bytes length) const override;
    Bytes debug_write(Address, const std::uint8_t*, Bytes) override { return 0; }

  private:
    bool load(Address address, std::uint32_t& value, const sc_core::sc_time& delay);
    [[gnu::noinline]] WordResult find_word(Address address, std::uint32_t& value, const sc_core::sc_time& delay);

    Intc& owner_;
    Core& core_;
  };

  Params params_;
  ClintCore clint_;
  PlicCore plic_;
  Words<ClintCore> clint_words_;
  Words<PlicCore> plic_words_;

public:
  TargetPort clint, plic;
  std::vector<std::unique_ptr<sc_core::sc_in<bool>>> irq;             ///< irq_1 ..., null where nothing is linked
  std::vector<std::unique_ptr<sc_core::sc_out<bool>>> mei, mti, msi;  ///< by hart, null where nothing is linked

  std::uint64_t mtime(Picoseconds at) const override { return clint_.mtime(at); }
  void report_stats(StatSink& sink) const override;
  void reset() override;
  bool is_idle() const override { return true; }

private:
  void take_levels();
  void update();

  sc_core::sc_event update_event_;
};

class Registry;
/// Registers `models.intc`.
void register_intc(Registry& registry);

}  // namespace snnvp
