/* sysctl.d files: the first byte picks the loader, the rest is the file. A definition, written down
 * by its canonical key, must read as itself. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "boot/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_again(enum boot_loader loader, const struct boot_def *def)
{
	_cleanup_free_ char *line = mem_printf("%s=%s\n", def->key, def->value);
	struct boot_problems problems = {0};
	struct boot_defs again = {0};

	boot_parse(loader, "again", line, strlen(line), &again, &problems);
	if (again.count != 1 || !str_equal(again.items[0].key, def->key) ||
	    !str_equal(again.items[0].value, def->value))
		abort();
	boot_defs_fini(&again);
	boot_problems_fini(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct boot_problems problems = {0};
	struct boot_defs defs = {0};
	enum boot_loader loader;

	if (!size)
		return 0;
	loader = data[0] % 2 ? BOOT_LOADER_PROCPS : BOOT_LOADER_SYSTEMD;
	boot_parse(loader, "f", (const char *)data + 1, size - 1, &defs, &problems);
	for (size_t i = 0; i < defs.count; i++)
		if (defs.items[i].value && !strchr("-#;", *defs.items[i].key))
			read_again(loader, &defs.items[i]);
	boot_defs_fini(&defs);
	boot_problems_fini(&problems);
	return 0;
}
