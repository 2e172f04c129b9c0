# Unit tests mirror src/: one program a module, run by `make check`, without root.
if HAVE_CMOCKA
include tests/unit/base/local.mk
include tests/unit/model/local.mk
include tests/unit/profile/local.mk
include tests/unit/sysctl/local.mk
include tests/unit/catalog/local.mk
include tests/unit/proc/local.mk
include tests/unit/sock/local.mk
include tests/unit/boot/local.mk
include tests/unit/check/local.mk
include tests/unit/apply/local.mk
include tests/unit/render/local.mk
include tests/unit/rpc/local.mk
include tests/unit/measure/local.mk
include tests/unit/daemon/local.mk
include tests/unit/cli/local.mk
include tests/unit/man/local.mk
include tests/unit/probes/local.mk
endif
include tests/crash/local.mk
include tests/fuzz/local.mk
include tests/bench/local.mk
include tests/rigs/local.mk

EXTRA_DIST += tests/unit/errno_text.h tests/unit/unit.h tests/installed tests/run tests/lib tests/lint tests/rigs tests/scenario

AM_TESTS_ENVIRONMENT = FETTLE_SRCDIR='$(abs_top_srcdir)' FETTLE_BUILDDIR='$(abs_top_builddir)'; \
	export FETTLE_SRCDIR FETTLE_BUILDDIR;
