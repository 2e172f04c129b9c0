# shellcheck shell=bash
# tests/lib/settings.sh - proof that a run left the kernel's settings alone.

# Below /proc/sys these are counters, random numbers or actions, not settings: they change by
# themselves, or reading them does something (Documentation/admin-guide/sysctl/{fs,kernel,vm}.rst).
settings_volatile='^(fs/(aio-nr|dentry-state|file-nr|inode-nr|inode-state|quota/.*|binfmt_misc/.*)|kernel/(ns_last_pid|pty/nr|random/.*|tainted)|net/netfilter/nf_conntrack_count|vm/(compact_memory|drop_caches|stat_refresh))$'

# settings_snapshot FILE: every readable setting, a line each, sorted.
settings_snapshot() {
	(
		cd /proc/sys || exit 1
		find net fs kernel vm -path fs/binfmt_misc -prune -o -type f -perm /444 -print 2>/dev/null |
			grep -Ev "$settings_volatile" | LC_ALL=C sort |
			xargs -d '\n' sh -c 'grep -aH "" "$@" 2>/dev/null; exit 0' sh
	) >"$1"
}

# settings_compare BEFORE AFTER: prints how many there were; or what changed, and returns 1. A key
# that came or went with its interface was nobody's write.
settings_compare() {
	awk -F: '
		FILENAME == ARGV[1] { before[$1] = before[$1] $0 "\n"; next }
		{ after[$1] = after[$1] $0 "\n" }
		END {
			for (key in before)
				if (key in after) {
					count++
					if (before[key] != after[key]) {
						changed = changed "was " before[key] "now " after[key]
					}
				}
			if (changed) {
				printf "%s", changed
				exit 1
			}
			print count
		}' "$1" "$2"
}
