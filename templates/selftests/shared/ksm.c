/* piece
 * says    = "how KSM is started and waited for"
 * through = ["KSM_RUN_MERGE"]
 */
static const char *ksm_prepare(void)
{
	return ksm_runs();
}

/* Three scans: one takes the checksum, one finds it unchanged, one may be half done. */
static void ksm_wait(void)
{
	struct timespec moment = { .tv_nsec = 1000000 };
	long until = read_number(KSM "full_scans") + 3;

	for (int i = 0; i < 5000 && read_number(KSM "full_scans") < until; i++)
		nanosleep(&moment, NULL);
}
