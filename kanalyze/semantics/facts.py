"""What is taken for granted about everything that is not the page.

A decision asks about more than the page: what the fault wants, what the mapping
allows, whether somebody registered the range with userfaultfd.  Each trigger
fixes the first two; the rest is assumed to be the plain case, and named in the
result, so that a reader knows what was not looked at.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from kanalyze.semantics.states import LARGE_PAGES, Trigger

# Error numbers: only that they are not zero and below it when negated matters.
ERRNO: Final[Mapping[str, int]] = MappingProxyType(
    {
        "EPERM": 1, "ENOENT": 2, "EIO": 5, "E2BIG": 7, "EAGAIN": 11, "ENOMEM": 12,
        "EACCES": 13, "EFAULT": 14, "EBUSY": 16, "EEXIST": 17, "EINVAL": 22,
        "EMLINK": 31, "EHWPOISON": 133,
    }
)  # fmt: skip

NUMBERS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "RMAP_NONE": 0,
        "RMAP_EXCLUSIVE": 1,
        "GUP_PIN_COUNTING_BIAS": 1024,
        "HPAGE_PMD_NR": LARGE_PAGES,
    }
)

# Flags of a mapping: private, so that a write must not be seen by others.
_PRIVATE: Final = {
    "VM_SHARED": 0,
    "VM_MAYSHARE": 0,
    "VM_MAYWRITE": 1,
    "VM_LOCKED": 0,
    "VM_PFNMAP": 0,
    "VM_MIXEDMAP": 0,
    "VM_HUGETLB": 0,
    "VM_DROPPABLE": 0,
    "VM_UFFD_WP": 0,
    "VM_SHADOW_STACK": 0,
    "VM_WIPEONFORK": 0,
    "VM_DONTCOPY": 0,
}

# What GUP is asked for: nothing that no trigger names.
_FOLL: Final = {
    **dict.fromkeys(
        ("FOLL_WRITE", "FOLL_FORCE", "FOLL_PIN", "FOLL_GET", "FOLL_LONGTERM", "FOLL_DUMP",
         "FOLL_NUMA", "FOLL_HONOR_NUMA_FAULT", "FOLL_SPLIT", "FOLL_SPLIT_PMD", "FOLL_MIGRATION",
         "FOLL_MLOCK", "FOLL_COW", "FOLL_PCI_P2PDMA", "FOLL_NOWAIT"),
        0,
    ),
    "FOLL_TOUCH": 1,
}  # fmt: skip

_FAULT: Final[Mapping[Trigger, Mapping[str, int]]] = MappingProxyType(
    {
        "write-fault": {"FAULT_FLAG_WRITE": 1, "FAULT_FLAG_UNSHARE": 0, "VM_WRITE": 1},
        "unshare-fault": {"FAULT_FLAG_WRITE": 0, "FAULT_FLAG_UNSHARE": 1},
        "swap-in": {"FAULT_FLAG_WRITE": 1, "FAULT_FLAG_UNSHARE": 0, "VM_WRITE": 1},
        "gup-write": {**_FOLL, "FOLL_WRITE": 1, "FOLL_PIN": 1, "VM_WRITE": 1},
        "gup-forced-write": {
            **_FOLL,
            "FOLL_WRITE": 1,
            "FOLL_FORCE": 1,
            "FOLL_GET": 1,
            "VM_WRITE": 0,
        },
        "gup-read-pin": {**_FOLL, "FOLL_PIN": 1, "VM_WRITE": 1},
        "gup-long-pin": {**_FOLL, "FOLL_PIN": 1, "FOLL_LONGTERM": 1, "VM_WRITE": 1},
        "fork": {},
        "unmap": {},
        "other": {},
    }
)


# Every flag whose value some trigger tells.
FLAGS: Final = frozenset(_PRIVATE).union(*_FAULT.values())

# Parameters that said the same before there were such flags.  Linux kernel commit
# 30c9f3a9fae7 ("Remove internal use of 'write_access' in mm/memory.c") (in v2.6.31).
_WRITES: Final[Mapping[str, int]] = MappingProxyType({"write_access": 1})


def told(trigger: Trigger) -> Mapping[str, int]:
    """Return the variables whose value the trigger tells wherever nothing is assigned to them."""
    return _WRITES if trigger in ("write-fault", "swap-in") else {}


def flags(trigger: Trigger) -> Mapping[str, int]:
    """Return the flags that are known to be set (1) or not (0)."""
    return {**_PRIVATE, **_FAULT[trigger]}


# What a process can switch on for a page that is as ordinary as any.
NO_USERFAULTFD: Final = "no userfaultfd on the range"
NO_SOFT_DIRTY: Final = "no soft-dirty tracking"

# Calls that have one answer in the plain case: name -> (answer, what is assumed).
QUIET: Final[Mapping[str, tuple[int, str]]] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "pte_same", "pmd_same", "pud_same", "huge_pte_same", "pte_unmap_same",
                "folio_matches_swap_entry", "folio_swap_contains",
            ),
            (1, "nobody changes the entry while it is looked at"),
        ),
        **dict.fromkeys(
            (
                "userfaultfd_pte_wp", "userfaultfd_huge_pmd_wp", "userfaultfd_wp",
                "userfaultfd_armed", "userfaultfd_missing", "huge_pte_uffd_wp", "pte_uffd_wp",
                "pmd_uffd_wp", "pte_swp_uffd_wp", "pmd_swp_uffd_wp", "userfaultfd_rwp",
                "huge_pte_uffd",
                "userfaultfd_pte_rwp", "userfaultfd_huge_pmd_rwp", "userfaultfd_protected",
                "userfaultfd_wp_async", "pte_uffd", "pmd_uffd", "pte_swp_uffd",
                "mm_tlb_flush_pending", "vma_has_uffd_without_event_remap", "userfaultfd_minor",
                "userfaultfd_wp_use_markers",
            ),
            (0, NO_USERFAULTFD),
        ),
        **dict.fromkeys(
            (
                "pte_needs_soft_dirty_wp", "pmd_needs_soft_dirty_wp", "vma_soft_dirty_enabled",
                "pte_swp_soft_dirty",
            ),
            (0, NO_SOFT_DIRTY),
        ),
        **dict.fromkeys(
            ("PageHWPoison", "folio_test_hwpoison", "is_hwpoison_entry", "PageError",
             "folio_contain_hwpoisoned_page", "softleaf_is_hwpoison"),
            (0, "no hardware error"),
        ),
        **dict.fromkeys(
            ("PageUptodate", "folio_test_uptodate"), (1, "reading from swap succeeds")
        ),
        **dict.fromkeys(
            (
                "is_zone_device_page", "folio_is_zone_device", "is_device_private_page",
                "is_fsdax_page", "folio_is_device_private", "is_pci_p2pdma_page",
                "folio_is_device_coherent", "is_device_coherent_page", "is_zero_pfn",
                "is_zero_page", "is_zero_folio", "is_huge_zero_pmd", "is_huge_zero_page",
                "is_huge_zero_folio", "is_huge_zero_pud", "pte_special", "pmd_special",
                "pte_devmap", "pmd_devmap", "pud_devmap", "pud_special",
                "put_devmap_managed_folio_refs", "put_devmap_managed_page_refs",
                "put_devmap_managed_page", "vma_is_dax", "is_dev_zone_page",
                "is_refcount_zero", "PageReserved",
            ),
            (0, "an ordinary page: not the zero page, not a device's"),
        ),
        **dict.fromkeys(
            ("alloc_failed", "IS_ERR", "IS_ERR_VALUE", "mem_cgroup_charge", "anon_vma_prepare",
             "vmf_anon_prepare", "__vmf_anon_prepare", "anon_vma_fork",
             "mem_cgroup_swapin_charge_page", "mem_cgroup_swapin_charge_folio",
             "mem_cgroup_try_charge_delay", "arch_unmap_one", "mem_cgroup_newpage_charge",
             "mem_cgroup_try_charge_swapin", "mem_cgroup_try_charge"),
            (0, "allocations and charges succeed"),
        ),
        **dict.fromkeys(
            ("non_swap_entry", "is_migration_entry", "is_pmd_migration_entry",
             "is_device_exclusive_entry", "is_device_private_entry", "is_pte_marker_entry",
             "softleaf_is_migration", "softleaf_is_device_exclusive",
             "softleaf_is_device_private", "softleaf_is_marker", "pmd_is_migration_entry",
             "pmd_is_valid_softleaf", "pmd_is_device_private_entry", "is_swap_pmd"),
            (0, "an entry of the kind that the trigger says"),
        ),
        **dict.fromkeys(
            ("pte_present", "pmd_present", "softleaf_is_swap", "huge_pte_present"),
            (1, "an entry of the kind that the trigger says"),
        ),
        **dict.fromkeys(
            ("pud_trans_huge", "pud_leaf", "pud_huge"),
            (0, "no anonymous page is mapped by a PUD"),
        ),
        "pte_unused": (0, "no hypervisor says that a page is not needed"),
        "access_ok": (1, "user addresses are valid"),
        "IS_ENABLED": (1, "every CONFIG_ option is set"),
        "is_cow_mapping": (1, "the mapping is private and may be written"),
        "vma_is_cow_mapping": (1, "the mapping is private and may be written"),
        "vma_is_anonymous": (1, "the mapping is anonymous"),
        "is_vm_hugetlb_page": (0, "the mapping is of the kind that the size says"),
        "vma_is_shmem": (0, "the mapping is anonymous"),
        "virt_addr_valid": (1, "addresses are valid"),
        "pfn_valid": (1, "addresses are valid"),
    }
)  # fmt: skip

# Functions that once said whether to copy and else return the page: as a condition.
# Linux kernel commit 4969c1192d15 ("mm: fix swapin race condition") (in v2.6.36).
AS_CONDITION: Final[Mapping[str, tuple[int, str]]] = MappingProxyType(
    {"ksm_might_need_to_copy": (0, "KSM does not copy what is swapped in")}
)
