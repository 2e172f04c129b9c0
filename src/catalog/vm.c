/* catalog/vm.c - keys below vm that decide how a loaded host behaves. */
#include "base/mem.h"
#include "catalog/tables.h"

static const struct catalog_key keys[] = {
	KEY("vm.admin_reserve_kbytes",
	    "Memory kept free for administrators to log in and clean up.", SYSCTL_VM, KIND(INTEGER),
	    UNIT(KIB)),
	KEY("vm.compaction_proactiveness",
	    "How eagerly memory is compacted in the background; 0 only when needed. Off on "
	    "latency-critical hosts.",
	    SYSCTL_VM, KIND(INTEGER), RANGE(0, 100)),
	KEY("vm.dirty_background_bytes",
	    "From how much unwritten data on the kernel writes in the background. Set this or the "
	    "ratio; the other reads 0.",
	    SYSCTL_VM, KIND(INTEGER), UNIT(BYTES)),
	KEY("vm.dirty_background_ratio",
	    "From which percentage of available memory on unwritten data is written in the "
	    "background. On hosts with much memory a byte count is finer.",
	    SYSCTL_VM, KIND(INTEGER), RANGE(0, 100)),
	KEY("vm.dirty_bytes",
	    "From how much unwritten data on programs that write must wait. Set this or the ratio; "
	    "the other reads 0. At least two pages.",
	    SYSCTL_VM, KIND(INTEGER), UNIT(BYTES)),
	KEY("vm.dirty_expire_centisecs",
	    "How old unwritten data may be before the next flush takes it, in hundredths of a "
	    "second.",
	    SYSCTL_VM, KIND(INTEGER), UNIT(JIFFIES)),
	KEY("vm.dirty_ratio",
	    "From which percentage of available memory on programs that write must wait. High "
	    "values make long stalls when the flush comes.",
	    SYSCTL_VM, KIND(INTEGER), RANGE(0, 100)),
	KEY("vm.dirty_writeback_centisecs",
	    "How often the kernel looks for old unwritten data, in hundredths of a second; 0 "
	    "never.",
	    SYSCTL_VM, KIND(INTEGER), UNIT(JIFFIES)),
	KEY("vm.drop_caches",
	    "Write-only: writing drops clean caches once. An action, not a setting, so it cannot "
	    "be audited.",
	    SYSCTL_VM, KIND(INTEGER)),
	KEY("vm.extfrag_threshold",
	    "How fragmented memory must be to be compacted rather than reclaimed.", SYSCTL_VM,
	    KIND(INTEGER)),
	KEY("vm.hugetlb_shm_group",
	    "The group whose members may make System V shared memory of huge pages.", SYSCTL_VM,
	    KIND(INTEGER)),
	KEY("vm.laptop_mode", "Keeps disks asleep by writing when they are awake anyway.",
	    SYSCTL_VM, KIND(INTEGER), UNIT(SECONDS)),
	KEY("vm.lowmem_reserve_ratio",
	    "How much of each lower memory zone is kept from allocations that could use a higher "
	    "one, as a divisor.",
	    SYSCTL_VM, KIND(VECTOR)),
	KEY("vm.max_map_count",
	    "How many mappings a process may have; search engines and databases that map many "
	    "files need more.",
	    SYSCTL_VM, KIND(INTEGER)),
	KEY("vm.memory_failure_early_kill",
	    "Kills every process that maps a broken page at once, instead of when it is touched.",
	    SYSCTL_VM, KIND(INTEGER)),
	KEY("vm.min_free_kbytes",
	    "Memory kept free for allocations that cannot wait, such as received packets. Too "
	    "little drops packets under pressure, too much starts the OOM killer.",
	    SYSCTL_VM, KIND(INTEGER), UNIT(KIB)),
	KEY("vm.mmap_min_addr",
	    "The lowest address a program may map, against null-pointer bugs in the kernel.",
	    SYSCTL_VM, KIND(INTEGER), UNIT(BYTES)),
	KEY("vm.mmap_rnd_bits", "How many bits of a mapping's address are random.", SYSCTL_VM,
	    KIND(INTEGER)),
	KEY("vm.nr_hugepages", "How many huge pages are set aside.", SYSCTL_VM, KIND(INTEGER)),
	KEY("vm.nr_overcommit_hugepages",
	    "How many huge pages may be taken beyond those set aside.", SYSCTL_VM, KIND(INTEGER)),
	KEY("vm.numa_stat", "Counts hits and misses of memory nodes, at a small cost.",
	    "kernel mm/vmstat.c", KIND(INTEGER), RANGE(0, 1)),
	KEY("vm.oom_dump_tasks", "Lists all tasks when the OOM killer acts.", SYSCTL_VM,
	    KIND(INTEGER)),
	KEY("vm.oom_kill_allocating_task",
	    "The OOM killer ends the task that asked, instead of looking for the largest.",
	    SYSCTL_VM, KIND(INTEGER)),
	KEY("vm.overcommit_kbytes",
	    "The memory that counts in mode 2 of overcommit_memory, instead of overcommit_ratio.",
	    SYSCTL_VM, KIND(INTEGER), UNIT(KIB)),
	KEY("vm.overcommit_memory",
	    "Whether more memory may be promised than there is: 0 within reason, 1 always, 2 never "
	    "beyond swap and overcommit_ratio of memory.",
	    SYSCTL_VM, KIND(INTEGER), RANGE(0, 2)),
	KEY("vm.overcommit_ratio",
	    "The percentage of memory that counts in mode 2 of overcommit_memory.", SYSCTL_VM,
	    KIND(INTEGER)),
	KEY("vm.page-cluster",
	    "How many pages are read from swap together, as a power of two; 0 suits swap on flash "
	    "or in memory.",
	    SYSCTL_VM, KIND(INTEGER)),
	KEY("vm.panic_on_oom",
	    "Panics instead of killing when memory runs out: 0 no, 1 unless a limit of some tasks "
	    "caused it, 2 always.",
	    SYSCTL_VM, KIND(INTEGER), RANGE(0, 2)),
	KEY("vm.percpu_pagelist_high_fraction",
	    "Bounds the free pages each CPU keeps to this part of a zone; 0 leaves it to the "
	    "kernel.",
	    SYSCTL_VM, KIND(INTEGER)),
	KEY("vm.stat_interval",
	    "How often memory statistics are brought up to date; longer disturbs isolated CPUs "
	    "less.",
	    SYSCTL_VM, KIND(INTEGER), UNIT(SECONDS)),
	KEY("vm.swappiness",
	    "What swapping costs compared with dropping file pages: 100 the same, less means it is "
	    "dearer. 0 swaps only when nearly out of memory, 1 hardly ever.",
	    SYSCTL_VM, KIND(INTEGER), RANGE(0, 200)),
	KEY("vm.unprivileged_userfaultfd",
	    "Unprivileged programs may handle page faults of the kernel, which exploits make use "
	    "of.",
	    SYSCTL_VM, KIND(INTEGER), RANGE(0, 1)),
	KEY("vm.user_reserve_kbytes",
	    "Memory a user's largest program must leave free, in mode 2 of overcommit_memory.",
	    SYSCTL_VM, KIND(INTEGER), UNIT(KIB)),
	KEY("vm.vfs_cache_pressure",
	    "How readily the kernel drops cached names and inodes: 100 as other caches, less keeps "
	    "them, 0 never drops them and can run out of memory.",
	    SYSCTL_VM, KIND(INTEGER)),
	KEY("vm.watermark_boost_factor",
	    "How much more is reclaimed when memory becomes fragmented, in ten-thousandths of a "
	    "zone's high mark; 0 turns it off.",
	    SYSCTL_VM, KIND(INTEGER)),
	KEY("vm.watermark_scale_factor",
	    "How far apart the marks are at which the kernel starts and stops to reclaim, in "
	    "ten-thousandths of memory. Larger values leave room for bursts.",
	    SYSCTL_VM, KIND(INTEGER), RANGE(1, 3000)),
	KEY("vm.zone_reclaim_mode",
	    "Reclaims a node's own memory before taking another node's, as a sum of bits. 0 is "
	    "best for file servers and most databases.",
	    SYSCTL_VM, KIND(INTEGER)),
};

const struct catalog_table catalog_vm = {keys, ARRAY_SIZE(keys)};
