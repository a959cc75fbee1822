/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cgroup_file FILE...: prints the first line of each of these files of its own cgroups, in whatever
 * hierarchy it is: "memory.max 67108864".
 */
#include "tests/system/jobs/own_cgroups.h"

static void print(const char *dir, const char *name)
{
    char path[PATH_MAX + 256], line[256] = "";
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    f = fopen(path, "re");
    if (!f)
        return;
    if (fgets(line, sizeof(line), f))
        line[strcspn(line, "\n")] = '\0';
    printf("%s %s\n", name, line);
    fclose(f);
}

int main(int argc, char **argv)
{
    static struct own_cgroup group[OWN_CGROUPS];
    size_t n = own_cgroups(group);

    for (int i = 1; i < argc; i++)
        for (size_t k = 0; k < n; k++)
            print(group[k].dir, argv[i]);
    return 0;
}
