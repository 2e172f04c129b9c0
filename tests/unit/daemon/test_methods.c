/* tests/unit/daemon/test_methods.c - the method table against the interface definitions. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/mem.h"
#include "daemon/methods.h"
#include "rpc/interface.h"

static bool is_row(const char *name)
{
	for (size_t i = 0; i < n_methods; i++)
		if (strcmp(methods[i].name, name) == 0)
			return true;
	return false;
}

static void every_row_is_complete(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_methods; i++) {
		if (methods[i].level != AUTH_READ && methods[i].level != AUTH_GROUP &&
		    methods[i].level != AUTH_ADMIN)
			fail_msg("%s has no level", methods[i].name);
		assert_non_null(methods[i].run);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(methods[i].name, methods[j].name);
	}
}

static void every_row_is_defined(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_methods; i++) {
		const char *dot = strrchr(methods[i].name, '.');
		_cleanup_free_ char *name =
			mem_strndup(methods[i].name, (size_t)(dot - methods[i].name));
		_cleanup_free_ char *line = mem_printf("\nmethod %s(", dot + 1);
		const struct rpc_interface *interface = rpc_interface_find(name);

		if (!interface || !strstr(interface->description, line))
			fail_msg("%s is not in its interface's definition", methods[i].name);
	}
}

static void every_definition_has_a_row(void **state)
{
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < rpc_n_interfaces; i++) {
		const char *at = rpc_interfaces[i].description;

		while ((at = strstr(at, "\nmethod "))) {
			_cleanup_free_ char *name = NULL;

			at += strlen("\nmethod ");
			name = mem_printf("%s.%.*s", rpc_interfaces[i].name, (int)strcspn(at, "("),
					  at);
			if (!is_row(name))
				fail_msg("%s is defined, but has no row", name);
			found++;
		}
	}
	assert_int_equal(found, n_methods);
}

/* What is read with root's rights is not for everybody; what changes the host is for root alone. */
static void levels(void **state)
{
	static const struct {
		const char *name;
		enum auth_level level;
	} wanted[] = {
		{"org.varlink.service.GetInfo", AUTH_READ},
		{"org.varlink.service.GetInterfaceDescription", AUTH_READ},
		{"org.fettle.GetStatus", AUTH_READ},
		{"org.fettle.Audit", AUTH_GROUP},
		{"org.fettle.Probe", AUTH_GROUP},
		{"org.fettle.ListProfiles", AUTH_GROUP},
		{"org.fettle.ShowProfile", AUTH_GROUP},
		{"org.fettle.Plan", AUTH_GROUP},
		{"org.fettle.ListTransactions", AUTH_GROUP},
		{"org.fettle.Apply", AUTH_ADMIN},
		{"org.fettle.Confirm", AUTH_ADMIN},
		{"org.fettle.Rollback", AUTH_ADMIN},
		{"org.fettle.Persist", AUTH_ADMIN},
		{"org.fettle.Unpersist", AUTH_ADMIN},
	};

	(void)state;
	assert_int_equal(n_methods, ARRAY_SIZE(wanted));
	for (size_t i = 0; i < n_methods; i++) {
		assert_string_equal(methods[i].name, wanted[i].name);
		assert_int_equal(methods[i].level, wanted[i].level);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_complete),
		cmocka_unit_test(every_row_is_defined),
		cmocka_unit_test(every_definition_has_a_row),
		cmocka_unit_test(levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
