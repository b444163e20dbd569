/* piece
 * name    = "hang"
 * says    = "never comes back, says who it is, and leaves a second process that ignores signals"
 */
static void hang_live(struct testpage *p, int sock)
{
	(void)p;
	(void)sock;
	signal(SIGTERM, SIG_IGN);
	pause();
}

static void hang_access(struct testpage *p)
{
	pid_t second = fork_to(p, hang_live, -1);

	signal(SIGTERM, SIG_IGN);
	note(p, "hangs: %d %d", getpid(), second);
	for (;;)
		pause();
}

static const struct access access_hang = {
	.name = "hang",
	.access = hang_access,
};
