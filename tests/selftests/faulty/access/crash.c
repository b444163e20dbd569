/* piece
 * name    = "crash"
 * says    = "dies of it"
 */
static void crash_access(struct testpage *p)
{
	(void)p;
	raise(SIGBUS);
}

static const struct access access_crash = {
	.name = "crash",
	.access = crash_access,
};
