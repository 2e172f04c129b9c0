/* daemon/main.c - fettled: audits this host for local clients. */
#include <stdio.h>
#include <sysexits.h>

#include "base/log.h"
#include "config.h"
#include "daemon/instance.h"
#include "daemon/options.h"
#include "daemon/supervise.h"

int main(int argc, char **argv)
{
	enum options_action action;
	struct options options;
	struct err err;

	if (options_parse(argc, argv, &options, &action, &err) < 0) {
		fprintf(stderr, "fettled: %s\nfettled --help shows what there is.\n", err.text);
		return EX_USAGE;
	}
	switch (action) {
	case OPTIONS_HELP:
		options_help(stdout);
		return EX_OK;
	case OPTIONS_VERSION:
		puts("fettled " PACKAGE_VERSION);
		return EX_OK;
	case OPTIONS_RUN:
		break;
	}
	log_open("fettled", options.log_level);
	return options.job ? instance_run(&options) : supervise_run(&options);
}
