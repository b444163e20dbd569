/* piece
 * says    = "how KSM is started and waited for"
 * through = ["KSM_RUN_MERGE"]
 */
#define KSM_PATIENCE	8	/* seconds: less than a case has */

static const char *ksm_prepare(void)
{
	return ksm_runs();
}

/* Three scans: one takes the checksum, one finds it unchanged, one may be half done. */
static void ksm_wait(void)
{
	struct timespec moment = { .tv_nsec = 1000000 }, now, until;
	long scans = read_number(KSM "full_scans") + 3;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += KSM_PATIENCE;
	do {
		nanosleep(&moment, NULL);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (read_number(KSM "full_scans") < scans && now.tv_sec < until.tv_sec);
}
