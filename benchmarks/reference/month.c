/* The month of the reference workload in C, pass by pass as in numba_passes.py, for the same bits.
   Numbers (PULL, E2, A0, ...) are given by the compiler's command line, from workload.py and sim/numerics.py. */
#include <stdint.h>
#include <string.h>
#include <math.h>

enum { BLOCK = 1024, BLOCKS_A_SUM = 16, UP = 48 };
enum { STAYED, MOVED, REGULAR, IRREGULAR, N_STATUSES };
enum { NONE, INSIDE, APPLY, GO, RETURN, DEPORT };
enum { F_MOVED, F_APPLIED, F_SET_OUT, F_APPREHENDED, F_RETURNED, F_DEPORTED, F_GRANTED };
#define GOLDEN 0x9E3779B97F4A7C15u
#define HALF 0.5f
#define SPACING 0x1p-23f
#define R restrict

typedef struct {
    const uint64_t *stream;
    float *log_income, *savings;
    uint8_t *region, *ties, *migrant, *wait, *status;
} State;

typedef struct {
    const float *mean, *pull;
} Tables;

typedef struct {
    int64_t *households, *cents, *flows, *rows;
    uint64_t *ranks;
} Found;

typedef struct {
    uint64_t key[BLOCK];
    float u[BLOCK], choice[BLOCK], z[BLOCK], tail[BLOCK], mean[BLOCK], net[BLOCK];
    float inside[BLOCK], apply[BLOCK], go[BLOCK];
    uint8_t mark[BLOCK], event[BLOCK];
    uint16_t cell[BLOCK], rows[BLOCK];
    int32_t cents[BLOCK];
    int64_t packed[N_CELLS];
} Room;

static inline float as_float(int32_t bits) { float x; memcpy(&x, &bits, sizeof x); return x; }
static inline int32_t as_bits(float x) { int32_t bits; memcpy(&bits, &x, sizeof bits); return bits; }

static inline uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static inline uint64_t bits_of(uint64_t key, uint64_t purpose) { return mix(key + ((purpose << 32) + 1) * GOLDEN); }
static inline float centred(uint64_t number) { return ((float)(int32_t)number + HALF) * SPACING; }
static inline float uniform_of(uint64_t key, uint64_t purpose) { return centred(bits_of(key, purpose) >> 41); }

static inline float exp_near(float power)
{
    float whole = (power * LOG2_E + ROUNDER) - ROUNDER;
    float r = (power - whole * LN2_HIGH) - whole * LN2_LOW;
    float curve = (((E6 * r + E5) * r + E4) * r + E3) * r + E2;
    return (1 + (r + r * r * curve)) * as_float(((int32_t)whole + 127) << 23);
}

static inline float log_normal(float number)
{
    int32_t bits = as_bits(number) - SQRT_HALF_BITS;
    float exponent = (float)(bits >> 23);
    float f = as_float((bits & 0x7FFFFF) + SQRT_HALF_BITS) - 1;
    float s = f / (2 + f), z = s * s;
    float series = z * (L2 + z * (L4 + z * (L6 + z * L8)));
    float square = HALF * f * f;
    return exponent * LN2_HIGH - ((square - (s * (square + series) + exponent * LN2_LOW)) - f);
}

static inline float central_quantile(float p)
{
    float q = p - HALF, r = CENTRE_SQUARED - q * q;
    return q * (((A3 * r + A2) * r + A1) * r + A0) / (((B3 * r + B2) * r + B1) * r + 1);
}

static inline float tail_quantile(float p)
{
    int below = p < HALF;
    float size = sqrtf(-(2 * log_normal(below ? p : 1 - p)));
    float d = size - TAIL_MIDDLE;
    float upper = ((((C9 * d + C8) * d + C7) * d + C6) * d + C5) * d + C4;
    float correction = (((upper * d + C3) * d + C2) * d + C1) * d + C0;
    return below ? correction - size : size - correction;
}

static void draw(int n, const uint64_t *R stream, uint64_t month, uint64_t *R key, float *R u, float *R choice)
{
    uint64_t forward = (month + 1) * GOLDEN;
    for (int j = 0; j < n; j++)
        key[j] = mix(stream[j] + forward);
    for (int j = 0; j < n; j++) {
        u[j] = centred(key[j] >> 41);
        choice[j] = centred((key[j] >> 18) & 0x7FFFFF);
    }
}

static void gather(int n, const uint8_t *R region, Tables tables, float *R mean, float *R net)
{
    for (int j = 0; j < n; j++)
        mean[j] = tables.mean[region[j]];
    for (int j = 0; j < n; j++)
        net[j] = tables.pull[region[j]];
}

static int list_tails(int n, const float *R u, uint8_t *R mark, uint16_t *R rows, float *R tail)
{
    int listed = 0;
    for (int j = 0; j < n; j++)
        mark[j] = fabsf(u[j] - HALF) > CENTRE;
    for (int j = 0; j < n; j++) {
        rows[listed] = j;
        listed += mark[j];
    }
    for (int k = 0; k < listed; k++)
        tail[k] = u[rows[k]];
    for (int k = 0; k < listed; k++)
        tail[k] = tail_quantile(tail[k]);
    return listed;
}

static void earn(int n, const uint8_t *R status, float *R log_income, const float *R mean, const float *R z)
{
    for (int j = 0; j < n; j++) {
        float x = log_income[j];
        float drawn = x + PULL * (mean[j] - x) + NOISE * z[j];
        log_income[j] = status[j] < REGULAR ? drawn : x;
    }
}

static void save(int n, const uint8_t *R status, const uint8_t *R migrant, const float *R log_income,
                 float *R income, float *R savings)
{
    for (int j = 0; j < n; j++)
        income[j] = exp_near(log_income[j]);
    for (int j = 0; j < n; j++) {
        float more = status[j] == REGULAR ? SENT_REGULAR : SENT_IRREGULAR;
        float left = YIELD * savings[j] + SAVED * income[j] - SPENT + HELP * (float)migrant[j];
        float at_home = left > 0 ? left : 0;
        float abroad = savings[j] + more;
        savings[j] = status[j] < REGULAR ? at_home : abroad;
    }
}

static void value(int n, const uint8_t *R ties, const uint8_t *R migrant, const uint8_t *R wait,
                  const uint8_t *R region, const float *R log_income, const float *R savings, const float *R net,
                  float *R pull, float *R inside, float *R apply, float *R go)
{
    for (int j = 0; j < n; j++)
        inside[j] = exp_near(V1 - V1_INCOME * log_income[j] + V1_TIES * (float)ties[j]);
    for (int j = 0; j < n; j++) {
        float tied = net[j] + PER_TIE * (float)ties[j];
        pull[j] = tied + PER_MIGRANT * (float)migrant[j] - V_INCOME * log_income[j];
    }
    for (int j = 0; j < n; j++)
        apply[j] = exp_near(V2 + pull[j] + V2_WAIT * (float)wait[j]) * (region[j] >= FIRST_WITH_PATHWAY ? 1.0f : 0.0f);
    for (int j = 0; j < n; j++)
        go[j] = exp_near(V3 + pull[j]) * (savings[j] >= FARE ? 1.0f : 0.0f);
}

static void choose(int n, const uint8_t *R status, const float *R u, const float *R choice, const float *R inside,
                   const float *R apply, const float *R go, uint8_t *R event)
{
    for (int j = 0; j < n; j++) {
        float second = 1 + inside[j], third = second + apply[j], drawn = choice[j] * (third + go[j]);
        int chosen = (drawn >= 1) + (drawn >= second) + (drawn >= third);
        int without = status[j] == IRREGULAR;
        int back = u[j] < (without ? BACK_IRREGULAR : BACK_REGULAR);
        int deported = (choice[j] < DEPORTED) & without;
        int ended = back ? RETURN : deported ? DEPORT : NONE;
        event[j] = status[j] >= REGULAR ? ended : chosen;
    }
    memset(event + n, NONE, BLOCK - n);
}

static int64_t happen(int64_t start, const Room *room, int64_t applied, State S, Found found)
{
    for (int eighth = 0; eighth < BLOCK / 8; eighth++) {
        uint64_t flags;
        memcpy(&flags, room->event + 8 * eighth, sizeof flags);
        if (flags == 0)
            continue;
        for (int j = 8 * eighth; j < 8 * eighth + 8; j++) {
            int64_t i = start + j;
            uint64_t key = room->key[j];
            switch (room->event[j]) {
            case INSIDE:
                S.region[i] = S.region[i] / N_IN_COUNTRY * N_IN_COUNTRY
                              + (uint8_t)(uniform_of(key, MOVE) * (float)N_IN_COUNTRY);
                S.status[i] = MOVED;
                found.flows[F_MOVED]++;
                break;
            case APPLY:
                found.rows[applied] = i;
                found.ranks[applied++] = bits_of(key, LOTTERY);
                found.flows[F_APPLIED]++;
                break;
            case GO:
                S.savings[i] -= FARE;
                found.flows[F_SET_OUT]++;
                if (uniform_of(key, ATTEMPT) < CAUGHT)
                    found.flows[F_APPREHENDED]++;
                else
                    S.status[i] = IRREGULAR;
                break;
            case RETURN:
            case DEPORT:
                if (room->event[j] == DEPORT)
                    S.savings[i] *= KEPT;
                found.flows[room->event[j] == RETURN ? F_RETURNED : F_DEPORTED]++;
                S.status[i] = STAYED;
                S.migrant[i] = 1;
                S.wait[i] = 0;
            }
        }
    }
    return applied;
}

static void sum_up(int n, const uint8_t *R status, const uint8_t *R region, const uint8_t *R migrant,
                   const float *R savings, uint16_t *R cell, int32_t *R cents, int64_t *R packed)
{
    for (int j = 0; j < n; j++)
        cell[j] = (region[j] * 2 + migrant[j]) * N_STATUSES + status[j];
    for (int j = 0; j < n; j++)
        cents[j] = (int32_t)(savings[j] * CENTS + HALF);
    for (int j = 0; j < n; j++)
        packed[cell[j]] += ((int64_t)1 << UP) + cents[j];
}

static void unpack(int64_t *R packed, Found found)
{
    for (int k = 0; k < N_CELLS; k++) {
        found.households[k] += packed[k] >> UP;
        found.cents[k] += packed[k] & (((int64_t)1 << UP) - 1);
        packed[k] = 0;
    }
}

int64_t live(int64_t first, int64_t last, int64_t month, const State *all, const Tables *tables, const Found *found)
{
    static _Thread_local Room room;
    int64_t applied = 0, block = 0;
    memset(room.packed, 0, sizeof room.packed);
    for (int64_t start = first; start < last; start += BLOCK, block++) {
        int n = last - start < BLOCK ? last - start : BLOCK;
        float *log_income = all->log_income + start, *savings = all->savings + start;
        uint8_t *region = all->region + start, *ties = all->ties + start, *migrant = all->migrant + start;
        uint8_t *wait = all->wait + start, *status = all->status + start;
        draw(n, all->stream + start, month, room.key, room.u, room.choice);
        gather(n, region, *tables, room.mean, room.net);
        for (int j = 0; j < n; j++)
            room.z[j] = central_quantile(room.u[j]);
        int listed = list_tails(n, room.u, room.mark, room.rows, room.tail);
        for (int k = 0; k < listed; k++)
            room.z[room.rows[k]] = room.tail[k];
        earn(n, status, log_income, room.mean, room.z);
        save(n, status, migrant, log_income, room.z, savings);
        value(n, ties, migrant, wait, region, log_income, savings, room.net, room.mean, room.inside, room.apply, room.go);
        choose(n, status, room.u, room.choice, room.inside, room.apply, room.go, room.event);
        applied = happen(start, &room, applied, *all, *found);
        sum_up(n, status, region, migrant, savings, room.cell, room.cents, room.packed);
        if (block % BLOCKS_A_SUM == BLOCKS_A_SUM - 1)
            unpack(room.packed, *found);
    }
    unpack(room.packed, *found);
    return applied;
}
