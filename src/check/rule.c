/* check/rule.c - see rule.h. */
#include "check/rule.h"

#include <string.h>

const struct check_rule *check_rule_at(size_t i)
{
	if (i < RULES_OF_SOCKETS)
		return &rules_of_sockets[i];
	return i < RULE_COUNT ? &rules_of_host[i - RULES_OF_SOCKETS] : NULL;
}

const struct check_rule *check_rule_find(const char *id)
{
	for (size_t i = 0; i < RULE_COUNT; i++)
		if (strcmp(check_rule_at(i)->id, id) == 0)
			return check_rule_at(i);
	return NULL;
}
