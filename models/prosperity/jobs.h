// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <snnvp/models/prosperity/engine.h>

// The jobs of the unit. Each is a pipeline item per tile (or row block), fetches what the cpu rules of
// spec/prosperity.md 5.2 say, and computes its exact result from the bytes that arrived.
namespace snnvp::prosperity {

using JobOrRefusal = std::variant<std::unique_ptr<engine::Job>, engine::Refusal>;

JobOrRefusal make_gemm_job(ProsperityEngine& unit, const engine::JobDescriptor& job);
JobOrRefusal make_attention_job(ProsperityEngine& unit, const engine::JobDescriptor& job);
JobOrRefusal make_layernorm_job(ProsperityEngine& unit, const engine::JobDescriptor& job);
JobOrRefusal make_neuron_job(ProsperityEngine& unit, const engine::JobDescriptor& job);

}  // namespace snnvp::prosperity
