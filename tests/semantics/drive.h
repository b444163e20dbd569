/*
 * Runs the functions in every state and in every way of choosing; comes last.
 *
 * act() is made by c_model.py from the text of a call.
 */

static void act(struct page *page, struct folio *folio, struct vm_area_struct *vma,
		struct vm_fault *vmf, struct swap_info_struct *si);

/* What does not change while a page changes its state; act() may change it first. */
static void make_world(const struct state *s)
{
	/* It is set by the first pin, and not taken back with the last. */
	bool has_pinned = s->my_pins || choose();

	the_mm = (struct mm_struct){
		.flags = (unsigned long)has_pinned << MMF_HAS_PINNED,
		.has_pinned.counter = has_pinned,
	};
	the_vma = (struct vm_area_struct){
		.vm_flags = VM_READ | VM_WRITE | VM_MAYWRITE,
		.vm_mm = &the_mm,
	};
	the_fault = (struct vm_fault){
		.vma = &the_vma,
		.flags = FAULT_FLAG_WRITE,
		.pte = &the_entry,
		.page = &the_folio.page,
		.ptl = &the_lock,
	};
	the_swap = (struct swap_info_struct){ };
}

int state_size(void)
{
	return sizeof(struct state);
}

void run(const struct state *states, int count, unsigned char *outcomes)
{
	int number;

	for (number = 0; number < count; number++) {
		outcomes[number] = 0;
		chosen = 0;
		do {
			asked = 0;
			decided_here = 0;
			settled = false;
			put_into_state(&the_folio, &states[number]);
			make_world(&states[number]);
			act(&the_folio.page, &the_folio, &the_vma, &the_fault, &the_swap);
			outcomes[number] |= decided_here ? decided_here : NEITHER;
		} while (other_choices());
	}
}
