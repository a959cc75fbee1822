# SPDX-License-Identifier: GPL-2.0-or-later
# Rscript tests/unit/vectors/stats.R >tests/unit/stats_vectors.h
# Writes the answers of R to the questions that test_stats.c asks cgrun's statistics. The samples
# come from a fixed seed. Exact tests with ties, which R's wilcox.test() refuses, are counted here by
# going through all ways to divide the ranks.
options(digits = 17)
set.seed(20230610, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")

number <- function(x) sprintf("%.17g", x)
row <- function(x) paste0("{", paste(number(x), collapse = ", "), "}")

rank_sum_counted <- function(a, b) {
    r <- rank(c(a, b))
    middle <- length(a) * (length(r) + 1) / 2
    sums <- combn(length(r), length(a), function(chosen) sum(r[chosen]))
    mean(abs(sums - middle) >= abs(sum(r[seq_along(a)]) - middle) - 1e-9)
}
signed_rank_counted <- function(d) {
    r <- rank(abs(d))
    signs <- as.matrix(expand.grid(rep(list(c(0, 1)), length(d))))
    sums <- signs %*% r
    middle <- sum(r) / 2
    mean(abs(sums - middle) >= abs(sum(r[d > 0]) - middle) - 1e-9)
}

rounded <- function(n, mean, sd, digits) round(rnorm(n, mean, sd), digits)
two_samples <- list(
    list(rounded(8, 10, 1, 3), rounded(9, 11, 1, 3), "exact"),
    list(rounded(20, 10, 1, 4), rounded(20, 10.3, 2, 4), "exact"),
    list(rounded(3, 1, 1, 3), rounded(25, 2, 1, 3), "exact"),
    list(rounded(7, 5, 1, 0), rounded(8, 6, 1, 0), "counted"),
    list(rounded(9, 5, 1, 0), rounded(6, 5, 2, 0), "counted"),
    list(rounded(60, 100, 5, 0), rounded(50, 102, 5, 0), "normal"),
    list(rounded(80, 1, 0.1, 4), rounded(90, 1.02, 0.1, 4), "normal"))
p_two <- function(s) switch(s[[3]],
    exact = wilcox.test(s[[1]], s[[2]], exact = TRUE)$p.value,
    counted = rank_sum_counted(s[[1]], s[[2]]),
    normal = wilcox.test(s[[1]], s[[2]], exact = FALSE, correct = TRUE)$p.value)

paired <- list(
    list(rounded(10, 0.5, 1, 4), "exact"),
    list(rounded(25, 0.3, 1, 4), "exact"),
    list(c(1, 1, -1, 2, 2, -3, 3, 4, 4, 5, -5, 6), "counted"),
    list(rounded(90, 0.2, 1, 1), "normal"))
p_paired <- function(s) switch(s[[2]],
    exact = wilcox.test(s[[1]], exact = TRUE)$p.value,
    counted = signed_rank_counted(s[[1]]),
    normal = wilcox.test(s[[1]][s[[1]] != 0], exact = FALSE, correct = TRUE)$p.value)

p_values <- list(c(0.01, 0.04, 0.03, 0.005), c(0.2, 0.2, 0.001, 0.9, 0.0004), runif(12) ^ 3)
described <- c(lapply(two_samples, `[[`, 1), list(c(4, 1, 3), 7))
quantiles <- c(0, 0.1, 0.25, 0.5, 0.75, 0.9, 1)

cat("/* SPDX-License-Identifier: GPL-2.0-or-later */\n")
cat("/* Made by tests/unit/vectors/stats.R with", R.version.string, "*/\n")
cat("/* clang-format off */\n")
cat("#define VECTOR_MAX 100\n\n")
cat("static const struct {\n    size_t n, m;\n    double a[VECTOR_MAX], b[VECTOR_MAX], p;\n} r_rank_sum[] = {\n")
for (s in two_samples)
    cat("    {", length(s[[1]]), ", ", length(s[[2]]), ", ", row(s[[1]]), ",\n     ", row(s[[2]]), ",\n     ",
        number(p_two(s)), "},\n", sep = "")
cat("};\n\nstatic const struct {\n    size_t n;\n    double d[VECTOR_MAX], p;\n} r_signed_rank[] = {\n")
for (s in paired)
    cat("    {", length(s[[1]]), ", ", row(s[[1]]), ",\n     ", number(p_paired(s)), "},\n", sep = "")
cat("};\n\nstatic const struct {\n    size_t n;\n    double p[VECTOR_MAX], holm[VECTOR_MAX];\n} r_holm[] = {\n")
for (p in p_values)
    cat("    {", length(p), ", ", row(p), ",\n     ", row(p.adjust(p, "holm")), "},\n", sep = "")
cat("};\n\nstatic const double r_quantile_of[] = ", row(quantiles), ";\n\n", sep = "")
cat("static const struct {\n    size_t n;\n    double x[VECTOR_MAX], quantile[", length(quantiles),
    "], spread;\n} r_described[] = {\n", sep = "")
for (x in described)
    cat("    {", length(x), ", ", row(x), ",\n     ", row(quantile(x, quantiles, type = 7)), ",\n     ",
        number(mad(x, constant = 1.4826)), "},\n", sep = "")
cat("};\n/* clang-format on */\n")
