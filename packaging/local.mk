# What a distribution's package is made of, as far as `make install` puts it in place.
dist_sysusers_DATA = packaging/systemd/sysusers.d/fettle.conf
dist_systemdsystempreset_DATA = packaging/systemd/system-preset/90-fettle.preset
systemdsystemunit_DATA = packaging/systemd/fettle-reflect@.service \
	packaging/systemd/fettled.service packaging/systemd/fettled.socket \
	packaging/systemd/fettled-change.socket packaging/systemd/fettled-change@.service \
	packaging/systemd/fettled-look.socket packaging/systemd/fettled-look@.service \
	packaging/systemd/fettled-measure.socket packaging/systemd/fettled-measure@.service
tmpfiles_DATA = packaging/systemd/tmpfiles.d/fettle.conf

# These name folders that configure was told.
PLACED = $(systemdsystemunit_DATA) $(tmpfiles_DATA)
EXTRA_DIST += $(PLACED:=.in)

CLEANFILES += $(PLACED)
packaging/systemd/fettle-reflect@.service: packaging/systemd/fettle-reflect@.service.in
packaging/systemd/fettled.service: packaging/systemd/fettled.service.in
packaging/systemd/fettled.socket: packaging/systemd/fettled.socket.in
packaging/systemd/fettled-change.socket: packaging/systemd/fettled-change.socket.in
packaging/systemd/fettled-change@.service: packaging/systemd/fettled-change@.service.in
packaging/systemd/fettled-look.socket: packaging/systemd/fettled-look.socket.in
packaging/systemd/fettled-look@.service: packaging/systemd/fettled-look@.service.in
packaging/systemd/fettled-measure.socket: packaging/systemd/fettled-measure.socket.in
packaging/systemd/fettled-measure@.service: packaging/systemd/fettled-measure@.service.in
packaging/systemd/tmpfiles.d/fettle.conf: packaging/systemd/tmpfiles.d/fettle.conf.in
$(PLACED): Makefile
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)sed -e 's,[@]bindir[@],$(bindir),g' -e 's,[@]sbindir[@],$(sbindir),g' \
		-e 's,[@]rundir[@],$(runstatedir)/fettle,g' \
		-e 's,[@]statedir[@],$(localstatedir)/lib/fettle,g' '$(top_srcdir)/$@.in' >'$@'

# For distributions that want them.
EXTRA_DIST += packaging/apparmor/usr.sbin.fettled packaging/openrc/fettled
# What a distribution's own tools take from here: they put packaging/debian in place themselves.
EXTRA_DIST += packaging/deb-build packaging/debian packaging/fettle.yaml \
	packaging/alpine packaging/arch packaging/rpm-build packaging/rpm
