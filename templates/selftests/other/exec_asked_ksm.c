/* piece
 * name    = "exec_asked_ksm"
 * says    = "who executed me has asked KSM to merge all that it has, and so all of mine"
 * needs   = ["shared/ksm_inherited"]
 * memory  = ["anon"]
 * missing = "CONFIG_KSM, PR_SET_MEMORY_MERGE (Linux v6.4)"
 */
#define ASKED	"KSM_ASKED_BEFORE_EXEC"
#define MAX_ARGS 8

/* This program once more: the case begins again, and comes here for the second time. */
static void exec_asked_ksm_make(struct testpage *p)
{
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC), nr = 0;
	char line[512], *args[MAX_ARGS + 1] = { NULL };
	ssize_t size;

	if (getenv(ASKED))
		return;
	ksm_ask(p, 1);
	size = read(fd, line, sizeof(line) - 1);
	line[size > 0 ? size : 0] = '\0';
	for (char *arg = line; nr < MAX_ARGS && arg < line + size; arg += strlen(arg) + 1)
		args[nr++] = arg;
	setenv(ASKED, "1", 1);
	execv("/proc/self/exe", args);
	skip(p, "execv: %s", strerror(errno));
}

static const struct other other_exec_asked_ksm = {
	.name = "exec-asked-ksm",
	.make = exec_asked_ksm_make,
	.check = ksm_inherited_check,
};
