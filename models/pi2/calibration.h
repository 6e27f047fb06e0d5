// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <snnvp/models/pi2/layer.h>

namespace snnvp::pi2 {

/// Result of calibrating a layer on a sample of windows (the authors' procedure; spec/pi2.md 4.5).
struct Calibration {
  double latest = 0;                               ///< tout: largest K-th event time over samples, neurons and both queues
  double mk = 0;                                   ///< M/K: largest K-th time less smallest K-mean; 0 for K = 1
  double largest_fire = 0, smallest_fire = never;  ///< range of T with that Mk
  double largest_y = 0, smallest_y = never;        ///< range of y = relu(T- - T+)
  double scale_d = 1;                              ///< input range of the next layer / (2 (max y - min y))
  double offset_out = 0;                           ///< max T + d max y: the earliest frame leaves just then
};

/// `inp_scale` is the wanted spread of the next layer's arrival times around their offset, twice the largest value. The margin is
/// added to Mk and to the offset; with `round_up` the offset goes up to the next tenth (the authors round to nearest, which can make
/// a frame due before it is known). Throws InputError if no window is given, or one has fewer than K events in a queue.
Calibration calibrate(const Layer& layer, const std::vector<ArrivalTimes>& windows, double inp_scale, double margin = 0,
                      bool round_up = false);

}  // namespace snnvp::pi2
