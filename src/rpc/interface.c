/* rpc/interface.c - see interface.h. */
#include "rpc/interface.h"

#include <string.h>

#include "base/mem.h"

const struct rpc_interface rpc_interfaces[] = {
	{"org.varlink.service", rpc_text_service},
	{"org.fettle", rpc_text_fettle},
};

const size_t rpc_n_interfaces = ARRAY_SIZE(rpc_interfaces);

const struct rpc_interface *rpc_interface_find(const char *name)
{
	for (size_t i = 0; i < rpc_n_interfaces; i++)
		if (strcmp(rpc_interfaces[i].name, name) == 0)
			return &rpc_interfaces[i];
	return NULL;
}
