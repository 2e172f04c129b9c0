# What a distribution's package is made of, as far as `make install` puts it in place.
EXTRA_DIST += packaging/systemd/fettle-reflect@.service.in
systemdsystemunit_DATA = packaging/systemd/fettle-reflect@.service
CLEANFILES += $(systemdsystemunit_DATA)
packaging/systemd/fettle-reflect@.service: packaging/systemd/fettle-reflect@.service.in Makefile
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)sed 's,[@]bindir[@],$(bindir),g' \
		'$(top_srcdir)/packaging/systemd/fettle-reflect@.service.in' >'$@'
