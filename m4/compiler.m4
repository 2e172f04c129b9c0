# Compiler switches: warnings, hardening, sanitizers. All of them are probed, so gcc and clang,
# old and new, get what they understand and nothing else.

# FETTLE_ADD_FLAG(FLAG, VARIABLE): appends FLAG to VARIABLE when the compiler takes it.
AC_DEFUN([FETTLE_ADD_FLAG], [
	AS_VAR_PUSHDEF([cache], [fettle_cv_flag_$1])
	AC_CACHE_CHECK([whether $CC accepts $1], [cache], [
		fettle_saved="$CFLAGS"
		CFLAGS="$CFLAGS -Werror $1"
		AC_LINK_IFELSE([AC_LANG_PROGRAM()], [AS_VAR_SET([cache], [yes])], [AS_VAR_SET([cache], [no])])
		CFLAGS="$fettle_saved"])
	AS_VAR_IF([cache], [yes], [AS_VAR_APPEND([$2], [" $1"])])
	AS_VAR_POPDEF([cache])
])

# FETTLE_REQUIRE_FLAG(FLAG, VARIABLE, COMPLAINT)
AC_DEFUN([FETTLE_REQUIRE_FLAG], [
	fettle_before="$$2"
	FETTLE_ADD_FLAG([$1], [$2])
	AS_IF([test "$$2" = "$fettle_before"], [AC_MSG_ERROR([$3])])
])

AC_DEFUN([FETTLE_COMPILER], [
	AC_ARG_ENABLE([hardening],
		[AS_HELP_STRING([--disable-hardening], [leave out PIE, RELRO, stack protector, FORTIFY])],
		[], [enable_hardening=yes])
	AC_ARG_ENABLE([sanitizers],
		[AS_HELP_STRING([--enable-sanitizers], [build with AddressSanitizer and UBSan])],
		[], [enable_sanitizers=no])
	AC_ARG_ENABLE([werror],
		[AS_HELP_STRING([--enable-werror], [treat warnings as errors (used by the test suite)])],
		[], [enable_werror=no])

	WARN_CFLAGS=
	m4_foreach_w([flag],
		[-Wall -Wextra -Wformat=2 -Wshadow -Wconversion -Wsign-compare -Wmissing-prototypes -Wvla
		 -Wstrict-prototypes -Wpointer-arith -Wwrite-strings -Wundef -Wmissing-format-attribute],
		[FETTLE_ADD_FLAG(flag, [WARN_CFLAGS])])
	AS_IF([test "$enable_werror" = yes], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])

	HARDEN_CFLAGS= HARDEN_LDFLAGS=
	AS_IF([test "$enable_hardening" = yes], [
		m4_foreach_w([flag], [-fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection],
			[FETTLE_ADD_FLAG(flag, [HARDEN_CFLAGS])])
		m4_foreach_w([flag], [-pie], [FETTLE_ADD_FLAG(flag, [HARDEN_LDFLAGS])])
		FETTLE_ADD_FLAG([-Wl,-z,relro], [HARDEN_LDFLAGS])
		FETTLE_ADD_FLAG([-Wl,-z,now], [HARDEN_LDFLAGS])
		dnl FORTIFY needs optimisation, and hides errors from the sanitizers.
		AS_CASE([" $CFLAGS "], [*" -O0 "*], [], [
			AS_IF([test "$enable_sanitizers" = no],
				[HARDEN_CFLAGS="$HARDEN_CFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"])])
	])

	SAN_CFLAGS=
	AS_IF([test "$enable_sanitizers" = yes], [
		FETTLE_REQUIRE_FLAG([-fsanitize=address], [SAN_CFLAGS], [this compiler has no AddressSanitizer])
		FETTLE_REQUIRE_FLAG([-fsanitize=undefined], [SAN_CFLAGS], [this compiler has no UBSan])
		SAN_CFLAGS="$SAN_CFLAGS -fno-sanitize-recover=all -fno-omit-frame-pointer"
	])
	AC_SUBST([WARN_CFLAGS])
	AC_SUBST([HARDEN_CFLAGS])
	AC_SUBST([HARDEN_LDFLAGS])
	AC_SUBST([SAN_CFLAGS])
])
