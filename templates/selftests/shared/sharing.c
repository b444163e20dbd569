/* piece
 * says    = "the proof that others map the same page"
 */
/* Compares entries of the page table: the frame where it can be seen, else "not only mine". */
static void sharing_check(struct testpage *p)
{
	__u64 same = SEEN_PRESENT | SEEN_SWAPPED | SEEN_FILE | SEEN_FRAME, mine = pagemap(p->mem);

	for (int i = 0; i < p->nr_peers; i++) {
		__u64 theirs = ask(p, &p->peers[i], ASK_PAGEMAP);

		if ((mine ^ theirs) & same)
			not_reached(p, "another process has not the same page: %#llx, I have %#llx",
				    theirs, mine);
		if (!(mine & SEEN_FRAME) && mine & SEEN_PRESENT && mine & SEEN_ALONE)
			not_reached(p, "the page is not shared");
	}
}
