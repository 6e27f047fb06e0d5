// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/block/firmware.h>
#include <snnvp/platform/export/address_map.h>
#include <snnvp/platform/run/firmware_debugger.h>
#include <snnvp/platform/run/firmware_places.h>
#include <snnvp/platform/run/timeline.h>
#include <snnvp/platform/run/workload_driver.h>
#include <snnvp/workloads/formats/elf_file.h>

namespace snnvp {

namespace engine {
class JobEngine;
}

/// Bytes placed in memory as they stand.
struct FlatImage {
  std::string file;
  std::uint32_t address = 0;
  std::vector<std::uint8_t> bytes;
};

/// Runs a program on the harts of the platform: places it, starts them, hears how it ends, tells where the cycles went.
class FirmwareDriver final : public WorkloadDriver, private FirmwareObserver {
public:
  FirmwareDriver(std::optional<ElfFile> elf, std::vector<FlatImage> images);

  void check(const Plan& plan, const SourcePos& pos, Diagnostics& diagnostics) const override;
  void configure(const RunSettings& settings) override;
  void attach(Platform& platform) override;
  void start() override;
  bool is_finished() const override { return is_finished_; }
  std::uint64_t work_done() const override;
  std::string status() const override { return status_; }
  void collect(RunReport& report) override;
  double held_seconds() const override { return debugger_ ? debugger_->held_seconds() : 0; }

private:
  struct Hart {
    std::string name;
    FirmwareHart* hart = nullptr;
  };
  /// A memory as the first hart sees it.
  struct Memory {
    std::string name;
    MemoryRange range;
  };
  struct Function {
    std::string name;
    std::uint64_t cycles = 0;
    std::uint32_t hottest = 0;  ///< start of the piece of code that took most
    std::uint64_t hottest_cycles = 0;
  };

  void finish(const std::string& status, std::uint32_t code, const std::string& reason) override;
  void tohost(std::uint32_t value) override;
  bool is_over() const override { return is_finished_; }
  void restart() override;

  void check_fit(const std::string& what, std::uint32_t address, std::uint64_t bytes, const SourcePos& pos, Diagnostics& diagnostics) const;
  void place_all();
  void place(std::uint32_t address, const std::uint8_t* data, Bytes bytes, const std::string& what);
  std::vector<Function> functions();
  std::string hottest();
  void tell_faults(RunReport& report);
  void tell_refusals(RunReport& report);
  void tell_end(RunReport& report);
  void draw(Platform& platform);
  std::string stack_of(const Hart& hart);
  void tell_debugger(const RunReport& report);
  void write_signature();

  std::optional<ElfFile> elf_;
  std::vector<FlatImage> images_;
  RunSettings settings_;
  mutable std::vector<std::string> hart_names_;  // found by check, by hart id
  mutable std::vector<Memory> memories_;
  mutable std::vector<FirmwarePlaces::Range> ranges_;
  FirmwarePlaces places_;
  std::vector<Hart> harts_;
  std::vector<std::pair<std::string, FirmwareConsole*>> consoles_;
  std::vector<FirmwareControl*> controls_;
  std::vector<Resettable*> resettable_;
  Timeline timeline_;
  mutable std::optional<AddressMap> map_;  // found by check, as the first hart sees it
  std::unique_ptr<FirmwareDebugger> debugger_;
  std::vector<std::pair<std::string, const engine::JobEngine*>> engines_;
  bool is_finished_ = false;
  std::string status_ = "ok", reason_;
  std::optional<std::uint32_t> exit_code_, test_number_, host_call_;
  std::chrono::steady_clock::time_point started_;
};

}  // namespace snnvp
