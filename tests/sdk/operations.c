/* SPDX-License-Identifier: Apache-2.0 */
/* Every operation beside gemm, neuron and copy (drivers.c), on an engine that does it, against plain loops here. The exit code is the
   number of the first check that failed. */
#include <string.h>

#include "check.h"
#include "engine.h"

enum { T = 2, TOKENS = 6, D = 8, HEADS = 2, HD = D / HEADS, EXPERTS = 3, HIDDEN = 10, VALUES = T * TOKENS * D, THRESHOLD = 2 };

static struct snn_job job;
static uint8_t x[VALUES / 8], result[VALUES / 8];

static void run(int number, struct snn_engine *engine) {
  snn_job_seal(&job);
  const enum snn_status status = snn_engine_run(engine, &job);
  if (status != SNN_OK) printf("operation %lu: status %d\n", (unsigned long)job.operation, status);
  CHECK(number, status == SNN_OK);
}

/* Neurons without leak that go back to zero, over [T][count] sums. */
static void fire(const int32_t *sums, unsigned count, uint8_t *out) {
  for (unsigned n = 0; n < count; n++) {
    int32_t v = 0;
    for (unsigned t = 0; t < T; t++) {
      v += sums[t * count + n];
      out[t * count + n] = v > THRESHOLD;
      if (v > THRESHOLD) v = 0;
    }
  }
}

/* out[p][o] = sum of weights [o][i] under the spikes in [p][i]. */
static void project(const uint8_t *in, unsigned inputs, const int8_t *weights, unsigned outputs, int32_t *out) {
  for (unsigned p = 0; p < T * TOKENS; p++)
    for (unsigned o = 0; o < outputs; o++) {
      int32_t sum = 0;
      for (unsigned i = 0; i < inputs; i++)
        if (in[p * inputs + i]) sum += weights[o * inputs + i];
      out[p * outputs + o] = sum;
    }
}

static void unpack(const uint8_t *packed, uint8_t *out) {
  for (unsigned i = 0; i < VALUES; i++) out[i] = (uint8_t)spike(packed, i);
}

static void test_attention(struct snn_engine *engine) {
  enum { L = 6, WIDTH = 4 }; /* more positions than features of a head: q (k^T v) as it stands */
  static uint8_t q[T * L * WIDTH / 8], k[T * L * WIDTH / 8], v[T * L * WIDTH / 8];
  static int32_t out[T * L * WIDTH];
  random_spikes(q, sizeof q), random_spikes(k, sizeof k), random_spikes(v, sizeof v);
  CHECK(10, snn_engine_can(engine, SNN_OP_ATTENTION));
  snn_job_init(&job, SNN_OP_ATTENTION);
  snn_job_operand(&job, 0, q, SNN_SPIKES, T, L, WIDTH, 0);
  snn_job_operand(&job, 1, k, SNN_SPIKES, T, L, WIDTH, 0);
  snn_job_operand(&job, 2, v, SNN_SPIKES, T, L, WIDTH, 0);
  snn_job_operand(&job, 3, out, SNN_INT32, T, L, WIDTH, 0);
  snn_job_attention(&job, T, SNN_SPIKFORMER, L, WIDTH, 1);
  job.flags = SNN_FIRST | SNN_STORE_SUMS;
  run(11, engine);
  for (unsigned t = 0; t < T; t++)
    for (unsigned i = 0; i < L; i++)
      for (unsigned f = 0; f < WIDTH; f++) {
        int32_t sum = 0;
        for (unsigned j = 0; j < L; j++) {
          int32_t score = 0;
          for (unsigned c = 0; c < WIDTH; c++) score += spike(q, (t * L + i) * WIDTH + c) & spike(k, (t * L + j) * WIDTH + c);
          sum += score * spike(v, (t * L + j) * WIDTH + f);
        }
        CHECK(12, out[(t * L + i) * WIDTH + f] == sum);
      }
}

static void test_layernorm(struct snn_engine *engine) {
  static const int32_t in[2 * 4] = {0, 2, 4, 6, -8, 8, -8, 8};
  /* 64 is one standard deviation, rounded down to an integer: 2 and 8. */
  static const int32_t expected[2 * 4] = {-96, -32, 32, 96, -64, 64, -64, 64};
  static int32_t out[2 * 4];
  CHECK(20, snn_engine_can(engine, SNN_OP_LAYERNORM));
  snn_job_init(&job, SNN_OP_LAYERNORM);
  snn_job_operand(&job, 0, in, SNN_INT32, 2, 4, 0, 0);
  snn_job_operand(&job, 3, out, SNN_INT32, 2, 4, 0, 0);
  snn_job_layernorm(&job, 2, 4, 1);
  run(21, engine);
  CHECK(22, memcmp(out, expected, sizeof out) == 0);
}

static void test_elementwise(struct snn_engine *engine) {
  enum { C = 2, H = 4, W = 4, COUNT = C * H * W };
  static int8_t a[COUNT];
  static int32_t b[COUNT], sum[COUNT], pooled[COUNT / 4];
  random_weights(a, COUNT, 8);
  for (unsigned i = 0; i < COUNT; i++) b[i] = (int32_t)random_bits() - 32768;
  CHECK(30, snn_engine_can(engine, SNN_OP_ELEMENTWISE));
  snn_job_init(&job, SNN_OP_ELEMENTWISE);
  snn_job_operand(&job, 0, a, SNN_INT8, 1, C, H, W);
  snn_job_operand(&job, 4, b, SNN_INT32, 1, C, H, W);
  snn_job_operand(&job, 3, sum, SNN_INT32, 1, C, H, W);
  snn_job_elementwise(&job, 1, SNN_ADD, C, H, W, 1, 1, 0);
  snn_job_scale(&job, 0, -3, 0);
  run(31, engine);
  for (unsigned i = 0; i < COUNT; i++) CHECK(32, sum[i] == b[i] - 3 * a[i]);
  snn_job_init(&job, SNN_OP_ELEMENTWISE);
  snn_job_operand(&job, 0, sum, SNN_INT32, 1, C, H, W);
  snn_job_operand(&job, 3, pooled, SNN_INT32, 1, C, H / 2, W / 2);
  snn_job_elementwise(&job, 1, SNN_SUM_POOL, C, H, W, 2, 2, 0);
  run(33, engine);
  for (unsigned c = 0; c < C; c++)
    for (unsigned y = 0; y < H / 2; y++)
      for (unsigned z = 0; z < W / 2; z++) {
        const int32_t *at = sum + (c * H + 2 * y) * W + 2 * z;
        CHECK(34, pooled[(c * H / 2 + y) * (W / 2) + z] == at[0] + at[1] + at[W] + at[W + 1]);
      }
}

static void test_mha(struct snn_engine *engine) {
  static int8_t weights[3][D * D];
  static uint8_t in[VALUES], fired[3][VALUES], expected[VALUES];
  static int32_t sums[VALUES], scores[T * TOKENS * HD];
  random_weights(weights[0], sizeof weights, 6);
  unpack(x, in);
  CHECK(40, snn_engine_can(engine, SNN_OP_MHA));
  snn_job_init(&job, SNN_OP_MHA);
  snn_job_operand(&job, 0, x, SNN_SPIKES, T, TOKENS, D, 0);
  snn_job_operand(&job, 1, weights[0], SNN_INT8, D, D, 0, 0);
  snn_job_operand(&job, 2, weights[1], SNN_INT8, D, D, 0, 0);
  snn_job_operand(&job, 4, weights[2], SNN_INT8, D, D, 0, 0);
  snn_job_operand(&job, 3, result, SNN_SPIKES, T, TOKENS, D, 0);
  snn_job_mha(&job, T, TOKENS, D, HEADS, HEADS, 0);
  snn_job_lif(&job, TOKENS * D, THRESHOLD, 0, 16);
  run(41, engine);
  for (unsigned w = 0; w < 3; w++) {
    project(in, D, weights[w], D, sums);
    fire(sums, TOKENS * D, fired[w]);
  }
  unsigned spikes = 0;
  for (unsigned h = 0; h < HEADS; h++) {
    static uint8_t head[T * TOKENS * HD];
    for (unsigned t = 0; t < T; t++)
      for (unsigned i = 0; i < TOKENS; i++)
        for (unsigned f = 0; f < HD; f++) {
          int32_t sum = 0;
          for (unsigned j = 0; j < TOKENS; j++) {
            int32_t score = 0;
            for (unsigned c = 0; c < HD; c++)
              score += fired[0][(t * TOKENS + i) * D + h * HD + c] & fired[1][(t * TOKENS + j) * D + h * HD + c];
            sum += score * fired[2][(t * TOKENS + j) * D + h * HD + f];
          }
          scores[(t * TOKENS + i) * HD + f] = sum;
        }
    fire(scores, TOKENS * HD, head);
    for (unsigned p = 0; p < T * TOKENS; p++)
      for (unsigned f = 0; f < HD; f++) expected[p * D + h * HD + f] = head[p * HD + f];
  }
  for (unsigned i = 0; i < VALUES; i++) {
    CHECK(42, spike(result, i) == expected[i]);
    spikes += expected[i];
  }
  CHECK(43, spikes > 0 && spikes < VALUES);
}

static void test_moe(struct snn_engine *engine) {
  static int8_t router[EXPERTS * D], w1[EXPERTS][HIDDEN * D], w2[EXPERTS][D * HIDDEN];
  static uint8_t in[VALUES], hidden[T * TOKENS * HIDDEN];
  static int32_t sums[VALUES], expected[VALUES], wide[T * TOKENS * HIDDEN], one[VALUES];
  random_weights(router, sizeof router, 8), random_weights(w1[0], sizeof w1, 4), random_weights(w2[0], sizeof w2, 4);
  unpack(x, in);
  CHECK(50, snn_engine_can(engine, SNN_OP_MOE));
  snn_job_init(&job, SNN_OP_MOE);
  snn_job_operand(&job, 0, x, SNN_SPIKES, T, TOKENS, D, 0);
  snn_job_operand(&job, 1, w1, SNN_INT8, EXPERTS, HIDDEN, D, 0);
  snn_job_operand(&job, 2, w2, SNN_INT8, EXPERTS, D, HIDDEN, 0);
  snn_job_operand(&job, 4, router, SNN_INT8, EXPERTS, D, 0, 0);
  snn_job_operand(&job, 3, result, SNN_SPIKES, T, TOKENS, D, 0);
  snn_job_operand(&job, 5, sums, SNN_INT32, T, TOKENS, D, 0);
  snn_job_moe(&job, T, TOKENS, D, EXPERTS, 1, HIDDEN, SNN_PLACE);
  snn_job_lif(&job, TOKENS * D, THRESHOLD, 0, 16);
  run(51, engine);
  unsigned chosen[TOKENS], used = 0;
  for (unsigned n = 0; n < TOKENS; n++) {
    int32_t best = 0;
    for (unsigned e = 0; e < EXPERTS; e++) {
      int32_t gate = 0;
      for (unsigned t = 0; t < T; t++)
        for (unsigned d = 0; d < D; d++) gate += in[(t * TOKENS + n) * D + d] * router[e * D + d];
      if (e == 0 || gate > best) chosen[n] = e, best = gate;
    }
  }
  for (unsigned e = 0; e < EXPERTS; e++) {
    project(in, D, w1[e], HIDDEN, wide);
    fire(wide, TOKENS * HIDDEN, hidden);
    project(hidden, HIDDEN, w2[e], D, one);
    for (unsigned p = 0; p < T * TOKENS; p++)
      if (chosen[p % TOKENS] == e) {
        memcpy(&expected[p * D], &one[p * D], D * sizeof *one);
        used |= 1u << e;
      }
  }
  CHECK(52, memcmp(sums, expected, sizeof sums) == 0);
  CHECK(53, (used & (used - 1)) != 0); /* more than one expert */
  static uint8_t fired[VALUES];
  fire(expected, TOKENS * D, fired);
  for (unsigned i = 0; i < VALUES; i++) CHECK(54, spike(result, i) == fired[i]);
}

int main(void) {
  struct snn_engine prosperity = SNN_ENGINE(PROSPERITY), neuron = SNN_ENGINE(NEURON), stack = SNN_ENGINE(STACK);
  random_spikes(x, sizeof x);
  snn_engine_open(&prosperity), snn_engine_open(&neuron), snn_engine_open(&stack);
  test_attention(&prosperity);
  test_layernorm(&prosperity);
  test_elementwise(&neuron);
  test_mha(&stack);
  test_moe(&stack);
  printf("all operations work\n");
  return 0;
}
