// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/all_kinds/all_kinds.h>

namespace snnvp {

void register_baselines(Registry&);
void register_bond(Registry&);
void register_bus(Registry&);
void register_d2d(Registry&);
void register_dma(Registry&);
void register_dram(Registry&);
void register_host(Registry&);
void register_memory_traffic(Registry&);
void register_intc(Registry&);
void register_mesh(Registry&);
void register_neuron(Registry&);
void register_nic(Registry&);
void register_pe_array(Registry&);
void register_pi2(Registry&);
void register_prosperity(Registry&);
void register_riscv(Registry&);
void register_simctl(Registry&);
void register_remote(Registry&);
void register_snap(Registry&);
void register_sram(Registry&);
void register_stack3d(Registry&);
void register_switch(Registry&);
void register_thermal(Registry&);
void register_uart(Registry&);

std::unique_ptr<Registry> all_kinds() {
  auto registry = make_registry();
  // clang-format off
  for (void (*add)(Registry&) : {
         register_baselines,
         register_bus,
         register_bond,  // behind the bus, whose ports it has
         register_d2d,
         register_dma,
         register_dram,
         register_host,
         register_memory_traffic,
         register_intc,
         register_mesh,
         register_neuron,
         register_nic,
         register_pe_array,
         register_pi2,
         register_prosperity,
         register_riscv,
         register_simctl,
         register_remote,
         register_snap,
         register_sram,
         register_stack3d,
         register_switch,
         register_thermal,
         register_uart,
       })
    // clang-format on
    add(*registry);
  return registry;
}

}  // namespace snnvp
