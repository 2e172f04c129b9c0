/* The catalogue is well formed, finds what it holds, and agrees with the running kernel. */
#include "tests/unit/unit.h"

#include <string.h>
#include <sys/utsname.h>

#include "base/mem.h"
#include "base/str.h"
#include "catalog/catalog.h"
#include "sysctl/name.h"
#include "sysctl/normalise.h"
#include "sysctl/read.h"

static void names_are_canonical_sorted_and_unique(void **state)
{
	(void)state;
	assert_non_null(catalog_at(200));
	for (size_t i = 0; catalog_at(i); i++) {
		const char *name = catalog_at(i)->name;
		_cleanup_free_ char *canonical = NULL;
		struct err err = {0};

		assert_int_equal(sysctl_name_parse(name, &canonical, &err), 0);
		assert_string_equal(canonical, name);
		if (i && strcmp(catalog_at(i - 1)->name, name) >= 0)
			fail_msg("%s comes after %s", name, catalog_at(i - 1)->name);
	}
}

static void rows_are_complete_and_consistent(void **state)
{
	(void)state;
	for (size_t i = 0; catalog_at(i); i++) {
		const struct catalog_key *key = catalog_at(i);

		if (!key->text || !key->text[0] || !key->source || !key->source[0])
			fail_msg("%s: no text or no source", key->name);
		if (key->text[strlen(key->text) - 1] != '.')
			fail_msg("%s: the text is no sentence", key->name);
		if (key->kind == VALUE_UNKNOWN)
			fail_msg("%s: no kind", key->name);
		if (key->fields[0] && key->kind != VALUE_VECTOR)
			fail_msg("%s: fields of what is no vector", key->name);
		if (key->ranged &&
		    (key->kind != VALUE_INTEGER || num_compare(key->least, key->most) > 0))
			fail_msg("%s: a range that cannot be", key->name);
		if (key->unit != UNIT_NONE && key->kind != VALUE_INTEGER &&
		    key->kind != VALUE_VECTOR)
			fail_msg("%s: a unit of what is no number", key->name);
		if (key->available && !catalog_find(key->available))
			fail_msg("%s: %s is not known", key->name, key->available);
	}
}

static void assert_found(const char *name, const char *row)
{
	const struct catalog_key *key = catalog_find(name);

	if (!row && key)
		fail_msg("%s found %s", name, key->name);
	if (row && !key)
		fail_msg("%s was not found", name);
	if (row)
		assert_string_equal(key->name, row);
}

static void names_and_patterns_find_their_row(void **state)
{
	(void)state;
	for (size_t i = 0; catalog_at(i); i++)
		assert_ptr_equal(catalog_find(catalog_at(i)->name), catalog_at(i));
	assert_found("net.ipv4.conf.all.rp_filter", "net.ipv4.conf.*.rp_filter");
	assert_found("net.ipv4.conf.eth0.rp_filter", "net.ipv4.conf.*.rp_filter");
	assert_found("net.ipv4.conf.eth0/100.rp_filter", "net.ipv4.conf.*.rp_filter");
	assert_found("net.ipv4.conf.eth*.rp_filter", "net.ipv4.conf.*.rp_filter");
	assert_found("net.ipv6.conf.default.accept_ra", "net.ipv6.conf.*.accept_ra");
	assert_found("net.ipv4.neigh.eth0.gc_stale_time", "net.ipv4.neigh.*.gc_stale_time");
	assert_found("net.ipv6.neigh.default.gc_thresh3", "net.ipv6.neigh.default.gc_thresh3");
	assert_found("net.ipv6.neigh.eth0.gc_thresh3", NULL);
	assert_found("net.ipv4.conf.eth0.rp_filterr", NULL);
	assert_found("net.ipv4.conf.eth0", NULL);
	assert_found("net.core", NULL);
	assert_found("", NULL);
	assert_null(catalog_at(100000));
}

static void rows_hold_what_checks_depend_on(void **state)
{
	const struct catalog_key *key = catalog_find("net.ipv4.tcp_rmem");

	(void)state;
	assert_int_equal(key->kind, VALUE_VECTOR);
	assert_int_equal(key->unit, UNIT_BYTES);
	assert_string_equal(key->fields[2], "max");
	assert_null(key->fields[3]);
	assert_false(key->first_netns_only);
	key = catalog_find("net.ipv4.tcp_mem");
	assert_int_equal(key->unit, UNIT_PAGES);
	assert_true(key->first_netns_only);
	key = catalog_find("net.ipv4.tcp_tw_recycle");
	assert_int_equal(key->removed.major, 4);
	assert_int_equal(key->removed.minor, 12);
	key = catalog_find("net.ipv4.tcp_congestion_control");
	assert_string_equal(key->available, "net.ipv4.tcp_available_congestion_control");
	assert_string_equal(catalog_find("net.netfilter.nf_conntrack_max")->module, "nf_conntrack");
	key = catalog_find("net.ipv6.conf.eth0.router_solicitations");
	assert_true(key->ranged && key->least.negative);
	assert_int_equal(key->least.magnitude, 1);
}

static void slips_are_recognised(void **state)
{
	static const struct {
		const char *typed, *meant;
	} rows[] = {
		{"net.core.somaxcon", "net.core.somaxconn"},
		{"net.core.rmem-max", "net.core.rmem_max"},
		{"net.ipv4.tcp_congestion_controll", "net.ipv4.tcp_congestion_control"},
		{"net.ipv4.conf.eth0.rpfilter", "net.ipv4.conf.*.rp_filter"},
		{"net.ipv4.somaxconn", "net.core.somaxconn"},
		{"net.ip4.tcp_rmem", "net.ipv4.tcp_rmem"},
		{"somaxconn", "net.core.somaxconn"},
		{"vm.swapiness", "vm.swappiness"},
		{"tcp_rmen", "net.ipv4.tcp_rmem"},
		{"rpfilter", "net.ipv4.conf.*.rp_filter"},
		{"somaxcon", "net.core.somaxconn"},
		{"timeout", NULL},
		{"packets", NULL},
		{"forward", NULL},
		{"RMEM", NULL},
		{"mem", NULL},
		{"net.core.something_else_altogether", NULL},
		{"banana", NULL},
		{"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *nearest = catalog_nearest(rows[i].typed);

		if (!str_equal(nearest, rows[i].meant))
			fail_msg("%s: taken for %s", rows[i].typed, nearest ? nearest : "nothing");
	}
}

static void units_have_names(void **state)
{
	(void)state;
	assert_string_equal(catalog_unit_name(UNIT_NONE), "");
	assert_string_equal(catalog_unit_name(UNIT_BYTES), "bytes");
	assert_string_equal(catalog_unit_name(UNIT_JIFFIES), "hundredths of a second");
}

static size_t named_fields(const struct catalog_key *key)
{
	size_t count = 0;

	while (count < CATALOG_MAX_FIELDS && key->fields[count])
		count++;
	return count;
}

/* One key of the running kernel against its row. Returns whether it could be read. */
static bool agrees(const struct sysctl_root *root, const struct catalog_key *key, const char *name)
{
	_cleanup_(value_freep) struct value *value = NULL;
	_cleanup_free_ char *text = NULL;
	size_t fields = named_fields(key);
	struct err err = {0};

	if (sysctl_read(root, name, &text, &err) < 0)
		return false;
	if (sysctl_value_parse(key->kind, text, &value, &err) < 0)
		fail_msg("%s holds '%s', which is no %s: %s", name, text,
			 value_kind_name(key->kind), err.text);
	if (fields && value->n_nums != fields)
		fail_msg("%s holds %zu values, its row names %zu", name, value->n_nums, fields);
	if (key->ranged && (num_compare(value->nums[0], key->least) < 0 ||
			    num_compare(value->nums[0], key->most) > 0))
		fail_msg("%s holds '%s', outside its range", name, text);
	return true;
}

static void the_running_kernel_agrees(void **state)
{
	_cleanup_(sysctl_root_freep) struct sysctl_root *root = NULL;
	size_t rows = 0, known = 0, keys = 0, unread = 0;
	struct version kernel;
	struct utsname system;
	struct err err = {0};

	(void)state;
	if (sysctl_root_open("/proc/sys", &root, &err) < 0)
		skip();
	assert_int_equal(uname(&system), 0);
	assert_true(version_parse(system.release, &kernel) > 0);
	for (; catalog_at(rows); rows++) {
		const struct catalog_key *key = catalog_at(rows);
		struct sysctl_names names = {0};

		assert_int_equal(sysctl_glob(root, key->name, &names, &err), 0);
		known += names.count > 0;
		if (names.count && version_is_stated(key->removed) &&
		    version_compare(kernel, key->removed) >= 0)
			fail_msg("%s is said to be removed, and exists", key->name);
		for (size_t i = 0; i < names.count; i++) {
			keys++;
			unread += !agrees(root, key, names.names[i]);
		}
		sysctl_names_fini(&names);
	}
	print_message("%zu rows, %zu of them on this kernel as %zu keys, %zu not readable\n", rows,
		      known, keys, unread);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_canonical_sorted_and_unique),
		cmocka_unit_test(rows_are_complete_and_consistent),
		cmocka_unit_test(names_and_patterns_find_their_row),
		cmocka_unit_test(rows_hold_what_checks_depend_on),
		cmocka_unit_test(slips_are_recognised),
		cmocka_unit_test(units_have_names),
		cmocka_unit_test(the_running_kernel_agrees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
