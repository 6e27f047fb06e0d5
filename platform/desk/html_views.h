// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include <snnvp/platform/desk/run_folder.h>

// Views of a run's page that are drawn from the files beside the report; each is empty where its file is absent. Maps, raster and
// timeline are SVG of our own: they need no script.
namespace snnvp::desk {

/// Utilisation, traffic, power and temperature over time, from series.csv and thermal_epochs.csv. Adds to `charts`.
std::string over_time_html(const RunFolder& run, nlohmann::ordered_json& charts);

/// Load of a mesh's routers and links (links.csv), temperature of each tier (thermal_tierN.csv).
std::string heat_maps_html(const RunFolder& run);

/// Spikes of recorded layers over time, from spikes.nir.
std::string raster_html(const RunFolder& run);

/// What ran when, by lane: `firmware.timeline` of the report, [{lane, begin_ps, end_ps, what}].
std::string timeline_html(const RunFolder& run);

}  // namespace snnvp::desk
