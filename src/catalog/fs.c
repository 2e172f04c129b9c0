/* catalog/fs.c - keys below dev and fs: terminals, descriptors, watches, pipes and the protections
 * of shared folders. */
#include "base/mem.h"
#include "catalog/tables.h"

static const struct catalog_key keys[] = {
	KEY("dev.tty.ldisc_autoload",
	    "Loads old line-discipline modules when any user asks for them; off leaves that to "
	    "privileged users.",
	    "kernel drivers/tty/Kconfig", KIND(INTEGER), RANGE(0, 1)),
	KEY("dev.tty.legacy_tiocsti",
	    "Lets a program push characters into its terminal's input (TIOCSTI), by which it can "
	    "break out of su or a container.",
	    "kernel drivers/tty/Kconfig", KIND(INTEGER)),
	KEY("fs.aio-max-nr",
	    "How many asynchronous I/O requests may be under way in all; io_setup(2) fails with "
	    "EAGAIN beyond it. Databases ask for many.",
	    SYSCTL_FS, KIND(INTEGER)),
	KEY("fs.aio-nr", "How many asynchronous I/O requests are reserved now. Read-only.",
	    SYSCTL_FS, KIND(INTEGER)),
	KEY("fs.epoll.max_user_watches",
	    "How many descriptors one user may watch with epoll, all its programs together; each "
	    "takes about 160 bytes.",
	    SYSCTL_FS "; epoll(7)", KIND(INTEGER)),
	KEY("fs.fanotify.max_queued_events",
	    "How many events wait for a fanotify reader before further ones are lost.",
	    "fanotify(7)", KIND(INTEGER)),
	KEY("fs.fanotify.max_user_groups", "How many fanotify groups one user may have.",
	    "fanotify(7)", KIND(INTEGER)),
	KEY("fs.fanotify.max_user_marks",
	    "How many files and folders one user may mark with fanotify.", "fanotify(7)",
	    KIND(INTEGER)),
	KEY("fs.file-max",
	    "How many files may be open in all; beyond it open(2) fails with ENFILE for all "
	    "without privilege.",
	    SYSCTL_FS, KIND(INTEGER), RANGE(0, INT64_MAX)),
	KEY("fs.file-nr", "How many files are open, always 0, and fs.file-max. Read-only.",
	    SYSCTL_FS, KIND(VECTOR), FIELDS("allocated", "unused", "max")),
	KEY("fs.inotify.max_queued_events",
	    "How many events wait for an inotify reader before further ones are lost.",
	    "inotify(7)", KIND(INTEGER), RANGE(0, INT32_MAX)),
	KEY("fs.inotify.max_user_instances",
	    "How many inotify instances one user may have; container hosts run out of 128.",
	    "inotify(7)", KIND(INTEGER), RANGE(0, INT32_MAX)),
	KEY("fs.inotify.max_user_watches",
	    "How many files and folders one user may watch with inotify; development tools and log "
	    "collectors run out first.",
	    "inotify(7)", KIND(INTEGER), RANGE(0, INT32_MAX)),
	KEY("fs.lease-break-time", "How long the holder of a file lease has to give it up.",
	    "proc(5)", KIND(INTEGER), UNIT(SECONDS)),
	KEY("fs.mount-max", "How many mounts a mount namespace may have.", SYSCTL_FS,
	    KIND(INTEGER)),
	KEY("fs.mqueue.msg_default",
	    "How many messages a POSIX queue holds when its creator does not say.",
	    SYSCTL_FS "; mq_overview(7)", KIND(INTEGER)),
	KEY("fs.mqueue.msg_max", "The most messages a POSIX queue may hold.",
	    SYSCTL_FS "; mq_overview(7)", KIND(INTEGER)),
	KEY("fs.mqueue.msgsize_max", "The longest message a POSIX queue may hold.",
	    SYSCTL_FS "; mq_overview(7)", KIND(INTEGER), UNIT(BYTES)),
	KEY("fs.mqueue.queues_max", "How many POSIX queues there may be.",
	    SYSCTL_FS "; mq_overview(7)", KIND(INTEGER)),
	KEY("fs.nr_open",
	    "The highest value RLIMIT_NOFILE may be raised to: the most files one process can "
	    "open. A service's own limit must be raised too.",
	    SYSCTL_FS "; getrlimit(2)", KIND(INTEGER)),
	KEY("fs.pipe-max-size", "How large a program without privilege may make a pipe.", "pipe(7)",
	    KIND(INTEGER), UNIT(BYTES)),
	KEY("fs.pipe-user-pages-hard",
	    "How many pages one user's pipes may take before no more can be made; 0 for no limit.",
	    SYSCTL_FS "; pipe(7)", KIND(INTEGER), UNIT(PAGES)),
	KEY("fs.pipe-user-pages-soft",
	    "How many pages one user's pipes may take before new ones are made small; 0 for no "
	    "limit.",
	    SYSCTL_FS "; pipe(7)", KIND(INTEGER), UNIT(PAGES)),
	KEY("fs.protected_fifos",
	    "Protects from FIFOs planted in shared folders: 0 off, 1 in world-writable ones, 2 in "
	    "group-writable ones too.",
	    SYSCTL_FS, KIND(INTEGER), RANGE(0, 2)),
	KEY("fs.protected_hardlinks", "Users may only link to files they own or can write.",
	    SYSCTL_FS, KIND(INTEGER), RANGE(0, 1)),
	KEY("fs.protected_regular",
	    "Protects from files planted in shared folders: 0 off, 1 in world-writable ones, 2 in "
	    "group-writable ones too.",
	    SYSCTL_FS, KIND(INTEGER), RANGE(0, 2)),
	KEY("fs.protected_symlinks",
	    "Does not follow other users' links in shared sticky folders such as /tmp.", SYSCTL_FS,
	    KIND(INTEGER), RANGE(0, 1)),
	KEY("fs.suid_dumpable",
	    "Whether programs that changed privilege leave core dumps: 0 no, 1 yes and readable, "
	    "for debugging only, 2 readable by root alone.",
	    SYSCTL_FS, KIND(INTEGER), RANGE(0, 2)),
};

const struct catalog_table catalog_fs = {keys, ARRAY_SIZE(keys)};
