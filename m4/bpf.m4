# The BPF source of sockets' owners and options: libbpf to run it, clang and bpftool to build it.

# FETTLE_BPF_MISSING: sets fettle_bpf_missing to what stands in the way, or to nothing. What the
# tools can do is tried, on a program of three lines.
AC_DEFUN([FETTLE_BPF_MISSING], [
	fettle_bpf_missing=
	AS_IF([test "$have_libbpf" != yes], [fettle_bpf_missing="libbpf 0.5 or later"],
		[test -z "$BPF_CLANG"], [fettle_bpf_missing="clang"],
		[test -z "$BPFTOOL"], [fettle_bpf_missing="bpftool"])
	AS_IF([test -z "$fettle_bpf_missing"], [
		AC_MSG_CHECKING([whether $BPF_CLANG and $BPFTOOL make a BPF skeleton])
		cat >conftest.bpf.c <<_ACEOF
#include <stdint.h>
typedef uint8_t __u8; typedef uint16_t __u16; typedef uint32_t __u32; typedef uint64_t __u64;
typedef int16_t __s16; typedef int32_t __s32; typedef int64_t __s64;
typedef uint16_t __be16; typedef uint32_t __be32; typedef uint32_t __wsum;
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
SEC("iter/task_file") int conftest(void *context) { return context == 0; }
_ACEOF
		AS_IF([{ $BPF_CLANG $BPF_CFLAGS $LIBBPF_CFLAGS -c conftest.bpf.c -o conftest.raw.o &&
			$BPFTOOL gen object conftest.bpf.o conftest.raw.o &&
			$BPFTOOL gen skeleton conftest.bpf.o name conftest >conftest.skel.h; } 2>&AS_MESSAGE_LOG_FD],
			[AC_MSG_RESULT([yes])],
			[AC_MSG_RESULT([no])
			fettle_bpf_missing="a clang and a bpftool that work (config.log says what they said)"])
		rm -f conftest.bpf.c conftest.raw.o conftest.bpf.o conftest.skel.h])
])

AC_DEFUN([FETTLE_BPF], [
	AC_ARG_WITH([bpf],
		[AS_HELP_STRING([--with-bpf=auto|yes|no], [read sockets with BPF (auto: where libbpf, clang
			and bpftool are there)])],
		[], [with_bpf=auto])
	AS_CASE([$with_bpf], [auto | yes | no], [],
		[AC_MSG_ERROR([--with-bpf=$with_bpf: wanted auto, yes or no])])
	AC_ARG_VAR([BPF_CLANG], [clang that compiles for BPF])
	AC_ARG_VAR([BPFTOOL], [bpftool, for the skeleton of the BPF program])

	have_bpf=no bpf_summary="no (--with-bpf=no)"
	AS_IF([test "$with_bpf" != no], [
		PKG_CHECK_MODULES([LIBBPF], [libbpf >= 0.5], [have_libbpf=yes], [have_libbpf=no])
		AC_PATH_PROGS([BPF_CLANG], [clang clang-21 clang-20 clang-19 clang-18 clang-17 clang-16 clang-15 clang-14])
		AC_PATH_PROG([BPFTOOL], [bpftool], [], [$PATH:/usr/sbin:/sbin])
		dnl Neither the host's headers nor its word size are those of BPF: only clang's own headers.
		AC_C_BIGENDIAN([BPF_CFLAGS="-target bpfeb"], [BPF_CFLAGS="-target bpfel"],
			[AC_MSG_ERROR([cannot tell the byte order of the host])])
		BPF_CFLAGS="$BPF_CFLAGS -g -O2 -ffreestanding -Wall -Wextra"
		AS_IF([test "$enable_werror" = yes], [BPF_CFLAGS="$BPF_CFLAGS -Werror"])
		FETTLE_BPF_MISSING
		AS_IF([test -z "$fettle_bpf_missing"], [have_bpf=yes bpf_summary=yes],
			[test "$with_bpf" = yes], [AC_MSG_ERROR([--with-bpf=yes needs $fettle_bpf_missing])],
			[bpf_summary="no (needs $fettle_bpf_missing)"
			LIBBPF_CFLAGS= LIBBPF_LIBS=])
	])
	AS_IF([test "$have_bpf" = yes],
		[AC_DEFINE([HAVE_BPF], [1], [Define to 1 to read sockets with BPF])])
	AM_CONDITIONAL([HAVE_BPF], [test "$have_bpf" = yes])
	AC_SUBST([BPF_CFLAGS])
])
