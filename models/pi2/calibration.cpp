// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/pi2/calibration.h>

#include <algorithm>
#include <cmath>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp::pi2 {

Calibration calibrate(const Layer& layer, const std::vector<ArrivalTimes>& windows, double inp_scale, double margin, bool round_up) {
  if (windows.empty()) throw InputError("calibration needs at least one sample");
  const LayerSetup& setup = layer.setup();
  BankRules rules = setup.rules;
  rules.timeout = never;
  NeuronBank bank(setup.synapses, rules, 0, setup.shape.out_channels);
  const std::uint32_t neurons = bank.neurons();
  Calibration c;
  double smallest_mean = never, largest_mean = -never;
  for (const ArrivalTimes& arrivals : windows)
    layer.for_each_pixel(arrivals, [&](std::uint32_t, const std::vector<ArrivingFrame>& frames) {
      bank.start();
      bank.arrive(frames.data(), frames.size());
      for (std::uint32_t j = 0; j < neurons; ++j) {
        double means[2];
        for (const std::uint32_t side : {0u, 1u}) {
          const std::uint32_t queue = side * neurons + j;
          if (!bank.is_full(queue)) throw InputError("a calibration sample has fewer than K events");
          c.latest = std::max(c.latest, bank.latest(queue));
          means[side] = bank.mean(queue);
          smallest_mean = std::min(smallest_mean, means[side]);
          largest_mean = std::max(largest_mean, means[side]);
        }
        const double y = setup.pair.value(means[0], means[1]);
        c.largest_y = std::max(c.largest_y, y);
        c.smallest_y = std::min(c.smallest_y, y);
      }
    });
  c.mk = rules.k == 1 ? 0 : c.latest - smallest_mean + margin;
  c.largest_fire = c.mk + largest_mean;
  c.smallest_fire = c.mk + smallest_mean;
  const double spread = c.largest_y - c.smallest_y;
  c.scale_d = spread > 0 ? inp_scale / (2 * spread) : 1;
  c.offset_out = c.largest_fire + std::max(c.largest_y, -c.smallest_y) * c.scale_d + margin;  // -y only without relu
  if (round_up) c.offset_out = std::ceil(c.offset_out * 10 - 1e-9) / 10;
  return c;
}

}  // namespace snnvp::pi2
