/*
 * What decision functions of the kernel need to be compiled and run by themselves.
 *
 * Written for these tests and not taken from the kernel.  Every primitive here
 * has the meaning that it has for who shares a page, and none other; counters
 * are plain variables.  What is not declared here does not compile, and what is
 * declared but not modelled for a state ends the run with a message.
 *
 * Before this file comes what c_model.py derives from PageState: struct state,
 * its enumerations, and LARGE_PAGES.  Nothing of a C library is needed: the
 * result is loaded into a process that has one.
 *
 * The world: a private mapping without userfaultfd, a page that is present, all
 * of the CONFIG_ options below.  Whatever else a state does not say is open:
 * choose() takes both ways, one after the other.
 */

#define CONFIG_64BIT 1
#define CONFIG_HAVE_FAST_GUP 1
#define CONFIG_HAVE_GUP_FAST 1
#define CONFIG_KSM 1
#define CONFIG_THP_SWAP 1
#define CONFIG_TRANSPARENT_HUGEPAGE 1
#define IS_ENABLED(option) (option) /* of an option that is not above: an error */

typedef _Bool bool;
enum { false, true };

#define NULL ((void *)0)

/* -------------------------------------------------- outcomes and open choices */

/* In the order of WORDS in c_model.py. */
enum outcome { REUSE = 1, COPY = 2, RETURN_TRUE = 4, RETURN_FALSE = 8, NEITHER = 16 };

int dprintf(int file, const char *format, ...);
void _exit(int status);

static int decided_here;	/* what this run has come to */
static const char *running = "";

static void give_up(const char *what)
{
	dprintf(2, "%s: %s\n", running, what);
	_exit(3);
}

#define not_modelled(what) give_up(what " is not modelled for this state")

static void decided(enum outcome outcome)
{
	decided_here |= outcome;
}

static inline void returns(bool value)
{
	decided(value ? RETURN_TRUE : RETURN_FALSE);
}

/* Bits for the choices of one run; those behind `chosen` were not asked for yet. */
static bool choices[24];
static unsigned int asked, chosen;
static bool settled;		/* what is open is "no", and not tried both ways */

static bool choose(void)
{
	if (settled)
		return false;
	if (asked == sizeof(choices))
		give_up("too many choices: does it try again for ever?");
	if (asked == chosen)
		choices[chosen++] = false;
	return choices[asked++];
}

/* Go to the next way of choosing; false behind the last. */
static bool other_choices(void)
{
	while (chosen && choices[chosen - 1])
		chosen--;
	if (chosen)
		choices[chosen - 1] = true;
	return chosen;
}

/* Any subset of some flags. */
static inline unsigned int open_bits(unsigned int flags)
{
	unsigned int bit, result = 0;

	for (bit = 1; bit; bit <<= 1)
		if ((flags & bit) && choose())
			result |= bit;
	return result;
}

/* ---------------------------------------------------------- language and locks */

#define likely(x) (x)
#define unlikely(x) (x)
#define data_race(x) (x)
#define max(a, b) ((a) > (b) ? (a) : (b))
#define __releases(lock)
#define __always_inline inline

/* Assertions are no conditions: of one whose value is used there is none here. */
#define VM_BUG_ON(...) ((void)0)
#define VM_BUG_ON_PAGE(...) ((void)0)
#define VM_BUG_ON_FOLIO(...) ((void)0)
#define VM_WARN_ON_ONCE(...) ((void)0)
#define VM_WARN_ON_FOLIO(...) ((void)0)
#define VM_WARN_ON_ONCE_FOLIO(...) ((void)0)

#define count_vm_event(event) ((void)0)
#define smp_rmb() ((void)0)

typedef struct { int held; } spinlock_t;
typedef struct { int counter; } atomic_t;

#define atomic_read(counted) ((counted)->counter)

static inline void spin_unlock(spinlock_t *lock) { }

static inline bool test_bit(int number, const unsigned long *word)
{
	return (*word >> number) & 1;
}

/* ------------------------------------------------------------------------ types */

enum {
	VM_READ = 1, VM_WRITE = 2, VM_SHARED = 8, VM_MAYWRITE = 0x20, VM_MAYSHARE = 0x80,
	VM_LOCKED = 0x2000,
};
enum { FAULT_FLAG_WRITE = 1, FAULT_FLAG_UNSHARE = 2 };
enum { VM_FAULT_WRITE = 8 };
enum { FOLL_WRITE = 1, FOLL_FORCE = 2, FOLL_PIN = 4, FOLL_LONGTERM = 8 };
enum { SWP_SYNCHRONOUS_IO = 1, SWP_STABLE_WRITES = 2 };
enum { MMF_HAS_PINNED = 28, FOLIO_MM_IDS_SHARED_BITNUM = 63 };
enum { VM_UFFD_WP = 2, HPAGE_PMD_NR = LARGE_PAGES };

#define GUP_PIN_COUNTING_BIAS (1U << 10)

/* A page is its folio: no decision here looks at two pages of one folio. */
#define OF_A_PAGE		\
	struct state s;		\
	atomic_t _refcount;	\
	atomic_t _mapcount;	\
	atomic_t _pincount;	\
	unsigned long _mm_ids;

struct page { OF_A_PAGE };
struct folio { union { struct { OF_A_PAGE }; struct page page; }; };

typedef unsigned int vm_fault_t;
typedef unsigned long vm_flags_t;
typedef struct { unsigned long value; } pte_t;
typedef struct { unsigned long val; } swp_entry_t;

struct mm_struct {
	unsigned long flags;
	atomic_t has_pinned;
};

struct vm_area_struct {
	vm_flags_t vm_flags;
	struct mm_struct *vm_mm;
};

struct vm_fault {
	struct vm_area_struct *vma;
	unsigned int flags;
	unsigned long address;
	pte_t *pte;
	pte_t orig_pte;
	struct page *page;
	spinlock_t *ptl;
};

struct swap_info_struct {
	unsigned long flags;
	unsigned char *swap_map;
	spinlock_t lock;
};

struct swap_cluster_info { spinlock_t lock; };

static struct folio the_folio;
static struct mm_struct the_mm;
static struct vm_area_struct the_vma;
static struct vm_fault the_fault;
static struct swap_info_struct the_swap;
static spinlock_t the_lock;
static pte_t the_entry;

#include "primitives.h"
