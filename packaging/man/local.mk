# Manual pages: templates, woven with the tables that the programs go by. See src/man/weave.h.
man_pages = \
	packaging/man/fettle.1 \
	packaging/man/fettle-apply.1 \
	packaging/man/fettle-audit.1 \
	packaging/man/fettle-boot.1 \
	packaging/man/fettle-explain.1 \
	packaging/man/fettle-probe.1 \
	packaging/man/fettle-profile.1 \
	packaging/man/fettle-reflect.1 \
	packaging/man/fettle-sockets.1 \
	packaging/man/fettle-profile.5 \
	packaging/man/fettle.yaml.5 \
	packaging/man/fettle-findings.7 \
	packaging/man/org.fettle.varlink.7 \
	packaging/man/fettled.8
# Other names of fettle-apply(1).
man_links = \
	packaging/man/fettle-confirm.1 \
	packaging/man/fettle-persist.1 \
	packaging/man/fettle-plan.1 \
	packaging/man/fettle-rollback.1 \
	packaging/man/fettle-transactions.1 \
	packaging/man/fettle-unpersist.1
man_templates = $(man_pages:=.in)

man_MANS = $(man_pages) $(man_links)
CLEANFILES += $(man_MANS)
EXTRA_DIST += $(man_templates)

$(man_pages): src/man/weave$(EXEEXT) $(man_templates) $(dist_doc_DATA)
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)cd '$(top_srcdir)' && '$(abs_top_builddir)/src/man/weave' . '$@.in' \
		$(man_templates) >'$(abs_top_builddir)/$@.tmp'
	@mv '$@.tmp' '$@'
$(man_links): Makefile
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)echo '.so man1/fettle-apply.1' >'$@'
