noinst_LIBRARIES += src/boot/libboot.a
src_boot_libboot_a_CFLAGS = $(AM_CFLAGS)
src_boot_libboot_a_SOURCES = \
	src/boot/boot.c src/boot/boot.h \
	src/boot/effect.c src/boot/effect.h \
	src/boot/files.c src/boot/files.h \
	src/boot/host.c src/boot/host.h \
	src/boot/index.c src/boot/index.h \
	src/boot/judge.c \
	src/boot/modules.c \
	src/boot/parse.c src/boot/parse.h \
	src/boot/plan.h \
	src/boot/problem.c src/boot/problem.h \
	src/boot/replay.c \
	src/boot/root.c src/boot/root.h \
	src/boot/tuner.c src/boot/tuner.h
BOOT_LIBS = src/boot/libboot.a $(SYSCTL_LIBS)
