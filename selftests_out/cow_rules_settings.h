/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a case changes on the machine, and how it is put back.
 *
 * Only the harness calls these, before it starts a case, and only the harness
 * puts back: it outlives the case, whatever happens to that.
 */
#ifndef COW_RULES_SETTINGS_H
#define COW_RULES_SETTINGS_H

#include <dirent.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/vfs.h>
#include <time.h>

#define MAX_SETTINGS 24

static struct setting {
	char file[128];
	char was[64];
} settings[MAX_SETTINGS];
static int nr_settings;
static char swap_file[128];	/* what we swap to, "" if the machine's own */
static char missing[160];	/* what prepare() returns */

static inline bool write_text(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	ssize_t length = strlen(text);
	bool done;

	if (fd < 0)
		return false;
	done = write(fd, text, length) == length;
	close(fd);
	return done;
}

/* The word that is chosen in "always [madvise] never", or the line itself. */
static inline bool read_text(const char *file, char *text, int size)
{
	FILE *f = fopen(file, "re");
	char line[256], *from, *to;

	if (!f)
		return false;
	from = fgets(line, sizeof(line), f);
	fclose(f);
	if (!from)
		return false;
	to = strchr(from, '[');
	if (to)
		from = to + 1;
	snprintf(text, size, "%.*s", (int)strcspn(from, "]\n"), from);
	return true;
}

/* Change a setting for as long as the case runs. */
static inline bool set(const char *file, const char *text)
{
	struct setting *setting = &settings[nr_settings];

	if (nr_settings == MAX_SETTINGS || !read_text(file, setting->was, sizeof(setting->was)))
		return false;
	if (!strcmp(setting->was, text))
		return true;
	if (!write_text(file, text))
		return false;
	snprintf(setting->file, sizeof(setting->file), "%s", file);
	nr_settings++;
	return true;
}

static inline bool set_number(const char *file, long number)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", number);
	return set(file, text);
}

/*
 * The kernel gives back what a dead process had pinned in its own time, and
 * until then a huge page cannot be taken from the pool.
 */
static inline bool restore(const struct setting *setting)
{
	struct timespec moment = { .tv_nsec = 5000000 };
	char is[sizeof(setting->was)];

	for (int i = 0; i < 400; i++) {
		if (write_text(setting->file, setting->was) &&
		    read_text(setting->file, is, sizeof(is)) && !strcmp(is, setting->was))
			return true;
		nanosleep(&moment, NULL);
	}
	return false;
}

static inline void put_back(void)
{
	if (*swap_file) {
		if (swapoff(swap_file))
			ksft_print_msg("swap stays on %s: %s\n", swap_file, strerror(errno));
		else if (strncmp(swap_file, "/dev/", 5))
			unlink(swap_file);
		else
			write_text("/sys/block/zram0/reset", "1");
		*swap_file = '\0';
	}
	while (nr_settings) {
		const struct setting *setting = &settings[--nr_settings];

		if (!restore(setting))
			ksft_print_msg("%s is no longer %s\n", setting->file, setting->was);
	}
}

/* -- transparent huge pages ----------------------------------------------- */

#define THP "/sys/kernel/mm/transparent_hugepage/"

/* Let madvise() ask for huge pages of this size. */
static inline const char *thp_enabled(size_t size)
{
	char file[128], was[32];

	if (!read_text(THP "enabled", was, sizeof(was)))
		return "CONFIG_TRANSPARENT_HUGEPAGE";
	if (!strcmp(was, "never") && !set(THP "enabled", "madvise"))
		return "the right to enable transparent huge pages";
	snprintf(file, sizeof(file), THP "hugepages-%zukB/enabled", size / 1024);
	if (!read_text(file, was, sizeof(was)))		/* before there were sizes, Linux v6.8 */
		return size == pmd_size() ? NULL : "a kernel with huge pages of this size";
	if (!strcmp(was, "never") && !set(file, "madvise"))
		return "the right to enable transparent huge pages of this size";
	return NULL;
}

/* The sizes of a directory with hugepages-NkB in it, but for one. */
static inline int huge_sizes(const char *directory, size_t but, size_t sizes[MAX_SIZES])
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	size_t kb;
	int nr = 0;

	if (!dir)
		return 0;
	while (nr < MAX_SIZES && (entry = readdir(dir)))
		if (sscanf(entry->d_name, "hugepages-%zukB", &kb) == 1 && kb * 1024 != but)
			sizes[nr++] = kb * 1024;
	closedir(dir);
	for (int i = 0; i < nr; i++)			/* readdir() has no order */
		for (int j = i + 1; j < nr; j++)
			if (sizes[j] < sizes[i]) {
				size_t size = sizes[i];

				sizes[i] = sizes[j];
				sizes[j] = size;
			}
	return nr;
}

/* -- hugetlb -------------------------------------------------------------- */

#define HUGETLB "/sys/kernel/mm/hugepages/"

/* Have so many free huge pages that nobody is killed for want of one. */
static inline const char *hugetlb_free(size_t size, long wanted)
{
	char total[128], unused[128];
	long nr, have;

	snprintf(missing, sizeof(missing), "hugetlb pages");
	if (!size)
		return missing;
	snprintf(missing, sizeof(missing), "%ld free hugetlb pages of %zu kB", wanted, size / 1024);
	snprintf(total, sizeof(total), HUGETLB "hugepages-%zukB/nr_hugepages", size / 1024);
	snprintf(unused, sizeof(unused), HUGETLB "hugepages-%zukB/free_hugepages", size / 1024);
	nr = read_number(total);
	have = read_number(unused);
	if (have < wanted && (!set_number(total, nr + wanted - have) ||
			      read_number(unused) < wanted))
		return missing;
	return NULL;
}

/* -- files ---------------------------------------------------------------- */

static inline bool in_memory(const char *directory)
{
	struct statfs fs;

	return statfs(directory, &fs) || fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC;
}

/* A directory whose files are in memory only, or one whose files are not. */
static inline const char *directory(bool memory)
{
	static const char * const places[] = { ".", "/tmp", "/var/tmp", "/dev/shm", "/run" };

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (!access(places[i], W_OK) && in_memory(places[i]) == memory)
			return places[i];
	return NULL;
}

/* -- swap ----------------------------------------------------------------- */

#define SWAP_SIZE (64 << 20)

static inline bool swap_there(void)
{
	FILE *f = fopen("/proc/swaps", "re");
	char line[256];
	int lines = 0;

	while (f && fgets(line, sizeof(line), f))
		lines++;
	if (f)
		fclose(f);
	return lines > 1;
}

/* What mkswap writes, for one page size and no bad blocks. */
static inline bool make_swap(int fd, size_t size)
{
	__u32 header[3] = { 1, size / sysconf(_SC_PAGESIZE) - 1, 0 };
	static const char magic[] = "SWAPSPACE2";
	off_t end = sysconf(_SC_PAGESIZE) - (sizeof(magic) - 1);

	return pwrite(fd, header, sizeof(header), 1024) == sizeof(header) &&
	       pwrite(fd, magic, sizeof(magic) - 1, end) == sizeof(magic) - 1 && !fsync(fd);
}

static inline bool swap_on(const char *name, int fd)
{
	bool on = fd >= 0 && make_swap(fd, SWAP_SIZE) && !swapon(name, 0);

	if (fd >= 0)
		close(fd);
	if (on)
		snprintf(swap_file, sizeof(swap_file), "%s", name);
	return on;
}

static inline bool swap_to_file(void)
{
	const char *place = directory(false);
	char name[128];
	int fd;

	if (!place)
		return false;
	snprintf(name, sizeof(name), "%s/cow_rules_swap.XXXXXX", place);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0 && !posix_fallocate(fd, 0, SWAP_SIZE) && swap_on(name, fd))
		return true;
	if (fd >= 0)
		unlink(name);
	return false;
}

static inline bool swap_to_zram(void)
{
	char size[32];

	/* Somebody else's, unless it has no size yet. */
	if (read_number("/sys/block/zram0/disksize"))
		return false;
	snprintf(size, sizeof(size), "%d", SWAP_SIZE);
	if (!write_text("/sys/block/zram0/disksize", size))
		return false;
	if (swap_on("/dev/zram0", open("/dev/zram0", O_RDWR | O_CLOEXEC)))
		return true;
	write_text("/sys/block/zram0/reset", "1");
	return false;
}

/* A file first: what goes to zram does not pass through the swap cache on all kernels. */
static inline const char *swap_ready(void)
{
	if (swap_there() || swap_to_file() || swap_to_zram())
		return NULL;
	return "swap (none is on, and neither a file nor zram0 could be used)";
}

/* -- KSM ------------------------------------------------------------------ */

#define KSM "/sys/kernel/mm/ksm/"

static inline const char *ksm_runs(void)
{
	if (read_number(KSM "run") < 0)
		return "CONFIG_KSM";
	set(KSM "advisor_mode", "none");	/* from here on: where the kernel has them */
	set_number(KSM "smart_scan", 0);
	set_number(KSM "use_zero_pages", 0);
	if (!set_number(KSM "sleep_millisecs", 1) || !set_number(KSM "pages_to_scan", 10000) ||
	    !set_number(KSM "run", 1))
		return "the right to start KSM";
	return NULL;
}

/* Nobody but the case itself moves or unmaps its pages. */
static inline void quiet(void)
{
	set_number("/proc/sys/vm/compaction_proactiveness", 0);
	set_number("/proc/sys/kernel/numa_balancing", 0);
}
#endif
