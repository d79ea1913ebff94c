// Value and derivatives by hand, as ADBench's manual programs have them: rules worked out on paper, loops, no library.

#include <algorithm>
#include <cmath>
#include <vector>

extern "C" double mixture(int d, int k, int n, const double *x, const double *alpha, const double *mu, const double *q,
                          const double *l, double *gradient)
{
    const int below = d * (d - 1) / 2;
    double *d_alpha = gradient, *d_mu = d_alpha + k, *d_q = d_mu + k * d, *d_l = d_q + k * d;
    std::fill(gradient, gradient + k + 2 * k * d + k * below, 0.0);
    std::vector<double> scale(k * d), sums(k), c(k * d), z(k * d), terms(k);
    for (int j = 0; j < k; j++)
        for (int i = 0; i < d; i++) {
            scale[j * d + i] = std::exp(q[j * d + i]);
            sums[j] += q[j * d + i];
        }
    double total = 0.0;
    for (int point = 0; point < n; point++) {
        for (int j = 0; j < k; j++) {
            double *cj = &c[j * d], *zj = &z[j * d], squares = 0.0;
            for (int i = 0; i < d; i++) {
                cj[i] = x[point * d + i] - mu[j * d + i];
                zj[i] = scale[j * d + i] * cj[i];
            }
            const double *lj = l + j * below;
            for (int column = 0; column < d; column++)
                for (int row = column + 1; row < d; row++)
                    zj[row] += *lj++ * cj[column];
            for (int i = 0; i < d; i++)
                squares += zj[i] * zj[i];
            terms[j] = alpha[j] + sums[j] - 0.5 * squares;
        }
        const double largest = *std::max_element(terms.begin(), terms.end());
        double sum = 0.0;
        for (int j = 0; j < k; j++)
            sum += terms[j] = std::exp(terms[j] - largest);
        total += largest + std::log(sum);
        for (int j = 0; j < k; j++) {
            const double share = terms[j] / sum, *cj = &c[j * d], *zj = &z[j * d], *lj = l + j * below;
            double *slopes = d_l + j * below;
            d_alpha[j] += share;
            for (int i = 0; i < d; i++) {
                const double moved = share * zj[i] * scale[j * d + i];
                d_q[j * d + i] += share - moved * cj[i];
                d_mu[j * d + i] += moved;
            }
            for (int column = 0; column < d; column++)
                for (int row = column + 1; row < d; row++) {
                    *slopes++ -= share * zj[row] * cj[column];
                    d_mu[j * d + column] += share * zj[row] * *lj++;
                }
        }
    }
    const double largest = *std::max_element(alpha, alpha + k);
    double sum = 0.0;
    for (int j = 0; j < k; j++)
        sum += std::exp(alpha[j] - largest);
    total -= n * (largest + std::log(sum));
    for (int j = 0; j < k; j++)
        d_alpha[j] -= n * std::exp(alpha[j] - largest) / sum;
    for (int i = 0; i < k * d; i++) {
        total -= 0.5 * scale[i] * scale[i];
        d_q[i] -= scale[i] * scale[i];
    }
    for (int i = 0; i < k * below; i++) {
        total -= 0.5 * l[i] * l[i];
        d_l[i] -= l[i];
    }
    return total;
}

extern "C" void bundle(int n, const double *cameras, const double *points, const double *weights, const long *seen,
                       const double *where, double *residuals, double *jacobian, double *rest, double *slopes)
{
    for (int k = 0; k < n; k++) {
        const double *r = cameras + 11 * seen[2 * k], *point = points + 3 * seen[2 * k + 1], w = weights[k];
        const double *centre = r + 3, focal = r[6], k1 = r[9], k2 = r[10];
        const double c[3] = {point[0] - centre[0], point[1] - centre[1], point[2] - centre[2]};
        const double angle = std::sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]);
        const double s = std::sin(angle), co = std::cos(angle), v = 1.0 - co;
        const double m[3] = {r[0] / angle, r[1] / angle, r[2] / angle};
        const double along = m[0] * c[0] + m[1] * c[1] + m[2] * c[2];
        const double cross[3] = {m[1] * c[2] - m[2] * c[1], m[2] * c[0] - m[0] * c[2], m[0] * c[1] - m[1] * c[0]};
        const double R[3][3] = {{co + v * m[0] * m[0], v * m[0] * m[1] - s * m[2], v * m[0] * m[2] + s * m[1]},
                                {v * m[1] * m[0] + s * m[2], co + v * m[1] * m[1], v * m[1] * m[2] - s * m[0]},
                                {v * m[2] * m[0] - s * m[1], v * m[2] * m[1] + s * m[0], co + v * m[2] * m[2]}};
        double p[3], turned[3][3];
        for (int i = 0; i < 3; i++)
            p[i] = c[i] * co + cross[i] * s + m[i] * along * v;
        for (int a = 0; a < 3; a++) {
            double e[3];
            for (int i = 0; i < 3; i++)
                e[i] = ((i == a) - m[i] * m[a]) / angle;
            const double moved = e[0] * c[0] + e[1] * c[1] + e[2] * c[2];
            const double ec[3] = {e[1] * c[2] - e[2] * c[1], e[2] * c[0] - e[0] * c[2], e[0] * c[1] - e[1] * c[0]};
            for (int i = 0; i < 3; i++)
                turned[i][a] = m[a] * (cross[i] * co - c[i] * s + m[i] * along * s) + ec[i] * s +
                               (e[i] * along + m[i] * moved) * v;
        }
        const double x = p[0] / p[2], y = p[1] / p[2], q = x * x + y * y;
        const double distorted = 1.0 + k1 * q + k2 * q * q, more = 2.0 * (k1 + 2.0 * k2 * q), scale = w * focal;
        const double sight[2] = {x, y};
        for (int i = 0; i < 2; i++) {
            double *J = jacobian + 30 * k + 15 * i;
            const double off = sight[i] * distorted * focal + r[7 + i] - where[2 * k + i];
            const double by[2] = {scale * (sight[i] * more * x + (i == 0) * distorted),
                                  scale * (sight[i] * more * y + (i == 1) * distorted)};
            const double to[3] = {by[0] / p[2], by[1] / p[2], -(by[0] * x + by[1] * y) / p[2]};
            for (int a = 0; a < 3; a++) {
                J[a] = to[0] * turned[0][a] + to[1] * turned[1][a] + to[2] * turned[2][a];
                J[11 + a] = to[0] * R[0][a] + to[1] * R[1][a] + to[2] * R[2][a];
                J[3 + a] = -J[11 + a];
            }
            J[6] = w * sight[i] * distorted;
            J[7] = i == 0 ? w : 0.0;
            J[8] = i == 1 ? w : 0.0;
            J[9] = scale * sight[i] * q;
            J[10] = scale * sight[i] * q * q;
            J[14] = off;
            residuals[2 * k + i] = w * off;
        }
        rest[k] = 1.0 - w * w;
        slopes[k] = -2.0 * w;
    }
}
